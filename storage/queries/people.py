"""Who sits where, and who writes from which account."""

import hmac
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from storage.desk import recall
from storage.domain.folding import fold
from storage.domain.messages import Address
from storage.domain.people import Person, Seat, Unit
from storage.domain.unit_changes import KnownUnit
from storage.scope import active_on
from storage.tables.channels import preferred_channels
from storage.tables.people import accounts, one_time_codes, persons, seat_holders, seats, units

#: Who sits where and writes from which account is read from these.
PEOPLE = frozenset({"units", "persons", "seats", "seat_holders", "accounts"})

_parent = units.alias("parent")
_holder = seat_holders.alias("holder")
_person = persons.alias("person")
_superior_seat = seats.alias("superior_seat")
_superior_holder = seat_holders.alias("superior_holder")
_superior = persons.alias("superior")

# A unit may one day have several seats; the first made is its head's.
_head_seat_id = (
    select(func.min(_superior_seat.c.id))
    .where(_superior_seat.c.unit_id == units.c.parent_id)
    .scalar_subquery()
)


def unit_of(row: Row[Any]) -> Unit:
    """A `Unit` of a row whose columns are labelled as `UNIT_COLUMNS` are."""
    return Unit(
        row.unit_id, row.unit_code, row.unit_name, row.kind, row.area_kind,
        row.parent_id, row.valid_from, row.valid_to,
    )  # fmt: skip


UNIT_COLUMNS = (
    units.c.id.label("unit_id"),
    units.c.code.label("unit_code"),
    units.c.name.label("unit_name"),
    units.c.kind,
    units.c.area_kind,
    units.c.parent_id,
    units.c.valid_from,
    units.c.valid_to,
)


def _person_columns(table: FromClause, name: str) -> list[Any]:
    return [column.label(f"{name}_{column.name}") for column in table.c if column.name != "folded"]


def _seats() -> Select[Any]:
    """Every seat with its unit, the unit's parent, its holder and the holder of the seat above."""
    joined = (
        seats.join(units, units.c.id == seats.c.unit_id)
        .outerjoin(_parent, _parent.c.id == units.c.parent_id)
        .outerjoin(_holder, and_(_holder.c.seat_id == seats.c.id, _holder.c.until.is_(None)))
        .outerjoin(_person, _person.c.id == _holder.c.person_id)
        .outerjoin(
            _superior_holder,
            and_(_superior_holder.c.seat_id == _head_seat_id, _superior_holder.c.until.is_(None)),
        )
        .outerjoin(_superior, _superior.c.id == _superior_holder.c.person_id)
    )
    return select(
        seats.c.id,
        seats.c.code,
        seats.c.role,
        *UNIT_COLUMNS,
        func.coalesce(_parent.c.name, "").label("parent_name"),
        *_person_columns(_person, "person"),
        *_person_columns(_superior, "superior"),
    ).select_from(joined)


def _seat(row: Row[Any]) -> Seat:
    person = Person(row.person_id, row.person_name, row.person_address_form) if row.person_id else None
    superior = (
        Person(row.superior_id, row.superior_name, row.superior_address_form) if row.superior_id else None
    )
    return Seat(row.id, row.code, row.role, unit_of(row), row.parent_name, person, superior)


# What every turn asks is built once: building a statement costs more than running it.
# The account is looked up first; joined at the end it would be looked for in every seat.
_HELD_BY_ACCOUNT = (
    select(seat_holders.c.seat_id)
    .join(accounts, accounts.c.person_id == seat_holders.c.person_id)
    .where(accounts.c.channel == bindparam("channel"), accounts.c.account == bindparam("account"))
    .where(seat_holders.c.until.is_(None))
)
_SEATS_OF = _seats().where(seats.c.id.in_(_HELD_BY_ACCOUNT)).order_by(seats.c.code)
_SEAT = _seats().where(seats.c.id == bindparam("seat"))
_SEAT_BY_CODE = _seats().where(seats.c.code == bindparam("code"))
_ADDRESS_OF = (
    select(accounts.c.channel, accounts.c.account)
    .join(seat_holders, seat_holders.c.person_id == accounts.c.person_id)
    .outerjoin(
        preferred_channels,
        and_(
            preferred_channels.c.person_id == accounts.c.person_id,
            preferred_channels.c.channel == accounts.c.channel,
        ),
    )
    .where(seat_holders.c.seat_id == bindparam("seat"), seat_holders.c.until.is_(None), accounts.c.reachable)
    .order_by(preferred_channels.c.id.is_(None))
    .order_by(func.coalesce(accounts.c.wrote_at, accounts.c.linked_at).desc(), accounts.c.id.desc())
    .limit(1)
)


