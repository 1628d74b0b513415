"""Rounds open by the plan's calendar and after its events: pack and period, once. A milestone's deadline
moves with its event."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, RoundMoved, RoundOpened
from storage.domain.pushes import EventChange
from storage.queries.pushes import changes
from storage.queries.rounds import round_of, rounds_open
from storage.writer import Reader


class OpenRounds:
    """Opens the round of every pack whose window has begun: by the calendar until the province closes
    it, after an event until its results are due."""

    name: ClassVar[str] = "open_rounds"
    every: ClassVar[timedelta] = timedelta(minutes=10)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The rounds to open at ``now``; none that is there already or closed by the province. And the
        open milestones whose event staff have put on another day."""
        said = changes(reader)
        opened = [
            RoundOpened(window.pack, window.period, window.opens.astimezone(UTC), window.due.astimezone(UTC))
            for window in rules.to_open(now, said)
            if round_of(reader, window.pack, window.period) is None
        ]
        return (*opened, *_moved(rules, reader, now, said))


def _moved(
    rules: Rules, reader: Reader, now: datetime, said: Mapping[str, EventChange]
) -> Iterator[RoundMoved]:
    for asked in rounds_open(reader, now):
        pack = rules.plan.pack(asked.pack)
        due = rules.due_of(pack, asked, said) if pack is not None else None
        if due is not None and due != asked.due_at:
            yield RoundMoved(asked.id, due.astimezone(UTC))
