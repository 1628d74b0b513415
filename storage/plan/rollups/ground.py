"""What every kind of roll-up stands on: a tree, a span, and what was asked and said in it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from storage.domain.answers import Value
from storage.domain.figures import Counts, Figure, FigureState, Number, Said
from storage.plan.expressions import Expression
from storage.plan.model import Indicator, TimeRollup
from storage.plan.operations import truth
from storage.plan.rollups.amounts import Amounts, Measure, Slots, amounts, as_said
from storage.plan.rollups.asked import Asked, Span
from storage.plan.rollups.catalogue import FieldInfo, expression, time_of
from storage.plan.rollups.columns import Asking, Column, Facts, last_of
from storage.plan.rollups.land import Array, Land
from storage.plan.rollups.stocks import Stocks
from storage.plan.rollups.tally import Own, Tally, Three, Totals, Values, exact_at

#: Whether a unit passes, by its place: 1, 0, or -1 where it did not say.
States = Array


class Cells:
    """An indicator's or a field's figure of every area, each made when it is asked for."""

    def __init__(self, land: Land, make: Callable[[int], Figure], values: Values) -> None:
        """``make`` the figure of the area at a place; ``values``: of all areas, as floats, NaN for none."""
        self._land, self._make, self._values = land, make, values
        self._made: dict[int, Figure] = {}

    def __getitem__(self, area: int) -> Figure:
        found = self._made.get(area)
        if found is None:
            found = self._made[area] = self._make(self._land.place[area])
        return found

    def __contains__(self, area: int) -> bool:
        return area in self._land.tree

    def values(self) -> dict[int, Number]:
        """The values there are, by area; percents only nearly so: to compare, not to show."""
        values, ids = self._values(), self._land.ids
        known = np.flatnonzero(~np.isnan(values) & self._land.there)
        said = zip(known.tolist(), values[known].tolist(), strict=True)
        return {ids[place]: int(value) if value.is_integer() else Fraction(value) for place, value in said}

    def changed(self, change: Callable[[int, Figure], Figure]) -> "Cells":
        """The same with each figure changed, as it is made."""
        ids = self._land.ids
        return Cells(self._land, lambda place: change(ids[place], self[ids[place]]), self._values)


@dataclass(frozen=True)
class Ground:
    """One tree and span; ``indicators`` are all of the plan."""

    fields: Mapping[str, FieldInfo]
    indicators: Mapping[str, Indicator]
    land: Land
    span: Span
    asking: Asking
    facts: Facts
    stocks: Stocks
    with_texts: bool = False
    _known: dict[tuple[str, TimeRollup, bool], Amounts] = field(default_factory=dict)

    def _cells(self, make: Callable[[int], Figure], values: Values) -> Cells:
        return Cells(self.land, make, values)

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
        asked = counts.total if counts else self.land.count(area, kinds)
        answered = counts.reached + counts.not_reached if counts else tally.answered
        said = value is not None or answered > 0
        state: FigureState = "reported" if said else ("not_reported" if asked else "not_asked")
        return Figure(
            name, state, value, percent, numerator, denominator, counts, tally.choices,
            tuple(tally.texts), asked, answered, tally.estimates > 0,
        )  # fmt: skip

    def _not_asked(self, name: str) -> Cells:
        return self._cells(lambda place: Figure(name, "not_asked"), lambda: np.full(self.land.size, np.nan))

    # --- what was asked and said

    def _rounds(self, names: Iterable[str], time: TimeRollup) -> list[Asked]:
        packs = {pack for name in names if name in self.fields for pack in self.fields[name].packs}
        held = self._held(time).tolist()
        return [
            one for one, inside in zip(self.asking.rounds, held, strict=True) if inside and one.pack in packs
        ]

    def _held(self, time: TimeRollup) -> Array:
        return self._once if time == "once" else self._within

    @cached_property
    def _once(self) -> Array:
        return self.asking.holds(self.span, "once")

    @cached_property
    def _within(self) -> Array:
        return self.asking.holds(self.span, "last")

    def _asked(self, names: Sequence[str], time: TimeRollup) -> frozenset[str]:
        """The kinds of units asked for any of these fields in the span."""
        return frozenset(one.level for one in self._rounds(names, time))

    def _amounts(
        self, name: str, time: TimeRollup, measure: Measure = as_said, own_only: bool = False
    ) -> Amounts:
        """By unit's place, what each says of a field over the span."""
        key = (name, time, own_only and self.land.any_gone)
        found = self._known.get(key) if measure is as_said else None
        if found is None:
            column = self.facts.column(name)
            slots = Slots.units(column, self.land)
            found = amounts(column, slots, self.land, self.asking, self.span, time, measure, own_only)
            if measure is as_said:
                self._known[key] = found
        return found

    def _inside(self, name: str, time: TimeRollup) -> Column:
        """The answers of a field in the span."""
        column = self.facts.column(name)
        return column.take(self._held(time)[column.asked])

    def _own(self, amounts_: Amounts) -> Own:
        """What units say, ready to be added up."""
        own = Own(self.land.size, amounts_.number, amounts_.said)
        if amounts_.has_whole.any():
            own.whole, own.has_whole = amounts_.whole, amounts_.has_whole
        own.answered, own.estimates = amounts_.answered, amounts_.estimate
        return own

    def _add_texts(self, own: Own, name: str, time: TimeRollup) -> None:
        """The texts of the units whose answers count."""
        if not self.with_texts:
            return
        column = self._inside(name, time)
        if time != "sum":
            column = column.take(last_of((column.unit,)))
        column = column.take((column.number != 0) & self._counts_still(name, column, time))
        homes, units = self.land.home[column.unit].tolist(), column.unit.tolist()
        asked, ids = column.asked.tolist(), self.land.ids
        found = zip(homes, units, asked, self.facts.texts(name, column), strict=True)
        own.texts += [
            (home, Said(ids[unit], self.asking.rounds[one].period, text))
            for home, unit, one, text in found
            if text
        ]

    def _counts_still(self, name: str, column: Column, time: TimeRollup) -> Array:
        """Whether what each row's unit wrote counts where the unit is, or went: see `amounts`."""
        home = self.land.home[column.unit]
        if time in ("sum", "mean"):
            return home >= 0
        since = np.zeros(self.land.size, np.int64)
        own = self._inside(name, time)
        np.maximum.at(since, own.unit, self.asking.last[own.asked])
        merged_on = self.land.merged_on[column.unit]
        merged = (merged_on > 0) & ((since[home] < merged_on) | ~self.land.there[home])
        return (home >= 0) & (self.land.there[column.unit] | merged)

    # --- expressions over what units say

    def _evaluated(
        self, found: Expression, values: Mapping[str, Amounts], value: str | None = None
    ) -> tuple[Array, list[Value]]:
        """An expression over each unit's values: which of the outcomes is each unit's, and the outcomes.
        ``value``: the field that ``${value}`` names. Units that say the same are worked out once."""
        named = {value if value and name == "value" else name for name in found.names}
        names = sorted(named & values.keys())
        which, example = groups([self._code(name, values[name]) for name in names], self.land.size)
        outcomes = []
        for place in example.tolist():
            said = {name: self._typed(name, values[name], place) for name in names}
            if value is not None:
                said["value"] = said.get(value)
            outcomes.append(found.evaluate(said.get))
        return which, outcomes

    def _code(self, name: str, said: Amounts) -> Array:
        """A number for each unit's value: the same where they say the same."""
        known = said.present & said.said
        if self.fields[name].kind in ("choice", "date"):
            return np.where(known, said.word + 1, -1)
        if said.number.dtype != object:
            return np.where(known, said.number, _NOTHING)
        return np.unique(np.where(known, said.number.astype(float), np.inf), return_inverse=True)[1]

    def _typed(self, name: str, said: Amounts, place: int) -> Value:
        """A unit's amount as the value an expression is written for."""
        if not (said.present[place] and said.said[place]):
            return None
        kind, number = self.fields[name].kind, exact_at(said.number, place)
        if kind == "yes":
            return number != 0
        if kind in ("choice", "date"):
            word = int(said.word[place])
            return None if word < 0 else self.facts.words[word]
        if kind == "text":
            return "x" if number else ""
        return number

    def _unit_values(self, names: Iterable[str], indicator: Indicator, own_only: bool) -> dict[str, Amounts]:
        """What units say of these fields, by field."""
        return {
            name: self._amounts(name, time_of(name, indicator, self.fields), own_only=own_only)
            for name in names
            if name in self.fields
        }

    # --- tests

    def _three(
        self, states: States, levels: Sequence[str], area_kinds: Sequence[str] = (), shares: Own | None = None
    ) -> Three:
        """Reached, not reached, all active units of the levels; ``shares`` is by how much a unit above
        differs from what lies below it."""
        active = self.land.of_kinds(levels, area_kinds)
        own = tallied(np.where(active, states, -1))
        if shares is not None:
            own.reached = own.of("reached") + shares.of("reached")
            own.failed = own.of("failed") + shares.of("failed")
        totals = Totals(own, self.land)
        return Three(totals.of("reached"), totals.of("failed"), self.land.sums(active & self.land.there))

    def _counted_percent(self, three: Three, place: int) -> Number | None:
        counts = three.at(place)
        return counts.percent if counts is not None and counts.reached + counts.not_reached else None


