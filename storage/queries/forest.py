"""The tree of units on any day, read once for all the days a report looks at."""

from datetime import date
from typing import Literal, TypeAlias

from sqlalchemy import Connection, select

from storage.domain.figures import Area
from storage.domain.people import Unit
from storage.domain.tree import Placement, Tree
from storage.plan.model import Level
from storage.plan.rollups.land import Land
from storage.tables.people import unit_merges, unit_placements, units

_UNITS = select(
    units.c.id, units.c.code, units.c.name, units.c.kind, units.c.area_kind, units.c.parent_id,
    units.c.valid_from, units.c.valid_to,
)  # fmt: skip
_PLACES = select(
    unit_placements.c.unit_id, unit_placements.c.parent_id, unit_placements.c.name,
    unit_placements.c.valid_from, unit_placements.c.valid_to,
).order_by(unit_placements.c.valid_from)  # fmt: skip
_MERGES = select(unit_merges.c.old_unit_id, unit_merges.c.new_unit_id).order_by(unit_merges.c.id.desc())


#: Which units make the rows: those directly below the top, all below it, those of a level, or none.
By: TypeAlias = Literal["children", "all", "none"] | Level


class Forest:
    """All units there ever were, and their tree on a day. Use `storage.queries.held.held_of`."""

    def __init__(self, reader: Connection) -> None:
        """Read them."""
        self.units = {row[0]: Unit(*row) for row in reader.execute(_UNITS)}
        places: dict[int, list[Placement]] = {}
        for row in reader.execute(_PLACES):
            places.setdefault(row[0], []).append(Placement(*row))
        self.placements = {unit: tuple(found) for unit, found in places.items()}
        self.merges = {row[0]: row[1] for row in reader.execute(_MERGES)}
        self._bounds = self._changes()
        self._lands: dict[date, Land] = {}
        #: Each unit's place in arrays (`storage.plan.rollups.land`).
        self.place = {unit: n for n, unit in enumerate(sorted(self.units))}

    def _changes(self) -> list[date]:
        """The days on which anything begins, and those after which it ends."""
        days: set[date] = set()
        for place in (one for places in self.placements.values() for one in places):
            days.add(place.first)
            if place.last is not None:
                days.add(date.fromordinal(place.last.toordinal() + 1))
        for unit in self.units.values():
            days.add(unit.valid_from)
            if unit.valid_to is not None:
                days.add(date.fromordinal(unit.valid_to.toordinal() + 1))
        return sorted(days)

    def on(self, day: date) -> Tree:
        """The tree of a day; days between two changes have the same one."""
        return self.land(day).tree

    def land(self, day: date) -> Land:
        """The same as arrays."""
        since = max((bound for bound in self._bounds if bound <= day), default=day)
        if since not in self._lands:
            tree = Tree.on(day, self.units.values(), self.placements, self.merges)
            self._lands[since] = Land(tree)
        return self._lands[since]


def rows_below(tree: Tree, top: int, by: By) -> list[Area]:
    """The units that make the rows of a table, in administrative order; KeyError if ``top`` is not there."""
    if top not in tree:
        raise KeyError(top)
    if by == "none":
        return []
    if by == "children":
        return [tree.area(unit, 1) for unit in tree.children.get(top, ())]
    found = [tree.area(unit, depth) for unit, depth in tree.below(top)]
    if by == "all":
        return found
    return [each for each in found if each.kind == by]
