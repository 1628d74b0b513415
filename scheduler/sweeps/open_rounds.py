"""Rounds open by the plan's calendar: pack and period, once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from storage.domain.effects import Effect, RoundOpened
from storage.plan.model import Deadline, Level, Pack, Plan
from storage.plan.periods import period_of, round_window
from storage.queries.rounds import round_of
from storage.writer import Reader

#: The level that closes the figures last.
LAST: Level = "TI"


class OpenRounds:
    """Opens the round of every pack whose window has begun. Event and milestone packs (SK, MOC) have
    no calendar of their own: staff or their event open them."""

    name: ClassVar[str] = "open_rounds"
    every: ClassVar[timedelta] = timedelta(minutes=10)

    def decide(self, plan: Plan, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The rounds to open at ``now``; none that is there already or closed by the province."""
        return tuple(
            opened for opened in due_rounds(plan, now) if round_of(reader, opened.pack, opened.period) is None
        )


def due_rounds(plan: Plan, now: datetime) -> Iterator[RoundOpened]:
    """The rounds that have begun and that the province has not closed: late is still answerable."""
    deadlines = {deadline.code: deadline for deadline in plan.deadlines}
    for pack in plan.packs:
        deadline = deadlines.get(pack.frequency)
        if deadline is not None and _asked_in(pack, deadline, now.month):
            period = period_of(pack.frequency, now.date())
            opens, due = round_window(deadline, period, pack.level)
            _, closes = round_window(deadline, period, LAST)
            if opens <= now <= closes:
                yield RoundOpened(pack.id, period, opens.astimezone(UTC), due.astimezone(UTC))


def _asked_in(pack: Pack, deadline: Deadline, month: int) -> bool:
    if pack.frequency in ("SK", "MOC"):
        return False
    months = pack.months or deadline.months
    return not months or month in months
