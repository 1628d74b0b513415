"""Digests for those above: where the month stands (domain guide 8.6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect
from storage.writer import Reader


class Digests:
    """Plans the digests of the day."""

    name: ClassVar[str] = "digests"
    every: ClassVar[timedelta] = timedelta(minutes=5)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The digests that fall on this day and were not planned."""
        return ()
