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
        said, closing = changes(reader), []
        for asked in rounds_open(reader, now):
            pack = rules.plan.pack(asked.pack)
            if pack is None or asked.closed_at is not None:
                continue
            due = rules.due_of(pack, asked, said)
            if due is not None and (closes := rules.closing(pack, asked.period, due)) < now:
                closing.append(RoundClosed(asked.id, closes.astimezone(UTC)))
        return tuple(closing)
