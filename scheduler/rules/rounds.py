"""Rounds: which packs are asked for which period, when they open, are due and are closed.

The plan's days (`storage.plan.periods.round_window`) are moved as the guide (1.0) says: a deadline in
the Tết pause goes to the 4th working day after it and the levels above by as much; one on a rest day to
the preceding working day. A branch head's round opens earlier when it meets a time of harvest (5.9).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from scheduler.rules.calendar import Calendar
from scheduler.rules.quiet_hours import QuietHours, event_days
from storage.domain.pushes import EventChange
from storage.domain.rounds import Round
from storage.plan.model import Deadline, Event, Level, Pack, Plan
from storage.plan.periods import DUE_TIME, OPENING_TIME, VIETNAM, figures_span, period_of, round_window

#: The levels in the order in which they close.
ORDER: tuple[Level, ...] = ("CH", "XA", "HU", "TT", "TI")

#: The level that closes the figures last.
LAST: Level = "TI"

#: How long a milestone's round may be answered after its day (guide 2.1: T+7 is the list of the missing).
AFTER_MILESTONE = timedelta(days=7)

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """A level's round of a pack: aware, Asia/Ho_Chi_Minh. ``closes`` is when the province closes."""

    pack: str
    level: Level
    period: str
    opens: datetime
    due: datetime
    closes: datetime


