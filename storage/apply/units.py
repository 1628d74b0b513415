"""A units file taken in whole: a few statements over all rows, however many."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from storage.apply.audit import note
from storage.apply.placing import join, place
from storage.apply.rows import add_all, for_each
from storage.domain.effects import UnitsImported
from storage.domain.folding import fold
from storage.domain.people import AddressForm, Role, UnitKind
from storage.domain.units import UnitRecord
from storage.tables.people import base_figures, persons, seat_holders, seats, units

#: Who heads a unit of each kind; the other kinds have no seat that reports.
HEADS: Mapping[UnitKind, Role] = {
    "CH": "branch_head",
    "XA": "commune_president",
    "HU": "district_officer",
    "TT": "district_officer",
    "TI": "province_staff",
    "BAN": "province_staff",
}


#: What the code of a deputy's seat ends with.
DEPUTY = "-P"


def units_imported(connection: Connection, effect: UnitsImported) -> None:
    """Add or update every unit with its seat, its head and its base figures.

    A head whose name did not change keeps her seat, her account and her answers; another name ends
    her time in the seat as of ``at``. KeyError if a parent is neither in the file nor known.
    """
    ids = _take_units(connection, effect.records)
    place(connection, effect, ids)
    join(connection, effect.records, ids)
    posts = tuple(_posts(effect.records))
    seat_ids = _take_seats(connection, posts, ids)
    changed = _take_heads(connection, posts, seat_ids, effect.at)
    _take_figures(connection, effect.records, ids, effect.at)
    note(connection, "units_imported", effect.at, units=len(effect.records), heads_changed=changed)


def _ids(connection: Connection, table: Table) -> dict[str, int]:
    return {row.code: row.id for row in connection.execute(select(table.c.code, table.c.id))}


def _take_units(connection: Connection, records: Sequence[UnitRecord]) -> dict[str, int]:
    known = _ids(connection, units)
    add_all(connection, units, [_unit(record) for record in records if record.code not in known])
    ids = _ids(connection, units)
    change = (
        update(units)
        .where(units.c.id == bindparam("the_id"))
        .values({name: bindparam(f"new_{name}") for name in ("parent_id", *_UNIT_COLUMNS)})
    )
    for_each(connection, change, [_unit_change(record, ids) for record in records])
    return ids


_UNIT_COLUMNS = ("name", "folded", "kind", "area_kind", "valid_from", "valid_to")


def _unit(record: UnitRecord) -> dict[str, Any]:
    return {
        "code": record.code,
        "name": record.name,
        "folded": fold(record.name),
        "kind": record.kind,
        "area_kind": record.area_kind,
        "valid_from": record.valid_from,
        "valid_to": record.valid_to,
    }


def _unit_change(record: UnitRecord, ids: Mapping[str, int]) -> dict[str, Any]:
    parent_id = ids[record.parent] if record.parent else None
    row = {**_unit(record), "parent_id": parent_id}
    return {
        "the_id": ids[record.code],
        **{f"new_{name}": row[name] for name in ("parent_id", *_UNIT_COLUMNS)},
    }


@dataclass(frozen=True, slots=True)
class _Post:
    """A seat of a unit and who is to sit in it."""

    code: str
    role: Role
    unit: str
    head: str
    address_form: AddressForm


def _posts(records: Sequence[UnitRecord]) -> Iterator[_Post]:
    for record in records:
        if record.kind in HEADS:
            yield _Post(record.code, HEADS[record.kind], record.code, record.head, record.address_form)
        if record.kind in HEADS and record.deputy:
            code = f"{record.code}{DEPUTY}"
            yield _Post(code, "commune_deputy", record.code, record.deputy, "chị")


def _take_seats(connection: Connection, posts: Sequence[_Post], ids: Mapping[str, int]) -> dict[str, int]:
    known = _ids(connection, seats)
    rows = [
        {"code": post.code, "role": post.role, "unit_id": ids[post.unit]}
        for post in posts
        if post.code not in known
    ]
    add_all(connection, seats, rows)
    roles = [{"the_id": known[post.code], "the_role": post.role} for post in posts if post.code in known]
    change = update(seats).where(seats.c.id == bindparam("the_id")).values(role=bindparam("the_role"))
    for_each(connection, change, roles)
    return _ids(connection, seats)


def _take_heads(
    connection: Connection, posts: Sequence[_Post], seat_ids: Mapping[str, int], at: datetime
) -> int:
    """Seat the heads of the file; how many seats had another head before."""
    present = _present_heads(connection)
    same, ended, seated = [], [], []
    for record in posts:
        seat_id = seat_ids[record.code]
        person_id, name = present.get(seat_id, (0, ""))
        if person_id and name == record.head:
            same.append({"the_id": person_id, "the_form": record.address_form})
            continue
        if person_id:
            ended.append({"the_seat": seat_id})
        if record.head:
            seated.append((seat_id, record))
    _end(connection, ended, at)
    _seat_people(connection, seated, at)
    form = (
        update(persons).where(persons.c.id == bindparam("the_id")).values(address_form=bindparam("the_form"))
    )
    for_each(connection, form, same)
    for row in ended:
        note(connection, "head_changed", at, row["the_seat"])
    return len(ended)


def _present_heads(connection: Connection) -> dict[int, tuple[int, str]]:
    statement = (
        select(seat_holders.c.seat_id, persons.c.id, persons.c.name)
        .join(persons, persons.c.id == seat_holders.c.person_id)
        .where(seat_holders.c.until.is_(None))
    )
    return {row.seat_id: (row.id, row.name) for row in connection.execute(statement)}


def _end(connection: Connection, ended: Sequence[dict[str, Any]], at: datetime) -> None:
    change = (
        update(seat_holders)
        .where(seat_holders.c.seat_id == bindparam("the_seat"), seat_holders.c.until.is_(None))
        .values(until=at)
    )
    for_each(connection, change, ended)


def _seat_people(connection: Connection, seated: Sequence[tuple[int, _Post]], at: datetime) -> None:
    """Add the people and put each in her seat."""
    people = [
        {"name": record.head, "folded": fold(record.head), "address_form": record.address_form}
        for _, record in seated
    ]
    ids = add_all(connection, persons, people)
    holders = [
        {"seat_id": seat_id, "person_id": person_id, "since": at}
        for (seat_id, _), person_id in zip(seated, ids, strict=True)
    ]
    add_all(connection, seat_holders, holders)


def _take_figures(
    connection: Connection, records: Sequence[UnitRecord], ids: Mapping[str, int], at: datetime
) -> None:
    known = {
        (row.unit_id, row.name)
        for row in connection.execute(select(base_figures.c.unit_id, base_figures.c.name))
    }
    rows = [
        {"the_unit": ids[record.code], "the_name": name, "the_figure": figure}
        for record in records
        for name, figure in record.figures.items()
    ]
    fresh = [row for row in rows if (row["the_unit"], row["the_name"]) not in known]
    change = (
        update(base_figures)
        .where(base_figures.c.unit_id == bindparam("the_unit"), base_figures.c.name == bindparam("the_name"))
        .values(figure=bindparam("the_figure"), at=at)
    )
    for_each(connection, change, [row for row in rows if (row["the_unit"], row["the_name"]) in known])
    added = [
        {"unit_id": row["the_unit"], "name": row["the_name"], "figure": row["the_figure"], "at": at}
        for row in fresh
    ]
    add_all(connection, base_figures, added)
