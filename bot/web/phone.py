"""The phone on a page: choose a branch head, chat as she would, see what is stored, jump the clock.

For training and for trying the bot; whoever can open the page can speak for every seat, so it is served
on a sample province or a closed network only. Everything works without JavaScript: forms come back to
the page. With it (``static/phone.js``) the same forms are sent in the background (``Accept`` without
``text/html``) and the two parts that change are asked for again.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from aiohttp.web_request import FileField

from bot.channel import Channel
from bot.web.phone_clock import FARTHEST, Moment, moments, target
from bot.web.phone_view import ReportOf, View
from bot.web.render import fragment, page, text
from bot.web.server import refuse
from scheduler.clock import Clock, ManualClock
from storage.database import Database
from storage.domain.messages import Inbound
from storage.domain.people import Seat
from storage.plan.model import Plan
from storage.queries import people

#: What a telephone's camera makes, with room to spare.
PHOTO_LIMIT = 10 * 1024 * 1024

#: Seats shown for one search.
FOUND_LIMIT = 30


@dataclass(frozen=True)
class PhoneBackend:
    """What the page needs of the house.

    - ``receive`` takes a message, with the bytes of its photo if it has one, and returns after the commit.
    - ``channel`` is the web phone's (`bot.channels.web_phone.WebPhone`): it reads the page's posts.
    - ``link`` ties the phone's account (``web:SEAT CODE``) to its seat, the first time it is chosen.
    - ``report_of`` is `handlers.turn.Turns.report`; ``tick`` runs the sweeps after a jump of the clock.
    - ``photos`` is the folder that stored photos' paths are relative to.
    - ``showcase`` is the code of the seat offered first.
    """

    database: Database
    receive: Callable[[Inbound, bytes | None], Awaitable[None]]
    channel: Channel
    link: Callable[[Seat], Awaitable[None]]
    clock: Clock | ManualClock
    plan: Plan
    report_of: ReportOf
    tick: Callable[[], Awaitable[None]]
    photos: Path | None = None
    showcase: str = "13999-05"

    def now(self) -> datetime:
        """The present, aware, in Asia/Ho_Chi_Minh."""
        return self.clock.now()


class PhonePage:
    """The page's routes."""

    def __init__(self, backend: PhoneBackend) -> None:
        """See `PhoneBackend`."""
        self._backend = backend
        self._view = View(backend.plan, backend.report_of, backend.channel.name, backend.photos)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        return (
            web.get("/", self.show),
            web.post("/phone/seat", self.choose),
            web.post("/phone/messages", self.say),
            web.get("/phone/transcript", self.transcript),
            web.get("/phone/stored", self.stored),
            web.get("/phone/photo", self.photo),
            web.post("/phone/clock", self.jump),
        )

    async def show(self, request: web.Request) -> web.Response:
        """The phone of ``?seat=CODE``, or without it the choice of one, searched by ``?q=``."""
        if "seat" not in request.query:
            return await self._pick(request.query.get("q", ""))
        seat, now = await self._seat(request.query["seat"]), self._backend.now()
        phone = await self._backend.database.read(lambda reader: self._view.phone(reader, seat, now))
        return page(
            "phone.html",
            phone=phone,
            seat=seat,
            moments=self._moments(seat, now),
            new_id=secrets.token_hex(12),
            text_limit=self._backend.channel.capabilities.text_limit,
        )

    async def _pick(self, query: str) -> web.Response:
        wanted, showcase = query.strip()[:80], self._backend.showcase
        found = await self._backend.database.read(
            lambda reader: people.find_seats(reader, wanted, (), FOUND_LIMIT + 1) if wanted else []
        )
        first = await self._backend.database.read(lambda reader: people.seat_by_code(reader, showcase))
        return page("pick.html", query=wanted, found=found[:FOUND_LIMIT], more=len(found) > FOUND_LIMIT,
                    first=first, plan=self._backend.plan)  # fmt: skip

    def _moments(self, seat: Seat, now: datetime) -> tuple[Moment, ...] | None:
        """None where the clock is the real one."""
        if not isinstance(self._backend.clock, ManualClock):
            return None
        return moments(self._backend.plan, seat.unit.kind, now)

    async def _seat(self, code: str) -> Seat:
        seat = await self._backend.database.read(lambda reader: people.seat_by_code(reader, code))
        if seat is None:
            raise refuse(web.HTTPNotFound, "phone.no_seat", seat=code[:40])
        return seat

    async def choose(self, request: web.Request) -> web.Response:
        """Take a seat's phone in hand: its account is linked if it was not."""
        same_site(request)
        seat = await self._seat(_said(await _form(request), "seat"))
        await self._link(seat)
        return web.Response(status=303, headers={"Location": _home(seat)})

    async def _link(self, seat: Seat) -> None:
        address = self._view.address(seat)
        if not await self._backend.database.read(lambda reader: people.linked(reader, address)):
            await self._backend.link(seat)

    async def say(self, request: web.Request) -> web.Response:
        """One message of hers: text, choice or photo. The same ``id`` again is the same message."""
        same_site(request)
        form = await _form(request)
        seat = await self._seat(_said(form, "seat"))
        photo = _photo(form)
        inbound = self._inbound(seat, form, photo)
        await self._link(seat)
        await self._backend.receive(inbound, photo)
        return _back(request, seat)

    def _inbound(self, seat: Seat, form: Mapping[str, Any], photo: bytes | None) -> Inbound:
        words = {name: _said(form, name).strip() for name in ("text", "choice")}
        limit = self._backend.channel.capabilities.text_limit
        if len(words["text"]) > limit:
            raise refuse(web.HTTPBadRequest, "phone.too_long", limit=limit)
        if photo is None and not any(words.values()):
            raise refuse(web.HTTPBadRequest, "phone.empty")
        payload = {
            "seat": seat.code,
            "id": _said(form, "id"),
            "at": self._backend.now(),
            "photo": photo is not None,
            **words,
        }
        read = self._backend.channel.read(payload)
        if not read:
            raise refuse(web.HTTPBadRequest, "phone.bad_form")
        return read[0]

    async def transcript(self, request: web.Request) -> web.Response:
        """The chat as a fragment; 304 if nothing changed."""
        seat = await self._seat(request.query.get("seat", ""))
        bubbles = await self._backend.database.read(lambda reader: self._view.transcript(reader, seat))
        return fragment(request, "transcript.html", bubbles=bubbles, seat=seat)

    async def stored(self, request: web.Request) -> web.Response:
        """The panel as a fragment; 304 if nothing changed."""
        seat, now = await self._seat(request.query.get("seat", "")), self._backend.now()
        stored = await self._backend.database.read(lambda reader: self._view.stored(reader, seat, now))
        return fragment(request, "stored.html", stored=stored, seat=seat)

    async def photo(self, request: web.Request) -> web.StreamResponse:
        """A photo of this seat's own, by the name the page gave it."""
        seat, now = await self._seat(request.query.get("seat", "")), self._backend.now()
        name = request.query.get("name", "")
        file = await self._backend.database.read(lambda reader: self._view.photo(reader, seat, name, now))
        if file is None:
            raise refuse(web.HTTPNotFound, "phone.no_photo")
        return web.FileResponse(file, headers={"Cache-Control": "private, max-age=3600"})

    async def jump(self, request: web.Request) -> web.Response:
        """Set the training clock forward and let happen what is due."""
        same_site(request)
        clock, now = self._backend.clock, self._backend.now()
        form = await _form(request)
        seat = await self._seat(_said(form, "seat"))
        if not isinstance(clock, ManualClock):
            raise refuse(web.HTTPForbidden, "clock.hidden")
        asked = {name: value for name, value in form.items() if isinstance(value, str)}
        clock.set(_allowed(target(asked, now, moments(self._backend.plan, seat.unit.kind, now)), now))
        await self._backend.tick()
        return _back(request, seat)


