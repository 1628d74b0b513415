"""Dead letters are kept no longer than chat text may be."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from storage.domain.effects import DeadLettersForgotten, Effect
from storage.plan.model import Plan
from storage.queries.keeping import has_letters_before
from storage.writer import Reader

#: Domain guide 6.2: raw chat text 90 days.
KEPT = timedelta(days=90)


class OldDeadLetters:
    """Deletes dead letters after `KEPT`."""

    name: ClassVar[str] = "dead_letters"
    every: ClassVar[timedelta] = timedelta(hours=6)

    def decide(self, plan: Plan, reader: Reader, now: datetime) -> Sequence[Effect]:
        """One effect if any is too old."""
        before = (now - KEPT).astimezone(UTC)
        at = now.astimezone(UTC)
        return (DeadLettersForgotten(before, at),) if has_letters_before(reader, before) else ()