#: No figure: less than anything said.
_NOTHING = -(1 << 62)


def groups(codes: Sequence[Array], size: int) -> tuple[Array, Array]:
    """Which group each of ``size`` places belongs to, those with the same codes in one, and a place of each
    group."""
    which, example = np.zeros(size, np.int64), np.zeros(min(size, 1), np.int64)
    for code in codes:
        dense = _dense(code)
        which = _dense(which * (int(dense.max(initial=0)) + 1) + dense)
        example = np.zeros(int(which.max(initial=-1)) + 1, np.int64)
        example[which] = np.arange(size)
    return which, example


def _dense(code: Array) -> Array:
    """The same numbered from 0 without gaps: numbers as small as most are need no sorting."""
    if not len(code):
        return code
    known = code[code != _NOTHING]
    low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    if high - low > 100 * len(code):
        return np.unique(code, return_inverse=True)[1]
    shifted = np.where(code == _NOTHING, 0, code - low + 1)
    seen = np.zeros(high - low + 2, bool)
    seen[shifted] = True
    return (np.cumsum(seen) - 1)[shifted]


def tallied(states: States) -> Own:
    """Units that pass, and that do not."""
    return Own(len(states), reached=states == 1, failed=states == 0)


def percent_of(number: Number | None, whole: Number | None) -> Number | None:
    """100 a / b; None where either is unknown or b is 0."""
    return None if number is None or not whole else Fraction(100 * number) / whole


