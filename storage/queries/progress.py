"""How far a round is: expected and actual reports by unit (terms.md 4.1, 4.4), and who is missing.

Expected: one report of every unit of the level that existed during the whole period; actual: those
submitted; on time: first submitted by the deadline. The rate's denominator is always what is expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from storage.scope import units_below
from storage.tables.answers import answers, submissions
from storage.tables.people import seats, units


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one area: how many reports are expected, came, and came in time."""

    expected: int = 0
    actual: int = 0
    on_time: int = 0

    @property
    def rate(self) -> float | None:
        """Reporting rate in percent; None where nothing is expected."""
        return min(100.0 * self.actual / self.expected, 100.0) if self.expected else None


def _whole(first: date, last: date) -> Any:
    """True of units that existed during the whole period."""
    return and_(units.c.valid_from <= first, or_(units.c.valid_to.is_(None), units.c.valid_to >= last))


def _reports(round_id: int, level: str, first: date, last: date) -> Select[Any]:
    """One row a unit from which a report is expected, with its submission."""
    return (
        select()
        .select_from(units)
        .outerjoin(seats, and_(seats.c.unit_id == units.c.id, seats.c.role != "commune_deputy"))
        .outerjoin(
            submissions,
            and_(
                submissions.c.seat_id == seats.c.id,
                submissions.c.round_id == round_id,
                submissions.c.status == "submitted",
            ),
        )
        .where(units.c.kind == level, _whole(first, last))
    )


def by_parent(
    reader: Connection, round_id: int, level: str, span: tuple[date, date], due_at: datetime
) -> Mapping[int, Progress]:
    """For every unit that has units of the level directly below it, how far these are."""
    in_time = case((submissions.c.submitted_at <= due_at, 1), else_=0)
    statement = (
        _reports(round_id, level, *span)
        .add_columns(
            units.c.parent_id,
            func.count(func.distinct(units.c.id)).label("expected"),
            func.count(submissions.c.id).label("actual"),
            func.coalesce(func.sum(in_time), 0).label("on_time"),
        )
        .group_by(units.c.parent_id)
    )
    return {
        row.parent_id: Progress(row.expected, row.actual, row.on_time)
        for row in reader.execute(statement)
        if row.parent_id is not None
    }


def total(parts: Mapping[int, Progress]) -> Progress:
    """The sum of all areas."""
    return Progress(
        sum(part.expected for part in parts.values()),
        sum(part.actual for part in parts.values()),
        sum(part.on_time for part in parts.values()),
    )


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
        .add_columns(units.c.id, units.c.code, units.c.name, units.c.parent_id)
        .where(submissions.c.id.is_(None))
        .order_by(units.c.code)
    )
    if below is not None:
        statement = statement.where(units.c.id.in_(units_below(below, span[1])))
    found = {row.id: Missing(row.id, row.code, row.name, row.parent_id) for row in reader.execute(statement)}
    return list(found.values())


def given_values(
    reader: Connection, round_id: int, level: str, below: int | None = None, day: date | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Each submitted answer of a round as (unit id, values by field)."""
    statement = (
        select(seats.c.unit_id, answers.c.field_values)
        .join(submissions, submissions.c.id == answers.c.submission_id)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .join(units, units.c.id == seats.c.unit_id)
        .where(
            submissions.c.round_id == round_id, submissions.c.status == "submitted",
            answers.c.state == "given", units.c.kind == level,
        )
    )  # fmt: skip
    if below is not None and day is not None:
        statement = statement.where(units.c.id.in_(units_below(below, day)))
    return [(row.unit_id, row.field_values) for row in reader.execute(statement)]


def missing_by_parent(
    reader: Connection, round_id: int, level: str, span: tuple[date, date]
) -> dict[int, list[Missing]]:
    """`missing`, by the unit above."""
    found: dict[int, list[Missing]] = {}
    for unit in missing(reader, round_id, level, span):
        if unit.parent_id is not None:
            found.setdefault(unit.parent_id, []).append(unit)
    return found
