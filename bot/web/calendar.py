"""The plan's events as a feed that staff's calendars read again and again: no person stands in it."""

from collections.abc import Callable, Sequence

from aiohttp import web


class CalendarFeed:
    """``/calendar.ics``."""

    def __init__(self, calendar: Callable[[], bytes]) -> None:
        """``calendar`` makes the file (`bot.files.Files.calendar`)."""
        self._calendar = calendar

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        return (web.get("/calendar.ics", self.show),)

    async def show(self, request: web.Request) -> web.Response:
        """The events whose day is known."""
        return web.Response(body=self._calendar(), content_type="text/calendar", charset="utf-8")
