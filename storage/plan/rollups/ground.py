"""What every kind of roll-up stands on: a tree, a span, and what was asked and said in it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from storage.domain.answers import Value
from storage.domain.figures import Counts, Figure, FigureState, Number, Said
from storage.domain.tree import Tree
from storage.plan.model import Indicator, TimeRollup
from storage.plan.operations import truth
from storage.plan.rollups.amounts import (
    Amount,
    Facts,
    Stocks,
    amounts,
    still_counts,
    typed,
)
from storage.plan.rollups.asked import Asked, Entry, Span, within
from storage.plan.rollups.catalogue import FieldInfo, expression, time_of
from storage.plan.rollups.tally import Tally, spread

#: By field and unit the texts that were said, with their rounds.
Texts: TypeAlias = Mapping[str, Mapping[int, Sequence[tuple[Asked, str]]]]

#: Whether a unit passes: True, False, or None where it did not say.
States: TypeAlias = dict[int, bool | None]


@dataclass(frozen=True)
class Ground:
    """One tree and span. ``wanted`` are the areas whose figures are made; ``indicators`` all of the plan."""

    fields: dict[str, FieldInfo]
    indicators: Mapping[str, Indicator]
    tree: Tree
    span: Span
    rounds: tuple[Asked, ...]
    facts: Facts
    stocks: Stocks
    wanted: Collection[int]
    texts: Texts = field(default_factory=dict)

    def _figure(
        self,
        name: str,
        area: int,
        tally: Tally,
        kinds: Collection[str],
        value: Number | None,
        counts: Counts | None = None,
        percent: bool = False,
        numerator: Number | None = None,
        denominator: Number | None = None,
    ) -> Figure:
        asked = counts.total if counts else sum(self.tree.counts.get((area, kind), 0) for kind in kinds)
        answered = counts.reached + counts.not_reached if counts else tally.answered
        said = value is not None or answered > 0
        state: FigureState = "reported" if said else ("not_reported" if asked else "not_asked")
        return Figure(
            name, state, value, percent, numerator, denominator, counts, dict(tally.choices),
            tuple(tally.texts), asked, answered, tally.estimates > 0,
        )  # fmt: skip

    def _series(self, name: str) -> Iterable[Mapping[int, Sequence[Entry]]]:
        """The entries of a field by unit; of a repeated one, those of each entry of its list."""
        if name in self.fields and self.fields[name].repeated:
            return [self.facts[each] for each in sorted(self.facts) if each.startswith(f"{name}.")]
        return [self.facts[name]] if name in self.facts else []

    def _rounds(self, names: Iterable[str], time: TimeRollup) -> list[Asked]:
        packs = {pack for name in names if name in self.fields for pack in self.fields[name].packs}
        return [one for one in self.rounds if one.pack in packs and self.span.holds(one, time)]

    def _asked(self, names: Sequence[str], time: TimeRollup) -> frozenset[str]:
        """The kinds of units asked for any of these fields in the span."""
        return frozenset(one.level for one in self._rounds(names, time))

    def _add_texts(self, own: dict[int, Tally], name: str, time: TimeRollup) -> None:
        """The texts of the units whose answers count."""
        for unit_id, said in self.texts.get(name, {}).items():
            home = self.tree.home(unit_id)
            inside = [each for each in said if self.span.holds(each[0], time)]
            if home is None or not inside or not self._counts_still(unit_id, name, time):
                continue
            kept = inside if time == "sum" else inside[-1:]
            tally = own.setdefault(home, Tally())
            tally.texts += [Said(unit_id, asked.period, text) for asked, text in kept if text]

    def _counts_still(self, unit_id: int, name: str, time: TimeRollup) -> bool:
        home = self.tree.homes.get(unit_id)
        if home is None:
            return True
        since = within(self.facts.get(name, {}).get(home.unit_id, ()), self.span, time)
        return still_counts(home, since[-1:], time)

    def _unit_values(
        self, names: Iterable[str], indicator: Indicator, own_only: bool
    ) -> dict[int, dict[str, Amount]]:
        """By unit the amounts of these fields."""
        found: dict[int, dict[str, Amount]] = {}
        for name in names:
            time = time_of(name, indicator, self.fields)
            if name in self.facts:
                said = amounts(self.facts[name], self.tree, self.span, time, own_only=own_only)
                for unit_id, amount in said.items():
                    found.setdefault(unit_id, {})[name] = amount
        return found

    def _lookup(self, values: Mapping[str, Amount], value: Value = None) -> Callable[[str], Value]:
        def look(name: str) -> Value:
            if name == "value":
                return value
            return typed(values.get(name), self.fields[name].kind) if name in self.fields else None

        return look

    def _three(
        self,
        own: Mapping[int, Tally],
        levels: Sequence[str],
        area_kinds: Sequence[str],
        shares: Mapping[int, Tally] | None = None,
    ) -> dict[int, Counts]:
        """Reached, not reached, not reported of every active unit of the levels, by wanted area; ``shares``
        is by how much a unit above differs from what lies below it."""
        units = self.tree.units
        tested = {
            unit: tally
            for unit, tally in own.items()
            if units[unit].kind in levels and of_kind(units[unit].area_kind, area_kinds)
        }
        sums, said_above = (spread(each, self.tree, self.wanted) for each in (tested, shares or {}))
        found = {}
        for area, total in self._active(levels, area_kinds).items():
            tally = sums.get(area, Tally())
            tally.add(said_above.get(area, Tally()))
            silent = total - tally.reached - tally.failed
            found[area] = Counts(tally.reached, tally.failed, silent)
        return found

    def _active(self, levels: Sequence[str], area_kinds: Sequence[str]) -> dict[int, int]:
        """By wanted area how many active units of the levels there are."""
        if not area_kinds:
            sums = {
                area: sum(self.tree.counts.get((area, level), 0) for level in levels) for area in self.wanted
            }
            return {area: total for area, total in sums.items() if total}
        units = self.tree.units
        inside = {
            unit: Tally(expected=1)
            for unit in self.tree.parents
            if units[unit].kind in levels and of_kind(units[unit].area_kind, area_kinds)
        }
        return {area: tally.expected for area, tally in spread(inside, self.tree, self.wanted).items()}


def of_kind(kind: str, wanted: Sequence[str]) -> bool:
    return not wanted or not kind or kind in wanted


def tally_of(amount: Amount, info: FieldInfo) -> Tally:
    tally = Tally(
        amount.number, amount.whole, answered=int(bool(amount.entries)), estimates=int(amount.estimate)
    )
    if info.kind == "choice" and amount.word:
        for word in amount.word.split():
            tally.choices[word] = tally.choices.get(word, 0) + 1
    return tally


def tallied(states: States) -> dict[int, Tally]:
    return {
        unit: Tally(reached=int(passed), failed=int(not passed))
        for unit, passed in states.items()
        if passed is not None
    }


def percent_of(number: Number | None, whole: Number | None) -> Number | None:
    return None if number is None or not whole else Fraction(100 * number) / whole


def passes(test: str | None, value: Value) -> bool:
    return test is not None and truth(
        expression(test).evaluate(lambda name: value if name == "value" else None)
    )
