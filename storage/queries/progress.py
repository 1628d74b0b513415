"""How far a round is: expected and actual reports by unit (terms.md 4.1, 4.4), and who is missing.

Expected: one report of every unit that owes one (`storage.queries.expected`); actual: those submitted; on
time: first submitted by the deadline. The rate's denominator is always what is expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from storage.domain.figures import Progress
from storage.queries.expected import owed
from storage.scope import placed_on, units_below
from storage.tables.answers import submissions
from storage.tables.people import seats, unit_placements, units


def _reports(round_id: int, level: str, first: date, last: date) -> Select[Any]:
    """One row a unit from which a report is expected, with its submission."""
    return (
        select()
        .select_from(units)
        .outerjoin(unit_placements, and_(unit_placements.c.unit_id == units.c.id, placed_on(last)))
        .outerjoin(seats, and_(seats.c.unit_id == units.c.id, seats.c.role != "commune_deputy"))
        .outerjoin(
            submissions,
            and_(
                submissions.c.seat_id == seats.c.id,
                submissions.c.round_id == round_id,
                submissions.c.status == "submitted",
            ),
        )
        .where(owed(level, first, last))
    )


def by_parent(
    reader: Connection, round_id: int, level: str, span: tuple[date, date], due_at: datetime
) -> Mapping[int, Progress]:
    """For every unit that has units of the level directly below it, how far these are."""
    in_time = case((submissions.c.submitted_at <= due_at, 1), else_=0)
    statement = (
        _reports(round_id, level, *span)
        .add_columns(
            unit_placements.c.parent_id,
            func.count(func.distinct(units.c.id)).label("expected"),
            func.count(submissions.c.id).label("actual"),
            func.coalesce(func.sum(in_time), 0).label("on_time"),
        )
        .group_by(unit_placements.c.parent_id)
    )
    return {
        row.parent_id: Progress(row.expected, row.actual, row.on_time)
        for row in reader.execute(statement)
        if row.parent_id is not None
    }


def total(parts: Mapping[int, Progress]) -> Progress:
    """The sum of all areas."""
    return sum(parts.values(), Progress())


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit whose report is expected and not in."""

    unit_id: int
    code: str
    name: str
    parent_id: int | None


def missing(
    reader: Connection, round_id: int, level: str, span: tuple[date, date], below: int | None = None
) -> list[Missing]:
    """The units whose report did not come, by code; ``below`` only those below (or at) this unit."""
    statement = (
        _reports(round_id, level, *span)
        .add_columns(units.c.id, units.c.code, units.c.name, unit_placements.c.parent_id)
        .where(submissions.c.id.is_(None))
        .order_by(units.c.code)
    )
    if below is not None:
        statement = statement.where(units.c.id.in_(units_below(below, span[1])))
    found = {row.id: Missing(row.id, row.code, row.name, row.parent_id) for row in reader.execute(statement)}
    return list(found.values())


def missing_by_parent(
    reader: Connection, round_id: int, level: str, span: tuple[date, date]
) -> dict[int, list[Missing]]:
    """`missing`, by the unit above."""
    found: dict[int, list[Missing]] = {}
    for unit in missing(reader, round_id, level, span):
        if unit.parent_id is not None:
            found.setdefault(unit.parent_id, []).append(unit)
    return found
