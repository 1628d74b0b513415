"""Openings and nudges of open rounds: planned on the day they are due, for all who have not submitted."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.ladder import Step, round_steps
from scheduler.rules.rounds import Rules, Window
from storage.domain.effects import Effect, StepPlanned
from storage.domain.rounds import Round
from storage.plan.model import Pack
from storage.plan.periods import VIETNAM
from storage.queries.pushes import is_planned
from storage.queries.rounds import rounds_open
from storage.writer import Reader


class Nudges:
    """Plans each step of each open round once (domain guide 8.4)."""

    name: ClassVar[str] = "nudges"
    every: ClassVar[timedelta] = timedelta(minutes=5)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The steps that fall on this day and were not planned."""
        return tuple(
            planned
            for open_round in rounds_open(reader, now)
            if (pack := rules.plan.pack(open_round.pack)) is not None
            for planned in _steps(rules, reader, open_round, pack, now)
        )


def window_of(rules: Rules, asked: Round, pack: Pack) -> Window:
    """The window of a round that is open, as it was opened."""
    due = asked.due_at.astimezone(VIETNAM)
    opens = asked.opens_at.astimezone(VIETNAM)
    return Window(pack.id, pack.level, asked.period, opens, due, rules.closing(pack, asked.period, due))


def _steps(rules: Rules, reader: Reader, asked: Round, pack: Pack, now: datetime) -> Iterator[StepPlanned]:
    steps = round_steps(rules, pack, window_of(rules, asked, pack))
    for step in steps:
        name = f"round:{asked.id}:{step.name}"
        if is_due_today(rules, step, now) and not is_planned(reader, name):
            last = step is steps[-1] and len(steps) > 2 and step.name != "T-1"
            yield StepPlanned(
                name,
                "open" if step.name == "open" else "nudge",
                (pack.level,),
                step.name,
                now.date().isoformat(),
                step.due.astimezone(UTC),
                step.expires.astimezone(UTC),
                now.astimezone(UTC),
                asked.id,
                params={"last": True} if last else {},
            )


def is_due_today(rules: Rules, step: Step, now: datetime) -> bool:
    """Whether the step's day has come (from midnight on, so that all of a day is known before its first
    message goes) and it is not too late to plan it."""
    return step.due.date() <= now.date() and now <= step.plan_by(rules)
