"""The tree of one day as arrays: what is said of units is added up for all areas at once.

Every unit there ever was has a place, by id; what is said of units is an array over these places.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from storage.domain.tree import Placement, Tree

#: Whole numbers are int64; where somebody said a decimal, Python's own exact numbers (dtype object).
Array: TypeAlias = NDArray[Any]


class Land:
    """A tree, and where each of its units stands in the arrays."""

    def __init__(self, tree: Tree) -> None:
        """``tree``: of any day; places are the same in the lands of one forest."""
        self.tree = tree
        self.ids = sorted(tree.units)
        self.place = {unit: n for n, unit in enumerate(self.ids)}
        self.size = len(self.ids)

    @cached_property
    def there(self) -> Array:
        """Whether a unit is there on the day."""
        return np.array([unit in self.tree.parents for unit in self.ids], bool)

    @cached_property
    def any_gone(self) -> bool:
        """Whether a unit that is gone, or not there yet, may count anywhere."""
        return bool((~self.there & (self.home >= 0)).any())

    @cached_property
    def kinds(self) -> Array:
        """Each unit's kind."""
        return np.array([self.tree.units[unit].kind for unit in self.ids])

    @cached_property
    def area_kinds(self) -> Array:
        """Each unit's kind of area; "" where it is not known."""
        return np.array([self.tree.units[unit].area_kind for unit in self.ids])

    @cached_property
    def begins(self) -> Array:
        """Each unit's first day, as an ordinal."""
        return np.array([self.tree.units[unit].valid_from.toordinal() for unit in self.ids])

    @cached_property
    def ends(self) -> Array:
        """Each unit's last day; a day never reached where it still is."""
        lasts = (self.tree.units[unit].valid_to for unit in self.ids)
        return np.array([last.toordinal() if last else _NEVER for last in lasts])

    @cached_property
    def home(self) -> Array:
        """The place where an answer of a unit counts; -1 nowhere."""
        homes = (self.tree.home(unit) for unit in self.ids)
        return np.array([-1 if home is None else self.place[home] for home in homes], np.int64)

    @cached_property
    def merged_on(self) -> Array:
        """Of a unit that is gone the first day on which it was part of another; 0 where it was closed."""
        found = (self.tree.homes.get(unit) for unit in self.ids)
        days = (home.merged_on if home else None for home in found)
        return np.array([day.toordinal() if day else 0 for day in days], np.int64)

    @cached_property
    def parent(self) -> Array:
        """The place of the unit above; -1 at the top and of what is gone."""
        above = (self.tree.parents.get(unit) for unit in self.ids)
        return np.array([self.place.get(-1 if unit is None else unit, -1) for unit in above], np.int64)

    @cached_property
    def _walk(self) -> tuple[Array, Array, Array]:
        """The places from the top down, each before those below it, and where in this order what lies at
        and below a unit begins and ends."""
        tree, order = self.tree, list[int]()
        first, last = np.zeros(self.size, np.int64), np.zeros(self.size, np.int64)
        tops = [unit for unit, above in tree.parents.items() if above not in tree.parents]
        stack = [(unit, False) for unit in tops]
        while stack:
            unit, done = stack.pop()
            place = self.place[unit]
            if done:
                last[place] = len(order)
                continue
            first[place] = len(order)
            order.append(place)
            stack.append((unit, True))
            stack += [(child, False) for child in tree.children.get(unit, ())]
        return np.array(order, np.int64), first, last

    def sums(self, values: Array) -> Array:
        """By place, what is said at and below a unit; 0 for what is gone."""
        order, first, last = self._walk
        numbers = values.astype(np.int64) if values.dtype == bool else values
        running = np.zeros(len(order) + 1, numbers.dtype)
        np.add.accumulate(numbers[order], out=running[1:])
        return running[last] - running[first]

    def below(self, place: int) -> Array:
        """The places at and below a unit."""
        order, first, last = self._walk
        return order[first[place] : last[place]]

    def count(self, place: int, kinds: Iterable[str]) -> int:
        """How many units of these kinds there are at and below a unit."""
        counts, unit = self.tree.counts, self.ids[place]
        return sum(counts.get((unit, kind), 0) for kind in kinds)

    def of_kinds(self, kinds: Sequence[str], area_kinds: Sequence[str] = ()) -> Array:
        """The units of these kinds; ``area_kinds``: only those, and where it is not known."""
        found = np.isin(self.kinds, kinds)
        if area_kinds:
            found &= np.isin(self.area_kinds, ["", *area_kinds])
        return found

    @cached_property
    def counting_above(self) -> Array:
        """The unit above the one in which a unit counts now; where it was closed, the one it counts in."""
        same = (self.home >= 0) & (self.kinds[self.home] == self.kinds)
        return np.where(same, self.parent[self.home], self.home)

    @cached_property
    def _placements(self) -> tuple[Array, Array, Array, Array]:
        rows = [
            (self.place[place.unit_id], self._above(place), place.first.toordinal(),
             place.last.toordinal() if place.last else _NEVER)
            for places in self.tree.placements.values() for place in places
        ]  # fmt: skip
        unit, above, first, last = np.array(rows, np.int64).reshape(-1, 4).T
        return unit, above, first, last

    def _above(self, place: Placement) -> int:
        return -1 if place.parent_id is None else self.place.get(place.parent_id, -1)

    def stood_under(self, day: int) -> Array:
        """The place of the unit above on another day (an ordinal); -1 none."""
        unit, above, first, last = self._placements
        held = (first <= day) & (last >= day)
        found = np.full(self.size, -1, np.int64)
        found[unit[held]] = above[held]
        return found


_NEVER = 1 << 30
