"""Who is asking, which unit and period she asks about, and whether she may: for every page of the staff."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from aiohttp import web

from bot.web.phone import same_site
from bot.web.render import page, text
from bot.web.server import refuse
from bot.web.staff.backend import StaffBackend
from storage import scope
from storage.domain.people import Seat, Unit
from storage.plan.model import Plan
from storage.plan.periods import period_of, period_span
from storage.queries import people, rounds, sign_in
from storage.writer import Reader

T = TypeVar("T")

COOKIE = "chihoi_staff"

#: How many periods the choice offers.
PERIODS = 24


@dataclass(frozen=True)
class Visit:
    """One request of somebody signed in. ``now`` aware, local; ``csrf`` what her forms must carry."""

    request: web.Request
    backend: StaffBackend
    seat: Seat
    session: str
    csrf: str
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    @property
    def plan(self) -> Plan:
        """The year's plan."""
        return self.backend.plan

    @property
    def viewer(self) -> int:
        """From where figures are looked at: what is hidden above the commune depends on it."""
        return self.seat.unit.id

    def asked(self, name: str) -> str:
        """A value of the address, shortened."""
        return self.request.query.get(name, "").strip()[:80]

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Run a query beside the loop."""
        return await self.backend.database.read(fn)

    def period(self, reader: Reader, wanted: str | None = None) -> str:
        """The period asked for (``wanted``, else by the address), else the latest month of which reports are
        asked; 404 for what is none."""
        wanted = self.asked("period") if wanted is None else wanted
        if not wanted:
            return default_period(reader, self.now)
        try:
            period_span(wanted)
        except (ValueError, IndexError, OverflowError):
            raise refuse(web.HTTPNotFound, "staff.not_found") from None
        return wanted

    def unit(self, reader: Reader, period: str | None = None, code: str | None = None) -> Unit:
        """The unit asked for by its code, else her own; 404 where it does not exist or lies outside her
        scope, today and on the period's last day."""
        code = self.asked("unit") if code is None else code
        if not code:
            return self.seat.unit
        unit = people.unit_by_code(reader, code)
        if unit is None or not self.may_see(reader, unit.id, period):
            raise refuse(web.HTTPNotFound, "staff.not_found")
        return unit

    def may_see(self, reader: Reader, unit_id: int, period: str | None = None) -> bool:
        """Whether a unit lies in her scope, today or, of a period, on its last day."""
        days = {self.today, min(period_span(period)[1], self.today)} if period else {self.today}
        return any(scope.reaches(reader, [self.seat], unit_id, day) for day in days)

    def show(self, template: str, **context: Any) -> web.Response:
        """A page of the staff."""
        return page(f"staff/{template}", visit=self, seat=self.seat, csrf=self.csrf, **context)


Page = Callable[[Visit], Awaitable[web.StreamResponse]]


def default_period(reader: Reader, now: datetime) -> str:
    """The month of the latest monthly round that has opened; this month where there was none."""
    opened = [
        asked.period
        for asked in rounds.all_rounds(reader)
        if asked.opens_at <= now and len(asked.period) == len("2024-03") and asked.period[5:].isdecimal()
    ]
    return max(opened, default=period_of("T", now.date()))


def periods(reader: Reader, now: datetime) -> Sequence[str]:
    """The latest of `all_periods`, to choose from."""
    return all_periods(reader, now)[:PERIODS]


def all_periods(reader: Reader, now: datetime) -> list[str]:
    """The periods there are rounds of, and the whole year, the latest first."""
    opened = {asked.period for asked in rounds.all_rounds(reader) if asked.opens_at <= now}
    known = {period for period in opened if period.count("-") < 2} | {str(now.year)}
    return sorted(known, key=lambda period: (period_span(period)[1], period), reverse=True)


def csrf_of(token: str) -> str:
    """What the forms of a session carry: known only to whoever holds the cookie."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def signed_in(backend: StaffBackend, handler: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A page for those signed in; to anybody else it does not exist. A POST must come from a form of the
    page itself."""

    async def answer(request: web.Request) -> web.StreamResponse:
        visit = await visit_of(backend, request)
        if visit is None:
            raise refuse(web.HTTPNotFound, "staff.not_found")
        if request.method == "POST":
            await _check_form(request, visit)
        return await handler(visit)

    return answer


async def visit_of(backend: StaffBackend, request: web.Request) -> Visit | None:
    """Who is signed in; None for a stranger."""
    token = request.cookies.get(COOKIE, "")
    if not token or len(token) > 100:
        return None
    now = backend.now()
    session = await backend.database.read(lambda reader: sign_in.session_of(reader, token, now))
    if session is None:
        return None
    return Visit(request, backend, session.seat, session.sha256, csrf_of(token), now)


async def _check_form(request: web.Request, visit: Visit) -> None:
    same_site(request)
    form = await request.post()
    if not hmac.compare_digest(str(form.get("csrf", "")).encode(), visit.csrf.encode()):
        raise web.HTTPForbidden(text=text("staff.old_form"))
