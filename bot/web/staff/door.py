"""Signing in and out: a link of the chat, a button, a cookie.

Opening the link changes nothing (previews of chat programs open it too); the button does.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from bot.web.phone import same_site
from bot.web.render import page
from bot.web.staff.backend import StaffBackend
from bot.web.staff.visit import COOKIE, Visit, signed_in
from storage.domain.effects import Effect
from storage.domain.sign_in import SESSION_LIFE, StaffLink, token_sha256
from storage.domain.sign_in_effects import StaffSignedIn, StaffSignedOut
from storage.queries import sign_in
from storage.writer import Reader


class Door:
    """``/staff/enter`` and ``/staff/leave``."""

    def __init__(self, backend: StaffBackend) -> None:
        """See `StaffBackend`."""
        self._backend = backend

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        return (
            web.get("/staff/enter", self.show),
            web.post("/staff/enter", self.enter),
            web.post("/staff/leave", signed_in(self._backend, self.leave)),
        )

    async def show(self, request: web.Request) -> web.Response:
        """The button, where the link may still be opened. Names nobody: a preview shows this page."""
        token, now = request.query.get("k", ""), self._backend.now()
        self._backend.limit.check(request, now)
        if await self._backend.database.read(lambda reader: sign_in.link_of(reader, token, now)) is None:
            self._backend.limit.count(request, now)
            return page("staff/enter.html", 410, token="")
        return page("staff/enter.html", token=token)

    async def enter(self, request: web.Request) -> web.Response:
        """Use the link up and set the cookie."""
        same_site(request)
        now = self._backend.now()
        self._backend.limit.check(request, now)
        token = str((await request.post()).get("k", ""))
        cookie = secrets.token_urlsafe(32)

        def decide(reader: Reader) -> Sequence[Effect]:
            link = sign_in.link_of(reader, token, now)
            return (_signed_in(link, cookie, now.astimezone(UTC)),) if link else ()

        outcome = await self._backend.writer.run("staff", decide)
        if not outcome.effects:
            self._backend.limit.count(request, now)
            return page("staff/enter.html", 410, token="")
        response = web.Response(status=303, headers={"Location": "/staff"})
        response.set_cookie(
            COOKIE, cookie, path="/staff", httponly=True, samesite="Lax", secure=self._backend.secure,
            max_age=int(SESSION_LIFE.total_seconds()),
        )  # fmt: skip
        return response

    async def leave(self, visit: Visit) -> web.Response:
        """End the session."""
        ended = StaffSignedOut(visit.session, visit.now.astimezone(UTC))
        await self._backend.writer.run("staff", lambda reader: (ended,))
        response = page("staff/left.html")
        response.del_cookie(COOKIE, path="/staff")
        return response


def _signed_in(link: StaffLink, cookie: str, at: datetime) -> StaffSignedIn:
    return StaffSignedIn(
        link.sha256, token_sha256(cookie), link.seat_id, link.person_id, at, at + SESSION_LIFE
    )
