"""Reminders of the plan's events, by the ladder of each (domain guide 2.1, 8.5)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from scheduler.rules.ladder import Step, audience, coming_month, event_steps
from scheduler.rules.rounds import Rules, step_days
from storage.domain.effects import Effect, StepPlanned
from storage.domain.pushes import EventChange
from storage.plan.model import Event
from storage.queries.pushes import changes, is_planned
from storage.writer import Reader

#: The reminder that asks whether she comes (guide 2.2: the invitation is T-7).
INVITATION = -7

#: Events before and after the year's turn are looked at too.
_AROUND = timedelta(days=60)


class EventReminders:
    """Plans each step of each event once, by the day that holds now: as the plan or as staff say."""

    name: ClassVar[str] = "event_reminders"
    every: ClassVar[timedelta] = timedelta(minutes=5)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The reminders that fall on this day and were not planned."""
        said = changes(reader)
        return tuple(
            planned
            for event in rules.events.values()
            if event.reminders or event.precision == "month"
            for planned in _steps(rules, reader, event, said, now)
        )


def _steps(
    rules: Rules, reader: Reader, event: Event, said: Mapping[str, EventChange], now: datetime
) -> Iterator[StepPlanned]:
    for year in sorted({(now - _AROUND).year, (now + _AROUND).year}):
        if year != rules.plan.year and event.id not in said:
            continue
        day = rules.day_of(event, year, said)
        if day is not None:
            for step in event_steps(rules, event, day):
                if _falls(rules, reader, f"event:{event.id}:{day}:{step.name}", step, now):
                    yield _reminder(event, day, step, said.get(event.id), now)
            continue
        coming = coming_month(rules, event, year, said)
        if coming is not None and _falls(rules, reader, f"event:{event.id}:{year}:coming", coming, now):
            yield from _coming(event, year, coming, now)


def _falls(rules: Rules, reader: Reader, name: str, step: Step, now: datetime) -> bool:
    today = step.due.date() <= now.date() and now <= step.plan_by(rules)
    return today and not is_planned(reader, name)


def _reminder(event: Event, day: date, step: Step, change: EventChange | None, now: datetime) -> StepPlanned:
    days = step_days(step.name)
    params = {"day": day.isoformat(), "tone": step.tone}
    if change is not None and change.place:
        params["place"] = change.place
    if event.rsvp and days == INVITATION:
        params["invite"] = "yes"
    return StepPlanned(
        f"event:{event.id}:{day}:{step.name}", "event", audience(event, step.name), step.name,
        now.date().isoformat(), step.due.astimezone(UTC), step.expires.astimezone(UTC),
        now.astimezone(UTC), event=event.id, params=params,
    )  # fmt: skip


def _coming(event: Event, year: int, step: Step, now: datetime) -> Iterator[StepPlanned]:
    """A note to those invited, and to the province, which is to say the day."""
    for kind, levels, name in (
        ("event", tuple(level for level in event.audience if level != "TI"), "coming"),
        ("note", ("TI",), "ask_date"),
    ):
        yield StepPlanned(
            f"event:{event.id}:{year}:{name}", kind, levels, name, now.date().isoformat(),  # type: ignore[arg-type]
            step.due.astimezone(UTC), step.expires.astimezone(UTC), now.astimezone(UTC), event=event.id,
            params={"tone": step.tone},
        )  # fmt: skip
