"""One program at a time: a lock beside the database that a crash cannot leave behind.

Two running programs on one database would both send its outbox (a push would go twice) and would end
each other's questions for updates (Bot API: 409 Conflict). The lock is the kernel's (flock), so it ends
with the process however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.domain.problems import DatabaseProblem, Finding


def lock_of(database: Path) -> Path:
    """The lock file of a database: ``chihoi.db.lock``."""
    return database.with_name(f"{database.name}.lock")


@contextmanager
def only_one(lock: Path, taken: str) -> Iterator[None]:
    """Hold ``lock`` until left. DatabaseProblem with the sentence ``taken`` if another holds it."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise DatabaseProblem(Finding(str(lock), f"không ghi được ({error.strerror})")) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DatabaseProblem(Finding(str(lock), taken)) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def only_instance(database: Path) -> Iterator[None]:
    """Be the only program that serves (or replaces) this database; DatabaseProblem if one does."""
    taken = "trợ lý đang chạy trên cơ sở dữ liệu này; hãy dừng nó trước"
    with only_one(lock_of(database), taken):
        yield
