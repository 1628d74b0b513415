"""When silence holds (domain guide 5.9, the plan's quiet.yaml), and when the next message may go.

A push has a *tone*: ``deadline`` (a round opens, a nudge, what staff must do), ``urgent`` (the day
before a deadline), ``event`` (a reminder of one), ``greeting`` (the morning of a day that is
celebrated), ``asked`` (she asked to be reminded then). What she asked for is kept whatever the hour;
answers to her own messages never come here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Literal

from scheduler.rules.calendar import Calendar, days_of
from storage.domain.pushes import Pause
from storage.plan.model import Event, Plan
from storage.plan.quiet import UnitQuiet

Tone = Literal["deadline", "urgent", "event", "greeting", "asked"]

#: Further ahead than this nothing is looked for: a pause that long is ended by staff, not by waiting.
_MOST_DAYS = 60


def clock_time(text: str) -> time:
    """ "08:30" as a time of day."""
    return time.fromisoformat(text)


@dataclass(frozen=True)
class Place:
    """Where somebody sits: the ids and codes of her unit and of all units above it."""

    ids: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()


class QuietHours:
    """The plan's quiet times. ``pauses`` are those staff set; they change, so they are passed in."""

    def __init__(self, plan: Plan, calendar: Calendar) -> None:
        self._quiet, self._calendar = plan.quiet, calendar
        self._events = {event.id: event for event in plan.events if event.size == "quiet"}
        self._known: dict[tuple[date, Tone, frozenset[str]], str] = {}

    @cached_property
    def _slots(self) -> tuple[tuple[time, time], ...]:
        """The sending slots within the outer limit."""
        first, last = map(clock_time, self._quiet.outer.split("-"))
        slots = [tuple(map(clock_time, slot.split("-"))) for slot in self._quiet.slots]
        return tuple((max(start, first), min(end, last)) for start, end in slots)

    @cached_property
    def _local_events(self) -> frozenset[str]:
        return frozenset(name for unit in self._quiet.units for name in unit.events)

    @cached_property
    def local_codes(self) -> frozenset[str]:
        """The codes of the units that have quiet times of their own."""
        return frozenset(code for unit in self._quiet.units for code in unit.units)

    def reason(self, moment: datetime, tone: Tone, place: Place, pauses: Sequence[Pause] = ()) -> str:
        """Why nothing may go at ``moment`` (aware, local): "pause", "tet", "holiday", ... ; "" if it may."""
        if tone == "asked":
            return ""
        if any(_holds(pause, moment, place) for pause in pauses):
            return "pause"
        return self._day_reason(moment.date(), tone, place) or self._hour_reason(moment, tone, place)

    def _day_reason(self, day: date, tone: Tone, place: Place) -> str:
        local = self._concerned(place)
        key = (day, tone, frozenset(str(id(unit)) for unit in local))
        if key not in self._known:
            self._known[key] = self._look(day, tone, local)
        return self._known[key]

    def _look(self, day: date, tone: Tone, local: Sequence[UnitQuiet]) -> str:
        if self._calendar.tet(day) is not None:
            return "tet"
        if self._calendar.holiday(day):
            return "holiday"
        if self._quiet_day(day, local):
            return "quiet_day"
        if tone in ("event", "greeting") and self._calendar.tet_eve(day):
            return "tet_eve"
        if tone != "greeting" and self._greeting_day(day):
            return "greeting_day"
        return "solemn" if tone == "greeting" and self._calendar.solemn(day) else ""

    def _greeting_day(self, day: date) -> bool:
        return any(self._calendar.within(text, day) for text in self._quiet.greeting_days)

    def _quiet_day(self, day: date, local: Sequence[UnitQuiet]) -> bool:
        texts = [*self._quiet.quiet_days, *(text for unit in local for text in unit.days)]
        if any(self._calendar.within(text, day) for text in texts):
            return True
        here = {name for unit in local for name in unit.events}
        everywhere = self._events.keys() - self._local_events
        return any(self._on(self._events[name], day) for name in everywhere | (here & self._events.keys()))

    def _on(self, event: Event, day: date) -> bool:
        first = next(iter(event_days(event, day.year)), None)
        return first is not None and first <= day <= (event.ends or first)

    def _concerned(self, place: Place) -> list[UnitQuiet]:
        return [unit for unit in self._quiet.units if place.codes & set(unit.units)]

    def _hour_reason(self, moment: datetime, tone: Tone, place: Place) -> str:
        at = moment.timetz().replace(tzinfo=None)
        if not any(start <= at < end for start, end in self._slots):
            return "hour"
        if moment.weekday() == 6 and at < clock_time(self._quiet.sunday_from):
            local = any(unit.sunday_morning for unit in self._concerned(place))
            if local or tone not in ("urgent", "greeting"):
                return "sunday_morning"
        return ""

    def next_allowed(
        self, moment: datetime, tone: Tone, place: Place, pauses: Sequence[Pause] = ()
    ) -> datetime | None:
        """``moment`` if a push may go then, else the first moment after it at which one may; None if
        there is none within two months. Aware, local."""
        for candidate in self._candidates(moment, tone, pauses):
            if not self.reason(candidate, tone, place, pauses):
                return candidate
        return None

    def _candidates(self, moment: datetime, tone: Tone, pauses: Sequence[Pause]) -> Iterator[datetime]:
        yield moment
        ends = sorted(pause.until.astimezone(moment.tzinfo) for pause in pauses if pause.until > moment)
        starts = [start for start, _ in self._slots]
        if clock_time(self._quiet.sunday_from) not in starts:
            starts.append(clock_time(self._quiet.sunday_from))
        for days in range(_MOST_DAYS):
            day = moment.date() + timedelta(days=days)
            at = [datetime.combine(day, start, moment.tzinfo) for start in starts]
            at += [end for end in ends if end.date() == day]
            yield from sorted(each for each in at if each > moment)

    def slot_end(self, moment: datetime) -> datetime:
        """When the slot that ``moment`` lies in ends; ``moment`` itself if it lies in none. Local."""
        at = moment.timetz().replace(tzinfo=None)
        end = next((end for start, end in self._slots if start <= at < end), None)
        return datetime.combine(moment.date(), end, moment.tzinfo) if end else moment

    def last_before(self, day: date, tone: Tone, place: Place = Place()) -> date:
        """``day`` if a push of that tone may go on it, else the last day before it on which one may."""
        for days in range(_MOST_DAYS):
            earlier = day - timedelta(days=days)
            if not self._day_reason(earlier, tone, place):
                return earlier
        return day


def _holds(pause: Pause, moment: datetime, place: Place) -> bool:
    return pause.since <= moment < pause.until and (pause.unit_id is None or pause.unit_id in place.ids)


def event_days(event: Event, year: int) -> Iterator[date]:
    """The day of an event of day precision in a solar year: none if it has no such day then."""
    if event.month is None or event.day is None or (event.year or year) != year:
        return
    mark = " âm" if event.lunar else ""
    yield from sorted(days_of(f"{event.day}/{event.month}{mark}", year))
