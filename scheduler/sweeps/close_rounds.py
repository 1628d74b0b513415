"""The province closes a round: from then on a correction is a request."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, RoundClosed
from storage.queries.pushes import changes
from storage.queries.rounds import rounds_open
from storage.writer import Reader


class CloseRounds:
    """Closes every round whose last level's deadline has passed; a pack the plan no longer has stays."""

    name: ClassVar[str] = "close_rounds"
    every: ClassVar[timedelta] = timedelta(minutes=10)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The rounds to close at ``now``."""
        closing = []
        for open_round in rounds_open(reader, now):
            pack = rules.plan.pack(open_round.pack)
            if pack is not None and open_round.closed_at is None:
                due: datetime | None = open_round.due_at
                if pack.frequency == "MOC":  # while no day of its event holds it stays open
                    due = rules.milestone_due(pack.id, int(open_round.period), changes(reader))
                if due is not None and (closes := rules.closing(pack, open_round.period, due)) < now:
                    closing.append(RoundClosed(open_round.id, closes.astimezone(UTC)))
        return tuple(closing)
