"""Which units a person may see and touch: the one place that says so, for chat, web and command line.

A scope is a subtree on a day. Queries take it as a subselect (``units.c.id.in_(units_below(...))``);
whoever acts on one unit asks `reaches`.
"""

from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, Date, Integer, Select, and_, bindparam, or_, select

from storage.domain.people import Seat
from storage.tables.people import unit_placements, units

#: A value, or a name to be bound later in a statement that is built once.
Id: TypeAlias = int | ColumnElement[int]
Day: TypeAlias = date | ColumnElement[date]


def active_on(day: Day) -> ColumnElement[bool]:
    """True of the units that exist on ``day`` (local day; first and last day included)."""
    return and_(units.c.valid_from <= day, or_(units.c.valid_to.is_(None), units.c.valid_to >= day))


def placed_on(day: Day) -> ColumnElement[bool]:
    """True of the placements that hold on ``day``."""
    placed = unit_placements.c
    return and_(placed.valid_from <= day, or_(placed.valid_to.is_(None), placed.valid_to >= day))


def units_on(day: date) -> Select[tuple[int]]:
    """The ids of all units that exist on ``day``, as a subselect."""
    return select(units.c.id).where(active_on(day))


def children_of(unit_id: Id, day: Day) -> Select[tuple[int]]:
    """The ids of the units directly below on ``day``, as a subselect."""
    return (
        select(units.c.id)
        .join(unit_placements, unit_placements.c.unit_id == units.c.id)
        .where(unit_placements.c.parent_id == unit_id, placed_on(day), active_on(day))
    )


def units_below(unit_id: Id, day: Day) -> Select[tuple[int]]:
    """The ids of the unit itself and of all units below it as the tree was on ``day``, as a subselect:
    ``units.c.id.in_(units_below(...))``. A unit below one that is no longer valid is not reached."""
    return _trees(units.c.id == unit_id, day)


def subtrees(unit_ids: Iterable[int], day: date) -> Select[tuple[int]]:
    """Like `units_below`, of several units."""
    return _trees(units.c.id.in_(list(unit_ids)), day)


def _trees(top: ColumnElement[bool], day: Day) -> Select[tuple[int]]:
    tree = select(units.c.id).where(top, active_on(day)).cte("below", recursive=True)
    # UNION, not UNION ALL: a circle in the data ends instead of running for ever.
    tree = tree.union(
        select(units.c.id)
        .join(unit_placements, unit_placements.c.unit_id == units.c.id)
        .where(unit_placements.c.parent_id == tree.c.id, placed_on(day), active_on(day))
    )
    return select(tree.c.id)


def units_above(unit_id: Id, day: Day) -> Select[tuple[int]]:
    """The ids of the unit itself and of all units above it as the tree was on ``day``, as a subselect: those
    whose `units_below` holds it."""
    tree = select(units.c.id).where(units.c.id == unit_id, active_on(day)).cte("above", recursive=True)
    tree = tree.union(
        select(unit_placements.c.parent_id)
        .join(units, units.c.id == unit_placements.c.parent_id)
        .where(unit_placements.c.unit_id == tree.c.id, placed_on(day), active_on(day))
    )
    return select(tree.c.id)


def scope_of(seats: Iterable[Seat], day: date) -> Select[tuple[int]]:
    """What somebody who holds these seats sees on ``day``: her units and all below them."""
    return subtrees([seat.unit.id for seat in seats], day)


def reaches(reader: Connection, seats: Iterable[Seat], unit_id: int, day: date) -> bool:
    """Whether the unit lies in the scope of somebody who holds these seats."""
    return any(inside(reader, unit_id, top_id, day) for top_id in {seat.unit.id for seat in seats})


def inside(reader: Connection, unit_id: int, top_id: int, day: date) -> bool:
    """Whether a unit is ``top_id`` or stands below it on ``day``."""
    return reader.execute(_INSIDE, {"unit": unit_id, "top": top_id, "day": day}).first() is not None


# Built once: building a statement costs more than running it.
_INSIDE = select(units.c.id).where(
    units.c.id == bindparam("unit"),
    units.c.id.in_(units_below(bindparam("top", type_=Integer), bindparam("day", type_=Date))),
)
