"""After a round is closed its branch heads see their own figures beside their commune's average."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, StepPlanned
from storage.queries.pushes import is_planned
from storage.queries.rounds import rounds_closed_since
from storage.writer import Reader

#: A round closed longer ago than this (the program was off) is not spoken of any more.
CATCH_UP = timedelta(days=2)

#: It is no news for longer.
LASTS = timedelta(days=7)


class Feedback:
    """Plans one message a closed round of the packs that have ``feedback``; who has not reported gets
    none."""

    name: ClassVar[str] = "feedback"
    every: ClassVar[timedelta] = timedelta(minutes=10)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The messages that were not planned."""
        at = now.astimezone(UTC)
        planned = []
        for asked in rounds_closed_since(reader, at - CATCH_UP, at):
            pack = rules.plan.pack(asked.pack)
            step = f"feedback:{asked.id}"
            if pack is not None and pack.feedback and not is_planned(reader, step):
                day, told = now.date().isoformat(), {"round": asked.id}
                planned.append(
                    StepPlanned(
                        step, "feedback", (pack.level,), "feedback", day, at, at + LASTS, at, params=told
                    )
                )
        return planned