@lru_cache(maxsize=100_000)
def passes(test: str | None, value: Value | Fraction) -> bool:
    """Whether a value passes a test that looks at nothing else."""
    return test is not None and truth(
        expression(test).evaluate(lambda name: value if name == "value" else None)
    )


@lru_cache(maxsize=100_000)
def percent_passes(test: str | None, part: Number, whole: Number) -> bool:
    """Whether 100 a / b passes a test."""
    return passes(test, percent_of(part, whole))


def percent_states(test: str | None, units: Array, totals: tuple[Array, Array, Array, Array]) -> States:
    """By place whether the percent of a unit passes; of those in ``units`` only. ``totals``: numbers, where
    they are said, wholes, where there are any."""
    number, said, whole, has_whole = totals
    states = np.full(len(units), -1, np.int64)
    at = np.flatnonzero(units & (said > 0) & (has_whole > 0) & (whole != 0))
    part, of = number[at], whole[at]
    if object in (part.dtype, of.dtype):
        passed = [percent_passes(test, exact_at(part, n), exact_at(of, n)) for n in range(len(at))]
        states[at] = passed
        return states
    which, example = groups([part, of], len(at))
    passed = [percent_passes(test, int(part[n]), int(of[n])) for n in example.tolist()]
    states[at] = np.array(passed, np.int64)[which]
    return states
