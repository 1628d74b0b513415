"""The table of the staff page's routes."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.web.render import page
from bot.web.staff import areas, calendar, exports, indicators, overview, people, plan, unit
from bot.web.staff.backend import StaffBackend
from bot.web.staff.door import Door
from bot.web.staff.visit import Page, Visit, signed_in, visit_of

#: Every page that is read; each knows its own scope.
PAGES: tuple[tuple[str, Page], ...] = (
    ("/staff/areas", areas.show),
    ("/staff/indicators", indicators.show_all),
    ("/staff/indicators/{indicator}", indicators.show_one),
    ("/staff/units/{code}", unit.show),
    ("/staff/events", calendar.show),
    ("/staff/approvals", people.show_waiting),
    ("/staff/people", people.show),
    ("/staff/plan", plan.show),
    ("/staff/exports", exports.show),
    (r"/staff/exports/{name:[a-z0-9-]+}.{suffix:[a-z]+}", exports.download),
)

#: What makes something, and the way to what was made.
DEEDS: tuple[tuple[str, str, Page], ...] = (
    ("POST", "/staff/letters", people.print_letters),
    ("POST", "/staff/exports", exports.begin),
    ("GET", "/staff/exports/papers/{id}", exports.progress),
    ("GET", "/staff/exports/papers/{id}/file", exports.take),
)


class StaffPages:
    """All routes of the staff page."""

    def __init__(self, backend: StaffBackend) -> None:
        """See `StaffBackend`."""
        self._backend = backend

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        pages = [web.get(path, signed_in(self._backend, handler)) for path, handler in PAGES]
        done = [web.route(how, path, signed_in(self._backend, handler)) for how, path, handler in DEEDS]
        home: Callable[[web.Request], Awaitable[web.StreamResponse]] = self.home
        return [*Door(self._backend).routes(), web.get("/staff", home), *done, *pages]

    async def home(self, request: web.Request) -> web.StreamResponse:
        """The overview; to a stranger how one signs in, which is no secret."""
        visit: Visit | None = await visit_of(self._backend, request)
        if visit is None:
            return page("staff/outside.html", 401)
        return await overview.show(visit)
