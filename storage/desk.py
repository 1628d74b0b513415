"""The writer's connection: what it remembers of the database, and what it has not written down yet.

A turn reads a dozen rows and changes seven. One statement each costs ten times what SQLite needs for
the whole, so the writer works at a desk:

- Rows of the tables of a turn (`_shelves`) that were read or written by their key **stay on the desk**.
  Reading one again is a look-up.
- Rows added and changed **wait on the desk** and are written many at a time: at the end of the group,
  and before any other statement is run on this connection, so every query sees them.
- What other queries found may be kept too (`recall`), with the tables it was read from.

**The one rule of invalidation.** Nothing on the desk outlives a change that was not made on the desk:
a statement that changes a table clears its shelf and all that was recalled from it; an unknown statement,
a failed or rolled-back transaction, or a commit by another connection (``PRAGMA data_version``) clears
everything. ``tests/storage/test_desk.py`` proves it: decisions at a desk are those without one.

Ids of new rows are given here, the greatest of the table and one: what SQLite itself would give, since
the group holds the write lock from its beginning. SQLite only; on PostgreSQL the same functions run on
a plain connection.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, Select, Table, bindparam, insert, select, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase

from storage.fast import FastConnection
from storage.shelf import Record, Shelf, exists_sql, in_parts, insert_sql, select_sql, update_sql
from storage.tables.answers import answer_history, answers, submissions
from storage.tables.audit import audit
from storage.tables.channels import channel_counts, chats
from storage.tables.consent import matters
from storage.tables.conversations import conversations, inbox
from storage.tables.outbox import outbox
from storage.tables.people import accounts

T = TypeVar("T")

Values = Mapping[str, Any]

#: Columns that change with every message and that nothing recalled is made of.
UNREAD: Mapping[str, frozenset[str]] = {"accounts": frozenset({"wrote_at", "reachable"})}

#: Rows and results kept at most; a full desk is cleared, which is always right (about 40 MB).
MOST_KEPT = 40_000


def _shelves() -> list[Shelf]:
    """The tables of a turn, parents before children."""
    return [
        Shelf(accounts, ("channel", "account")),
        Shelf(conversations, ("channel", "account")),
        Shelf(matters, ("subject",)),
        Shelf(chats, ("channel", "account")),
        Shelf(channel_counts, ("channel", "month")),
        Shelf(submissions, ("seat_id", "round_id")),
        Shelf(answers, ("submission_id", "question"), family=True),
        Shelf(answer_history, ("id",), kept=False),
        Shelf(inbox, ("channel", "message_id"), kept=False),
        Shelf(outbox, ("id",), kept=False),
        Shelf(audit, ("id",), kept=False),
    ]


def _unread(shelf: Shelf) -> frozenset[str]:
    return UNREAD.get(shelf.table.name, frozenset())


class Desk(FastConnection):
    """The writing connection of the SQLite writer. One thread's."""

    def __init__(self, engine: Engine) -> None:
        """``engine`` as `storage.database.Database` makes it for writing."""
        super().__init__(engine)
        self._raw: sqlite3.Connection = self.connection.dbapi_connection  # type: ignore[assignment]
        self._shelves = {shelf.table.name: shelf for shelf in _shelves()}
        self._recalled: dict[frozenset[str], dict[Hashable, Any]] = {}
        self._told: dict[int, Counter[int]] = {}
        self._laid: dict[Table, list[Values]] = {}
        self._seen_version: int | None = None
        self._calm = False
        #: Counts the statements that changed something past the desk.
        self.straight = 0

    # --- the transaction

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock; commit at the end, or keep nothing if anything is raised. Without
        SQLAlchemy's ceremony, a third of a lone turn's time; what it runs itself joins in
        (`storage.database`)."""
        self._sql("BEGIN IMMEDIATE", ())
        try:
            self._look_up()
            yield
            self.flush()
            self._sql("COMMIT", ())
            if self.in_transaction():
                self.commit()
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        self.forget()
        if self._raw.in_transaction:
            self._raw.rollback()
        if self.in_transaction():
            self.rollback()

    def _look_up(self) -> None:
        """Forget all if another connection has committed since the last transaction."""
        version = self._sql("PRAGMA data_version", ()).fetchone()[0]
        if version != self._seen_version or self._kept() > MOST_KEPT:
            self.forget()
            self._seen_version = version

    def _kept(self) -> int:
        shelves = sum(len(shelf.by_id) + len(shelf.by_key) for shelf in self._shelves.values())
        return shelves + sum(map(len, self._recalled.values()))

    def forget(self) -> None:
        """Clear the desk; what waits to be written is dropped."""
        for shelf in self._shelves.values():
            shelf.clear()
        self._recalled.clear()
        self._told.clear()
        self._laid.clear()

    def flush(self) -> None:
        """Write down what waits: parents before children, a table's rows in the order they were made."""
        for shelf in self._shelves.values():
            if shelf.new or shelf.changed:
                self._write_new(shelf)
                self._write_changed(shelf)
                shelf.written()
        for table, rows in self._laid.items():
            names = tuple(table.c.keys())
            for part in in_parts(rows):
                values = [row[name] for row in part for name in names]
                self._sql(insert_sql(table.name, names, len(part)), values)
        self._laid.clear()

    def lay(self, table: Table, rows: Sequence[Values]) -> None:
        """Lay whole new rows of plain values (numbers, texts) of a table that has no shelf; they are
        written with the rest."""
        self._laid.setdefault(table, []).extend(rows)
        self._forget_recalled(table.name)

    def _write_new(self, shelf: Shelf) -> None:
        for part in in_parts(list(shelf.new.values())):
            statement = insert_sql(shelf.table.name, shelf.names, len(part))
            self._sql(statement, shelf.bound(part, shelf.names))

    def _write_changed(self, shelf: Shelf) -> None:
        alike: dict[tuple[str, ...], list[Record]] = {}
        for record in shelf.changed.values():
            alike.setdefault(tuple(record._changed), []).append(record)
        for names, records in alike.items():
            for part in in_parts(records):
                statement = update_sql(shelf.table.name, names, len(part))
                self._sql(statement, shelf.bound(part, ("id", *names)))

    def _sql(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(statement, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                statement, None, error, sqlite3.Error, hide_parameters=True, dialect=self.dialect
            ) from error

    # --- statements that know nothing of the desk

    def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Like any connection's; what waits is written first, and a change is not remembered."""
        if not (self._calm and isinstance(statement, SelectBase)):
            self.flush()
        if isinstance(statement, UpdateBase):
            self.straight += 1
            self._forget_table(statement.table.description)
        elif not isinstance(statement, SelectBase):
            self.straight += 1
            self.forget()
        return super().execute(statement, parameters, **options)

    def exec_driver_sql(self, statement: str, *parameters: Any, **options: Any) -> Any:
        """Like any connection's; nobody knows what it changes."""
        self.flush()
        self.straight += 1
        self.forget()
        return super().exec_driver_sql(statement, *parameters, **options)

    def _forget_table(self, table: str) -> None:
        if table in self._shelves:
            self._shelves[table].clear()
        self._forget_recalled(table)

    def _forget_recalled(self, table: str) -> None:
        for tables, results in self._recalled.items():
            if table in tables:
                results.clear()

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
        given = self._next_id(shelf)
        row = {**shelf.blank, **values, "id": given}
        if shelf.kept:
            shelf.as_read(row)
        record = Record(row, written=False)
        shelf.new[given] = record
        shelf.put(record)
        if table is submissions:
            self._shelves["answers"].families[given] = {}
        self._touched(shelf, record, row)
        return given

    def _next_id(self, shelf: Shelf) -> int:
        if shelf.next_id is None:
            greatest = self._sql(f"SELECT max(id) FROM {shelf.table.name}", ()).fetchone()[0]  # noqa: S608
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
            shelf.as_read(values)
        mapping = record._mapping
        new = {name: value for name, value in values.items() if mapping[name] != value}
        if new:
            after = Record({**mapping, **new}, record._written)  # whoever holds the row keeps it as it was
            after._changed = {**record._changed, **dict.fromkeys(new)}
            (shelf.changed if record._written else shelf.new)[mapping["id"]] = after
            shelf.put(after)
            self._touched(shelf, after, new)
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

    def family_of(self, table: Table, where: Values) -> Sequence[Any] | None:
        """The rows whose key begins so, where they are kept together; else None."""
        shelf = self._shelves.get(table.name)
        if shelf is None or not shelf.family or tuple(where) != shelf.key[:1]:
            return None
        return list(self.family(table, where[shelf.key[0]]).values())

    def family(self, table: Table, first: Any) -> dict[Any, Record]:
        """Every row whose key begins with ``first``, by the rest of the key, the earliest row first."""
        shelf = self._shelves[table.name]
        members = shelf.families.get(first)
        if members is None:
            members = shelf.families[first] = {}
            statement = select_sql(table.name, shelf.names, shelf.key[:1])
            for row in self._sql(statement, (first,)):
                shelf.put(shelf.read(row))
        return members

    def exists(self, table: Table, where: Values) -> bool:
        """Whether there is a row with this key. Ask `holds` first."""
        shelf = self._shelves[table.name]
        names, wanted = tuple(where), tuple(where.values())
        if shelf.by_key.get(wanted) is not None:
            return True
        return self._sql(exists_sql(table.name, names), wanted).fetchone() is not None

    def _fetch(self, shelf: Shelf, names: tuple[str, ...], wanted: tuple[Any, ...]) -> Record | None:
        row = self._sql(select_sql(shelf.table.name, shelf.names, names), wanted).fetchone()
        if row is None:
            return None
        record = shelf.read(row)
        if shelf.family:  # a family is whole or not there
            self.family(shelf.table, record._mapping[shelf.key[0]])
            return shelf.by_id[record._mapping["id"]]
        shelf.put(record)
        return record

    def _touched(self, shelf: Shelf, record: Record, values: Values) -> None:
        """A row was laid or changed here: drop what was recalled from its table. Answers and reports are
        counted instead (`told_beside`), for what is recalled from them is of one seat."""
        if shelf.table is answers:
            report = self.find(submissions, {"id": record._mapping["submission_id"]})
            if report is not None:
                self._told.setdefault(report.seat_id, Counter())[report.round_id] += 1
        elif shelf.table is not submissions and values.keys() - _unread(shelf):
            self._forget_recalled(shelf.table.name)

    # --- what other queries found

    def recall(self, tables: frozenset[str], key: Hashable, build: Callable[[], T]) -> T:
        """What ``build``, which reads these tables only, gave for this key, as long as none of them
        changed."""
        results = self._recalled.setdefault(tables, {})
        if key in results:
            kept: T = results[key]
            return kept
        if any(name in tables and self._waits(shelf) for name, shelf in self._shelves.items()) or any(
            table.name in tables for table in self._laid
        ):
            self.flush()
        calm, self._calm = self._calm, True
        try:
            found = results[key] = build()
        finally:
            self._calm = calm
        return found

    def _waits(self, shelf: Shelf) -> bool:
        unread = _unread(shelf)
        return bool(shelf.new) or any(record._changed.keys() - unread for record in shelf.changed.values())

    def told_beside(self, seat_id: int, round_id: int) -> int:
        """How often an answer of this seat to another round was laid or changed here."""
        counted = self._told.get(seat_id)
        return counted.total() - counted[round_id] if counted else 0


# --- what queries and apply functions call, with a desk or without


@cache
def _by_equality(table: Table, names: tuple[str, ...], empty: tuple[str, ...]) -> Select[Any]:
    """Built once: building a statement costs more than running it."""
    equal = (table.c[name] == bindparam(f"where_{name}") for name in names)
    return select(table).where(true(), *equal, *(table.c[name].is_(None) for name in empty))


def find_all(reader: Connection, table: Table, **where: Any) -> Sequence[Row[Any]]:
    """The rows equal to ``where``, by id where they lie on the desk; None is equal to None."""
    if isinstance(reader, Desk) and (family := reader.family_of(table, where)) is not None:
        return family
    empty = tuple(name for name, value in where.items() if value is None)
    given = {name: value for name, value in where.items() if value is not None}
    values = {f"where_{name}": value for name, value in given.items()}
    rows: Sequence[Row[Any]] = reader.execute(_by_equality(table, tuple(given), empty), values).all()
    return rows


def find(reader: Connection, table: Table, **where: Any) -> Row[Any] | Record | None:
    """The row equal to ``where``, where there can be one at most; else None."""
    if isinstance(reader, Desk) and reader.holds(table, tuple(where)):
        return reader.find(table, where)
    rows = find_all(reader, table, **where)
    return rows[0] if rows else None


def exists(reader: Connection, table: Table, **where: Any) -> bool:
    """Whether there is a row equal to ``where``."""
    if isinstance(reader, Desk) and reader.holds(table, tuple(where)):
        return reader.exists(table, where)
    return bool(find_all(reader, table, **where))


def lay(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Add whole rows whose ids nobody needs to know."""
    if isinstance(connection, Desk):
        connection.lay(table, rows)
    elif rows:
        connection.execute(insert(table), rows)


def recall(reader: Connection, tables: frozenset[str], key: Hashable, build: Callable[[], T]) -> T:
    """`Desk.recall` where there is a desk; else build it anew."""
    return reader.recall(tables, key, build) if isinstance(reader, Desk) else build()


def recall_beside(
    reader: Connection,
    tables: frozenset[str],
    seat_id: int,
    round_id: int,
    key: Hashable,
    build: Callable[[], T],
) -> T:
    """The same for what is made of a seat's answers to other rounds than this one, too."""
    if not isinstance(reader, Desk):
        return build()
    beside = reader.told_beside(seat_id, round_id)
    return reader.recall(tables, (seat_id, round_id, beside, key), build)
