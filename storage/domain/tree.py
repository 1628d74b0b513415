"""The tree of units on one day, and where units that are gone by then went.

Units stand in administrative order: by code, each below its parent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from storage.domain.figures import Area
from storage.domain.people import Unit


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a unit stood and what it was called between two days (inclusive; ``last`` None: still)."""

    unit_id: int
    parent_id: int | None
    name: str
    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        """Whether it held on the day."""
        return self.first <= day and (self.last is None or self.last >= day)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a unit that is gone counts: ``merged_on`` is the first day it was part of another unit; None
    where it was closed, and its stocks with it."""

    unit_id: int
    merged_on: date | None


@dataclass(frozen=True)
class Tree:
    """The units of one day. ``units`` are all there ever were; ``parents`` those of the day."""

    day: date
    units: Mapping[int, Unit]
    parents: Mapping[int, int | None]
    names: Mapping[int, str]
    homes: Mapping[int, Home]
    placements: Mapping[int, tuple[Placement, ...]]

    @classmethod
    def on(
        cls,
        day: date,
        units: Iterable[Unit],
        placements: Mapping[int, tuple[Placement, ...]],
        merges: Mapping[int, int],
    ) -> "Tree":
        """The tree of a day; ``placements`` by unit, earliest first, ``merges`` old unit to new."""
        known = {unit.id: unit for unit in units}
        parents: dict[int, int | None] = {}
        names: dict[int, str] = {}
        for unit in known.values():
            if exists(unit, day):
                place = _place(placements.get(unit.id, ()), day)
                parents[unit.id] = place.parent_id if place else unit.parent_id
                names[unit.id] = place.name if place else unit.name
        gone = {unit.id: unit for unit in known.values() if unit.valid_to is not None and unit.valid_to < day}
        homes = {
            unit: home
            for unit in gone
            if (home := _home(unit, parents, gone, placements, merges)) is not None
        }
        return cls(day, known, parents, names, homes, placements)

    def __contains__(self, unit_id: int) -> bool:
        return unit_id in self.parents

    @cached_property
    def children(self) -> Mapping[int, tuple[int, ...]]:
        """By unit those directly below it, by code."""
        found: dict[int, list[int]] = {}
        for unit_id in sorted(self.parents, key=lambda one: self.units[one].code):
            parent = self.parents[unit_id]
            if parent is not None:
                found.setdefault(parent, []).append(unit_id)
        return {parent: tuple(ids) for parent, ids in found.items()}

    @cached_property
    def paths(self) -> Mapping[int, tuple[int, ...]]:
        """By unit itself and all above it."""
        found: dict[int, tuple[int, ...]] = {}
        for unit_id in self.parents:
            path, above = [unit_id], self.parents[unit_id]
            while above is not None and above in self.parents and above not in path:
                path.append(above)
                above = self.parents[above]
            found[unit_id] = tuple(path)
        return found

    @cached_property
    def counts(self) -> Mapping[tuple[int, str], int]:
        """By (unit, kind) how many units of the kind there are at and below it."""
        found: dict[tuple[int, str], int] = {}
        for unit_id, path in self.paths.items():
            kind = self.units[unit_id].kind
            for above in path:
                found[above, kind] = found.get((above, kind), 0) + 1
        return found

    def below(self, top: int, depth: int = 0) -> Iterator[tuple[int, int]]:
        """Each unit below ``top`` with its depth, in administrative order, parents first."""
        for child in self.children.get(top, ()):
            yield child, depth + 1
            yield from self.below(child, depth + 1)

    def area(self, unit_id: int, depth: int = 0) -> Area:
        """A unit as it was called on the day; KeyError if it was not there."""
        unit = self.units[unit_id]
        return Area(
            unit.id, unit.code, self.names[unit_id], unit.kind, unit.area_kind, self.parents[unit_id], depth
        )

    @cached_property
    def _ever_under(self) -> Mapping[int, tuple[tuple[int, Placement], ...]]:
        found: dict[int, list[tuple[int, Placement]]] = {}
        for unit_id, places in self.placements.items():
            for place in places:
                if place.parent_id is not None:
                    found.setdefault(place.parent_id, []).append((unit_id, place))
        return {parent: tuple(pairs) for parent, pairs in found.items()}

    def ever_under(self, parent: int) -> set[int]:
        """The units that ever stood directly below ``parent``."""
        return {unit_id for unit_id, _ in self._ever_under.get(parent, ())}

    def stood_under(self, parent: int, day: date) -> set[int]:
        """The units directly below ``parent`` on another day."""
        return {unit_id for unit_id, place in self._ever_under.get(parent, ()) if place.holds(day)}

    def home(self, unit_id: int) -> int | None:
        """The unit of the day in which an answer of ``unit_id`` counts; None if there is none."""
        if unit_id in self.parents:
            return unit_id
        home = self.homes.get(unit_id)
        return home.unit_id if home else None


def exists(unit: Unit, day: date) -> bool:
    """Whether the unit was there on the day."""
    return unit.valid_from <= day and (unit.valid_to is None or unit.valid_to >= day)


def _place(placements: tuple[Placement, ...], day: date) -> Placement | None:
    return next((place for place in placements if place.holds(day)), None)


def _home(
    unit_id: int,
    parents: Mapping[int, int | None],
    gone: Mapping[int, Unit],
    placements: Mapping[int, tuple[Placement, ...]],
    merges: Mapping[int, int],
) -> Home | None:
    """Follow mergers, else the unit above on its last day, to one that is there."""
    merged_on, merged, at, passed = None, True, unit_id, set()
    while at not in parents:
        if at in passed or at not in gone:  # a circle in the data, or a unit that is not there yet
            return None
        passed.add(at)
        if at in merges:
            last = gone[at].valid_to
            merged_on = merged_on or (date.fromordinal(last.toordinal() + 1) if last else None)
            at = merges[at]
            continue
        merged = False
        places = placements.get(at, ())
        above = places[-1].parent_id if places else gone[at].parent_id
        if above is None:
            return None
        at = above
    return Home(at, merged_on if merged else None)
