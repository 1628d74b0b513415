"""A SQLite database copied whole into an empty PostgreSQL schema: all or nothing, counted and compared."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from storage.database import Database
from storage.domain.problems import DatabaseProblem, Finding
from storage.tables import metadata

#: Rows a statement copies.
BATCH = 1_000

#: Told after every batch: the table, the rows copied so far, and all of them.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Sum:
    """One table: how many rows, and the SHA-256 of all of them in the order of their keys."""

    table: str
    rows: int
    checksum: str


def move(source: Database, target: Database, progress: Progress) -> list[Sum]:
    """Copy every table of a SQLite file; nobody can write to it meanwhile. Returns what both sides hold.
    DatabaseProblem, and ``target`` left as it was, if it is not empty or a table differs afterwards."""
    with (
        closing(source.connect_for_writing()) as old,
        closing(target.connect_for_writing()) as new,
        old.begin(),
        new.begin(),
    ):
        _empty(new, target)
        return [_moved(old, new, table, target, progress) for table in metadata.sorted_tables]


def _empty(new: Connection, target: Database) -> None:
    """Nothing but the key that was made with the schema, whose place the old one takes."""
    for table in metadata.sorted_tables:
        if table.name == "house_keys":
            new.execute(table.delete())
        elif new.execute(select(table).limit(1)).first() is not None:
            what = f"bảng {table.name} đã có dữ liệu; hãy chuyển vào một chỗ còn trống"
            raise DatabaseProblem(Finding(target.shown, what))


def _moved(old: Connection, new: Connection, table: Table, target: Database, progress: Progress) -> Sum:
    count = int(old.execute(select(func.count()).select_from(table)).scalar_one())
    done = 0
    progress(table.name, done, count)
    for rows in _batches(old, table):
        # A row may refer to a later one of its own table (a unit to its parent): that is put in at the end.
        new.execute(insert(table), [{**row, **dict.fromkeys(_own(table))} for row in rows])
        done += len(rows)
        progress(table.name, done, count)
    _refer(old, new, table)
    if "id" in table.c:
        _count_on(new, table)
    before, after = summed(old, table), summed(new, table)
    if before != after:
        raise DatabaseProblem(Finding(target.shown, f"bảng {table.name} chép sang không khớp; chưa chép gì"))
    return before


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    rows = connection.execute(select(table).order_by(*table.primary_key)).mappings()
    while batch := rows.fetchmany(BATCH):
        yield [dict(row) for row in batch]


def _own(table: Table) -> list[str]:
    """The columns that refer to the table itself."""
    return [key.parent.name for key in table.foreign_keys if key.column.table is table]


def _refer(old: Connection, new: Connection, table: Table) -> None:
    for name in _own(table):
        column = table.c[name]
        change = update(table).where(table.c.id == bindparam("the_id")).values({name: bindparam("the_other")})
        statement = select(table.c.id.label("the_id"), column.label("the_other")).where(column.is_not(None))
        rows = [dict(row) for row in old.execute(statement).mappings()]
        if rows:
            new.execute(change, rows)


def _count_on(new: Connection, table: Table) -> None:
    """The next row's id is one more than the greatest."""
    greatest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
    new.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), greatest, False)))


def summed(connection: Connection, table: Table) -> Sum:
    """What a table holds, in a form that is the same for the same rows on every database."""
    digest, count = hashlib.sha256(), 0
    for rows in _batches(connection, table):
        for row in rows:
            digest.update(msgspec.json.encode([_plain(value) for value in row.values()]))
            count += 1
    return Sum(table.name, count, digest.hexdigest())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return sorted((key, _plain(part)) for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value
