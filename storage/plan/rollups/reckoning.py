"""An indicator over all areas of a day and a span: one function a kind of roll-up (docs/figures.md)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from storage.domain.figures import Counts, Figure, Number
from storage.plan.model import Indicator
from storage.plan.operations import truth
from storage.plan.rollups.amounts import (
    Amount,
    amounts,
    as_said,
    typed,
)
from storage.plan.rollups.asked import exact
from storage.plan.rollups.catalogue import FieldInfo, expression, main_fields, shown_fields, time_of
from storage.plan.rollups.ground import States, tallied, tally_of
from storage.plan.rollups.tally import Tally, plus, spread
from storage.plan.rollups.tested import Tested


class Reckoning(Tested):
    """The figures of indicators and of their fields."""

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
        if info.kind == "ratio" and time == "mean":
            time = "sum"  # Σa and Σb, as the percent made of them
        own: dict[int, Tally] = {}
        for entries in self._series(name):
            for unit_id, amount in amounts(entries, self.tree, self.span, time).items():
                tally = own.setdefault(unit_id, Tally())
                tally.add(tally_of(amount, info))
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

    def _sum(self, indicator: Indicator) -> dict[int, Figure]:
        names = main_fields(indicator, self.fields)
        own = {unit: Tally(amount.number, amount.whole, answered=int(bool(amount.entries)),
                           estimates=int(amount.estimate))
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
            estimates = sum(amount.estimate for amount in said.values())
            own[unit_id] = Tally(number, answered=int(spoke), estimates=estimates)
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

    def _any(self, indicator: Indicator) -> dict[int, Figure]:
        name, level = main_fields(indicator, self.fields)[0], indicator.rollup.level or ""
        time = time_of(name, indicator, self.fields)
        said = amounts(self.facts.get(name, {}), self.tree, self.span, time)
        own = {unit: tally_of(amount, self.fields[name]) for unit, amount in said.items()}
        states: States = {
            unit: amount.number != 0 for unit, amount in said.items() if amount.number is not None
        }
        counts = self._three(tallied(states), (level,), ())
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
