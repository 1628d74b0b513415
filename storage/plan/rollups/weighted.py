"""Weighted percents: Σa of Σb, never a mean of percents (terms.md 4.4)."""

from collections.abc import Collection, Mapping

from storage.domain.figures import Counts, Figure, Number
from storage.plan.model import Indicator
from storage.plan.names import COUNT, is_count
from storage.plan.rollups.above import Above
from storage.plan.rollups.amounts import (
    Measure,
    amounts,
    as_said,
)
from storage.plan.rollups.asked import Entry
from storage.plan.rollups.catalogue import time_of
from storage.plan.rollups.ground import States, passes, percent_of, tallied
from storage.plan.rollups.tally import Tally, spread


class Weighted(Above):
    """Percents of parts and wholes, and of counts of units."""

    def _wpct(self, indicator: Indicator) -> dict[int, Figure]:
        sums, asked = self._weighted(indicator, self.wanted)
        states = self._wpct_states(indicator)
        counts = self._counted(indicator, states, sums)
        found = {}
        for area in self.wanted:
            tally = sums.get(area, Tally())
            whole = self._whole(indicator, area, tally)
            value = percent_of(tally.number, whole)
            found[area] = self._figure(
                indicator.id, area, tally, asked, value, counts.get(area) if counts else None, True,
                tally.number, whole,
            )  # fmt: skip
        return found

    def _weighted(
        self, indicator: Indicator, wanted: Collection[int]
    ) -> tuple[dict[int, Tally], frozenset[str]]:
        """Σa and Σb by area, with what units above said instead."""
        rollup = indicator.rollup
        name = rollup.numerator or indicator.fields[0]
        time = time_of(name, indicator, self.fields)
        measure = self._pairs(indicator)
        said = amounts(self.facts.get(name, {}), self.tree, self.span, time, measure)
        own = {
            unit: Tally(
                amount.number,
                amount.whole,
                answered=int(bool(amount.entries)),
                estimates=int(amount.estimate),
            )
            for unit, amount in said.items()
        }
        self._replace(own, indicator, name, measure)
        return spread(own, self.tree, wanted), self._asked([name], time) or self._override_asked(indicator)

    def _pairs(self, indicator: Indicator) -> Measure:
        """Part and whole of an entry: a ratio's own, else the stock she was asked beside. Where the whole
        is not known, the unit does not count."""
        denominator = indicator.rollup.denominator or ""

        def measure(unit_id: int, entry: Entry) -> tuple[Number, Number | None] | None:
            number, whole = as_said(unit_id, entry)
            if is_count(denominator):
                return number, None
            if whole is None:
                whole = self.stocks.at(denominator, unit_id, entry.asked)
            return None if whole is None or whole <= 0 else (number, whole)

        return measure

    def _whole(self, indicator: Indicator, area: int, tally: Tally) -> Number | None:
        denominator = indicator.rollup.denominator or ""
        if is_count(denominator):
            return self.tree.counts.get((area, denominator.removeprefix(COUNT)), 0) or None
        return tally.whole

    def _wpct_states(self, indicator: Indicator) -> States:
        """By unit whether it passes: its own percent's test, or where the whole counts units, its yes."""
        rollup, name = indicator.rollup, indicator.rollup.numerator or ""
        counting = is_count(rollup.denominator or "")
        if rollup.test is None and not counting:
            return {}
        time = time_of(name, indicator, self.fields)
        measure = self._pairs(indicator)
        said = amounts(self.facts.get(name, {}), self.tree, self.span, time, measure, own_only=True)
        states: States = {}
        for unit_id, amount in said.items():
            if counting:
                states[unit_id] = amount.number != 0
            else:
                percent = percent_of(amount.number, amount.whole)
                states[unit_id] = None if percent is None else passes(rollup.test, percent)
        return states

    def _counted(
        self, indicator: Indicator, states: States, sums: Mapping[int, Tally]
    ) -> dict[int, Counts] | None:
        """Three states of a weighted percent; a figure from above that takes the branches' place speaks for
        all of them."""
        rollup = indicator.rollup
        if is_count(rollup.denominator or ""):
            level = (rollup.denominator or "").removeprefix(COUNT)
            own = tallied(states)
            shares = self._count_shares(indicator, own, level)
            return self._three(own, (level,), (), shares)
        if rollup.test is None:
            return None
        levels = self._levels_asked(indicator)
        return self._three(tallied(states), levels, ()) if levels else None

    def _count_shares(self, indicator: Indicator, own: Mapping[int, Tally], level: str) -> dict[int, Tally]:
        shares = {}
        for unit_id, said in self._overrides(indicator).items():
            below, total = self._sum_below(unit_id, own), self.tree.counts.get((unit_id, level), 0)
            reached = max(0, min(int(said.number or 0), total))
            shares[unit_id] = Tally(reached=reached - below.reached, failed=total - reached - below.failed)
        return shares

    def _levels_asked(self, indicator: Indicator) -> tuple[str, ...]:
        name = indicator.rollup.numerator or ""
        return tuple(sorted(self.fields[name].levels)) if name in self.fields else ()
