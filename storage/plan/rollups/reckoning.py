"""An indicator over all areas of a day and a span: one function a kind of roll-up (docs/figures.md)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from storage.domain.figures import Figure
from storage.plan.model import Indicator, TimeRollup
from storage.plan.operations import truth
from storage.plan.rollups.amounts import Amounts, Slots, amounts
from storage.plan.rollups.asked import exact
from storage.plan.rollups.catalogue import FieldInfo, expression, main_fields, shown_fields, time_of
from storage.plan.rollups.ground import Cells
from storage.plan.rollups.land import Array
from storage.plan.rollups.tally import Own, Totals
from storage.plan.rollups.tested import Tested


class Reckoning(Tested):
    """The figures of indicators and of their fields."""

    def main(self, indicator: Indicator) -> Cells:
        """The indicator's own figure, by area."""
        units = indicator.rollup.units
        if units == "none" or not indicator.fields:
            return self._not_asked(indicator.id)
        return _RULES[units](self, indicator)

    def by_field(self, indicator: Indicator) -> dict[str, Cells]:
        """The figures of each of its fields, by field and area; with criteria, first of all how many units
        pass them."""
        found: dict[str, Cells] = {}
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

    def _field(self, name: str, indicator: Indicator) -> Cells:
        info, time = self.fields[name], time_of(name, indicator, self.fields)
        if info.kind == "ratio" and time == "mean":
            time = "sum"  # Σa and Σb, as the percent made of them
        own = self._of_list(name, time, info) if info.repeated else self._plain(name, time, info)
        if info.kind in ("text", "date"):
            self._add_texts(own, name, time)
        return self._summed(name, Totals(own, self.land), self._asked([name], time), info)

    def _plain(self, name: str, time: TimeRollup, info: FieldInfo) -> Own:
        said = self._amounts(name, time)
        own = self._own(said)
        if info.kind == "choice":
            own.choices = self._choices(said, np.arange(self.land.size))
        return own

    def _of_list(self, name: str, time: TimeRollup, info: FieldInfo) -> Own:
        """Of a repeated question: all entries of a unit's list, which are one answer."""
        series = self.facts.series(name)
        slots = Slots.entries(series, self.land)
        said = amounts(series.column, slots, self.land, self.asking, self.span, time)
        own, unit = Own(self.land.size), slots.unit
        own.add_number(unit[said.said], said.number[said.said])
        if said.has_whole.any():
            own.add_whole(unit[said.has_whole], said.whole[said.has_whole])
        own.mark("answered", unit[said.answered])
        own.mark("estimates", unit[said.estimate])
        if info.kind == "choice":
            own.choices = self._choices(said, unit)
        return own

    def _choices(self, said: Amounts, unit: Array) -> dict[str, Array]:
        """By choice how many said so; several choices of one answer stand with spaces between."""
        found: dict[str, Array] = {}
        for word in np.unique(said.word[said.present & (said.word >= 0)]).tolist():
            at = unit[said.present & (said.word == word)]
            for choice in self.facts.words[word].split():
                np.add.at(found.setdefault(choice, np.zeros(self.land.size, np.int64)), at, 1)
        return found

    def _summed(self, name: str, totals: Totals, asked: Collection[str], info: FieldInfo) -> Cells:
        ratio, dated = info.kind == "ratio", info.kind == "date"

        def make(place: int) -> Figure:
            tally = totals.at(place)
            parts = (tally.number, tally.whole) if ratio else (None, None)
            value = None if dated else tally.number
            return self._figure(name, place, tally, asked, value, numerator=parts[0], denominator=parts[1])

        return self._cells(make, lambda: np.full(self.land.size, np.nan) if dated else totals.numbers())

    def _sum(self, indicator: Indicator) -> Cells:
        names = main_fields(indicator, self.fields)
        own = self._own_sums(indicator, names)
        self._replace(own, indicator, names[0])
        totals = Totals(own, self.land)
        asked = self._asked(names, indicator.rollup.time) or self._override_asked(indicator)
        ratio = indicator.rollup.value is None and self.fields[names[0]].kind == "ratio"

        def make(place: int) -> Figure:
            tally = totals.at(place)
            parts = (tally.number, tally.whole) if ratio else (None, None)
            return self._figure(
                indicator.id, place, tally, asked, tally.number, numerator=parts[0], denominator=parts[1]
            )

        return self._cells(make, totals.numbers)

    def _own_sums(self, indicator: Indicator, names: Sequence[str]) -> Own:
        text = indicator.rollup.value
        if text is None:
            return self._own(self._amounts(names[0], time_of(names[0], indicator, self.fields)))
        values = self._unit_values(names, indicator, own_only=False)
        which, outcomes = self._evaluated(expression(text), values)
        own = Own(self.land.size)
        present = np.logical_or.reduce([said.present for said in values.values()])
        numbers = [None if one is None else exact(one) for one in outcomes]
        counted = present & np.array([one is not None for one in numbers], bool)[which]
        whole = all(isinstance(one, int) for one in numbers if one is not None)
        known = np.array([0 if one is None else one for one in numbers], np.int64 if whole else object)
        at = np.flatnonzero(counted)
        own.add_number(at, known[which[at]])
        spoken = np.zeros(self.land.size, bool)
        for said in values.values():  # answered: what the first of its fields says
            own.mark("answered", counted & said.present & ~spoken & said.answered)
            own.mark("estimates", counted & said.present & said.estimate)
            spoken |= said.present
        return own

    def _list(self, indicator: Indicator) -> Cells:
        names = main_fields(indicator, self.fields)
        time = time_of(names[0], indicator, self.fields)
        own = self._own_list(indicator, names)
        for name in names:
            self._add_texts(own, name, time)
        totals, asked = Totals(own, self.land), self._asked(names, time)

        def make(place: int) -> Figure:
            tally = totals.at(place)
            return self._figure(indicator.id, place, tally, asked, tally.number)

        return self._cells(make, totals.numbers)

    def _own_list(self, indicator: Indicator, names: Sequence[str]) -> Own:
        test, values = indicator.rollup.test, self._unit_values(names, indicator, own_only=False)
        own = Own(self.land.size)
        if test is not None:
            which, outcomes = self._evaluated(expression(test), values, names[0])
            passed = np.array([truth(one) for one in outcomes], np.int64)[which]
            at = np.flatnonzero(np.logical_or.reduce([said.present for said in values.values()]))
            own.add_number(at, passed[at])
        for said in values.values():
            if test is None:
                at = np.flatnonzero(said.present & said.said)
                own.add_number(at, said.number[at])
            own.mark("answered", said.answered)
            own.mark("estimates", said.present & said.estimate)
        return own

    def _counts(self, indicator: Indicator) -> Cells:
        name = main_fields(indicator, self.fields)[0]
        return self._field(name, indicator).changed(lambda area, figure: replace(figure, field=indicator.id))

    def _any(self, indicator: Indicator) -> Cells:
        name, level = main_fields(indicator, self.fields)[0], indicator.rollup.level or ""
        time = time_of(name, indicator, self.fields)
        said = self._amounts(name, time)
        own = self._plain(name, time, self.fields[name])
        states = np.where(said.present & said.said, said.number != 0, -1)
        counts, totals = self._three(states, (level,)), Totals(own, self.land)
        asked = self._asked([name], time)

        def make(place: int) -> Figure:
            tally = totals.at(place)
            kept = counts.at(place) if level in asked else None
            return replace(self._figure(indicator.id, place, tally, asked, tally.number), counts=kept)

        return self._cells(make, totals.numbers)

    def _derived(self, indicator: Indicator) -> Cells:
        if indicator.rollup.numerator and indicator.rollup.denominator:
            return self._wpct(indicator)
        return self._not_asked(indicator.id)


_RULES: Mapping[str, Callable[[Reckoning, Indicator], Cells]] = {
    "sum": Reckoning._sum,
    "list": Reckoning._list,
    "counts": Reckoning._counts,
    "wpct": Reckoning._wpct,
    "pct_units": Reckoning._pct_units,
    "any": Reckoning._any,
    "derived": Reckoning._derived,
}
