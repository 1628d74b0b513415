"""An independent look at what was sent: rules of the guide (5.9) and of the issue, from the tables alone.

It shares no code with the rules that sent the messages: quiet times, limits and what was to be expected
are worked out again here, from the plan's files and the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.language.lunar import lunar_of
from storage.plan.model import Plan
from storage.plan.periods import VIETNAM
from storage.queries import sent_log
from storage.queries.sent_log import Logged, LoggedRound
from storage.writer import Reader

#: Guide 5.9: from 28 tháng Chạp to mùng 6, computed there.
TET = {
    2024: (date(2024, 2, 7), date(2024, 2, 15)),
    2025: (date(2025, 1, 27), date(2025, 2, 3)),
    2026: (date(2026, 2, 15), date(2026, 2, 22)),
    2027: (date(2027, 2, 4), date(2027, 2, 11)),
    2028: (date(2028, 1, 24), date(2028, 1, 31)),
}

SLOTS = ((time(7, 30), time(10, 45)), (time(14, 0), time(16, 45)), (time(19, 30), time(20, 45)))

#: Public holidays that are the same every year (day, month); Giỗ Tổ and Tết go by the moon.
HOLIDAYS = {(1, 1), (30, 4), (1, 5), (2, 9)}

#: Messages a person: a day, in any 7 days; the province's staff, whose work it is, any day.
DAY, WEEK, WEEK_OF = 1, 3, {"TI": 7}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must not be: the rule, and where."""

    rule: str
    what: str


def check(reader: Reader, plan: Plan, until: datetime) -> list[Violation]:
    """Everything that breaks a rule in what was sent by ``until`` (aware)."""
    logged = sent_log.sent(reader)
    return [
        *_quiet(logged),
        *_limits(logged),
        *_after_submission(logged),
        *_twice(logged),
        *_unexplained(reader, plan, until),
    ]


# --- quiet times


def _quiet(logged: Sequence[Logged]) -> Iterator[Violation]:
    for message in logged:
        if "reminder" not in message.kinds:
            reason = _silent(message)
            if reason:
                yield Violation("quiet", f"{reason}: {_where(message)}")


def _silent(message: Logged) -> str:
    at = message.at.astimezone(VIETNAM)
    day = at.date()
    if not any(start <= at.time() < end for start, end in SLOTS):
        return "outside the slots"
    first, last = TET[day.year]
    if first <= day <= last:
        return "Tết"
    moon = lunar_of(day)[:2]
    if (day.day, day.month) in HOLIDAYS or moon == (10, 3):
        return "holiday"
    if moon in ((14, 1), (15, 1), (15, 7)):
        return "rằm"
    greeting = message.steps == {"T"} and message.kinds == {"event"}
    if (day.day, day.month) in ((8, 3), (20, 10)) and not greeting:
        return "only greetings on this day"
    urgent = "T-1" in message.steps or greeting
    if at.weekday() == 6 and at.time() < time(14, 0) and not urgent:
        return "Sunday morning"
    return ""


# --- limits


def _limits(logged: Sequence[Logged]) -> Iterator[Violation]:
    days: dict[int, Counter[date]] = defaultdict(Counter)
    level: dict[int, str] = {}
    for message in logged:
        if "reminder" not in message.kinds:
            days[message.person_id][message.at.astimezone(VIETNAM).date()] += 1
            level[message.person_id] = message.level
    for person, counted in days.items():
        for day, number in counted.items():
            if number > DAY:
                yield Violation("limits", f"{number} on {day} to person {person}")
            week = sum(n for each, n in counted.items() if day - timedelta(days=6) <= each <= day)
            if week > WEEK_OF.get(level[person], WEEK):
                yield Violation("limits", f"{week} in the week to {day} to person {person}")


# --- after submission, twice


def _after_submission(logged: Sequence[Logged]) -> Iterator[Violation]:
    for message in logged:
        for key, submitted in message.submitted:
            if submitted is not None and submitted < message.queued_at:
                yield Violation("after submission", f"{key}: {_where(message)}")


def _twice(logged: Sequence[Logged]) -> Iterator[Violation]:
    keys = Counter(key for message in logged for key in message.keys)
    yield from (Violation("twice", key) for key, number in keys.items() if number > 1)
    said = Counter(
        (message.account, message.at.astimezone(VIETNAM).date(), message.text)
        for message in logged
        if "reminder" not in message.kinds  # she may ask twice a day to be reminded
    )
    yield from (Violation("twice", f"{who} {day}") for (who, day, _), number in said.items() if number > 1)


# --- everything that was to be said was, or there is a reason


def _unexplained(reader: Reader, plan: Plan, until: datetime) -> Iterator[Violation]:
    for key, state, reason, due in sent_log.unfinished(reader):
        if state == "scheduled" and due <= until - timedelta(days=1) and not reason:
            yield Violation("unexplained", f"{key} still waits")
        if state in ("muted", "cleared", "failed") and not reason:
            yield Violation("unexplained", f"{key} was {state} without a reason")
    for asked in sent_log.rounds(reader):
        yield from _missing_nudges(reader, plan, asked, until)


def _missing_nudges(reader: Reader, plan: Plan, asked: LoggedRound, until: datetime) -> Iterator[Violation]:
    """Every seat that had not submitted when a step fell due has a push for it, sent or explained."""
    steps = _steps_of(plan, asked.pack)
    due = asked.due_at.astimezone(VIETNAM).date()
    opens = asked.opens_at.astimezone(VIETNAM).date()
    for step in steps:
        day = opens if step == "open" else due + timedelta(days=int(step[1:] or 0))
        end = datetime.combine(day, time(23, 59), VIETNAM)
        if end > until or (step != "open" and (day <= opens or _all_quiet(opens, due, day, step))):
            continue
        for code in sent_log.without_push(reader, asked.id, asked.level, step, end):
            yield Violation("unexplained", f"{asked.pack} {asked.period} {step}: nothing for {code}")


def _steps_of(plan: Plan, pack_id: str) -> tuple[str, ...]:
    closing = [e for e in plan.events if e.kind == "closing" and pack_id in e.results]
    return ("open", *(step for event in closing for step in event.reminders))


def _all_quiet(opens: date, due: date, day: date, step: str) -> bool:
    """A step before the deadline that falls into Tết or on a holiday is said on an earlier day, if the
    round was open then; two steps on one day are one."""
    if not step.startswith("T-"):
        return False
    return _no_messages(day)


def _no_messages(day: date) -> bool:
    first, last = TET[day.year]
    moon = lunar_of(day)[:2]
    fixed = (day.day, day.month) in HOLIDAYS | {(8, 3), (20, 10)} or moon in (
        (10, 3),
        (14, 1),
        (15, 1),
        (15, 7),
    )
    return first <= day <= last or fixed or date(2024, 4, 29) == day or date(2024, 9, 3) == day


def _where(message: Logged) -> str:
    return f"{message.at.astimezone(VIETNAM):%d/%m/%Y %H:%M} {message.account} {sorted(message.keys)}"
