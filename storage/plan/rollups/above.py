"""Figures of units above that take the place of the sums below them."""

from collections.abc import Mapping

import numpy as np

from storage.domain.figures import Number
from storage.plan.model import Indicator, TimeRollup
from storage.plan.rollups.amounts import as_said
from storage.plan.rollups.catalogue import main_fields
from storage.plan.rollups.columns import exact_numbers, last_of
from storage.plan.rollups.ground import Ground
from storage.plan.rollups.land import Array
from storage.plan.rollups.tally import Own, Tally, Totals, exact_at


class Above(Ground):
    """What a unit above said instead."""

    def _override_asked(self, indicator: Indicator) -> frozenset[str]:
        override = indicator.rollup.override
        return self._asked([override], indicator.rollup.time) if override else frozenset()

    def _overrides(self, indicator: Indicator) -> dict[int, Tally]:
        """By place of a unit above the figure that stands for all below it, of indicators whose last figure
        counts: that of the latest period, unless those below answered for a later one."""
        rollup = indicator.rollup
        said = self._inside(rollup.override or "", rollup.time)
        said = said.take(self.land.there[said.unit])
        said = said.take(last_of((said.unit,)))
        latest = self._latest_at(main_fields(indicator, self.fields)[0], rollup.time)
        measured, found = as_said(said), {}
        for row, place in enumerate(said.unit.tolist()):
            if latest[self.land.below(place)].max() <= self.asking.last[said.asked[row]]:
                whole = exact_at(measured.whole, row) if measured.has_whole[row] else None
                estimates = int(self.asking.estimate[said.asked[row]])
                found[place] = Tally(exact_at(measured.number, row), whole, estimates=estimates)
        return found

    def _latest_at(self, name: str, time: TimeRollup) -> Array:
        """By place the last day of the latest period for which anybody who counts there answered."""
        column = self._inside(name, time)
        home = self.land.home[column.unit]
        latest = np.zeros(self.land.size, np.int64)
        np.maximum.at(latest, home[home >= 0], self.asking.last[column.asked[home >= 0]])
        return latest

    def _replace(self, own: Own, indicator: Indicator, name: str) -> None:
        """Let the figures of units above take the place of the sums below them: what they differ by is the
        unit's own share, so that everything above adds up."""
        if indicator.rollup.override is None:
            return
        if indicator.rollup.time == "sum":
            self._replace_periods(own, indicator.rollup.override, name)
        else:
            self._replace_last(own, indicator)

    def _replace_last(self, own: Own, indicator: Indicator) -> None:
        said, below = self._overrides(indicator), Totals(own, self.land)
        if not said:
            return
        shares = {
            place: (each.number or 0) - (below.number_at("number", "said", place) or 0)
            for place, each in said.items()
        }
        wholes = {
            place: each.whole - (below.number_at("whole", "has_whole", place) or 0)
            for place, each in said.items()
            if each.whole is not None
        }
        estimates = {place: each.estimates - below.int_at("estimates", place) for place, each in said.items()}
        own.add_number(*_listed(shares))
        own.add("estimates", *_listed(estimates))
        if wholes:
            own.add_whole(*_listed(wholes))

    def _replace_periods(self, own: Own, override: str, name: str) -> None:
        """Of flows, period by period: in each it stands for those below as they stood then. What they said
        is taken off where they stand now, above themselves."""
        said = self._inside(override, "sum")
        said = said.take(self.land.home[said.unit] >= 0)
        if not len(said):
            return
        below, asking = self.facts.column(name), self.asking
        numbers = exact_numbers(below.number)
        own.add_number(self.land.home[said.unit], exact_numbers(said.number))
        for period in np.unique(asking.period[said.asked]).tolist():
            above = said.take(asking.period[said.asked] == period)
            replaces = np.zeros(self.land.size + 1, bool)  # the last for those under nobody: -1
            replaces[above.unit] = True
            stood = self.land.stood_under(int(asking.last[above.asked[0]]))
            places = self.land.counting_above[below.unit]
            rows = (asking.period[below.asked] == period) & replaces[stood[below.unit]] & (places >= 0)
            own.add_number(places[rows], -numbers[rows])


def _listed(values: Mapping[int, Number]) -> tuple[Array, Array]:
    whole = all(isinstance(value, int) for value in values.values())
    return np.array(list(values), np.int64), np.array(list(values.values()), np.int64 if whole else object)
