"""What each unit of the day says over a span: its own answers, and those of units that became part of it.

Flows of a unit that is gone count where it went. Its stocks count there only while its successor has not
answered since the merger; those of a unit that was closed do not count any more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from storage.domain.answers import Value
from storage.domain.figures import Number
from storage.domain.tree import Home, Tree
from storage.plan.model import Move, TimeRollup
from storage.plan.rollups.asked import Asked, Entry, Span, exact, within
from storage.plan.rollups.catalogue import FieldKind
from storage.plan.rollups.tally import plus

#: By field and unit what was said, in the order in which it counts.
Facts: TypeAlias = Mapping[str, Mapping[int, Sequence[Entry]]]

#: What an entry of a unit counts as: a number and, of ratios and percents, its whole; None: not at all.
Measure: TypeAlias = Callable[[int, Entry], "tuple[Number, Number | None] | None"]


@dataclass(slots=True)
class Amount:
    """A unit's figure over a span. ``word`` and ``entries`` are those of its own last answers."""

    number: Number | None = None
    whole: Number | None = None
    word: str | None = None
    estimate: bool = False
    entries: tuple[Entry, ...] = ()


def as_said(unit_id: int, entry: Entry) -> tuple[Number, Number | None]:
    """An entry's own numbers."""
    whole = entry.fact.whole
    return exact(entry.fact.number), None if whole is None else exact(whole)


def amounts(
    entries: Mapping[int, Sequence[Entry]],
    tree: Tree,
    span: Span,
    time: TimeRollup,
    measure: Measure = as_said,
    own_only: bool = False,
) -> dict[int, Amount]:
    """By unit of the day, what it says of a field over the span."""
    found: dict[int, Amount] = {}
    gone: list[tuple[int, list[Entry]]] = []
    for unit_id, said in entries.items():
        inside = within(said, span, time)
        if inside and unit_id in tree:
            found[unit_id] = over_time(unit_id, inside, time, measure)
        elif inside and not own_only:
            gone.append((unit_id, inside))
    for home_id, lost in _lost(gone, tree, found, time, measure):
        _join(found.setdefault(home_id, Amount()), lost)
    return found


def _lost(
    gone: Iterable[tuple[int, list[Entry]]],
    tree: Tree,
    found: Mapping[int, Amount],
    time: TimeRollup,
    measure: Measure,
) -> list[tuple[int, Amount]]:
    """The amounts of units that are gone which still count, with where."""
    kept = []
    for unit_id, inside in gone:
        home = tree.homes.get(unit_id)
        successor = found.get(home.unit_id) if home else None
        if home is not None and still_counts(home, successor.entries if successor else (), time):
            kept.append((home.unit_id, over_time(unit_id, inside, time, measure)))
    return kept


def still_counts(home: Home, said_since: Sequence[Entry], time: TimeRollup) -> bool:
    """Whether what a unit that is gone said counts where it went: flows always, a stock while the unit it
    is part of has not said its own since."""
    if time in ("sum", "mean"):
        return True
    merged_on = home.merged_on
    return merged_on is not None and not any(entry.asked.last >= merged_on for entry in said_since)


def _join(into: Amount, lost: Amount) -> None:
    into.number = plus(into.number, lost.number)
    into.whole = plus(into.whole, lost.whole)
    into.estimate = into.estimate or lost.estimate


def over_time(unit_id: int, entries: Sequence[Entry], time: TimeRollup, measure: Measure) -> Amount:
    """One unit's entries of a span as one amount; ``entries`` is not empty and in order."""
    chosen = entries if time in ("sum", "max", "mean") else entries[-1:]
    measured = [(entry, pair) for entry in chosen if (pair := measure(unit_id, entry)) is not None]
    amount = Amount(
        word=entries[-1].fact.word,
        estimate=any(entry.asked.estimate for entry in chosen),
        entries=tuple(chosen),
    )
    if not measured:
        return amount
    numbers = [number for _, (number, _) in measured]
    if time == "max":
        amount.number = max(numbers)
    elif time == "mean" and all(whole is None for _, (_, whole) in measured):
        amount.number = whole_or_fraction(Fraction(sum(numbers)) / len(numbers))
    else:
        amount.number = sum(numbers)
    for _, (_, whole) in measured:
        amount.whole = plus(amount.whole, whole)
    return amount


def whole_or_fraction(number: Fraction) -> Number:
    """An int where it is one."""
    return int(number) if number.denominator == 1 else number


def typed(amount: Amount | None, kind: FieldKind) -> Value:
    """A unit's amount as the value an expression is written for."""
    if amount is None or amount.number is None:
        return None
    if kind == "yes":
        return amount.number != 0
    if kind in ("choice", "date"):
        return amount.word
    if kind == "text":
        return "x" if amount.number else ""
    return amount.number


class Stocks:
    """What a unit's stock was known to be when a round asked: its last answer before, moved by the flows
    since, else the figure of the units file. The same number that stood in the question she answered."""

    def __init__(
        self,
        facts: Facts,
        moves: Mapping[str, Move],
        baselines: Mapping[str, Mapping[int, int]],
    ) -> None:
        """``baselines``: by field and unit."""
        self._facts = facts
        self._moves = moves
        self._baselines = baselines
        self._lines: dict[tuple[str, int], list[tuple[Asked, Number | None, Number]]] = {}

    def at(self, field: str, unit_id: int, asked: Asked) -> Number | None:
        """The stock ``field`` of a unit when ``asked`` was asked; what the same round says of it counts."""
        said = next((said for one, said, _ in self._line(field, unit_id) if one.id == asked.id), None)
        return self.before(field, unit_id, asked) if said is None else said

    def before(self, field: str, unit_id: int, asked: Asked) -> Number | None:
        """The same, without what the round itself says."""
        known: Number | None = self._baselines.get(field, {}).get(unit_id)
        for one, said, moved in self._line(field, unit_id):
            if (one.opens_at, one.id) >= (asked.opens_at, asked.id):
                break
            known = said if said is not None else (None if known is None else known + moved)
        return known

    def _line(self, field: str, unit_id: int) -> list[tuple[Asked, Number | None, Number]]:
        line = self._lines.get((field, unit_id))
        if line is None:
            line = self._lines[field, unit_id] = self._drawn(field, unit_id)
        return line

    def _drawn(self, field: str, unit_id: int) -> list[tuple[Asked, Number | None, Number]]:
        said = {entry.asked: exact(entry.fact.number) for entry in self._entries(field, unit_id)}
        moved: dict[Asked, Number] = {}
        move = self._moves.get(field)
        for name, sign in ((move.plus, 1), (move.minus, -1)) if move else ():
            for entry in self._entries(name, unit_id):
                moved[entry.asked] = moved.get(entry.asked, 0) + sign * exact(entry.fact.number)
        rounds = sorted(said.keys() | moved.keys(), key=lambda asked: (asked.opens_at, asked.id))
        return [(asked, said.get(asked), moved.get(asked, 0)) for asked in rounds]

    def _entries(self, field: str, unit_id: int) -> Sequence[Entry]:
        return self._facts.get(field, {}).get(unit_id, ())