def _one(reader: Connection, statement: Select[Any], **values: Any) -> Seat | None:
    row = reader.execute(statement, values).first()
    return _seat(row) if row else None


def seats_of(reader: Connection, address: Address) -> list[Seat]:
    """The seats now held by the person who writes from this account, by code; none if not linked."""
    names = {"channel": address.channel, "account": address.account}

    def found() -> tuple[Seat, ...]:
        return tuple(_seat(row) for row in reader.execute(_SEATS_OF, names))

    held = recall(reader, PEOPLE, ("seats", address.channel, address.account), found)
    return list(held)


def seats_where(reader: Connection, condition: ColumnElement[bool]) -> list[Seat]:
    """The seats of which this is true, by code."""
    rows = reader.execute(_seats().where(condition).order_by(seats.c.code))
    return [_seat(row) for row in rows]


def seat(reader: Connection, seat_id: int) -> Seat | None:
    """The seat with this id."""
    return _one(reader, _SEAT, seat=seat_id)


def seat_by_code(reader: Connection, code: str) -> Seat | None:
    """The seat with this code ("13999-05")."""
    return _one(reader, _SEAT_BY_CODE, code=code)


def seat_for_enrolment(reader: Connection, code_sha256: str) -> Seat | None:
    """The seat of a one-time code (as `storage.domain.codes.code_sha256` gives it); None if the code
    is unknown, used or replaced by a newer one."""
    invited = select(one_time_codes.c.seat_id).where(
        one_time_codes.c.sha256 == code_sha256,
        one_time_codes.c.used_at.is_(None),
        one_time_codes.c.replaced_at.is_(None),
    )
    kept = reader.execute(
        select(one_time_codes.c.sha256).where(one_time_codes.c.sha256 == code_sha256)
    ).scalar()
    if kept is None or not hmac.compare_digest(str(kept), code_sha256):
        return None
    return _one(reader, _seats().where(seats.c.id.in_(invited)))


def find_seats(
    reader: Connection,
    text: str,
    kinds: Iterable[str],
    limit: int,
    within: Select[tuple[int]] | None = None,
) -> list[Seat]:
    """The seats in units of these kinds (none named: of all) where every word of ``text`` stands in
    the unit's, its parent's or the holder's name, or in the code; diacritics and case do not matter.
    ``within`` is a scope (`storage.scope.units_below`). By code."""
    statement = _seats().order_by(seats.c.code).limit(limit)
    if wanted := list(kinds):
        statement = statement.where(units.c.kind.in_(wanted))
    if within is not None:
        statement = statement.where(units.c.id.in_(within))
    places = (units.c.folded, _parent.c.folded, _person.c.folded, func.lower(seats.c.code))
    for word in fold(text).split():
        statement = statement.where(or_(*(place.contains(word, autoescape=True) for place in places)))
    return [_seat(row) for row in reader.execute(statement)]


def linked(reader: Connection, address: Address) -> bool:
    """Whether somebody writes from this account."""
    found = exists().where(accounts.c.channel == address.channel, accounts.c.account == address.account)
    return bool(reader.execute(select(found)).scalar())


