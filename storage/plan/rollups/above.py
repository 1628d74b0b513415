"""Figures of units above that take the place of the sums below them."""

from collections.abc import Iterable, Mapping, Sequence

from storage.domain.figures import Number
from storage.plan.model import Indicator, TimeRollup
from storage.plan.rollups.amounts import (
    Measure,
    as_said,
)
from storage.plan.rollups.asked import Entry, exact, within
from storage.plan.rollups.catalogue import main_fields
from storage.plan.rollups.ground import Ground
from storage.plan.rollups.tally import Tally


class Above(Ground):
    """What a unit above said instead."""

    def _override_asked(self, indicator: Indicator) -> frozenset[str]:
        override = indicator.rollup.override
        return self._asked([override], indicator.rollup.time) if override else frozenset()

    def _overrides(self, indicator: Indicator) -> dict[int, Tally]:
        """By unit above the figure that stands for all below it, of indicators whose last figure counts:
        that of the latest period, unless those below answered for a later one."""
        rollup = indicator.rollup
        said = self.facts.get(rollup.override or "", {})
        name = main_fields(indicator, self.fields)[0]
        found = {}
        for unit_id, entries in said.items():
            inside = within(entries, self.span, rollup.time) if unit_id in self.tree else []
            if inside and not self._later_below(unit_id, name, inside[-1], rollup.time):
                number, whole = as_said(unit_id, inside[-1])
                found[unit_id] = Tally(number, whole, estimates=int(inside[-1].asked.estimate))
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

    def _share(self, unit_id: int, own: Mapping[int, Tally], said: Tally) -> Tally:
        below = self._sum_below(unit_id, own)
        whole = None if said.whole is None else said.whole - (below.whole or 0)
        estimates = said.estimates - below.estimates
        return Tally((said.number or 0) - (below.number or 0), whole, estimates=estimates)

    def _period_shares(self, override: str, name: str) -> dict[int, Tally]:
        """Of flows, period by period: in each it stands for those below as they stood then. What they said
        is taken off where they stand now, above themselves."""
        shares: dict[int, Tally] = {}
        for unit_id, entries in self.facts.get(override, {}).items():
            home = self.tree.home(unit_id)
            for entry in within(entries, self.span, "sum") if home is not None else ():
                shares.setdefault(home or 0, Tally()).add(Tally(exact(entry.fact.number)))
                for place, number in self._replaced(unit_id, entry, name):
                    shares.setdefault(place, Tally()).add(Tally(-number))
        return shares

    def _replaced(self, unit_id: int, entry: Entry, name: str) -> Iterable[tuple[int, Number]]:
        """What those below a unit said in an entry's period, with where it counts."""
        said = self.facts.get(name, {})
        for each in self.tree.stood_under(unit_id, entry.asked.last):
            place = self._above(each)
            for one in said.get(each, ()) if place is not None else ():
                if one.asked.period == entry.asked.period:
                    yield place or 0, exact(one.fact.number)

    def _above(self, unit_id: int) -> int | None:
        """The unit above the one in which a unit counts now; where it was closed, the one it counts in."""
        home = self.tree.home(unit_id)
        if home is None or self.tree.units[home].kind != self.tree.units[unit_id].kind:
            return home
        return self.tree.parents[home]
