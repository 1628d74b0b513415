"""A telephone that nobody knows yet, beside the phones of the seats: to rehearse how heads are enrolled.

On the training page the phone of a seat is tied to it at once. Here nothing is: she writes BẮT ĐẦU, is
asked, agrees, and the commune's president approves on her own phone. Plain forms, no script.
"""

import secrets
from collections.abc import Sequence

from aiohttp import web

from bot.web.phone import PhoneBackend, same_site
from bot.web.phone_view import TRANSCRIPT_LIMIT, Bubble, bubbles
from bot.web.render import page
from bot.web.server import refuse
from storage.domain.messages import Address
from storage.queries import conversations, people
from storage.veiling import subject_of
from storage.writer import Reader

PATH = "/phone/stranger"

#: More telephones than this no rehearsal needs.
MOST = 99


class StrangerPage:
    """The page's routes."""

    def __init__(self, backend: PhoneBackend) -> None:
        """The same house as `bot.web.phone.PhonePage`."""
        self._backend = backend

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        return web.get(PATH, self.show), web.post(PATH, self.say)

    async def show(self, request: web.Request) -> web.Response:
        """The telephone of ``?number=N``; the first without one."""
        number = _number(request.query.get("number", "1"))
        address = self._address(number)

        def read(reader: Reader) -> tuple[tuple[Bubble, ...], list[str]]:
            held = [f"{seat.unit.name}, {seat.parent_name}" for seat in people.seats_of(reader, address)]
            return self._said(reader, address), held

        said, held = await self._backend.database.read(read)
        return page(
            "stranger.html", bubbles=said, held=held, number=number, following=number % MOST + 1,
            new_id=secrets.token_hex(12), seat={"code": ""},
            text_limit=self._backend.channel.capabilities.text_limit,
        )  # fmt: skip

    def _address(self, number: int) -> Address:
        return Address(self._backend.channel.name, f"may-la-{number}")

    def _said(self, reader: Reader, address: Address) -> tuple[Bubble, ...]:
        """What was said while she was a stranger, then since."""
        before = Address(address.channel, subject_of(reader, address))
        lines = [
            *conversations.transcript(reader, before, TRANSCRIPT_LIMIT),
            *conversations.transcript(reader, address, TRANSCRIPT_LIMIT),
        ]
        return tuple(bubbles(lines))

    async def say(self, request: web.Request) -> web.Response:
        """One message of hers."""
        same_site(request)
        form = await request.post()
        number = _number(str(form.get("number", "")))
        payload = {
            "seat": self._address(number).account,
            "id": str(form.get("id", "")),
            "at": self._backend.now(),
            "text": str(form.get("text", "")).strip()[: self._backend.channel.capabilities.text_limit],
            "choice": str(form.get("choice", "")),
            "photo": False,
        }
        read = self._backend.channel.read(payload)
        if not read:
            raise refuse(web.HTTPBadRequest, "phone.empty")
        await self._backend.receive(read[0], None)
        return web.Response(status=303, headers={"Location": f"{PATH}?number={number}"})


def _number(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= MOST:
        raise refuse(web.HTTPNotFound, "phone.no_stranger", most=MOST)
    return int(written)
