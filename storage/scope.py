"""Which units a person may see: one SQL expression that every query over people can take."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select

from storage.tables.people import units


def active_on(day: date) -> ColumnElement[bool]:
    """True of the units that exist on ``day`` (local day; first and last day included)."""
    return and_(units.c.valid_from <= day, or_(units.c.valid_to.is_(None), units.c.valid_to >= day))


def units_on(day: date) -> Select[tuple[int]]:
    """The ids of all units that exist on ``day``, as a subselect."""
    return select(units.c.id).where(active_on(day))


def units_below(unit_id: int, day: date) -> Select[tuple[int]]:
    """The ids of the unit itself and of all units below it on ``day``, as a subselect:
    ``units.c.id.in_(units_below(...))``. A unit below one that is no longer valid is not reached."""
    tree = select(units.c.id).where(units.c.id == unit_id, active_on(day)).cte("below", recursive=True)
    # UNION, not UNION ALL: a circle in the data ends instead of running for ever.
    tree = tree.union(select(units.c.id).where(units.c.parent_id == tree.c.id, active_on(day)))
    return select(tree.c.id)
