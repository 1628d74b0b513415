"""A SQLite file: WAL so that reading never waits for writing, ``synchronous=FULL`` so that what was
acknowledged survives a power cut, foreign keys on. Reading connections cannot write (query_only)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.domain.problems import DatabaseProblem, Finding

#: How long a connection waits for another process's write before it says "locked".
BUSY_SECONDS = 5.0

#: The log is written back to the file after so many pages (16 MB): the busiest pages change with every
#: commit, and writing them back each 4 MB, as SQLite does by itself, writes them again and again. What was
#: committed is on the disk either way.
CHECKPOINT_PAGES = 4_000

#: What a connection keeps of the file, at most; SQLite's own 2 MB has it read the indexes again and again.
CACHE_KB = 16 * 1024

_REASONS = {
    "not a database": "đây không phải là cơ sở dữ liệu SQLite",
    "database is locked": "cơ sở dữ liệu đang bị chương trình khác giữ; hãy tắt chương trình đó rồi thử lại",
    "unable to open": "không mở được tệp; hãy kiểm tra thư mục và quyền ghi",
    "readonly": "tệp chỉ cho đọc; hãy kiểm tra quyền ghi",
    "malformed": "tệp cơ sở dữ liệu bị hỏng; hãy khôi phục từ bản sao lưu",
    "disk is full": "ổ đĩa đã đầy",
    "disk I/O error": "ổ đĩa báo lỗi khi ghi; hãy kiểm tra ổ đĩa",
}


class SqliteFile:
    """One file."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS, durable: bool = True) -> None:
        """``durable`` False does not wait for the disk: for a simulation only."""
        self.path, self.shown = path, str(path)
        self._busy_seconds, self._durable = busy_seconds, durable

    def engine(self, writing: bool = False) -> Engine:
        """An engine on the file. A writing transaction takes the write lock at its start, so two writers
        wait for each other instead of failing at the first change."""
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            connect_args={
                "timeout": self._busy_seconds,
                "check_same_thread": False,
                "cached_statements": 512,
            },
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
        )
        event.listen(engine, "connect", _pragmas(query_only=not writing, durable=self._durable))
        event.listen(engine, "begin", _begin("BEGIN IMMEDIATE" if writing else "BEGIN"))
        return engine

    def prepare(self) -> None:
        """Make the folder. DatabaseProblem if that cannot be."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"không tạo được thư mục {self.path.parent} ({error.strerror})"
            raise DatabaseProblem(Finding(self.shown, what)) from None

    def alone(self, connection: Connection) -> None:
        """A writing transaction holds the file's one write lock."""

    def problem_of(self, error: DBAPIError) -> DatabaseProblem | None:
        """The one clear line for what a person can mend (locked, full, not a database); else None."""
        text = str(error.orig)
        reason = next((words for sign, words in _REASONS.items() if sign in text), None)
        return DatabaseProblem(Finding(self.shown, reason)) if reason else None


def _pragmas(query_only: bool, durable: bool) -> Callable[[Any, Any], None]:
    def set_pragmas(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions are begun by us, not guessed by the driver
        synchronous = "FULL" if durable else "OFF"
        # secure_delete: what is erased is overwritten in the file, not only unlinked from it.
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            f"cache_size={-CACHE_KB}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if query_only:
            connection.execute("PRAGMA query_only=ON")

    return set_pragmas


def _begin(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        if not getattr(connection.connection, "in_transaction", False):  # begun by the writer's desk
            connection.exec_driver_sql(statement)

    return begin
