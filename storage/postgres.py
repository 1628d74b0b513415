"""PostgreSQL: several processes on one database, several provinces in one installation.

A province is a **schema** (``postgresql://user@host/chihoi?schema=nam_dinh``; ``public`` where none is
named): its tables are those of a SQLite file, no query knows of other provinces, one can be dumped, moved or
dropped alone, and no forgotten condition can show one province another's people.

The driver is psycopg 3 (LGPL): it is synchronous as well as SQLAlchemy is, so queries, effects, migrations
and commands run on it as they are on SQLite. asyncpg has no synchronous side; everything that reads without
an event loop would need a second driver. Both names are taken in the address, and mean the same.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from storage.domain.problems import DatabaseProblem, Finding

#: Connections a process opens at most for reading, and for writing.
POOL = 8

#: SQLSTATEs after which the same turn may well succeed: it met another one.
_MET_ANOTHER = frozenset({"40001", "40P01", "23505"})

#: What a process tells the others when messages wait to be sent, or updates to be handled.
OUTBOX = "chihoi_outbox"

#: Sorting and comparing text byte by byte, as SQLite does: lists must not depend on the server's language.
_BYTEWISE = ("C", "POSIX", "C.UTF-8", "C.utf8")

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_REASONS = {
    '(database|role) "[^"]*" does not exist': "không có cơ sở dữ liệu hoặc người dùng này trên máy chủ",
    "password": "máy chủ từ chối tên hoặc mật khẩu",
    "refused": "máy chủ PostgreSQL không trả lời; hãy kiểm tra địa chỉ và máy chủ",
    "could not translate": "không tìm thấy máy chủ này",
    "failed to resolve": "không tìm thấy máy chủ này",
    "No such file": "máy chủ PostgreSQL không trả lời; hãy kiểm tra địa chỉ và máy chủ",
    "timeout": "máy chủ PostgreSQL không trả lời kịp",
    "too many": "máy chủ PostgreSQL đã hết chỗ kết nối",
    "No space left": "ổ đĩa của máy chủ đã đầy",
    "permission denied": "người dùng này không có quyền trên cơ sở dữ liệu",
}


class PostgresSchema:
    """One province's schema in a PostgreSQL database."""

    def __init__(self, url: URL) -> None:
        """``url``: postgresql, whatever the driver. DatabaseProblem for a schema that is no plain name."""
        query = dict(url.query)
        schema = query.pop("schema", "public")
        self.schema = schema if isinstance(schema, str) else ""
        self.url = url.set(drivername="postgresql+psycopg", query=query)
        self.shown = url.render_as_string(hide_password=True)
        if not _SCHEMA.fullmatch(self.schema):
            raise DatabaseProblem(Finding(self.shown, "tên schema chỉ gồm chữ thường không dấu, số và _"))

    def engine(self, writing: bool = False) -> Engine:
        """An engine on the schema. What one transaction sees is one moment (REPEATABLE READ): of two that
        change the same row the later one fails, and is run again by the writer."""
        engine = create_engine(
            self.url,
            isolation_level="REPEATABLE READ",
            connect_args={"options": f"-c search_path={self.schema} -c timezone=UTC", "connect_timeout": 5},
            pool_size=POOL,
            max_overflow=0,
            pool_pre_ping=True,
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
        )
        return engine if writing else engine.execution_options(postgresql_readonly=True)

    def connection(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of the driver's own, each statement a transaction."""
        url = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True, connect_timeout=5)

    def prepare(self) -> None:
        """Make the schema if there is none. DatabaseProblem if texts are not sorted bytewise there."""
        engine = self.engine(writing=True)
        try:
            with engine.begin() as connection:
                collation = connection.exec_driver_sql(
                    "SELECT datcollate FROM pg_database WHERE datname = current_database()"
                ).scalar()
                if collation not in _BYTEWISE:
                    how = "createdb -E UTF8 -T template0 --locale=C TÊN"
                    what = f"cơ sở dữ liệu sắp chữ theo {collation}; hãy tạo lại bằng: {how}"
                    raise DatabaseProblem(Finding(self.shown, what))
                _alone(connection, "chihoi:schema")
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
        except DBAPIError as error:
            raise self.problem_of(error) or error from error
        finally:
            engine.dispose()

    def alone(self, connection: Connection) -> None:
        """Wait until no other process brings this schema up to date; until the transaction's end."""
        _alone(connection, f"chihoi:migrate:{self.schema}")

    def problem_of(self, error: DBAPIError) -> DatabaseProblem | None:
        """The one clear line for what a person can mend; else None."""
        text = str(error.orig)
        reason = next((words for sign, words in _REASONS.items() if re.search(sign, text)), None)
        return DatabaseProblem(Finding(self.shown, reason)) if reason else None


def lock_number(name: str) -> int:
    """The number of an advisory lock: of all the database's, so a schema must be part of the name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _alone(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_number(name)})")


def met_another(error: DBAPIError) -> bool:
    """Whether the transaction only met another one and should be run again."""
    return getattr(error.orig, "sqlstate", None) in _MET_ANOTHER


class Role:
    """What exactly one of several processes does: send, poll. Whoever has it holds an advisory lock on a
    connection of its own; if it dies, the server gives the lock to the next."""

    def __init__(self, schema: PostgresSchema, name: str) -> None:
        self._schema, self._number = schema, lock_number(f"{schema.schema}:role:{name}")
        self._raw: psycopg.Connection[tuple[Any, ...]] | None = None

    def take(self) -> bool:
        """Whether this process has it now."""
        try:
            return self._taken()
        except Exception:
            self.leave()
            raise

    def _taken(self) -> bool:
        if self._raw is None:
            self._raw = self._schema.connection()
        found = self._raw.execute("SELECT pg_try_advisory_lock(%s)", (self._number,)).fetchone()
        if found is None or not found[0]:
            return False
        self._raw.execute(f"LISTEN {OUTBOX}")
        return True

    def keep(self, seconds: float, heard: Callable[[], None]) -> None:
        """Hold it for ``seconds``; calls ``heard`` when something was queued (`OUTBOX`). Raises if the
        connection, and so the role, is lost."""
        assert self._raw is not None  # noqa: S101 - see take
        for notice in self._raw.notifies(timeout=seconds):
            if notice.payload == self._schema.schema:
                heard()
        self._raw.execute("SELECT 1")

    def leave(self) -> None:
        """Give it back."""
        if self._raw is None:
            return
        with suppress(psycopg.Error):  # at once; the end of a connection is noticed a moment later
            self._raw.execute("SELECT pg_advisory_unlock_all()")
        self._raw.close()
        self._raw = None
