"""After the last nudge the level above is given the list: 12/14, which two, NHẬP HỘ."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.ladder import CATCH_UP, escalation
from scheduler.rules.rounds import Rules, Window
from storage.domain.effects import Effect, StepPlanned
from storage.plan.periods import VIETNAM
from storage.queries.pushes import is_planned
from storage.queries.rounds import rounds_open
from storage.writer import Reader

#: Who asks after whom: the kinds of unit above a level.
ABOVE = {"CH": ("XA",), "XA": ("HU",)}


class Escalations:
    """Plans one message to every unit above, which says at its time who is missing, or nothing."""

    name: ClassVar[str] = "escalations"
    every: ClassVar[timedelta] = timedelta(minutes=5)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The lists that fall on this day and were not planned."""
        planned: list[Effect] = []
        for asked in rounds_open(reader, now):
            pack = rules.plan.pack(asked.pack)
            if pack is None:
                continue
            due, opens = asked.due_at.astimezone(VIETNAM), asked.opens_at.astimezone(VIETNAM)
            closes = rules.closing(pack, asked.period, due)
            step = escalation(rules, pack, Window(pack.id, pack.level, asked.period, opens, due, closes))
            name = f"list:{asked.id}"
            if step is None or not step.due.date() <= now.date() or now > step.due + CATCH_UP:
                continue
            if not is_planned(reader, name):
                planned.append(
                    StepPlanned(
                        name, "escalation", ABOVE[pack.level], step.name, now.date().isoformat(),
                        step.due.astimezone(UTC), min(step.expires, closes).astimezone(UTC),
                        now.astimezone(UTC), asked.id,
                    )
                )  # fmt: skip
        return planned
