"""The database: how it is opened, read and opened for writing. The only file that knows the dialect.

Today SQLite: WAL so that reading never waits for writing, ``synchronous=FULL`` so that what was
acknowledged survives a power cut, foreign keys on. Reading connections cannot write (query_only).

Queries and effects are written once, synchronous, against ``sqlalchemy.Connection``: here they run
in threads, on PostgreSQL later by ``AsyncConnection.run_sync``.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.domain.problems import DatabaseProblem, Finding
from storage.fast import FastConnection

T = TypeVar("T")

#: How long a connection waits for another process's write before it says "locked".
BUSY_SECONDS = 5.0

#: What a connection keeps of the file, at most; SQLite's own 2 MB has it read the indexes again and again.
CACHE_KB = 16 * 1024

#: Reading is short; more threads would only fight for two cores.
READ_THREADS = 4

_VERSIONS = Path(__file__).parent / "migrations" / "versions"

_REASONS = {
    "not a database": "đây không phải là cơ sở dữ liệu SQLite",
    "database is locked": "cơ sở dữ liệu đang bị chương trình khác giữ; hãy tắt chương trình đó rồi thử lại",
    "unable to open": "không mở được tệp; hãy kiểm tra thư mục và quyền ghi",
    "readonly": "tệp chỉ cho đọc; hãy kiểm tra quyền ghi",
    "malformed": "tệp cơ sở dữ liệu bị hỏng; hãy khôi phục từ bản sao lưu",
    "disk is full": "ổ đĩa đã đầy",
    "disk I/O error": "ổ đĩa báo lỗi khi ghi; hãy kiểm tra ổ đĩa",
}


def sqlite_path(url: str) -> Path:
    """The file of a ``sqlite:///path`` URL; DatabaseProblem for any other URL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseProblem(
            Finding(url, "không phải địa chỉ cơ sở dữ liệu (ví dụ sqlite:///data/chihoi.db)")
        ) from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        shown = parsed.render_as_string(hide_password=True)
        raise DatabaseProblem(Finding(shown, "bản này chỉ dùng tệp SQLite (ví dụ sqlite:///data/chihoi.db)"))
    return Path(parsed.database)


def problem_of(error: DBAPIError, where: str | Path) -> DatabaseProblem | None:
    """The one clear line for what a person can mend (locked, full, not a database); else None."""
    text = str(error.orig)
    reason = next((words for sign, words in _REASONS.items() if sign in text), None)
    return DatabaseProblem(Finding(str(where), reason)) if reason else None


def known_revisions() -> list[str]:
    """The revisions this program knows, oldest first: a migration's file name starts with its own."""
    return sorted(path.stem.split("_", 1)[0] for path in _VERSIONS.glob("v*.py"))


def engine_for(
    path: Path, busy_seconds: float = BUSY_SECONDS, writing: bool = False, durable: bool = True
) -> Engine:
    """An engine on the file. A writing transaction takes the write lock at its start, so two writers
    wait for each other instead of failing at the first change. ``durable`` False does not wait for the
    disk: for a simulation only."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    event.listen(engine, "connect", _pragmas(query_only=not writing, durable=durable))
    event.listen(engine, "begin", _begin("BEGIN IMMEDIATE" if writing else "BEGIN"))
    return engine


def _pragmas(query_only: bool, durable: bool) -> Callable[[Any, Any], None]:
    def set_pragmas(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions are begun by us, not guessed by the driver
        synchronous = "FULL" if durable else "OFF"
        # secure_delete: what is erased is overwritten in the file, not only unlinked from it.
        for pragma in (
            "journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "secure_delete=ON",
            f"cache_size={-CACHE_KB}",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")
        if query_only:
            connection.execute("PRAGMA query_only=ON")

    return set_pragmas


def _begin(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def check_revision(connection: Connection, where: str | Path) -> str | None:
    """The revision the database has, None for an empty one; DatabaseProblem if it is not one of ours
    or newer than the program."""
    tables = {
        name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
    }
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise DatabaseProblem(Finding(str(where), "đây không phải là cơ sở dữ liệu của Chi Hội"))
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision is not None and revision not in known_revisions():
        raise DatabaseProblem(
            Finding(
                str(where), f"cơ sở dữ liệu mới hơn chương trình (bản {revision}); hãy cập nhật chương trình"
            )
        )
    return None if revision is None else str(revision)


class Kept:
    """What a process keeps of a database between readings (`storage.queries.held`)."""

    def __init__(self, writes: bool = False, beside: "Kept | None" = None) -> None:
        """``writes``: of the connection whose own changes may still be undone; ``beside``: what the reading
        ones keep, to begin with."""
        self.writes, self.beside = writes, beside
        self.value: Any = None
        self.lock = Lock()


def kept_by(connection: Connection) -> Kept:
    """What is kept for all connections of this one's engine."""
    kept: Kept = connection.engine.__dict__.setdefault(_KEPT, Kept())
    return kept


_KEPT = "_chihoi_kept"


class Database:
    """An existing, migrated database, opened by URL. `storage.migrations.open_database` makes one
    where there is none."""

    def __init__(self, url: str, busy_seconds: float = BUSY_SECONDS, durable: bool = True) -> None:
        """Open ``sqlite:///path``. DatabaseProblem, in one line, if the file is missing, locked, not a
        database, not ours, or not at the program's revision."""
        self.url = url
        self.path = sqlite_path(url)
        if not self.path.is_file():
            raise DatabaseProblem(Finding(str(self.path), "chưa có cơ sở dữ liệu; hãy chạy chihoi init"))
        self._engine = engine_for(self.path, busy_seconds)
        self._writing = engine_for(self.path, busy_seconds, writing=True, durable=durable)
        self._engine.__dict__[_KEPT] = kept = Kept()
        self._writing.__dict__[_KEPT] = Kept(writes=True, beside=kept)
        self._threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="read")
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        with self.reading() as reader:
            revision = check_revision(reader, self.path)
        if revision != known_revisions()[-1]:
            raise DatabaseProblem(
                Finding(str(self.path), "cơ sở dữ liệu cũ hơn chương trình; hãy chạy chihoi init để nâng cấp")
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database and cannot change it."""
        try:
            with FastConnection(self._engine) as connection:
                yield connection
        except DBAPIError as error:
            raise problem_of(error, self.path) or error from error

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a worker thread on a reading connection and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, fn)

    def _read(self, fn: Callable[[Connection], T]) -> T:
        with self.reading() as connection:
            return fn(connection)

    def connect_for_writing(self) -> Connection:
        """A connection for the writer, the only one that changes anything (`storage.writer`)."""
        return FastConnection(self._writing)

    def checkpoint(self) -> None:
        """Bring everything written into the file itself and empty the log beside it, so that what was
        erased stands in neither. Does nothing while somebody reads; the next one will."""
        with self._writing.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 - the connection is open
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Wait for reads under way, then give back every connection."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()
        self._writing.dispose()
