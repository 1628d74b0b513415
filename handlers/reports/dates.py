"""The day of an event: as staff set it, else as the plan has it."""

from collections.abc import Mapping
from datetime import date

from handlers.language import lunar
from storage.domain.pushes import EventChange
from storage.plan.model import Event, Plan


def planned_day(event: Event, year: int) -> date | None:
    """The day the plan gives, in a solar year; None where it gives only the month, or there is none."""
    if event.precision != "day" or event.month is None or event.day is None:
        return None
    if event.lunar:
        days = (lunar.solar(event.day, event.month, each) for each in (year - 1, year))
        return next((day for day in days if day is not None and day.year == year), None)
    try:
        return date(event.year or year, event.month, event.day)
    except ValueError:
        return None


def current_day(plan: Plan, event: Event, changes: Mapping[str, EventChange]) -> date | None:
    """The day that holds now; None where none is known, or the event is postponed or cancelled."""
    change = changes.get(event.id)
    if change is not None:
        fixed = change.status == "fixed" and change.day
        return date.fromisoformat(change.day) if fixed else None
    return None if event.status in ("postponed", "cancelled") else planned_day(event, plan.year)