def superior_seat(reader: Connection, seat_id: int) -> Seat | None:
    """The head's seat of the unit above, also when it is empty; None at the top."""
    parent_id = (
        select(units.c.parent_id)
        .join(seats, seats.c.unit_id == units.c.id)
        .where(seats.c.id == seat_id)
        .scalar_subquery()
    )
    return _one(reader, _seats().where(seats.c.unit_id == parent_id).order_by(seats.c.id).limit(1))


def address_of(reader: Connection, seat_id: int) -> Address | None:
    """Where the holder of the seat is written to: her reachable account on the channel she
    prefers, else the one last written from, else the one linked last; None if there is none."""
    row = reader.execute(_ADDRESS_OF, {"seat": seat_id}).first()
    return Address(row.channel, row.account) if row else None


def seats_not_linked(
    reader: Connection, within: Select[tuple[int]] | None = None, empty: bool = False
) -> list[Seat]:
    """The seats whose holder has no account yet, by code; ``empty`` seats are left out unless wanted."""
    has_account = exists().where(accounts.c.person_id == _holder.c.person_id)
    statement = _seats().where(~has_account).order_by(seats.c.code)
    if not empty:
        statement = statement.where(_holder.c.person_id.is_not(None))
    if within is not None:
        statement = statement.where(units.c.id.in_(within))
    return [_seat(row) for row in reader.execute(statement)]


def units_above(reader: Connection, level: str) -> list[Unit]:
    """Every unit but those of a level, by code: a province has ten times as many branches as other units."""
    statement = select(*UNIT_COLUMNS).where(units.c.kind != level).order_by(units.c.code)
    return [unit_of(row) for row in reader.execute(statement)]


def all_units(reader: Connection, within: Select[tuple[int]] | None = None) -> list[Unit]:
    """Every unit, or those of a scope (`storage.scope`), by code."""
    statement = select(*UNIT_COLUMNS).order_by(units.c.code)
    if within is not None:
        statement = statement.where(units.c.id.in_(within))
    return [unit_of(row) for row in reader.execute(statement)]


def known_units(reader: Connection) -> dict[str, KnownUnit]:
    """Every unit by code as a units file would describe it."""
    head_id = (
        select(func.min(_superior_seat.c.id)).where(_superior_seat.c.unit_id == units.c.id).scalar_subquery()
    )
    statement = (
        select(
            units.c.code, units.c.name, units.c.valid_to, _parent.c.code.label("parent"),
            func.coalesce(_person.c.name, "").label("head"),
        )
        .outerjoin(_parent, _parent.c.id == units.c.parent_id)
        .outerjoin(_holder, and_(_holder.c.seat_id == head_id, _holder.c.until.is_(None)))
        .outerjoin(_person, _person.c.id == _holder.c.person_id)
    )  # fmt: skip
    return {
        row.code: KnownUnit(row.code, row.name, row.parent, row.valid_to, row.head)
        for row in reader.execute(statement)
    }


def unit_by_code(reader: Connection, code: str) -> Unit | None:
    """The unit with this code."""
    row = reader.execute(select(*UNIT_COLUMNS).where(units.c.code == code)).first()
    return unit_of(row) if row else None


def unit_name(reader: Connection, unit_id: int) -> str:
    """What the unit is called; "" if there is none."""
    return str(reader.execute(select(units.c.name).where(units.c.id == unit_id)).scalar() or "")


def unit(reader: Connection, unit_id: int) -> Unit | None:
    """The unit with this id."""
    row = reader.execute(select(*UNIT_COLUMNS).where(units.c.id == unit_id)).first()
    return unit_of(row) if row else None


def head_seat(reader: Connection, unit_id: int) -> Seat | None:
    """The seat of the unit's head, also when it is empty."""
    return _one(reader, _seats().where(seats.c.unit_id == unit_id).order_by(seats.c.id).limit(1))


def tops(reader: Connection, day: date) -> list[Unit]:
    """The units with none above them that exist on a day."""
    alone = select(*UNIT_COLUMNS).where(units.c.parent_id.is_(None), active_on(day)).order_by(units.c.code)
    return [unit_of(row) for row in reader.execute(alone)]
