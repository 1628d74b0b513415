"""An indicator over all areas of a day and a span: one function a kind of roll-up (docs/figures.md)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from storage.domain.answers import Value
from storage.domain.figures import Counts, Figure, FigureState, Number, Said
from storage.domain.tree import Tree, exists
from storage.plan.model import Indicator, TimeRollup
from storage.plan.names import COUNT, is_count
from storage.plan.operations import truth
from storage.plan.rollups.amounts import (
    Amount,
    Facts,
    Measure,
    Stocks,
    amounts,
    as_said,
    still_counts,
    typed,
)
from storage.plan.rollups.asked import Asked, Entry, Span, exact, within
from storage.plan.rollups.catalogue import FieldInfo, expression, main_fields, shown_fields, time_of
from storage.plan.rollups.tally import Tally, plus, spread

#: By field and unit the texts that were said, with their rounds.
Texts: TypeAlias = Mapping[str, Mapping[int, Sequence[tuple[Asked, str]]]]

#: Whether a unit passes: True, False, or None where it did not say.
States: TypeAlias = dict[int, bool | None]


@dataclass(frozen=True)
class Reckoning:
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

    # --- figures

    def main(self, indicator: Indicator) -> dict[int, Figure]:
        """The indicator's own figure, by area."""
        units = indicator.rollup.units
        if units == "none" or not indicator.fields:
            return {area: Figure(indicator.id, "not_asked") for area in self.wanted}
        return _RULES[units](self, indicator)

    def by_field(self, indicator: Indicator) -> dict[str, dict[int, Figure]]:
        """The figures of each of its fields, by field and area; with criteria, first of all how many units
        pass them."""
        found: dict[str, dict[int, Figure]] = {}
        if indicator.rollup.criteria:
            found[indicator.id] = self._passing(indicator)
        for name in shown_fields(indicator, self.fields):
            other = self.indicators.get(name)
            borrowed = other is not None and other.id != indicator.id
            if (
                borrowed
                and other is not None
                and (indicator.rollup.criteria or indicator.rollup.units == "derived")
            ):
                found[name] = self.main(other)
            else:
                found[name] = self._field(name, indicator)
        return found

    def _field(self, name: str, indicator: Indicator) -> dict[int, Figure]:
        info, time = self.fields[name], time_of(name, indicator, self.fields)
        own: dict[int, Tally] = {}
        for entries in self._series(name):
            for unit_id, amount in amounts(entries, self.tree, self.span, time).items():
                tally = own.setdefault(unit_id, Tally())
                tally.add(_tally(amount, info))
                tally.answered = min(tally.answered, 1)  # a repeated question is one answer of one unit
        self._add_texts(own, name, time)
        sums = spread(own, self.tree, self.wanted)
        asked = self._asked([name], time)
        return {area: self._summed(name, area, sums.get(area), asked, info) for area in self.wanted}

    def _summed(
        self, name: str, area: int, tally: Tally | None, asked: Collection[str], info: FieldInfo
    ) -> Figure:
        tally = tally or Tally()
        value = None if info.kind == "date" else tally.number
        return self._figure(
            name, area, tally, asked, value,
            numerator=tally.number if info.kind == "ratio" else None,
            denominator=tally.whole if info.kind == "ratio" else None,
        )  # fmt: skip

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
            tuple(tally.texts), asked, answered, tally.estimate,
        )  # fmt: skip

    # --- what was asked and said

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

    # --- sum, list, counts

    def _sum(self, indicator: Indicator) -> dict[int, Figure]:
        names = main_fields(indicator, self.fields)
        own = {unit: Tally(amount.number, amount.whole, answered=int(bool(amount.entries)),
                           estimate=amount.estimate)
               for unit, amount in self._own_sums(indicator, names).items()}  # fmt: skip
        self._replace(own, indicator, names[0], as_said)
        sums = spread(own, self.tree, self.wanted)
        asked = self._asked(names, indicator.rollup.time) or self._override_asked(indicator)
        ratio = indicator.rollup.value is None and self.fields[names[0]].kind == "ratio"
        found = {}
        for area in self.wanted:
            tally = sums.get(area, Tally())
            parts = (tally.number, tally.whole) if ratio else (None, None)
            found[area] = self._figure(
                indicator.id, area, tally, asked, tally.number, numerator=parts[0], denominator=parts[1]
            )
        return found

    def _own_sums(self, indicator: Indicator, names: Sequence[str]) -> dict[int, Amount]:
        time = time_of(names[0], indicator, self.fields)
        text = indicator.rollup.value
        if text is None:
            return amounts(self.facts.get(names[0], {}), self.tree, self.span, time)
        sums = {}
        for unit_id, values in self._unit_values(names, indicator, own_only=False).items():
            number = expression(text).evaluate(self._lookup(values))
            if number is not None:
                some = next(iter(values.values()))
                estimate = any(amount.estimate for amount in values.values())
                sums[unit_id] = Amount(exact(number), None, None, estimate, some.entries)
        return sums

    def _list(self, indicator: Indicator) -> dict[int, Figure]:
        names, test = main_fields(indicator, self.fields), indicator.rollup.test
        time, own = time_of(names[0], indicator, self.fields), dict[int, Tally]()
        values = self._unit_values(names, indicator, own_only=False)
        for unit_id, said in values.items():
            number: Number | None = None
            if test is not None:
                value = typed(said.get(names[0]), self.fields[names[0]].kind)
                number = int(truth(expression(test).evaluate(self._lookup(said, value))))
            else:
                for amount in said.values():
                    number = plus(number, amount.number)
            spoke = any(amount.entries for amount in said.values())
            estimate = any(amount.estimate for amount in said.values())
            own[unit_id] = Tally(number, answered=int(spoke), estimate=estimate)
        for name in names:
            self._add_texts(own, name, time)
        sums = spread(own, self.tree, self.wanted)
        asked = self._asked(names, time)
        return {
            area: self._figure(indicator.id, area, tally, asked, tally.number)
            for area in self.wanted
            for tally in [sums.get(area, Tally())]
        }

    def _counts(self, indicator: Indicator) -> dict[int, Figure]:
        name = main_fields(indicator, self.fields)[0]
        return {area: _renamed(figure, indicator.id) for area, figure in self._field(name, indicator).items()}

    # --- weighted percents

    def _wpct(self, indicator: Indicator) -> dict[int, Figure]:
        sums, asked = self._weighted(indicator, self.wanted)
        states = self._wpct_states(indicator)
        counts = self._counted(indicator, states, sums)
        found = {}
        for area in self.wanted:
            tally = sums.get(area, Tally())
            whole = self._whole(indicator, area, tally)
            value = _percent(tally.number, whole)
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
                amount.number, amount.whole, answered=int(bool(amount.entries)), estimate=amount.estimate
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
            return None if whole is None else (number, whole)

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
                percent = _percent(amount.number, amount.whole)
                states[unit_id] = None if percent is None else _passes(rollup.test, percent)
        return states

    def _counted(
        self, indicator: Indicator, states: States, sums: Mapping[int, Tally]
    ) -> dict[int, Counts] | None:
        """Three states of a weighted percent; a figure from above that takes the branches' place speaks for
        all of them."""
        rollup = indicator.rollup
        if is_count(rollup.denominator or ""):
            level = (rollup.denominator or "").removeprefix(COUNT)
            own = _tallied(states)
            for unit_id, number in self._overrides(indicator).items():
                below = self._sum_below(unit_id, own)
                total = self.tree.counts.get((unit_id, level), 0)
                reached = max(0, min(int(number[0]), total))
                change = Tally(reached=reached - below.reached, failed=total - reached - below.failed)
                own.setdefault(unit_id, Tally()).add(change)
            return self._three(own, (level,), ())
        if rollup.test is None:
            return None
        levels = self._levels_asked(indicator)
        return self._three(_tallied(states), levels, ()) if levels else None

    def _levels_asked(self, indicator: Indicator) -> tuple[str, ...]:
        name = indicator.rollup.numerator or ""
        return tuple(sorted(self.fields[name].levels)) if name in self.fields else ()

    # --- what a unit above said instead

    def _override_asked(self, indicator: Indicator) -> frozenset[str]:
        override = indicator.rollup.override
        return self._asked([override], indicator.rollup.time) if override else frozenset()

    def _overrides(self, indicator: Indicator) -> dict[int, tuple[Number, Number | None]]:
        """By unit above the figure that stands for all below it, of indicators whose last figure counts:
        that of the latest period, unless those below answered for a later one."""
        rollup = indicator.rollup
        said = self.facts.get(rollup.override or "", {})
        name = main_fields(indicator, self.fields)[0]
        found = {}
        for unit_id, entries in said.items():
            inside = within(entries, self.span, rollup.time) if unit_id in self.tree else []
            if inside and not self._later_below(unit_id, name, inside[-1], rollup.time):
                found[unit_id] = as_said(unit_id, inside[-1])
        return found

    def _later_below(self, unit_id: int, name: str, last: Entry, time: TimeRollup) -> bool:
        return any(
            entry.asked.last > last.asked.last
            for below, entries in self._entries_below(unit_id, name)
            for entry in within(entries, self.span, time)
        )

    def _entries_below(self, unit_id: int, name: str) -> Iterable[tuple[int, Sequence[Entry]]]:
        for below, entries in self.facts.get(name, {}).items():
            home = self.tree.home(below)
            if home is not None and unit_id in self.tree.paths[home]:
                yield below, entries

    def _sum_below(self, unit_id: int, own: Mapping[int, Tally]) -> Tally:
        found = Tally()
        for below, tally in own.items():
            if unit_id in self.tree.paths.get(below, ()):
                found.add(tally)
        return found

    def _replace(self, own: dict[int, Tally], indicator: Indicator, name: str, measure: Measure) -> None:
        """Let the figures of units above take the place of the sums below them: what they differ by is the
        unit's own share, so that everything above adds up."""
        if indicator.rollup.override is None:
            return
        if indicator.rollup.time == "sum":
            shares = self._period_shares(indicator.rollup.override, name)
        else:
            shares = {
                unit_id: self._share(unit_id, own, said)
                for unit_id, said in self._overrides(indicator).items()
            }
        for unit_id, share in shares.items():
            own.setdefault(unit_id, Tally()).add(share)

    def _share(self, unit_id: int, own: Mapping[int, Tally], said: tuple[Number, Number | None]) -> Tally:
        below = self._sum_below(unit_id, own)
        number, whole = said
        return Tally(number - (below.number or 0), None if whole is None else whole - (below.whole or 0))

    def _period_shares(self, override: str, name: str) -> dict[int, Tally]:
        """Of flows, period by period: in each it stands for those below as they stood then."""
        shares: dict[int, Tally] = {}
        said = self.facts.get(name, {})
        for unit_id, entries in self.facts.get(override, {}).items():
            home = self.tree.home(unit_id)
            for entry in within(entries, self.span, "sum") if home is not None else ():
                below = sum(
                    exact(one.fact.number)
                    for each in self.tree.stood_under(unit_id, entry.asked.last)
                    for one in said.get(each, ())
                    if one.asked.period == entry.asked.period
                )
                share = Tally(exact(entry.fact.number) - below)
                shares.setdefault(self.tree.home(unit_id) or 0, Tally()).add(share)
        return shares

    # --- tests over units

    def _pct_units(self, indicator: Indicator) -> dict[int, Figure]:
        rollup = indicator.rollup
        levels = ((rollup.level,) if rollup.level else ()) + rollup.with_levels
        if rollup.time == "sum":
            counts, sums = self._each_period(indicator, levels)
        else:
            states = self._states(indicator)
            counts = self._three(_tallied(states), levels, rollup.area_kinds)
            sums = {}
        weighted = self._weighted(indicator, self.wanted)[0] if rollup.numerator else {}
        asked = self._pct_asked(indicator)
        found = {}
        for area in self.wanted:
            kept = counts.get(area) if asked else None
            tally = weighted.get(area, sums.get(area, Tally()))
            if rollup.numerator and self.tree.units[area].kind in (*levels, *self._levels_asked(indicator)):
                value = _percent(tally.number, tally.whole)
                found[area] = self._figure(
                    indicator.id, area, tally, asked, value, kept, True, tally.number, tally.whole
                )
                continue
            answered = kept is not None and kept.reached + kept.not_reached > 0
            value = kept.percent if kept is not None and answered else None
            found[area] = self._figure(
                indicator.id, area, Tally(estimate=tally.estimate), asked if kept else (), value, kept, True
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

    def _repeated_states(self, indicator: Indicator, name: str) -> States:
        """A unit passes when every entry of the list does."""
        states: States = {}
        info, time = self.fields[name], time_of(name, indicator, self.fields)
        for entries in self._series(name):
            for unit, amount in amounts(entries, self.tree, self.span, time, own_only=True).items():
                passed = _passes(indicator.rollup.test, typed(amount, info.kind))
                states[unit] = passed and states.get(unit) is not False
        return states

    def _percent_states(self, indicator: Indicator) -> States:
        """Units tested on the percent of what lies below them."""
        level = indicator.rollup.level
        units = {unit for unit in self.tree.parents if self.tree.units[unit].kind == level}
        sums, _ = self._weighted(indicator, units)
        states: States = {}
        for unit, tally in sums.items():
            percent = _percent(tally.number, tally.whole)
            states[unit] = None if percent is None else _passes(indicator.rollup.test, percent)
        return states

    # --- criteria

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
        counts = self._three(_tallied(states), (level,), ())
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
        own = _tallied(passing)
        units = {unit for unit in self.tree.parents if self.tree.units[unit].kind == indicator.rollup.level}
        sums = spread(own, self.tree, units)
        states: States = {}
        for unit in units:
            tally, total = sums.get(unit, Tally()), self.tree.counts.get((unit, level), 0)
            silent = total - tally.reached - tally.failed
            if _passes(indicator.rollup.test, tally.reached):
                states[unit] = True
            elif total and not _passes(indicator.rollup.test, tally.reached + silent):
                states[unit] = False
        return states

    # --- tested period by period

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
        for unit in self.tree.units.values():
            home = self.tree.home(unit.id) if unit.kind in levels else None
            if home is not None and (there := [p for p, one in periods.items() if exists(unit, one.last)]):
                tally = self._tested(indicator, name, unit.id, there)
                own.setdefault(home, Tally()).add(tally)
        return own, frozenset(periods)

    def _tested(self, indicator: Indicator, name: str, unit_id: int, periods: Sequence[str]) -> Tally:
        tally = Tally(expected=len(periods))
        for entry in within(self.facts.get(name, {}).get(unit_id, ()), self.span, "sum"):
            if entry.asked.period in periods:
                amount = Amount(exact(entry.fact.number), word=entry.fact.word)
                value = typed(amount, self.fields[name].kind)
                test = expression(indicator.rollup.test or "")
                passed = truth(test.evaluate(self._lookup({name: amount}, value)))
                tally.reached += passed
                tally.failed += not passed
                tally.estimate = tally.estimate or entry.asked.estimate
        return tally

    # --- any, derived

    def _any(self, indicator: Indicator) -> dict[int, Figure]:
        name, level = main_fields(indicator, self.fields)[0], indicator.rollup.level or ""
        time = time_of(name, indicator, self.fields)
        said = amounts(self.facts.get(name, {}), self.tree, self.span, time)
        own = {unit: _tally(amount, self.fields[name]) for unit, amount in said.items()}
        states: States = {
            unit: amount.number != 0 for unit, amount in said.items() if amount.number is not None
        }
        counts = self._three(_tallied(states), (level,), ())
        sums = spread(own, self.tree, self.wanted)
        asked = self._asked([name], time)
        found = {}
        for area in self.wanted:
            tally = sums.get(area, Tally())
            kept = counts.get(area) if level in asked else None
            figure = self._figure(indicator.id, area, tally, asked, tally.number)
            found[area] = _counted_by(figure, kept)
        return found

    def _derived(self, indicator: Indicator) -> dict[int, Figure]:
        if indicator.rollup.numerator and indicator.rollup.denominator:
            return self._wpct(indicator)
        return {area: Figure(indicator.id, "not_asked") for area in self.wanted}

    # --- three states

    def _three(
        self, own: Mapping[int, Tally], levels: Sequence[str], area_kinds: Sequence[str]
    ) -> dict[int, Counts]:
        """Reached, not reached, not reported of every active unit of the levels, by wanted area."""
        inside = {
            unit
            for unit in self.tree.parents
            if self.tree.units[unit].kind in levels and _of_kind(self.tree.units[unit].area_kind, area_kinds)
        }
        tested = {unit: tally for unit, tally in own.items() if unit in inside or not area_kinds}
        totals = spread({unit: Tally(expected=1) for unit in inside}, self.tree, self.wanted)
        sums = spread(tested, self.tree, self.wanted)
        found = {}
        for area, total in totals.items():
            tally = sums.get(area, Tally())
            silent = total.expected - tally.reached - tally.failed
            found[area] = Counts(tally.reached, tally.failed, silent)
        return found


def _of_kind(kind: str, wanted: Sequence[str]) -> bool:
    return not wanted or not kind or kind in wanted


def _tally(amount: Amount, info: FieldInfo) -> Tally:
    tally = Tally(amount.number, amount.whole, answered=int(bool(amount.entries)), estimate=amount.estimate)
    if info.kind == "choice" and amount.word:
        for word in amount.word.split():
            tally.choices[word] = tally.choices.get(word, 0) + 1
    return tally


def _tallied(states: States) -> dict[int, Tally]:
    return {
        unit: Tally(reached=int(passed), failed=int(not passed))
        for unit, passed in states.items()
        if passed is not None
    }


def _percent(number: Number | None, whole: Number | None) -> Number | None:
    return None if number is None or not whole else Fraction(100 * number) / whole


def _passes(test: str | None, value: Value) -> bool:
    return test is not None and truth(
        expression(test).evaluate(lambda name: value if name == "value" else None)
    )


def _renamed(figure: Figure, name: str) -> Figure:
    return replace(figure, field=name)


def _counted_by(figure: Figure, counts: Counts | None) -> Figure:
    return replace(figure, counts=counts)


_RULES: Mapping[str, Callable[[Reckoning, Indicator], dict[int, Figure]]] = {
    "sum": Reckoning._sum,
    "list": Reckoning._list,
    "counts": Reckoning._counts,
    "wpct": Reckoning._wpct,
    "pct_units": Reckoning._pct_units,
    "any": Reckoning._any,
    "derived": Reckoning._derived,
}
