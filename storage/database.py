"""The database: where it is, how it is opened, read and opened for writing.

A SQLite file (`storage.sqlite_file`) or a PostgreSQL schema (`storage.postgres`). Queries and effects are
written once, synchronous, against ``sqlalchemy.Connection``, and run in threads on both.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.domain.problems import DatabaseProblem, Finding
from storage.fast import FastConnection
from storage.postgres import PostgresSchema
from storage.sqlite_file import BUSY_SECONDS, SqliteFile

T = TypeVar("T")

Place: TypeAlias = SqliteFile | PostgresSchema

#: Reading is short; more threads would only fight for two cores.
READ_THREADS = 4

_VERSIONS = Path(__file__).parent / "migrations" / "versions"

_EXAMPLES = "ví dụ sqlite:///data/chihoi.db hoặc postgresql://tên@máy/chihoi"


def place_of(url: str, busy_seconds: float = BUSY_SECONDS, durable: bool = True) -> Place:
    """Where a database address points; DatabaseProblem if it is none of ours."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseProblem(Finding(url, f"không phải địa chỉ cơ sở dữ liệu ({_EXAMPLES})")) from None
    if parsed.get_backend_name() == "postgresql":
        return PostgresSchema(parsed)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        shown = parsed.render_as_string(hide_password=True)
        raise DatabaseProblem(Finding(shown, f"bản này dùng tệp SQLite hoặc PostgreSQL ({_EXAMPLES})"))
    return SqliteFile(Path(parsed.database), busy_seconds, durable)


def sqlite_path(url: str) -> Path:
    """The file of a ``sqlite:///path`` address, for what works on files only; DatabaseProblem for others."""
    place = place_of(url)
    if not isinstance(place, SqliteFile):
        what = "việc này chỉ làm với tệp SQLite; với PostgreSQL hãy dùng công cụ của máy chủ (pg_dump)"
        raise DatabaseProblem(Finding(place.shown, what))
    return place.path


def key_file(place: Place, photos: Path) -> Path:
    """Where the key of what is sealed lies (`storage.sealing`): beside the SQLite file; with PostgreSQL
    beside the folder of photos, which all processes see, one a schema."""
    if isinstance(place, SqliteFile):
        return place.path.with_name(f"{place.path.name}.key")
    return photos.parent / f"chihoi-{place.schema}.key"


def exists(url: str) -> bool:
    """Whether there is something of ours to open; DatabaseProblem where that cannot be known."""
    place = place_of(url)
    if isinstance(place, SqliteFile):
        return place.path.exists()
    engine = place.engine()
    try:
        with engine.connect() as connection:
            return check_revision(connection, place.shown) is not None
    except DBAPIError as error:
        raise place.problem_of(error) or error from error
    finally:
        engine.dispose()


def known_revisions() -> list[str]:
    """The revisions this program knows, oldest first: a migration's file name starts with its own."""
    return sorted(path.stem.split("_", 1)[0] for path in _VERSIONS.glob("v*.py"))


def check_revision(connection: Connection, where: str) -> str | None:
    """The revision the database has, None for an empty one; DatabaseProblem if it is not one of ours
    or newer than the program."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise DatabaseProblem(Finding(where, "đây không phải là cơ sở dữ liệu của Chi Hội"))
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision is not None and revision not in known_revisions():
        what = f"cơ sở dữ liệu mới hơn chương trình (bản {revision}); hãy cập nhật chương trình"
        raise DatabaseProblem(Finding(where, what))
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


class Moment(NamedTuple):
    """What a PostgreSQL transaction sees: a later one has a greater ``order``; ``under_way`` were not
    committed yet."""

    order: tuple[int, int]
    under_way: tuple[str, ...]


#: As rows name their transactions in ``xmin``: without the epoch.
_SEEN = """
    SELECT CAST(CAST(pg_snapshot_xmax(seen) AS text) AS bigint),
        ARRAY(SELECT CAST(mod(CAST(CAST(one AS text) AS bigint), 4294967296) AS text)
            FROM pg_snapshot_xip(seen) AS one)
    FROM pg_current_snapshot() AS seen
"""


def moment_of(connection: Connection) -> Moment | None:
    """The moment a connection sees; None on SQLite, whose one writer commits in the order of ids."""
    if connection.dialect.name != "postgresql":
        return None
    newest, under_way = connection.exec_driver_sql(_SEEN).one()
    return Moment((newest, -len(under_way)), tuple(under_way))


class Database:
    """An existing, migrated database, opened by URL. `storage.migrations.open_database` makes one
    where there is none."""

    def __init__(self, url: str, busy_seconds: float = BUSY_SECONDS, durable: bool = True) -> None:
        """DatabaseProblem, in one line, if it is missing, locked, not a database, not ours, or not at the
        program's revision."""
        self.url = url
        self.place = place_of(url, busy_seconds, durable)
        self.shown = self.place.shown
        if isinstance(self.place, SqliteFile) and not self.place.path.is_file():
            raise DatabaseProblem(Finding(self.shown, "chưa có cơ sở dữ liệu; hãy chạy chihoi init"))
        self._engine = self.place.engine()
        self._writing = self.place.engine(writing=True)
        self._engine.__dict__[_KEPT] = kept = Kept()
        # On PostgreSQL decisions see what was committed only, like every reading.
        one_writer = isinstance(self.place, SqliteFile)
        self._writing.__dict__[_KEPT] = Kept(writes=True, beside=kept) if one_writer else kept
        self._threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="read")
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """The file, for what works on files only (backups); DatabaseProblem if none."""
        return sqlite_path(self.url)

    def _check(self) -> None:
        with self.reading() as reader:
            revision = check_revision(reader, self.shown)
        if revision != known_revisions()[-1]:
            what = "cơ sở dữ liệu cũ hơn chương trình; hãy chạy chihoi init để nâng cấp"
            raise DatabaseProblem(Finding(self.shown, what))

    def _connect(self, engine: Engine) -> Connection:
        return FastConnection(engine) if isinstance(self.place, SqliteFile) else engine.connect()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database and cannot change it."""
        try:
            with self._connect(self._engine) as connection:
                yield connection
        except DBAPIError as error:
            raise self.place.problem_of(error) or error from error

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a worker thread on a reading connection and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, fn)

    def _read(self, fn: Callable[[Connection], T]) -> T:
        with self.reading() as connection:
            return fn(connection)

    def connect_for_writing(self) -> Connection:
        """A connection for the writer, the only one that changes anything (`storage.writer`)."""
        return self._connect(self._writing)

    def checkpoint(self) -> None:
        """Bring everything written into the file itself and empty the log beside it, so that what was
        erased stands in neither. Does nothing while somebody reads; the next one will. PostgreSQL's server
        does so by itself (vacuum)."""
        if isinstance(self.place, PostgresSchema):
            return
        with self._writing.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 - the connection is open
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def writing_engine(self) -> Engine:
        """What the writer's desk is set up on (`storage.desk`)."""
        return self._writing

    def close(self) -> None:
        """Wait for reads under way, then give back every connection."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()
        self._writing.dispose()
