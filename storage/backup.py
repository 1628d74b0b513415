"""Copies of the database: made while it is used, encrypted, read back before they count, restored whole.

SQLite's backup API copies one moment of the database without stopping the writer. The copy is checked,
encrypted with age (https://age-encryption.org/v1) for the owner's public key, written, then decrypted
again and compared: only a file that gave back the same bytes gets its name. The server holds no key that
opens it; the reading back uses a second key that is made for this one file and forgotten.
"""

import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
from sqlalchemy.exc import DBAPIError

from storage.database import check_revision, known_revisions
from storage.domain.problems import DatabaseProblem, Finding
from storage.instance import only_instance, only_one
from storage.sqlite_file import SqliteFile

#: ``chihoi-20240314-024200-v0005.db.age``: when (UTC) and of which revision.
_NAME = re.compile(r"chihoi-(\d{8}-\d{6})-(v\d+)\.db\.age")
_STAMP = "%Y%m%d-%H%M%S"

#: Photos lie beside the copies under the names they have in the photo folder, each encrypted.
PHOTOS = "photos"

_BUSY = "một bản sao lưu khác đang được làm"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its revision and how many rows each table has."""

    revision: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: its file, size in bytes, the SHA-256 of the database inside, and how many new
    photos went with it."""

    path: Path
    size: int
    sha256: str
    contents: Contents
    photos: int


# --- plain copies


def copy(source: Path, target: Path) -> None:
    """Copy one moment of ``source`` to the new file ``target`` (mode 600), as a single file on disk.
    DatabaseProblem if it cannot be read or written; then there is no ``target``."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(partial)) as copied:
            live.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")
        _settle(partial, target)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseProblem(Finding(str(target), f"không sao chép được cơ sở dữ liệu ({error})")) from None
    finally:
        partial.unlink(missing_ok=True)


def verify(path: Path) -> Contents:
    """Read a database whole; DatabaseProblem if it is damaged, not ours, or newer than the program."""
    place = SqliteFile(path)
    engine = place.engine()
    try:
        with engine.connect() as reader:
            revision = check_revision(reader, place.shown)
            faults = [row[0] for row in reader.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
            orphans = reader.exec_driver_sql("PRAGMA foreign_key_check")
            faults += [f"foreign key of {row[0]}" for row in orphans]
            if revision is None or faults:
                raise DatabaseProblem(Finding(str(path), f"bản sao bị hỏng ({'; '.join(faults[:3])})"))
            tables = reader.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
            return Contents(revision, {name: _count(reader, name) for (name,) in tables.all()})
    except DBAPIError as error:
        raise place.problem_of(error) or DatabaseProblem(Finding(str(path), str(error.orig))) from error
    finally:
        engine.dispose()


def _count(reader: object, table: str) -> int:
    counted = reader.exec_driver_sql(f'SELECT count(*) FROM "{table}"')  # type: ignore[attr-defined]  # noqa: S608
    return int(counted.scalar_one())


def _settle(partial: Path, target: Path) -> None:
    """Give a finished file its name; both outlive a power cut."""
    _sync(partial)
    partial.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- encrypted backups


def make(database: Path, photos: Path, folder: Path, recipient: str, at: datetime) -> Backup:
    """Back up the database and the photos not yet backed up into ``folder``. ``at`` (aware) names it.

    DatabaseProblem if anything of it fails; then the folder holds no new file with a backup's name.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _workshop(database) as workshop:
            plain = workshop / "copy.db"
            copy(database, plain)
            contents = verify(plain)
            target = folder / f"chihoi-{at.astimezone(UTC):{_STAMP}}-{contents.revision}.db.age"
            sha256 = _encrypt(plain, target, recipient, workshop)
        new = _copy_photos(photos, folder, recipient, at)
        return Backup(target, target.stat().st_size, sha256, contents, new)
    except (OSError, pyrage.EncryptError) as error:
        raise DatabaseProblem(Finding(str(folder), f"không sao lưu được ({error})")) from None


@contextmanager
def _workshop(database: Path) -> Iterator[Path]:
    """A folder beside the database for what is not encrypted yet: it never leaves that disk. What a
    killed backup left there is removed by the next."""
    workshop = database.with_name(f".{database.name}.backup")
    with only_one(database.with_name(f"{database.name}.backup.lock"), _BUSY):
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(mode=0o700)
        try:
            yield workshop
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


def _encrypt(plain: Path, target: Path, recipient: str, workshop: Path) -> str:
    """Encrypt, read back, compare, and only then name the file; the SHA-256 of what is inside."""
    once = pyrage.x25519.Identity.generate()
    partial = target.with_name(f".{target.name}.partial")
    back = workshop / "back"
    try:
        keys = [pyrage.x25519.Recipient.from_str(recipient), once.to_public()]
        pyrage.encrypt_file(str(plain), str(partial), keys)
        _sync(partial)
        pyrage.decrypt_file(str(partial), str(back), [once])
        digest = _sha256(plain)
        if _sha256(back) != digest:
            raise DatabaseProblem(Finding(str(target), "bản sao lưu đọc lại không khớp"))
        _settle(partial, target)
        return digest
    finally:
        partial.unlink(missing_ok=True)
        back.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_photos(photos: Path, folder: Path, recipient: str, at: datetime) -> int:
    """Encrypt the photos that have no copy yet: a photo's name is its content's hash, so it never
    changes. The copy of one that is gone from the photo folder (erased, or lost) is set aside as
    ``.gone`` and ends with the backups of its time (`prune`)."""
    new = 0
    key = pyrage.x25519.Recipient.from_str(recipient)
    kept = {path.relative_to(photos) for path in sorted(photos.rglob("*.jpg"))}
    for name in kept:
        target = folder / PHOTOS / name.parent / f"{name.name}.age"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.partial")
            partial.write_bytes(pyrage.encrypt((photos / name).read_bytes(), [key]))
            _settle(partial, target)
            new += 1
    for path in (folder / PHOTOS).rglob("*.jpg.age"):
        if path.relative_to(folder / PHOTOS).with_suffix("") not in kept:
            os.utime(path, (at.timestamp(), at.timestamp()))
            path.replace(path.with_name(f"{path.name}.gone"))
    return new


