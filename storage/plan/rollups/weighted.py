"""Weighted percents: Σa of Σb, never a mean of percents (terms.md 4.4)."""

import numpy as np

from storage.domain.figures import Figure, Number
from storage.plan.model import Indicator
from storage.plan.names import COUNT, is_count
from storage.plan.rollups.above import Above
from storage.plan.rollups.amounts import Measure, Measured, as_said
from storage.plan.rollups.catalogue import time_of
from storage.plan.rollups.columns import Column
from storage.plan.rollups.ground import Cells, States, percent_of, percent_states, tallied
from storage.plan.rollups.land import Array
from storage.plan.rollups.tally import Own, Tally, Three, Totals, percents


class Weighted(Above):
    """Percents of parts and wholes, and of counts of units."""

    def _wpct(self, indicator: Indicator) -> Cells:
        totals, asked = self._weighted(indicator)
        counts = self._counted(indicator, self._wpct_states(indicator))

        def make(place: int) -> Figure:
            tally = totals.at(place)
            whole = self._whole(indicator, place, tally)
            value = percent_of(tally.number, whole)
            kept = counts.at(place) if counts is not None else None
            return self._figure(indicator.id, place, tally, asked, value, kept, True, tally.number, whole)

        return self._cells(make, lambda: self._percents(indicator, totals))

    def _percents(self, indicator: Indicator, totals: Totals) -> Array:
        denominator = indicator.rollup.denominator or ""
        if is_count(denominator):
            level = self.land.of_kinds((denominator.removeprefix(COUNT),))
            whole = self.land.sums(level & self.land.there)
        else:
            whole = np.where(totals.of("has_whole") > 0, totals.of("whole"), 0)
        return percents(totals.of("number"), np.where(totals.of("said") > 0, whole, 0))

    def _weighted(self, indicator: Indicator) -> tuple[Totals, frozenset[str]]:
        """Σa and Σb by area, with what units above said instead."""
        rollup = indicator.rollup
        name = rollup.numerator or indicator.fields[0]
        time = time_of(name, indicator, self.fields)
        own = self._own(self._amounts(name, time, self._pairs(indicator)))
        self._replace(own, indicator, name)
        asked = self._asked([name], time) or self._override_asked(indicator)
        return Totals(own, self.land), asked

    def _pairs(self, indicator: Indicator) -> Measure:
        """Part and whole of a row: a ratio's own, else the stock she was asked beside. Where the whole is
        not known, the unit does not count."""
        denominator = indicator.rollup.denominator or ""

        def measure(column: Column) -> Measured:
            said = as_said(column)
            if is_count(denominator):
                return Measured(said.number, said.counts, said.whole, np.zeros(len(column), bool))
            stock, known = self.stocks.at(denominator, column)
            whole = np.where(said.has_whole, said.whole, stock)
            counts = (said.has_whole | known) & (whole > 0)
            return Measured(said.number, counts, whole, counts)

        return measure

    def _whole(self, indicator: Indicator, place: int, tally: Tally) -> Number | None:
        denominator = indicator.rollup.denominator or ""
        if is_count(denominator):
            return self.land.count(place, (denominator.removeprefix(COUNT),)) or None
        return tally.whole

    def _wpct_states(self, indicator: Indicator) -> States:
        """Whether a unit passes: its own percent's test, or where the whole counts units, its yes."""
        rollup, name = indicator.rollup, indicator.rollup.numerator or ""
        counting = is_count(rollup.denominator or "")
        if rollup.test is None and not counting:
            return np.full(self.land.size, -1, np.int64)
        time = time_of(name, indicator, self.fields)
        said = self._amounts(name, time, self._pairs(indicator), own_only=True)
        if counting:  # a yes whose number is unknown is no "no"
            return np.where(said.present, np.where(said.said, said.number != 0, 1), -1)
        return percent_states(rollup.test, said.present, (said.number, said.said, said.whole, said.has_whole))

    def _counted(self, indicator: Indicator, states: States) -> Three | None:
        """Three states of a weighted percent; a figure from above that takes the branches' place speaks for
        all of them."""
        rollup = indicator.rollup
        if is_count(rollup.denominator or ""):
            level = (rollup.denominator or "").removeprefix(COUNT)
            return self._three(states, (level,), (), self._count_shares(indicator, states, level))
        if rollup.test is None:
            return None
        levels = self._levels_asked(indicator)
        return self._three(states, levels) if levels else None

    def _count_shares(self, indicator: Indicator, states: States, level: str) -> Own:
        below = Totals(tallied(states), self.land)
        more, fewer = np.zeros((2, self.land.size), np.int64)
        for place, said in self._overrides(indicator).items():
            total = self.land.count(place, (level,))
            reached = max(0, min(int(said.number or 0), total))
            more[place] = reached - below.int_at("reached", place)
            fewer[place] = total - reached - below.int_at("failed", place)
        return Own(self.land.size, reached=more, failed=fewer)

    def _levels_asked(self, indicator: Indicator) -> tuple[str, ...]:
        name = indicator.rollup.numerator or ""
        return tuple(sorted(self.fields[name].levels)) if name in self.fields else ()
