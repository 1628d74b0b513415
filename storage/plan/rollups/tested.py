"""Tests over units: reached, not reached, not reported, of every active unit."""

from collections.abc import Sequence

import numpy as np

from storage.domain.figures import Figure
from storage.plan.model import Indicator, TimeRollup
from storage.plan.operations import truth
from storage.plan.rollups.amounts import Amounts, Slots, amounts
from storage.plan.rollups.catalogue import expression, main_fields, time_of
from storage.plan.rollups.columns import Column, exact_numbers
from storage.plan.rollups.ground import Cells, States, groups, passes, percent_of, percent_states, tallied
from storage.plan.rollups.land import Array
from storage.plan.rollups.tally import Own, Tally, Three, Totals
from storage.plan.rollups.weighted import Weighted


class Tested(Weighted):
    """Tests of a span, of each period in it, and of several criteria at once."""

    def _pct_units(self, indicator: Indicator) -> Cells:
        rollup = indicator.rollup
        levels = ((rollup.level,) if rollup.level else ()) + rollup.with_levels
        if rollup.time == "sum":
            counts, totals = self._each_period(indicator, levels)
        else:
            counts = self._three(self._states(indicator), levels, rollup.area_kinds)
            totals = self._estimates(indicator)
        if rollup.numerator:
            totals, _ = self._weighted(indicator)
        own_percent = (*levels, *self._levels_asked(indicator)) if rollup.numerator else ()
        asked = self._pct_asked(indicator)

        def make(place: int) -> Figure:
            kept = counts.at(place) if asked else None
            tally = totals.at(place)
            if self.land.kinds[place] in own_percent:
                value = percent_of(tally.number, tally.whole)
                return self._figure(
                    indicator.id, place, tally, asked, value, kept, True, tally.number, tally.whole
                )
            value = self._counted_percent(counts, place) if asked else None
            return self._figure(
                indicator.id,
                place,
                Tally(estimates=tally.estimates),
                asked if kept else (),
                value,
                kept,
                True,
            )

        def values() -> Array:
            found = counts.percents() if asked else np.full(self.land.size, np.nan)
            if not own_percent:
                return found
            return np.where(self.land.of_kinds(own_percent), self._percents(indicator, totals), found)

        return self._cells(make, values)

    def _pct_asked(self, indicator: Indicator) -> frozenset[str]:
        """The kinds of units asked in the span for what the test looks at."""
        rollup = indicator.rollup
        if rollup.criteria:
            names = [
                name for each in rollup.criteria for name in main_fields(self.indicators[each], self.fields)
            ]
            return self._asked(names, rollup.time)
        names = list(main_fields(indicator, self.fields))
        return self._asked(names, rollup.time) or self._override_asked(indicator)

    def _states(self, indicator: Indicator) -> States:
        """Whether each unit of the tested level passes over the span."""
        rollup = indicator.rollup
        if rollup.criteria:
            return self._criteria_states(indicator)
        if rollup.numerator:
            return self._percent_states(indicator)
        name = main_fields(indicator, self.fields)[0]
        if self.fields[name].repeated:
            return self._repeated_states(indicator, name)
        test = expression(rollup.test or "")
        values = self._unit_values({name, *(test.names - {"value"})}, indicator, own_only=True)
        which, outcomes = self._evaluated(test, values, name)
        spoke = np.logical_or.reduce([said.present for said in values.values()])
        return np.where(spoke, np.array([truth(one) for one in outcomes], np.int64)[which], -1)

    def _estimates(self, indicator: Indicator) -> Totals:
        """In how many units a test looked at an estimate of the year."""
        name, own = main_fields(indicator, self.fields)[0], Own(self.land.size)
        time = time_of(name, indicator, self.fields)
        if any(one.estimate for one in self._rounds([name], time)):
            if self.fields[name].repeated:
                said, unit = self._entries(name, time)
                own.mark("estimates", unit[said.estimate])
            else:
                own.estimates = self._amounts(name, time, own_only=True).estimate
        return Totals(own, self.land)

    def _repeated_states(self, indicator: Indicator, name: str) -> States:
        """A unit passes when every entry of the list does."""
        said, unit = self._entries(name, time_of(name, indicator, self.fields))
        states = np.full(self.land.size, -1, np.int64)
        at = np.flatnonzero(said.present)
        passed = [passes(indicator.rollup.test, self._typed(name, said, slot)) for slot in at.tolist()]
        states[unit[at]] = 1
        states[unit[at[~np.array(passed, bool)]]] = 0
        return states

    def _entries(self, name: str, time: TimeRollup) -> tuple[Amounts, Array]:
        """What units of the day said themselves in each entry of a list, and the unit of each."""
        series = self.facts.series(name)
        slots = Slots.entries(series, self.land)
        said = amounts(series.column, slots, self.land, self.asking, self.span, time, own_only=True)
        return said, slots.unit

    def _percent_states(self, indicator: Indicator) -> States:
        """Units tested on the percent of what lies below them."""
        units = self.land.there & self.land.of_kinds((indicator.rollup.level or "",))
        totals, _ = self._weighted(indicator)
        sums = [totals.of(name) for name in ("number", "said", "whole", "has_whole")]
        return percent_states(indicator.rollup.test, units, (sums[0], sums[1], sums[2], sums[3]))

    def _criterion_states(self, indicator: Indicator) -> States:
        """Whether a unit passes one criterion over the span: of flows, in every period asked."""
        rollup = indicator.rollup
        if rollup.units == "wpct":
            return self._wpct_states(indicator)
        if rollup.time != "sum":
            return self._states(indicator)
        own = self._period_tallies(indicator, (rollup.level or "",))
        reached, expected = own.of("reached"), own.of("expected")
        passed = np.where((expected > 0) & (reached == expected), 1, -1)
        return np.where(own.of("failed") > 0, 0, passed)

    def _passing_units(self, indicator: Indicator) -> tuple[States, str]:
        """Whether each unit passes all criteria, and the level of these units."""
        criteria = [self.indicators[name] for name in indicator.rollup.criteria]
        level = criteria[0].levels[0]
        each = [self._criterion_states(criterion) for criterion in criteria]
        lowest = np.minimum.reduce(each)
        found = np.where(np.any([states == 0 for states in each], axis=0), 0, lowest)
        return np.where(self.land.there & self.land.of_kinds((level,)), found, -1), level

    def _passing(self, indicator: Indicator) -> Cells:
        """How many units below pass all criteria, of all there are."""
        states, level = self._passing_units(indicator)
        counts = self._three(states, (level,))
        asked = self._pct_asked(indicator)

        def make(place: int) -> Figure:
            kept = counts.at(place) if asked else None
            value = self._counted_percent(counts, place) if asked else None
            return self._figure(indicator.id, place, Tally(), (), value, kept, True)

        return self._cells(make, counts.percents)

    def _criteria_states(self, indicator: Indicator) -> States:
        """A unit passes by the number of units below that pass; while that could still rise to pass, it has
        not reported."""
        passing, level = self._passing_units(indicator)
        test = indicator.rollup.test
        units = self.land.there & self.land.of_kinds((indicator.rollup.level or "",))
        totals = Totals(tallied(passing), self.land)
        states = np.full(self.land.size, -1, np.int64)
        for place in np.flatnonzero(units).tolist():
            reached, total = totals.int_at("reached", place), self.land.count(place, (level,))
            silent = total - reached - totals.int_at("failed", place)
            if passes(test, reached):
                states[place] = 1
            elif total and not passes(test, reached + silent):
                states[place] = 0
        return states

    def _each_period(self, indicator: Indicator, levels: Sequence[str]) -> tuple[Three, Totals]:
        """Units x periods: each unit that was there in each period asked."""
        totals = Totals(self._period_tallies(indicator, levels), self.land)
        return Three(totals.of("reached"), totals.of("failed"), totals.of("expected")), totals

    def _period_tallies(self, indicator: Indicator, levels: Sequence[str]) -> Own:
        """By the unit in which each counts: periods in which it was there, and passed or failed."""
        name, land, asking = main_fields(indicator, self.fields)[0], self.land, self.asking
        own, expected = Own(land.size), np.zeros(land.size, np.int64)
        counting = land.of_kinds(levels) & (land.home >= 0)
        column = self._inside(name, "sum")
        column = column.take(counting[column.unit])
        counted = np.zeros(len(column), bool)
        for period, last in self._periods_asked(name, levels).items():
            there = counting & (land.begins <= last) & (land.ends >= last)
            expected += np.bincount(land.home[there], minlength=land.size)
            counted |= (asking.period[column.asked] == period) & there[column.unit]
        column = column.take(counted)
        passed, home = self._rows_passed(indicator, name, column), land.home[column.unit]
        own.expected = expected
        own.reached = np.bincount(home[passed], minlength=land.size)
        own.failed = np.bincount(home[~passed], minlength=land.size)
        own.mark("estimates", home[asking.estimate[column.asked]])
        return own

    def _periods_asked(self, name: str, levels: Sequence[str]) -> dict[int, int]:
        """The periods in which these levels were asked, each with its last day as an ordinal."""
        asked = {one.id for one in self._rounds([name], "sum") if one.level in levels}
        return {
            int(self.asking.period[n]): int(self.asking.last[n])
            for n, one in enumerate(self.asking.rounds)
            if one.id in asked
        }

    def _rows_passed(self, indicator: Indicator, name: str, column: Column) -> Array:
        """Whether each row passes; most say the same, which is worked out once."""
        test = expression(indicator.rollup.test or "")
        said = _as_amounts(column)
        which, example = groups([self._code(name, said)], len(column))
        passed = []
        for row in example.tolist():
            value = self._typed(name, said, row)
            passed.append(truth(test.evaluate({"value": value, name: value}.get)))
        return np.array(passed, bool)[which]


def _as_amounts(column: Column) -> Amounts:
    """Each row on its own."""
    yes, none = np.ones(len(column), bool), np.zeros(len(column), np.int64)
    number = exact_numbers(column.number)
    return Amounts(yes, yes, yes, number, none, none, none, column.word, none)
