"""Tests over units: reached, not reached, not reported, of every active unit."""

from collections.abc import Sequence

from storage.domain.facts import Fact
from storage.domain.figures import Counts, Figure
from storage.domain.tree import exists
from storage.plan.model import Indicator
from storage.plan.operations import truth
from storage.plan.rollups.amounts import (
    Amount,
    amounts,
    typed,
)
from storage.plan.rollups.asked import exact, within
from storage.plan.rollups.catalogue import expression, main_fields, time_of
from storage.plan.rollups.ground import States, passes, percent_of, tallied
from storage.plan.rollups.tally import Tally, spread
from storage.plan.rollups.weighted import Weighted


class Tested(Weighted):
    """Tests of a span, of each period in it, and of several criteria at once."""

    def _pct_units(self, indicator: Indicator) -> dict[int, Figure]:
        rollup = indicator.rollup
        levels = ((rollup.level,) if rollup.level else ()) + rollup.with_levels
        if rollup.time == "sum":
            counts, sums = self._each_period(indicator, levels)
        else:
            states = self._states(indicator)
            counts = self._three(tallied(states), levels, rollup.area_kinds)
            sums = self._estimates(indicator)
        weighted = self._weighted(indicator, self.wanted)[0] if rollup.numerator else {}
        asked = self._pct_asked(indicator)
        found = {}
        for area in self.wanted:
            kept = counts.get(area) if asked else None
            tally = weighted.get(area, sums.get(area, Tally()))
            if rollup.numerator and self.tree.units[area].kind in (*levels, *self._levels_asked(indicator)):
                value = percent_of(tally.number, tally.whole)
                found[area] = self._figure(
                    indicator.id, area, tally, asked, value, kept, True, tally.number, tally.whole
                )
                continue
            answered = kept is not None and kept.reached + kept.not_reached > 0
            value = kept.percent if kept is not None and answered else None
            found[area] = self._figure(
                indicator.id, area, Tally(estimates=tally.estimates), asked if kept else (), value, kept, True
            )
        return found

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
        """By unit of the tested level whether it passes over the span."""
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
        kind = self.fields[name].kind
        return {
            unit: truth(test.evaluate(self._lookup(said, typed(said.get(name), kind))))
            for unit, said in values.items()
        }

    def _estimates(self, indicator: Indicator) -> dict[int, Tally]:
        """The wanted areas in which a test looked at an estimate of the year."""
        name = main_fields(indicator, self.fields)[0]
        time = time_of(name, indicator, self.fields)
        if not any(one.estimate for one in self._rounds([name], time)):
            return {}
        own = {
            unit: Tally(estimates=1)
            for entries in self._series(name)
            for unit, amount in amounts(entries, self.tree, self.span, time, own_only=True).items()
            if amount.estimate
        }
        return spread(own, self.tree, self.wanted)

    def _repeated_states(self, indicator: Indicator, name: str) -> States:
        """A unit passes when every entry of the list does."""
        states: States = {}
        info, time = self.fields[name], time_of(name, indicator, self.fields)
        for entries in self._series(name):
            for unit, amount in amounts(entries, self.tree, self.span, time, own_only=True).items():
                passed = passes(indicator.rollup.test, typed(amount, info.kind))
                states[unit] = passed and states.get(unit) is not False
        return states

    def _percent_states(self, indicator: Indicator) -> States:
        """Units tested on the percent of what lies below them."""
        level = indicator.rollup.level
        units = {unit for unit in self.tree.parents if self.tree.units[unit].kind == level}
        sums, _ = self._weighted(indicator, units)
        states: States = {}
        for unit, tally in sums.items():
            percent = percent_of(tally.number, tally.whole)
            states[unit] = None if percent is None else passes(indicator.rollup.test, percent)
        return states

    def _criterion_states(self, indicator: Indicator) -> States:
        """Whether a unit passes one criterion over the span: of flows, in every period asked."""
        rollup = indicator.rollup
        if rollup.units == "wpct":
            return self._wpct_states(indicator)
        if rollup.time != "sum":
            return self._states(indicator)
        own, _ = self._period_tallies(indicator, (rollup.level or "",))
        return {
            unit: False if tally.failed else (True if tally.reached == tally.expected else None)
            for unit, tally in own.items()
        }

    def _passing_units(self, indicator: Indicator) -> tuple[States, str]:
        """By unit whether it passes all criteria, and the level of these units."""
        criteria = [self.indicators[name] for name in indicator.rollup.criteria]
        level = criteria[0].levels[0]
        each = [self._criterion_states(criterion) for criterion in criteria]
        units = {unit for states in each for unit in states if unit in self.tree}
        found: States = {}
        for unit in units:
            if self.tree.units[unit].kind == level:
                said = [states.get(unit) for states in each]
                found[unit] = False if False in said else (None if None in said else True)
        return found, level

    def _passing(self, indicator: Indicator) -> dict[int, Figure]:
        """How many units below pass all criteria, of all there are."""
        states, level = self._passing_units(indicator)
        counts = self._three(tallied(states), (level,), ())
        asked = self._pct_asked(indicator)
        found = {}
        for area in self.wanted:
            kept = counts.get(area) if asked else None
            said = kept is not None and kept.reached + kept.not_reached > 0
            value = kept.percent if kept is not None and said else None
            found[area] = self._figure(indicator.id, area, Tally(), (), value, kept, True)
        return found

    def _criteria_states(self, indicator: Indicator) -> States:
        """A unit passes by the number of units below that pass; while that could still rise to pass, it has
        not reported."""
        passing, level = self._passing_units(indicator)
        own = tallied(passing)
        units = {unit for unit in self.tree.parents if self.tree.units[unit].kind == indicator.rollup.level}
        sums = spread(own, self.tree, units)
        states: States = {}
        for unit in units:
            tally, total = sums.get(unit, Tally()), self.tree.counts.get((unit, level), 0)
            silent = total - tally.reached - tally.failed
            if passes(indicator.rollup.test, tally.reached):
                states[unit] = True
            elif total and not passes(indicator.rollup.test, tally.reached + silent):
                states[unit] = False
        return states

    def _each_period(
        self, indicator: Indicator, levels: Sequence[str]
    ) -> tuple[dict[int, Counts], dict[int, Tally]]:
        """Units x periods: each unit that was there in each period asked."""
        own, _ = self._period_tallies(indicator, levels)
        sums = spread(own, self.tree, self.wanted)
        counts = {
            area: Counts(tally.reached, tally.failed, tally.expected - tally.reached - tally.failed)
            for area, tally in sums.items()
            if tally.expected
        }
        return counts, sums

    def _period_tallies(
        self, indicator: Indicator, levels: Sequence[str]
    ) -> tuple[dict[int, Tally], frozenset[str]]:
        name = main_fields(indicator, self.fields)[0]
        rounds = [one for one in self._rounds([name], "sum") if one.level in levels]
        periods = {one.period: one for one in rounds}
        own: dict[int, Tally] = {}
        known: dict[Fact, bool] = {}
        for unit in self.tree.units.values():
            home = self.tree.home(unit.id) if unit.kind in levels else None
            if home is not None and (there := [p for p, one in periods.items() if exists(unit, one.last)]):
                tally = self._tested(indicator, name, unit.id, there, known)
                own.setdefault(home, Tally()).add(tally)
        return own, frozenset(periods)

    def _tested(
        self, indicator: Indicator, name: str, unit_id: int, periods: Sequence[str], known: dict[Fact, bool]
    ) -> Tally:
        """One unit's periods; ``known`` keeps what each value gave, for most say the same."""
        tally = Tally(expected=len(periods))
        for entry in within(self.facts.get(name, {}).get(unit_id, ()), self.span, "sum"):
            if entry.asked.period in periods:
                if entry.fact not in known:
                    known[entry.fact] = self._passed(indicator, name, entry.fact)
                tally.reached += known[entry.fact]
                tally.failed += not known[entry.fact]
                tally.estimates += entry.asked.estimate
        return tally

    def _passed(self, indicator: Indicator, name: str, fact: Fact) -> bool:
        amount = Amount(exact(fact.number), word=fact.word)
        value = typed(amount, self.fields[name].kind)
        return truth(expression(indicator.rollup.test or "").evaluate(self._lookup({name: amount}, value)))
