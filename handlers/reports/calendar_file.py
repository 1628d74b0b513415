"""The plan's events as an iCalendar file (RFC 5545): for staff's calendars and as a file in a chat."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from icalendar import Calendar
from icalendar import Event as Entry

from handlers.reports.dates import current_day
from storage.domain.pushes import EventChange
from storage.plan.model import Event, Plan
from storage.plan.periods import VIETNAM

#: How long an event with a time of day is taken to last.
LASTS = timedelta(hours=2)


def calendar_file(
    plan: Plan, changes: Mapping[str, EventChange], now: datetime, level: str | None = None
) -> bytes:
    """The events whose day is known, as bytes; ``level`` only those told to it. An event keeps its UID
    when it is moved, so a calendar that reads the feed again moves it too. ``now`` aware."""
    calendar = Calendar()
    calendar.add("prodid", "-//Chi Hoi//Ke hoach nam//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", plan.title)
    calendar.add("x-wr-timezone", VIETNAM.key)
    for event in plan.events:
        day = current_day(plan, event, changes)
        told = level is None or level in event.audience
        if day is not None and told and event.size not in ("off", "quiet") and event.kind != "closing":
            calendar.add_component(_entry(plan, event, day, changes.get(event.id), now))
    written: bytes = calendar.to_ical()
    return written


def _entry(plan: Plan, event: Event, day: date, change: EventChange | None, now: datetime) -> Entry:
    entry = Entry()
    entry.add("uid", f"{event.id}.{plan.id}@chihoi")
    entry.add("dtstamp", now)
    entry.add("summary", event.name)
    if change is not None and change.time:
        start = datetime.combine(day, time.fromisoformat(change.time), VIETNAM)
        entry.add("dtstart", start)
        entry.add("dtend", start + LASTS)
    else:
        last = event.ends if event.ends is not None and event.ends > day else day
        entry.add("dtstart", day)
        entry.add("dtend", last + timedelta(days=1))
    place = (change.place if change else "") or event.place
    if place:
        entry.add("location", place)
    return entry
