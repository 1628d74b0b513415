"""The writer's connection: what it remembers of the database, and what it has not written down yet.

A turn reads a dozen rows and changes seven. One statement each costs ten times what SQLite needs for
the whole, so the writer works at a desk:

- Rows of the tables of a turn (`SHELVES`) that were read or written by their key **stay on the desk**.
  Reading one again is a look-up.
- Rows added and changed **wait on the desk** and are written many at a time: at the end of the group,
  and before any other statement is run on this connection, so every query sees them.
- What other queries found may be kept too (`recall`), by the tables it came from.

**The one rule of invalidation.** Nothing on the desk outlives a change that was not made on the desk:
a statement that changes a table clears its shelf and all that was recalled from it; an unknown statement,
a failed or rolled-back transaction, or a commit by another connection (``PRAGMA data_version``) clears
everything. ``tests/storage/test_desk.py`` proves it: decisions at a desk are those without one.

Ids of new rows are given here, the greatest of the table and one: what SQLite itself would give, since
the group holds the write lock from its beginning. SQLite only; on PostgreSQL the same functions run on
a plain connection.
"""

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import JSON, Boolean, Connection, Engine, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import (
    ReleaseSavepointClause,
    RollbackToSavepointClause,
    SavepointClause,
)

from storage.tables import metadata
from storage.tables.base import UtcDateTime

T = TypeVar("T")

Values = Mapping[str, Any]

#: The tables of a turn: the columns a row is asked for by, and whether it is kept after it was written.
#: With ``family`` rows are read all at once that share the key's first column.
SHELVES: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "accounts": (("channel", "account"), True),
    "conversations": (("channel", "account"), True),
    "submissions": (("seat_id", "round_id"), True),
    "answers": (("submission_id", "question"), True),
    "answer_history": (("id",), False),
    "inbox": (("channel", "message_id"), False),
    "outbox": (("id",), False),
    "audit": (("id",), False),
}

#: Whose rows are read by the first column of their key, all at once, and the table that column names.
FAMILIES = {"answers": "submissions"}

#: What `recall` may keep: a name, and the tables that are read for it.
RECALLED: Mapping[str, frozenset[str]] = {
    "people": frozenset({"units", "persons", "seats", "seat_holders", "accounts"}),
    "rounds": frozenset({"rounds"}),
    # The figures known before a round: answers of *other* rounds of the seat, and what came with the units.
    "figures": frozenset({"units", "seats", "base_figures", "rounds", "answers", "submissions"}),
}

#: Columns that change with every message and that nothing recalled is made of.
_UNREAD = frozenset({"wrote_at", "reachable"})

#: Rows and results kept at most; a full desk is cleared, which is always right (about 40 MB).
MOST_KEPT = 40_000

#: Rows a statement writes at most; fewer, and the next smaller power of two.
_MOST_ROWS = 64

#: Statements that change no row.
_TRANSPARENT = (Select, SavepointClause, ReleaseSavepointClause, RollbackToSavepointClause)


class Record:
    """A row on the desk, read like SQLAlchemy's: ``row.name``, ``row._mapping``. ``made_of`` is room for
    one thing made of it, emptied when it changes."""

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