# --- which are kept


def made_at(path: Path) -> datetime | None:
    """When a backup was made, by its name (aware, UTC); None for any other file."""
    named = _NAME.fullmatch(path.name)
    return datetime.strptime(named[1], _STAMP).replace(tzinfo=UTC) if named else None


def backups_in(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    return sorted(path for path in folder.glob("chihoi-*.db.age") if made_at(path) is not None)


def expired(backups: Sequence[Path], now: datetime, keep: timedelta) -> list[Path]:
    """Those older than ``keep`` at ``now`` (aware), but never the newest."""
    return [path for path in sorted(backups)[:-1] if (made := made_at(path)) and made < now - keep]


def prune(folder: Path, now: datetime, keep: timedelta) -> int:
    """Remove the expired ones, and photos gone for as long; how many backups."""
    gone = expired(backups_in(folder), now, keep)
    for path in (folder / PHOTOS).rglob("*.gone"):
        if path.stat().st_mtime < (now - keep).timestamp():
            path.unlink()
    for path in gone:
        path.unlink()
    return len(gone)


# --- restoring


def restore(backup: Path, key: str, database: Path, photos: Path | None, replace: bool = False) -> Contents:
    """Decrypt, verify, and put the database (and, unless None, the photos) in place.

    ``key`` is the private key (``AGE-SECRET-KEY-1...``). An existing database is refused, or with
    ``replace`` moved aside to ``NAME.replaced``. DatabaseProblem, nothing changed, if the key is wrong,
    the file damaged or newer than the program, or a program is serving the database.
    """
    with only_instance(database):
        if database.exists() and not replace:
            what = "đã có cơ sở dữ liệu ở đây; thêm --replace để thay (bản cũ được giữ lại)"
            raise DatabaseProblem(Finding(str(database), what))
        partial = database.with_name(f".{database.name}.restored")
        try:
            contents = open_backup(backup, key, partial)
            if photos is not None:
                _restore_photos(backup.parent / PHOTOS, key, photos)
            _move_aside(database)
            _settle(partial, database)
        finally:
            partial.unlink(missing_ok=True)
    return contents


def open_backup(backup: Path, key: str, target: Path) -> Contents:
    """Decrypt a backup to the new file ``target`` (mode 600) and verify it."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        pyrage.decrypt_file(str(backup), str(target), [pyrage.x25519.Identity.from_str(key.strip())])
        return verify(target)
    except (pyrage.DecryptError, pyrage.IdentityError):
        what = "không mở được bằng khóa này, hoặc tệp bị hỏng"
        raise DatabaseProblem(Finding(str(backup), what)) from None
    except OSError as error:  # without a number it is age's own: a piece of the file is not as written
        what = "tệp bị hỏng" if backup.is_file() and error.errno is None else f"không đọc được tệp ({error})"
        raise DatabaseProblem(Finding(str(backup), what)) from None
    finally:
        for side in ("-wal", "-shm"):  # verifying opened it
            target.with_name(f"{target.name}{side}").unlink(missing_ok=True)


def _move_aside(database: Path) -> None:
    """The database with its WAL (which may hold the newest turns) under another name."""
    for side in ("-wal", "-shm", ""):
        path = database.with_name(f"{database.name}{side}")
        if path.exists():
            path.replace(database.with_name(f"{database.name}.replaced{side}"))


def _restore_photos(copies: Path, key: str, photos: Path) -> None:
    identity = pyrage.x25519.Identity.from_str(key.strip())
    for path in sorted(copies.rglob("*.jpg.age")):
        target = photos / path.relative_to(copies).with_suffix("")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.partial")
            partial.write_bytes(pyrage.decrypt(path.read_bytes(), [identity]))
            _settle(partial, target)


# --- before a migration


def before_migration(database: Path, revision: str) -> Path:
    """A plain copy of the database as it was at ``revision``, beside it: a migration that went wrong can
    be undone. It stays on the same disk with the same rights, so it is not encrypted; the last two are
    kept."""
    target = database.with_name(f"{database.name}.before-{known_revisions()[-1]}-was-{revision}")
    copy(database, target)
    verify(target)
    earlier = sorted(database.parent.glob(f"{database.name}.before-v*-was-v????"), key=_mtime)
    _forget(path for path in earlier[:-2] if path != target)
    return target


def _mtime(path: Path) -> float:
    return path.stat().st_mtime


def _forget(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink()
