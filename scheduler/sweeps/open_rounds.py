"""Rounds open by the plan's calendar and after its events: pack and period, once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, RoundOpened
from storage.queries.pushes import changes
from storage.queries.rounds import round_of
from storage.writer import Reader


class OpenRounds:
    """Opens the round of every pack whose window has begun: by the calendar until the province closes
    it, after an event until its results are due."""

    name: ClassVar[str] = "open_rounds"
    every: ClassVar[timedelta] = timedelta(minutes=10)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The rounds to open at ``now``; none that is there already or closed by the province."""
        return tuple(
            RoundOpened(window.pack, window.period, window.opens.astimezone(UTC), window.due.astimezone(UTC))
            for window in rules.to_open(now, changes(reader))
            if round_of(reader, window.pack, window.period) is None
        )