class Rules:
    """All rules of one plan, with its calendar. ``changes`` are what staff said of events, by id."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.calendar = Calendar(plan.quiet)
        self.quiet = QuietHours(plan, self.calendar)
        self._deadlines = {deadline.code: deadline for deadline in plan.deadlines}

    # --- events

    @cached_property
    def events(self) -> Mapping[str, Event]:
        """The plan's events by id, without those kept only for the record."""
        return {event.id: event for event in self.plan.events if event.size != "off"}

    def day_of(self, event: Event, year: int, changes: Mapping[str, EventChange]) -> date | None:
        """The day of an event in a year: as staff set it, else as the plan has it for its own year; None
        where only the month is known, or it is postponed or cancelled."""
        change = changes.get(event.id)
        if change is not None:
            fixed = change.status == "fixed" and change.day
            return date.fromisoformat(change.day) if fixed else None
        if event.precision != "day" or event.status in ("postponed", "cancelled"):
            return None
        if year != self.plan.year:
            return None
        return next(iter(event_days(event, year)), None)

    # --- windows

    def window(self, pack: Pack, period: str) -> Window | None:
        """The moved window of a pack asked by the calendar (not by an event); None for the others."""
        deadline = self._deadlines.get(pack.frequency)
        if deadline is None or pack.frequency in ("SK", "MOC"):
            return None
        opens, _ = round_window(deadline, period, pack.level)
        due = self._due(deadline, period, pack.level)
        closes = max(due, self._due(deadline, period, LAST))
        return Window(pack.id, pack.level, period, self._opening(opens, due, pack.level), due, closes)

    def _due(self, deadline: Deadline, period: str, level: Level) -> datetime:
        """The level's deadline. One in Tết moves behind it and takes the levels above along."""
        shift = timedelta()
        for each in ORDER[: ORDER.index(level) + 1] if level in ORDER else (level,):
            day = round_window(deadline, period, each)[1].date() + shift
            pause = self.calendar.tet(day)
            if pause is not None:
                shift += self.calendar.working_day_after(pause[1], self.plan.quiet.tet_shift) - day
        day = round_window(deadline, period, level)[1].date() + shift
        return datetime.combine(self.calendar.preceding_working_day(day), DUE_TIME, VIETNAM)

    def _opening(self, opens: datetime, due: datetime, level: Level) -> datetime:
        """Never after the deadline; earlier where the window meets a harvest."""
        day = min(opens.date(), due.date())
        if level == "CH":
            days = [day + timedelta(days=n) for n in range((due.date() - day).days + 1)]
            earlier = [
                peak.open_earlier
                for peak in self.plan.quiet.peaks
                if any(self.calendar.within(peak.days, each) for each in days)
            ]
            day -= timedelta(days=max(earlier, default=0))
        return datetime.combine(day, OPENING_TIME, VIETNAM)

    def in_peak(self, day: date) -> bool:
        """Whether people are in the fields: nudges come in the evening."""
        return any(self.calendar.within(peak.days, day) for peak in self.plan.quiet.peaks)

    def span(self, period: str) -> tuple[date, date]:
        """The days a period's figures are of: calendar months, or the 15th to the 14th of the month
        where quiet.yaml says ``month_starts: 15``. Inclusive."""
        return figures_span(period, self.plan.quiet.month_starts)

    # --- by the calendar

    def by_calendar(self, first: date, last: date) -> Iterator[Window]:
        """The windows of the packs asked by the calendar that open between two days (inclusive)."""
        for pack in self.plan.packs:
            for period in self._periods(pack, first, last):
                window = self.window(pack, period)
                if window is not None and first <= window.opens.date() <= last:
                    yield window

    def _periods(self, pack: Pack, first: date, last: date) -> list[str]:
        deadline = self._deadlines.get(pack.frequency)
        if deadline is None or pack.frequency in ("SK", "MOC"):
            return []
        months = pack.months or deadline.months
        found: dict[str, None] = {}
        day = (first - timedelta(days=62)).replace(day=1)
        while day <= last + timedelta(days=31):
            if not months or day.month in months:
                found[period_of(pack.frequency, day)] = None
            day = (day + timedelta(days=32)).replace(day=1)
        return list(found)

    # --- by events

    def by_events(self, year: int, changes: Mapping[str, EventChange]) -> Iterator[Window]:
        """The windows of the packs that ask for an event's results (SK) or go with a milestone (MOC)."""
        for event in self.events.values():
            day = self.day_of(event, year, changes)
            if day is None:
                continue
            for name in event.results:
                pack = self.plan.pack(name)
                if pack is not None and pack.frequency == "SK":
                    yield from (self._after(pack, each) for each in self._asking_days(event, day))
                elif pack is not None and pack.frequency == "MOC":
                    yield self._milestone(pack, event, day)

    def _asking_days(self, event: Event, day: date) -> Sequence[date]:
        """An event's results are asked once; a drive's running total every week while it lasts: the
        round of a Monday opens on the Tuesday (guide 8.5)."""
        if event.kind != "drive" or event.ends is None:
            return (day,)
        first = day + timedelta(days=(7 - day.weekday()) % 7 or 7)
        weeks = (event.ends - timedelta(days=2) - first).days // 7 + 1
        return tuple(first + week * _WEEK for week in range(max(weeks, 0)))

    def _after(self, pack: Pack, day: date) -> Window:
        deadline = self._deadlines["SK"]
        opens, due = round_window(deadline, day.isoformat(), pack.level)
        _, closes = round_window(deadline, day.isoformat(), LAST)
        due = self._after_opening(opens, due)
        return Window(pack.id, pack.level, day.isoformat(), opens, due, max(due, closes))

    def _after_opening(self, opens: datetime, due: datetime) -> datetime:
        """A rest day's deadline comes before it, or after it where that would be before the opening."""
        day = self.calendar.preceding_working_day(due.date())
        if day <= opens.date():
            day = self.calendar.following_working_day(due.date())
        return datetime.combine(day, DUE_TIME, VIETNAM)

    def _milestone(self, pack: Pack, event: Event, day: date) -> Window:
        """Asked from the event's first reminder on, due on its day."""
        first = min((step_days(step) for step in event.reminders), default=-14)
        opens = datetime.combine(day + timedelta(days=min(first, 0)), OPENING_TIME, VIETNAM)
        due = datetime.combine(self.calendar.preceding_working_day(day), DUE_TIME, VIETNAM)
        return Window(pack.id, pack.level, str(day.year), opens, due, due + AFTER_MILESTONE)

    def closing(self, pack: Pack, period: str, due: datetime) -> datetime:
        """When the province closes a round of the pack that is due at ``due`` (aware)."""
        window = self.window(pack, period)
        if window is not None:
            return window.closes
        if pack.frequency == "SK":
            return self._after(pack, date.fromisoformat(period)).closes
        return due.astimezone(VIETNAM) + AFTER_MILESTONE

    def due_of(self, pack: Pack, asked: Round, changes: Mapping[str, EventChange]) -> datetime | None:
        """When an open round is due (aware): as it was opened, or a milestone's on the day that staff gave
        its event since; None while no day holds: it is postponed or cancelled."""
        told = any(each in self.events and pack.id in self.events[each].results for each in changes)
        if pack.frequency != "MOC" or not told:
            return asked.due_at
        windows = self.by_events(int(asked.period), changes)
        return next((each.due for each in windows if each.pack == pack.id), None)

    # --- what is due

    def to_open(self, now: datetime, changes: Mapping[str, EventChange]) -> list[Window]:
        """The rounds that have begun at ``now`` and that may still be answered: those of the calendar
        until the province closes, those after events until they are due."""
        found = [
            window
            for window in self.by_calendar(now.date() - timedelta(days=45), now.date())
            if window.opens <= now <= window.closes
        ]
        years = {now.year, (now - timedelta(days=14)).year}
        found += [
            window
            for year in sorted(years)
            for window in self.by_events(year, changes)
            if window.opens <= now <= window.due
        ]
        return found


def step_days(step: str) -> int:
    """ "T-7" is -7, "T" 0, "T+1" 1."""
    return int(step[1:] or 0)
