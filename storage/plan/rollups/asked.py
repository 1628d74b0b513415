"""Rounds as they are counted: which fall into a period, and what a unit said in them.

A figure of a period comes from the rounds whose own period lies within it: a quarter holds its months,
a year all of them. A milestone (``once``) belongs to every period that its round's touches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from storage.domain.facts import Fact
from storage.domain.figures import Number
from storage.domain.rounds import Round
from storage.plan.model import Plan, TimeRollup
from storage.plan.periods import period_span


@dataclass(frozen=True, slots=True)
class Asked:
    """A round of the plan. ``estimate``: the year as it will probably be (N); ``final``: as it was (N+)."""

    id: int
    pack: str
    level: str
    period: str
    first: date
    last: date
    opens_at: datetime
    estimate: bool
    final: bool

    @property
    def order(self) -> tuple[date, bool, datetime, int]:
        """Later ones count where one must be chosen; final figures before estimates of the same day."""
        return (self.last, self.final, self.opens_at, self.id)


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included."""

    first: date
    last: date

    def holds(self, asked: Asked, time: TimeRollup) -> bool:
        """Whether a round's figures belong to these days."""
        if time == "once":
            return asked.first <= self.last and asked.last >= self.first
        return self.first <= asked.first and asked.last <= self.last


@dataclass(frozen=True, slots=True)
class Entry:
    """What a unit said in a round."""

    asked: Asked
    fact: Fact


def rounds_of(plan: Plan, rounds: Iterable[Round]) -> tuple[Asked, ...]:
    """The rounds of packs the plan has, in the order in which they count."""
    packs = {pack.id: pack for pack in plan.packs}
    found = []
    for one in rounds:
        pack = packs.get(one.pack)
        if pack is not None:
            first, last = period_span(one.period)
            final, estimate = pack.frequency == "N+", pack.frequency == "N"
            found.append(
                Asked(one.id, pack.id, pack.level, one.period, first, last, one.opens_at, estimate, final)
            )
    return tuple(sorted(found, key=lambda asked: asked.order))


def one_a_period(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """A unit has one figure a field and period: of several rounds the final, else the latest counts."""
    kept: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda one: one.asked.order):
        before = kept.get(entry.asked.period)
        if before is None or not (before.asked.final and not entry.asked.final):
            kept[entry.asked.period] = entry
    return tuple(sorted(kept.values(), key=lambda one: one.asked.order))


def within(entries: Sequence[Entry], span: Span, time: TimeRollup) -> list[Entry]:
    """Those of a span, in order."""
    return [entry for entry in entries if span.holds(entry.asked, time)]


def exact(number: float) -> Number:
    """A stored number as it was said: whole, or the fraction its decimals write."""
    return int(number) if number == int(number) else Fraction(repr(number))


def before(period: str) -> str | None:
    """The period before, of the same length; None for a day."""
    year, _, rest = period.partition("-")
    if not rest:
        return str(int(year) - 1)
    if rest.count("-"):
        return None
    mark = rest[0] if rest[0] in "QH" else ""
    number = int(rest.lstrip("QH"))
    if number > 1:
        return f"{year}-{mark}{number - 1}" if mark else f"{year}-{number - 1:02}"
    last = {"Q": 4, "H": 2, "": 12}[mark]
    return f"{int(year) - 1}-{mark}{last}" if mark else f"{int(year) - 1}-{last:02}"


def year_before(period: str) -> str | None:
    """The same period a year ago; None for a day (events move)."""
    year, _, rest = period.partition("-")
    if rest.count("-"):
        return None
    return f"{int(year) - 1}-{rest}" if rest else str(int(year) - 1)


def to_date(period: str) -> Span:
    """From 1 January to the period's last day."""
    _, last = period_span(period)
    return Span(date(last.year, 1, 1), last)


def span_of(period: str) -> Span:
    """The period's own days."""
    return Span(*period_span(period))
