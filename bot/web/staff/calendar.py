"""The plan's events: when, for whom, who comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from bot.web.staff.visit import Visit
from handlers.reports.dates import current_day
from storage.plan.model import Event, Plan
from storage.queries import pushes
from storage.writer import Reader


@dataclass(frozen=True, slots=True)
class Day:
    """An event and what holds of it now. ``day`` None: only the month is known, or it does not take place.
    ``coming``: asked, yes, no."""

    event: Event
    day: date | None
    month: int
    status: str
    time: str
    place: str
    coming: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class MonthOfEvents:
    """The events of a month (1 to 12; 0: no month set)."""

    month: int
    days: Sequence[Day]


def days(plan: Plan, reader: Reader, today: date) -> list[Day]:
    """Every event of the year, by month and day."""
    changes, coming = pushes.changes(reader), pushes.attending_all(reader)
    found = []
    for event in (each for each in plan.events if each.size != "off"):
        change = changes.get(event.id)
        day = current_day(plan, event, changes)
        status: str = change.status if change else event.status
        if status in ("expected", "fixed") and day is not None and day < today:
            status = "past"
        found.append(
            Day(
                event,
                day,
                day.month if day else event.month or 0,
                status,
                change.time if change else "",
                (change.place if change else "") or event.place,
                coming.get(event.id, (0, 0, 0)),
            )
        )
    return sorted(found, key=lambda each: (each.month or 13, each.day or date.max, each.event.id))


def by_month(found: Sequence[Day]) -> list[MonthOfEvents]:
    """The events month by month, those without one last."""
    months = sorted({day.month for day in found}, key=lambda month: month or 13)
    return [MonthOfEvents(month, [day for day in found if day.month == month]) for month in months]


async def show(visit: Visit) -> web.Response:
    """``/staff/events``."""
    found = await visit.read(lambda reader: days(visit.plan, reader, visit.today))
    return visit.show("events.html", months=by_month(found), today=visit.today)
