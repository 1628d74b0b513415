"""Digests for those above (domain guide 8.6): each morning of the closing week for the province, weekly
for districts and communes, the targets when a quarter is closed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.quiet_hours import clock_time
from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, StepPlanned
from storage.domain.rounds import Round
from storage.plan.model import Pack
from storage.plan.periods import VIETNAM
from storage.queries.pushes import is_planned
from storage.queries.rounds import rounds_open
from storage.writer import Reader

#: Whose week is looked back on: Monday morning (the guide says weekly, not when).
WEEKDAY = 0

#: The level whose monthly reports are counted, and the one whose quarterly targets are.
MONTHLY, QUARTERLY = ("CH", "T"), ("XA", "Q")

#: How long a count is news.
LASTS = timedelta(hours=3)


class Digests:
    """Plans the digests of the day; each says at its time how things stand then, or nothing."""

    name: ClassVar[str] = "digests"
    every: ClassVar[timedelta] = timedelta(minutes=5)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The digests that fall on this day and were not planned."""
        return tuple(
            planned
            for asked in rounds_open(reader, now)
            if (pack := rules.plan.pack(asked.pack)) is not None
            for planned in _of_round(rules, asked, pack, now)
            if now <= planned.expires_at and not is_planned(reader, planned.step)
        )


def _of_round(rules: Rules, asked: Round, pack: Pack, now: datetime) -> Iterator[StepPlanned]:
    due = asked.due_at.astimezone(VIETNAM).date()
    closes = rules.closing(pack, asked.period, asked.due_at).date()
    today = now.date()
    if (pack.level, pack.frequency) == MONTHLY and asked.opens_at.astimezone(VIETNAM).date() < today:
        closing_week = due < today <= closes
        weekly = today.weekday() == WEEKDAY
        if closing_week or weekly:
            yield _planned(rules, asked, ("TI",), "month", now)
        if weekly or today == due + timedelta(days=1):
            yield _planned(rules, asked, ("XA", "HU"), "month", now)
    if (pack.level, pack.frequency) == QUARTERLY and today == closes:
        yield _planned(rules, asked, ("TI",), "targets", now)


def _planned(rules: Rules, asked: Round, levels: tuple[str, ...], topic: str, now: datetime) -> StepPlanned:
    due = datetime.combine(now.date(), clock_time(rules.plan.quiet.times.digest), VIETNAM)
    return StepPlanned(
        f"digest:{asked.id}:{topic}:{'-'.join(levels)}:{now.date()}", "digest", levels, topic,
        now.date().isoformat(), due.astimezone(UTC), (due + LASTS).astimezone(UTC), now.astimezone(UTC),
        event=f"digest:{topic}", params={"round": asked.id, "topic": topic},
    )  # fmt: skip
