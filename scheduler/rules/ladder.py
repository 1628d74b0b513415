"""What is due when: the steps of a round and of an event (domain guide 2.1, 8.4), as days and times.

Steps are the plan's own: a round's are those of the closing event (events.yaml, kind closing) that
names its pack; an event's are its ``reminders``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.rules.quiet_hours import Place, Tone, clock_time
from scheduler.rules.rounds import Rules, Window, step_days
from storage.domain.pushes import EventChange
from storage.plan.model import Event, Level, Pack
from storage.plan.periods import VIETNAM

#: After an event's results were due: one nudge (guide 2.1, T+3 with a deadline of T+2).
AFTER_EVENT = ("T+1",)

#: Reminders so long before are for those who organise, not for branch heads (guide 2.1).
ORGANISERS_BEFORE = -30

#: A step not planned so long after it was due (the program was off) is left out: the next one says it
#: all. More than a day, so that a clock set forward by a day loses nothing.
CATCH_UP = timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when it is due, until when it makes sense (aware, local), and its tone."""

    name: str
    due: datetime
    expires: datetime
    tone: Tone

    def plan_by(self, rules: Rules) -> datetime:
        """The last moment to plan it: `CATCH_UP` after it may go for the first time."""
        first = rules.quiet.next_allowed(self.due, self.tone, Place()) or self.due
        return min(self.expires, first + CATCH_UP)


def nudge_names(rules: Rules, pack: Pack) -> tuple[str, ...]:
    """The steps of a pack's round beside its opening: "T-3", "T-1", "T+1", "T+3"."""
    if pack.frequency == "SK":
        weekly = any(
            event.kind == "drive" and event.ends is not None and pack.id in event.results
            for event in rules.plan.events
        )
        return () if weekly else AFTER_EVENT
    for event in rules.plan.events:
        if event.kind == "closing" and pack.id in event.results:
            return event.reminders
    return ()


def round_steps(rules: Rules, pack: Pack, window: Window) -> list[Step]:
    """The opening and the nudges of a round, the earliest first. A nudge before the deadline that falls
    on a quiet day comes on the last day before it that is not; one that would come with or before the
    opening is left out."""
    steps = [Step("open", window.opens, window.due, "deadline")]
    for name in nudge_names(rules, pack):
        days = step_days(name)
        tone: Tone = "urgent" if days == -1 else "deadline"
        day = window.due.date() + timedelta(days=days)
        if days < 0:
            day = rules.quiet.last_before(day, tone)
        if day > window.opens.date():
            due = _at(day, _nudge_time(rules, day))
            steps.append(Step(name, due, _lasts(window, days, due), tone))
    return _apart(steps)


def _lasts(window: Window, days: int, due: datetime) -> datetime:
    """A nudge before the deadline holds until the deadline, one after it until the round is closed."""
    end = window.due if days < 0 else window.closes
    return max(end, due + timedelta(hours=12))


def _apart(steps: list[Step]) -> list[Step]:
    """Steps moved onto the same day: the later one (nearer the deadline) says it all."""
    by_day = {step.due.date(): step for step in steps}
    return sorted(by_day.values(), key=lambda step: step.due)


def _nudge_time(rules: Rules, day: date) -> str:
    times = rules.plan.quiet.times
    return times.peak if rules.in_peak(day) else times.nudge


def _at(day: date, time: str) -> datetime:
    return datetime.combine(day, clock_time(time), VIETNAM)


def escalation(rules: Rules, pack: Pack, window: Window) -> Step | None:
    """When the level above is given the list of those missing: after the last nudge, on a working day."""
    if pack.level not in ("CH", "XA"):
        return None
    names = nudge_names(rules, pack)
    if not names:
        return None
    if pack.frequency == "SK":  # guide 2.1: T+7, the day on which the province closes an event
        day = rules.calendar.preceding_working_day(window.closes.date())
    else:
        after = timedelta(days=rules.plan.quiet.escalate_after)
        day = rules.calendar.following_working_day(window.due.date() + after)
    if not window.due.date() < day <= window.closes.date():
        return None
    due = _at(day, rules.plan.quiet.times.escalation)
    return Step("T+list", due, due + timedelta(days=3), "deadline")


def event_steps(rules: Rules, event: Event, day: date) -> list[Step]:
    """The reminders of an event that is on ``day``. What falls on a quiet day comes before it; asking
    for results is the round's (`Rules.by_events`), so "T+1" and "T+3" are not among them."""
    steps: list[Step] = []
    results = any(
        (pack := rules.plan.pack(name)) is not None and pack.frequency == "SK" for name in event.results
    )
    for name in event.reminders:
        days = step_days(name)
        if 0 < days < 7 and results:
            continue
        tone: Tone = "greeting" if days == 0 and event.kind == "traditional" else "event"
        on = day + timedelta(days=days)
        if days < 0:
            on = rules.quiet.last_before(on, tone)
        times = rules.plan.quiet.times
        due = _at(on, times.morning if days == 0 else times.event)
        end = _at(day, "20:45") if days <= 0 else due + timedelta(days=2)
        if days == 0 and event.kind == "drive":
            end += timedelta(days=3)
        steps.append(Step(name, due, max(end, due + timedelta(hours=12)), tone))
    return steps


def audience(event: Event, step: str) -> tuple[Level, ...]:
    """Who is told at a step: long before only those who organise."""
    if step.startswith("T") and step_days(step) <= ORGANISERS_BEFORE:
        return tuple(level for level in event.audience if level != "CH") or event.audience
    return event.audience


def coming_month(rules: Rules, event: Event, year: int, changes: Mapping[str, EventChange]) -> Step | None:
    """While only the month of an event is known: one note on the first working day of the month before
    (guide 2.1); None once the day is fixed, or it is postponed or cancelled."""
    if event.precision != "month" or event.month is None or event.id in changes:
        return None
    if event.status in ("postponed", "cancelled", "held"):
        return None
    first = date(event.year or year, event.month, 1)
    before = (first - timedelta(days=1)).replace(day=1)
    day = rules.calendar.following_working_day(before)
    due = _at(day, rules.plan.quiet.times.event)
    return Step("coming", due, due + timedelta(days=5), "event")