class _Shelf:
    """The rows of one table."""

    def __init__(self, table: Table, key: tuple[str, ...], kept: bool) -> None:
        self.table, self.key, self.kept = table, key, kept
        self.names = tuple(table.c.keys())
        self.blank: dict[str, Any] = dict.fromkeys(self.names)
        self.times = tuple(name for name in self.names if isinstance(table.c[name].type, UtcDateTime))
        self.flags = tuple(name for name in self.names if isinstance(table.c[name].type, Boolean))
        self.documents = {
            name: kind.none_as_null for name in self.names if isinstance(kind := table.c[name].type, JSON)
        }
        self.family = FAMILIES.get(table.name)
        self.askable = frozenset({key, ("id",)})
        self.recalled = table.name in ("accounts", "answers")
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.by_key: dict[tuple[Any, ...], Record | None] = {}
        self.by_id: dict[int, Record] = {}
        self.families: dict[Any, dict[Any, Record]] = {}
        self.new: list[Record] = []
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
        for record in (*self.new, *self.changed.values()):
            record._written = True
            record._changed = {}
        self.new, self.changed = [], {}
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
def _select_sql(table: str, names: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    where = " AND ".join(f"{name}=?" for name in wanted)
    return f"SELECT {','.join(names)} FROM {table} WHERE {where} ORDER BY id"  # noqa: S608


@cache
def _insert_sql(table: str, names: tuple[str, ...], rows: int) -> str:
    row = f"({','.join('?' * len(names))})"
    return f"INSERT INTO {table} ({','.join(names)}) VALUES {','.join([row] * rows)}"  # noqa: S608


@cache
def _update_sql(table: str, names: tuple[str, ...], rows: int) -> str:
    row = f"({','.join('?' * (len(names) + 1))})"
    changes = ",".join(f"{name}=v.column{place}" for place, name in enumerate(names, 2))
    values = ",".join([row] * rows)
    return f"UPDATE {table} SET {changes} FROM (VALUES {values}) AS v WHERE {table}.id=v.column1"  # noqa: S608


@cache
def _exists_sql(table: str, names: tuple[str, ...]) -> str:
    return f"SELECT 1 FROM {table} WHERE {' AND '.join(f'{name}=?' for name in names)}"  # noqa: S608


class Desk(Connection):
    """The writing connection of the SQLite writer. One thread's."""

    def __init__(self, engine: Engine) -> None:
        """``engine`` as `storage.database.Database` makes it for writing."""
        super().__init__(engine)
        self._raw: sqlite3.Connection = self.connection.dbapi_connection  # type: ignore[assignment]
        tables = (table for table in metadata.sorted_tables if table.name in SHELVES)
        self._shelves = {table.name: _Shelf(table, *SHELVES[table.name]) for table in tables}
        self._recalled: dict[str, dict[Hashable, Any]] = {name: {} for name in RECALLED}
        self._figures: dict[int, dict[int, Any]] = {}
        self._seen_version: int | None = None
        self._calm = False
        #: Counts the statements that changed something past the desk.
        self.straight = 0

    # --- the transaction

    def begin_straight(self) -> None:
        """Take the write lock, without SQLAlchemy's ceremony (a third of a lone turn's time). What it runs
        itself joins the transaction (`storage.database`)."""
        self._driver("BEGIN IMMEDIATE", ())

    def commit_straight(self) -> None:
        """Make it durable; raises what the database raises, and then nothing is kept."""
        self._driver("COMMIT", ())
        if self.in_transaction():
            self.commit()

    def undo(self) -> None:
        """Roll back and forget."""
        self.forget()
        if self._raw.in_transaction:
            self._raw.rollback()
        if self.in_transaction():
            self.rollback()

    def look_up(self) -> None:
        """Begin a transaction's work: forget all if another connection has committed since the last."""
        version = self._driver("PRAGMA data_version", ()).fetchone()[0]
        if version != self._seen_version or self._kept() > MOST_KEPT:
            self.forget()
            self._seen_version = version

    def _kept(self) -> int:
        shelves = sum(len(shelf.by_id) + len(shelf.by_key) for shelf in self._shelves.values())
        return shelves + sum(map(len, self._recalled.values())) + len(self._figures)

    def forget(self) -> None:
        """Clear the desk; what waits to be written is dropped."""
        for shelf in self._shelves.values():
            shelf.clear()
        for results in self._recalled.values():
            results.clear()
        self._figures.clear()

    def flush(self) -> None:
        """Write down what waits: parents before children, a table's rows in the order they were made."""
        for shelf in self._shelves.values():
            if shelf.new:
                self._write_new(shelf)
            if shelf.changed:
                self._write_changed(shelf)
            if shelf.new or shelf.changed:
                shelf.written()

    def _write_new(self, shelf: _Shelf) -> None:
        for part in _parts(shelf.new):
            self._driver(
                _insert_sql(shelf.table.name, shelf.names, len(part)), shelf.bound(part, shelf.names)
            )

    def _write_changed(self, shelf: _Shelf) -> None:
        alike: dict[tuple[str, ...], list[Record]] = {}
        for record in shelf.changed.values():
            alike.setdefault(tuple(record._changed), []).append(record)
        for names, records in alike.items():
            for part in _parts(records):
                statement = _update_sql(shelf.table.name, names, len(part))
                self._driver(statement, shelf.bound(part, ("id", *names)))

    def _driver(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(statement, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                statement, values, error, sqlite3.Error, dialect=self.dialect
            ) from error

    # --- statements that know nothing of the desk

    def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Like any connection's; what waits is written first, and a change is not remembered."""
        if not (self._calm and isinstance(statement, Select)):
            self.flush()
        if isinstance(statement, UpdateBase):
            self.straight += 1
            self._forget_table(statement.table.description)
        elif not isinstance(statement, _TRANSPARENT):
            self.straight += 1
            self.forget()
        return super().execute(statement, parameters, **options)

    def exec_driver_sql(self, statement: str, *parameters: Any, **options: Any) -> Any:
        """Like any connection's; nobody knows what it changes."""
        if not statement.startswith("BEGIN"):
            self.flush()
            self.straight += 1
            self.forget()
        return super().exec_driver_sql(statement, *parameters, **options)

    def _forget_table(self, table: str) -> None:
        shelf = self._shelves.get(table)
        if shelf is not None:
            shelf.clear()
        for name, tables in RECALLED.items():
            if table in tables:
                self._recalled[name].clear()
                if name == "figures":
                    self._figures.clear()

    # --- rows by key

    def holds(self, table: Table, names: tuple[str, ...]) -> bool:
        """Whether rows of the table, asked for by these columns, are kept here."""
        shelf = self._shelves.get(table.name)
        return shelf is not None and names in shelf.askable

    def add(self, table: Table, values: Values) -> int | None:
        """Lay a new row here and return its id; None if the table has no shelf."""
        shelf = self._shelves.get(table.name)
        if shelf is None:
            return None
        row = {**shelf.blank, **values, "id": self._next_id(shelf)}
        if shelf.kept:
            self._as_read(shelf, row)
        record = Record(row, written=False)
        shelf.new.append(record)
        shelf.put(record)
        if table.name == "submissions":
            self._shelves["answers"].families[row["id"]] = {}
        if shelf.recalled:
            self._touched(shelf, record, row)
        given: int = row["id"]
        return given

    def _next_id(self, shelf: _Shelf) -> int:
        if shelf.next_id is None:
            greatest = self._driver(f"SELECT max(id) FROM {shelf.table.name}", ()).fetchone()[0]  # noqa: S608
            shelf.next_id = (greatest or 0) + 1
        given = shelf.next_id
        shelf.next_id = given + 1
        return given

    def change(self, table: Table, where: Values, values: Values) -> int:
        """Set values of the row with this key; how many there were. Ask `holds` first."""
        shelf = self._shelves[table.name]
        record = self.find(table, where)
        if record is None:
            return 0
        values = dict(values)
        if shelf.kept:
            self._as_read(shelf, values)
        mapping, changed = record._mapping, record._changed
        new = {name: value for name, value in values.items() if mapping[name] != value}
        if new:
            mapping.update(new)
            changed.update(dict.fromkeys(new))
            record.made_of = None
            if record._written:
                shelf.changed[mapping["id"]] = record
            if shelf.recalled:
                self._touched(shelf, record, new)
        return 1

    def find(self, table: Table, where: Values) -> Record | None:
        """The row with this key, from the desk or the database. Ask `holds` first."""
        shelf = self._shelves[table.name]
        names, wanted = tuple(where), tuple(where.values())
        if names == ("id",):
            return shelf.by_id.get(wanted[0]) or self._fetch(shelf, names, wanted)
        if shelf.family:
            return self.family(table, wanted[0]).get(wanted[1])
        if wanted in shelf.by_key:
            return shelf.by_key[wanted]
        found = self._fetch(shelf, names, wanted)
        shelf.by_key[wanted] = found
        return found

    def family(self, table: Table, first: Any) -> dict[Any, Record]:
        """Every row whose key begins with ``first``, by the rest of the key, the earliest row first."""
        shelf = self._shelves[table.name]
        members = shelf.families.get(first)
        if members is None:
            members = shelf.families[first] = {}
            statement = _select_sql(table.name, shelf.names, shelf.key[:1])
            for row in self._driver(statement, (first,)):
                shelf.put(shelf.read(row))
        return members

    def exists(self, table: Table, where: Values) -> bool:
        """Whether there is a row with this key. Ask `holds` first."""
        shelf = self._shelves[table.name]
        names, wanted = tuple(where), tuple(where.values())
        if shelf.by_key.get(wanted) is not None:
            return True
        return self._driver(_exists_sql(table.name, names), wanted).fetchone() is not None

    def _fetch(self, shelf: _Shelf, names: tuple[str, ...], wanted: tuple[Any, ...]) -> Record | None:
        row = self._driver(_select_sql(shelf.table.name, shelf.names, names), wanted).fetchone()
        if row is None:
            return None
        record = shelf.read(row)
        if shelf.family:  # a family is whole or not there
            self.family(shelf.table, record._mapping[shelf.key[0]])
            return shelf.by_id[record._mapping["id"]]
        shelf.put(record)
        return record

    def _as_read(self, shelf: _Shelf, values: dict[str, Any]) -> None:
        """Make values what the database would give back: times in UTC, documents through JSON."""
        for name in shelf.times:
            moment = values.get(name)
            if moment is not None and moment.tzinfo is not UTC:
                if moment.tzinfo is None:
                    raise ValueError(f"a stored time must be aware: {moment!r}")
                values[name] = moment.astimezone(UTC)
        for name in shelf.documents:
            if name in values:
                values[name] = msgspec.json.decode(msgspec.json.encode(values[name]))

    # --- what other queries found

    def recall(self, name: str, key: Hashable, build: Callable[[], T]) -> T:
        """What ``build`` gave for this key, as long as none of its tables changed (`RECALLED`)."""
        results = self._recalled[name]
        if key in results:
            kept: T = results[key]
            return kept
        people = self._shelves["accounts"]
        waits = bool(people.new) or any(
            record._changed.keys() - _UNREAD for record in people.changed.values()
        )
        found = results[key] = self._read(waits, build)
        return found

    def recall_figures(self, seat_id: int, round_id: int, build: Callable[[], T]) -> T:
        """The same for what is made of a seat's answers in other rounds than this one."""
        of_seat = self._figures.setdefault(seat_id, {})
        if round_id in of_seat:
            kept: T = of_seat[round_id]
            return kept
        found = self._read(self._waits(seat_id), build)
        self._figures.setdefault(seat_id, {})[round_id] = found
        return found

    def _waits(self, seat_id: int) -> bool:
        """Whether an answer of this seat is not written yet."""
        answers, reports = self._shelves["answers"], self._shelves["submissions"].by_id
        for record in (*answers.new, *answers.changed.values()):
            report = reports.get(record._mapping["submission_id"])
            if report is None or report._mapping["seat_id"] == seat_id:
                return True
        return False

    def _read(self, waits: bool, build: Callable[[], T]) -> T:
        """Build; what waits is written first only if it bears on what is read."""
        if waits:
            self.flush()
        self._calm = True
        try:
            return build()
        finally:
            self._calm = False

    def _touched(self, shelf: _Shelf, record: Record, values: Values) -> None:
        """A row was laid or changed here: drop what was recalled from it."""
        name = shelf.table.name
        if name == "accounts" and not values.keys() <= _UNREAD:
            self._recalled["people"].clear()
        elif name == "answers":
            report = self._shelves["submissions"].by_id.get(record._mapping["submission_id"])
            if report is None:
                self._figures.clear()
                return
            of_seat = self._figures.get(report._mapping["seat_id"])
            if of_seat is not None and (len(of_seat) > 1 or report._mapping["round_id"] not in of_seat):
                kept = of_seat.get(report._mapping["round_id"])
                of_seat.clear()
                if kept is not None:
                    of_seat[report._mapping["round_id"]] = kept


def _parts(records: Sequence[Record]) -> Iterable[Sequence[Record]]:
    """In pieces of 64, 32, 16 ... rows, so that few different statements are ever prepared."""
    at = 0
    while at < len(records):
        size = min(_MOST_ROWS, 1 << ((len(records) - at).bit_length() - 1))
        yield records[at : at + size]
        at += size


def recall(reader: Connection, name: str, key: Hashable, build: Callable[[], T]) -> T:
    """`Desk.recall` where there is a desk; else build it anew."""
    return reader.recall(name, key, build) if isinstance(reader, Desk) else build()


def recall_figures(reader: Connection, seat_id: int, round_id: int, build: Callable[[], T]) -> T:
    """`Desk.recall_figures` where there is a desk; else build it anew."""
    return reader.recall_figures(seat_id, round_id, build) if isinstance(reader, Desk) else build()
