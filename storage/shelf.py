"""The rows of one table as the writer's desk keeps them (`storage.desk`), and their way to SQLite and back.

Values are those SQLAlchemy would give and take, without its pace: times aware in UTC, documents decoded.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import JSON, Boolean, Table

from storage.tables.base import UtcDateTime

T = TypeVar("T")

#: Rows a statement writes at most; fewer, and the next smaller power of two.
MOST_ROWS = 64


class Record:
    """A row on the desk, read like SQLAlchemy's: ``row.name``, ``row._mapping``. It never changes: a changed
    row is another record. ``made_of`` is room for one thing made of it."""

    __slots__ = ("_changed", "_mapping", "_written", "made_of")

    def __init__(self, values: dict[str, Any], written: bool) -> None:
        self._mapping, self._written = values, written
        self._changed: dict[str, None] = {}
        self.made_of: Any = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self._mapping[name]
        except KeyError:
            raise AttributeError(name) from None


@lru_cache(maxsize=512)
def _text_of(moment: datetime) -> str:
    """A time as SQLAlchemy keeps it in SQLite; ValueError for a naive one."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError(f"a stored time must be aware: {moment!r}")
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class Shelf:
    """The rows of one table."""

    def __init__(self, table: Table, key: tuple[str, ...], kept: bool = True, family: bool = False) -> None:
        """``key``: the columns a row is asked for by. ``kept``: also after it was written. ``family``: all
        rows that share the key's first column are read at once."""
        self.table, self.key, self.kept = table, key, kept
        self.names = tuple(table.c.keys())
        self.blank: dict[str, Any] = dict.fromkeys(self.names)
        self.times = tuple(name for name in self.names if isinstance(table.c[name].type, UtcDateTime))
        self.flags = tuple(name for name in self.names if isinstance(table.c[name].type, Boolean))
        self.documents = {
            name: kind.none_as_null for name in self.names if isinstance(kind := table.c[name].type, JSON)
        }
        self.family = family
        self.askable = frozenset({key, ("id",)})
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.by_key: dict[tuple[Any, ...], Record | None] = {}
        self.by_id: dict[int, Record] = {}
        self.families: dict[Any, dict[Any, Record]] = {}
        self.new: dict[int, Record] = {}
        self.changed: dict[int, Record] = {}
        self.next_id: int | None = None

    def put(self, record: Record) -> None:
        """Lay a row where it is found again."""
        values = record._mapping
        self.by_id[values["id"]] = record
        if self.family:
            first, second = self.key
            self.families.setdefault(values[first], {})[values[second]] = record
        else:
            self.by_key[tuple([values[name] for name in self.key])] = record

    def written(self) -> None:
        """All that waited is in the database."""
        for record in (*self.new.values(), *self.changed.values()):
            record._written = True
            record._changed = {}
        self.new, self.changed = {}, {}
        if not self.kept:
            self.by_key, self.by_id = {}, {}

    def read(self, row: Sequence[Any]) -> Record:
        """A row as the driver gave it, in the form in which SQLAlchemy reads it."""
        values = dict(zip(self.names, row, strict=True))
        for name in self.times:
            if (text := values[name]) is not None:
                values[name] = datetime.fromisoformat(text).replace(tzinfo=UTC)
        for name in self.documents:
            if (text := values[name]) is not None:
                values[name] = msgspec.json.decode(text)
        for name in self.flags:
            if (number := values[name]) is not None:
                values[name] = bool(number)
        return Record(values, written=True)

    def as_read(self, values: dict[str, Any]) -> None:
        """Make values what the database would give back: times in UTC, documents through JSON. ValueError
        for a time without zone."""
        for name in self.times:
            moment = values.get(name)
            if moment is not None and moment.tzinfo is not UTC:
                if moment.tzinfo is None:
                    raise ValueError(f"a stored time must be aware: {moment!r}")
                values[name] = moment.astimezone(UTC)
        for name in self.documents:
            if name in values:
                values[name] = msgspec.json.decode(msgspec.json.encode(values[name]))

    def bound(self, records: Iterable[Record], names: tuple[str, ...]) -> list[Any]:
        """The values of these columns of all records, one after the other, as the driver takes them."""
        bound: list[Any] = []
        times = [name for name in self.times if name in names]
        documents = [name for name in self.documents if name in names]
        for record in records:
            values = record._mapping
            if times or documents:
                values = {**values}
                for name in times:
                    if (moment := values[name]) is not None:
                        values[name] = _text_of(moment)
                for name in documents:
                    if values[name] is not None or not self.documents[name]:
                        values[name] = _json_text(values[name])
            bound += map(values.__getitem__, names)
        return bound


@cache
def select_sql(table: str, names: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    where = " AND ".join(f"{name}=?" for name in wanted)
    return f"SELECT {','.join(names)} FROM {table} WHERE {where} ORDER BY id"  # noqa: S608


@cache
def insert_sql(table: str, names: tuple[str, ...], rows: int) -> str:
    row = f"({','.join('?' * len(names))})"
    return f"INSERT INTO {table} ({','.join(names)}) VALUES {','.join([row] * rows)}"  # noqa: S608


@cache
def update_sql(table: str, names: tuple[str, ...], rows: int) -> str:
    row = f"({','.join('?' * (len(names) + 1))})"
    changes = ",".join(f"{name}=v.column{place}" for place, name in enumerate(names, 2))
    values = ",".join([row] * rows)
    return f"UPDATE {table} SET {changes} FROM (VALUES {values}) AS v WHERE {table}.id=v.column1"  # noqa: S608


@cache
def exists_sql(table: str, names: tuple[str, ...]) -> str:
    return f"SELECT 1 FROM {table} WHERE {' AND '.join(f'{name}=?' for name in names)}"  # noqa: S608


def in_parts(records: Sequence[T]) -> Iterable[Sequence[T]]:
    """In pieces of 64, 32, 16 ... rows, so that few different statements are ever prepared."""
    at = 0
    while at < len(records):
        size = min(MOST_ROWS, 1 << ((len(records) - at).bit_length() - 1))
        yield records[at : at + size]
        at += size