def _allowed(moment: datetime | None, now: datetime) -> datetime:
    if moment is None:
        raise refuse(web.HTTPBadRequest, "clock.unknown")
    if moment <= now:
        raise refuse(web.HTTPBadRequest, "clock.past")
    if moment - now > FARTHEST:
        raise refuse(web.HTTPBadRequest, "clock.too_far")
    return moment


def _home(seat: Seat) -> str:
    return f"/?{urlencode({'seat': seat.code})}"


def _back(request: web.Request, seat: Seat) -> web.Response:
    """A browser's form goes back to the page; the script needs no body."""
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=303, headers={"Location": _home(seat)})
    return web.Response(status=204)


def same_site(request: web.Request) -> None:
    """Refuse a form of another site: it could speak in her name while her page is open.

    ``Sec-Fetch-Site`` is the browser's own word; where it sends none (plain http on a network), the
    ``Origin`` must name this host.
    """
    fetched = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if fetched is not None:
        foreign = fetched not in ("same-origin", "none")
    else:
        foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign:
        raise refuse(web.HTTPForbidden, "errors.other_site")


async def _form(request: web.Request) -> Mapping[str, Any]:
    """The fields of a form or of a JSON object."""
    try:
        if request.content_type != "application/json":
            return await request.post()
        data = await request.json()
    except (ValueError, LookupError):  # not the text, the JSON, the form or the charset it says it is
        data = None
    if not isinstance(data, dict):
        raise refuse(web.HTTPBadRequest, "phone.bad_form")
    return data


def _said(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _photo(form: Mapping[str, Any]) -> bytes | None:
    """The uploaded photo; None if none was chosen (a browser then sends an empty part)."""
    part = form.get("photo")
    if not isinstance(part, FileField):
        return None
    data = part.file.read(PHOTO_LIMIT + 1)
    if not data and not part.filename:
        return None
    if len(data) > PHOTO_LIMIT:
        raise web.HTTPRequestEntityTooLarge(PHOTO_LIMIT, len(data), text=text("phone.photo_too_large"))
    if not data or not part.content_type.startswith("image/"):
        raise refuse(web.HTTPBadRequest, "phone.not_photo")
    return data
