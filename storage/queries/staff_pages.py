"""What the staff page shows beside figures: who sits where, what waits for a word, where a unit stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, literal, select

from storage.domain.people import Unit
from storage.queries.people import UNIT_COLUMNS, unit_of
from storage.scope import children_of
from storage.tables.base import UtcDateTime
from storage.tables.people import accounts, persons, seat_holders, seats, units
from storage.tables.pushes import correction_requests
from storage.tables.rounds import rounds

_parent = units.alias("parent")


@dataclass(frozen=True, slots=True)
class Place:
    """A seat in a unit: who holds it, and whether she can be written to. ``wrote_at`` UTC."""

    seat: str
    role: str
    unit: str
    unit_code: str
    parent: str
    name: str
    linked: bool
    reachable: bool
    wrote_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many seats of a scope there are, have a holder, are connected, can be reached."""

    seats: int
    held: int
    linked: int
    reachable: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A wish to change a figure of a closed round; values by field. ``at`` UTC."""

    unit: str
    unit_code: str
    pack: str
    period: str
    question: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


def _reached() -> Any:
    """Of every person with an account: whether one can be written to, and when she last wrote."""
    return (
        select(
            accounts.c.person_id,
            func.max(case((accounts.c.reachable, 1), else_=0)).label("reachable"),
            func.max(accounts.c.wrote_at, type_=UtcDateTime).label("wrote_at"),
        )
        .group_by(accounts.c.person_id)
        .subquery()
    )


def _places(reached: Any) -> Any:
    present = and_(seat_holders.c.seat_id == seats.c.id, seat_holders.c.until.is_(None))
    return (
        seats.join(units, units.c.id == seats.c.unit_id)
        .outerjoin(_parent, _parent.c.id == units.c.parent_id)
        .outerjoin(seat_holders, present)
        .outerjoin(persons, persons.c.id == seat_holders.c.person_id)
        .outerjoin(reached, reached.c.person_id == seat_holders.c.person_id)
    )


def places(
    reader: Connection, within: Select[tuple[int]], limit: int, offset: int = 0, unconnected: bool = False
) -> list[Place]:
    """The seats of a scope (`storage.scope`), by code; ``unconnected`` only those whose holder has no
    account yet or cannot be reached."""
    reached = _reached()
    statement = (
        select(
            seats.c.code,
            seats.c.role,
            units.c.name.label("unit"),
            units.c.code.label("unit_code"),
            func.coalesce(_parent.c.name, "").label("parent"),
            func.coalesce(persons.c.name, "").label("name"),
            reached.c.person_id.is_not(None).label("linked"),
            func.coalesce(reached.c.reachable, literal(0)).label("reachable"),
            reached.c.wrote_at,
        )
        .select_from(_places(reached))
        .where(units.c.id.in_(within))
        .order_by(seats.c.code)
        .limit(limit)
        .offset(offset)
    )
    if unconnected:
        statement = statement.where(func.coalesce(reached.c.reachable, literal(0)) == 0)
    return [
        Place(
            row.code, row.role, row.unit, row.unit_code, row.parent, row.name,
            bool(row.linked), bool(row.reachable), row.wrote_at,
        )
        for row in reader.execute(statement)
    ]  # fmt: skip


def tally(reader: Connection, within: Select[tuple[int]]) -> Tally:
    """The seats of a scope, counted."""
    reached = _reached()
    statement = (
        select(
            func.count(seats.c.id),
            func.count(persons.c.id),
            func.count(reached.c.person_id),
            func.coalesce(func.sum(reached.c.reachable), 0),
        )
        .select_from(_places(reached))
        .where(units.c.id.in_(within))
    )
    return Tally(*reader.execute(statement).one())


def corrections_waiting(reader: Connection, within: Select[tuple[int]]) -> list[Correction]:
    """The wishes of seats in a scope that the province has not decided, the oldest first."""
    wish = correction_requests.c
    statement = (
        select(
            units.c.name, units.c.code, rounds.c.pack, rounds.c.period,
            wish.question, wish.before, wish.after, wish.at,
        )
        .select_from(
            correction_requests.join(seats, seats.c.id == wish.seat_id)
            .join(units, units.c.id == seats.c.unit_id)
            .join(rounds, rounds.c.id == wish.round_id)
        )
        .where(wish.decided_at.is_(None), units.c.id.in_(within))
        .order_by(wish.id)
    )  # fmt: skip
    return [Correction(*row) for row in reader.execute(statement)]


def path_to(reader: Connection, unit: Unit, top: int) -> Sequence[Unit]:
    """The units from ``top`` (an id) down to this one, as the tree is now; the unit alone where ``top`` does
    not stand above it."""
    path = [unit]
    while path[0].id != top and path[0].parent_id is not None:
        above = reader.execute(select(*UNIT_COLUMNS).where(units.c.id == path[0].parent_id)).first()
        if above is None:
            break
        path.insert(0, unit_of(above))
    return path if path[0].id == top else [unit]


def units_directly_below(reader: Connection, unit_id: int, day: date) -> list[Unit]:
    """The units directly below on a day, by code."""
    below = select(*UNIT_COLUMNS).where(units.c.id.in_(children_of(unit_id, day))).order_by(units.c.code)
    return [unit_of(row) for row in reader.execute(below)]


def has_below(reader: Connection, unit_id: int, day: date) -> bool:
    """Whether any unit stands below this one on a day."""
    return reader.execute(children_of(unit_id, day).limit(1)).first() is not None


def unit_names(reader: Connection, unit_ids: Collection[int]) -> dict[int, str]:
    """What these units are called now, by id."""
    named = select(units.c.id, units.c.name).where(units.c.id.in_(unit_ids))
    return {row.id: row.name for row in reader.execute(named)}
