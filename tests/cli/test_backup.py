"""Backups by the commands: encrypted, read back, restored whole; an older program's database is copied
before it is migrated, a newer one is refused everywhere."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from typer.testing import CliRunner, Result

from bot.backups import Backups
from bot.cli import app
from bot.settings import load
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage import backup
from storage.database import Database, known_revisions
from storage.domain.effects import MessageQueued, UnitsImported
from storage.domain.messages import Address, Outbound
from storage.domain.problems import DatabaseProblem
from storage.instance import only_instance
from storage.migrations import config_for, open_database
from storage.queries.keeping import due_backup, last_backup
from storage.sqlite_file import SqliteFile
from storage.writer.sqlite import SqliteWriter
from tests.kh83 import PLAN_FOLDER, kh83
from tests.pictures import jpeg
from tests.storage.conftest import NOW, TREE

RUNNER = CliRunner()
PHOTO = Path("2024/03/abc.jpg")
EVENING = datetime(2024, 3, 14, 19, 30, tzinfo=VIETNAM)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with units, a photo and a key for backups; the commands find it by their settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHIHOI_PLAN", str(PLAN_FOLDER))
    assert run("init").exit_code == 0
    asyncio.run(_write(UnitsImported(TREE, NOW)))
    (tmp_path / "data" / "photos" / PHOTO).parent.mkdir(parents=True)
    (tmp_path / "data" / "photos" / PHOTO).write_bytes(jpeg())
    made = run("backup", "--new-key", "key.txt")
    assert made.exit_code == 0, made.output
    monkeypatch.setenv("CHIHOI_BACKUP_RECIPIENT", made.output.split("\n")[0].partition("=")[2])
    return tmp_path


def run(*words: str) -> Result:
    """One command."""
    return RUNNER.invoke(app, list(words))


async def _write(*effects: UnitsImported | MessageQueued) -> None:
    with closing(Database("sqlite:///data/chihoi.db")) as database:
        writer = SqliteWriter(database)
        await writer.run("test", lambda reader: effects)
        await writer.close()


def _names() -> list[str]:
    with closing(sqlite3.connect("data/chihoi.db")) as reader:
        return [name for (name,) in reader.execute("SELECT name FROM units ORDER BY id")]


def _backups() -> list[Path]:
    return sorted(Path("data/backups").glob("chihoi-*.age"))


def _break_database() -> None:
    with closing(sqlite3.connect("data/chihoi.db")) as writer, writer:
        writer.execute("UPDATE units SET name = 'hỏng'")
    (Path("data/photos") / PHOTO).unlink()


def test_a_backup_is_encrypted_and_brings_everything_back(folder: Path) -> None:
    before = _names()
    done = run("backup")
    assert done.exit_code == 0, done.output
    assert "đã đọc lại và khớp" in done.output
    [made] = _backups()
    assert before[0].encode() not in made.read_bytes()
    assert b"SQLite format" not in made.read_bytes()
    _break_database()
    back = run("restore", str(made), "--key", "key.txt", "--replace")
    assert back.exit_code == 0, back.output
    assert _names() == before
    assert (Path("data/photos") / PHOTO).read_bytes() == jpeg()
    with closing(sqlite3.connect("data/chihoi.db.replaced")) as aside:
        assert aside.execute("SELECT DISTINCT name FROM units").fetchall() == [("hỏng",)]
    assert run("init").exit_code == 0


def test_a_backup_holds_what_is_only_in_the_wal(folder: Path) -> None:
    """The program runs: its newest turns are not yet in the database file itself."""
    with closing(Database("sqlite:///data/chihoi.db")) as database:

        async def say() -> None:
            writer = SqliteWriter(database)
            message = MessageQueued(Outbound(Address("web", "a"), "mới nhất"), NOW)
            await writer.run("test", lambda reader: (message,))
            assert Path("data/chihoi.db-wal").stat().st_size > 0
            assert run("backup").exit_code == 0
            await writer.close()

        asyncio.run(say())
    contents = backup.open_backup(_backups()[0], Path("key.txt").read_text(), Path("drill.db"))
    assert contents.rows["outbox"] == 1
    assert contents.rows["units"] == len(TREE)


def test_a_drill_changes_nothing(folder: Path) -> None:
    run("backup")
    before = sorted(path.name for path in Path("data").rglob("*"))
    drill = run("restore", str(_backups()[0]), "--key", "key.txt", "--check")
    assert drill.exit_code == 0, drill.output
    assert f"units {len(TREE)}" in drill.output
    assert sorted(path.name for path in Path("data").rglob("*")) == before


@pytest.mark.parametrize("place", [10, 0.5, -10])
def test_one_flipped_bit_is_found(folder: Path, place: float) -> None:
    run("backup")
    data = bytearray(_backups()[0].read_bytes())
    at = int(len(data) * place) if isinstance(place, float) else place
    data[at] ^= 1
    Path("bad.age").write_bytes(data)
    before = _names()
    back = run("restore", "bad.age", "--key", "key.txt", "--replace")
    assert back.exit_code == 2
    assert "hỏng" in back.output
    assert _names() == before


def test_what_a_restore_refuses(folder: Path) -> None:
    run("backup")
    file = str(_backups()[0])
    assert "đã có cơ sở dữ liệu" in run("restore", file, "--key", "key.txt").output
    assert run("backup", "--new-key", "other.txt").exit_code == 0
    assert "không mở được" in run("restore", file, "--key", "other.txt", "--replace").output
    assert "không có khóa" in run("restore", file, "--key", ".env", "--replace").output
    assert "không đọc được" in run("restore", "missing.age", "--key", "key.txt", "--replace").output
    with only_instance(Path("data/chihoi.db")):
        refused = run("restore", file, "--key", "key.txt", "--replace")
    assert refused.exit_code == 2
    assert "trợ lý đang chạy" in refused.output
    assert Path("data/chihoi.db.replaced").exists() is False


def test_what_a_backup_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("backup", "--new-key", "key.txt").exit_code == 2  # the old key still opens old backups
    assert stat.S_IMODE(os.stat("key.txt").st_mode) == 0o600
    monkeypatch.setenv("CHIHOI_BACKUP_RECIPIENT", "age1nonsense")
    assert "CHIHOI_BACKUP_RECIPIENT" in run("backup").output
    monkeypatch.delenv("CHIHOI_BACKUP_RECIPIENT")
    assert "--new-key" in run("backup").output
    assert _backups() == []


def test_a_damaged_database_gives_no_backup(folder: Path) -> None:
    path = Path("data/chihoi.db")
    data = bytearray(path.read_bytes())
    data[4096:12288] = os.urandom(8192)
    path.write_bytes(data)
    assert run("backup").exit_code != 0
    assert list(Path("data/backups").iterdir()) == []
    assert not Path("data/.chihoi.db.backup").exists()


def test_an_older_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "chihoi.db"
    engine = SqliteFile(path).engine(writing=True)
    with engine.begin() as connection:
        command.upgrade(config_for(connection), "v0001")
        connection.exec_driver_sql(
            "INSERT INTO rounds (pack, period, opens_at, due_at) VALUES ('CH-T', '2024-03', '2024', '2024')"
        )
    engine.dispose()
    open_database(f"sqlite:///{path}").close()
    newest = known_revisions()[-1]
    [copied] = tmp_path.glob("chihoi.db.before-*")
    assert copied.name == f"chihoi.db.before-{newest}-was-v0001"
    with closing(sqlite3.connect(copied)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [("v0001",)]
        assert old.execute("SELECT pack FROM rounds").fetchall() == [("CH-T",)]
        assert old.execute("SELECT name FROM sqlite_master WHERE name = 'dead_letters'").fetchall() == []
    open_database(f"sqlite:///{path}").close()
    assert len(list(tmp_path.glob("chihoi.db.before-*-v0001"))) == 1


def test_without_a_copy_there_is_no_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chihoi.db"
    engine = SqliteFile(path).engine(writing=True)
    with engine.begin() as connection:
        command.upgrade(config_for(connection), "v0001")
    engine.dispose()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.backup.os.fsync", full)
    with pytest.raises(DatabaseProblem, match="không sao chép được"):
        open_database(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as still:
        assert still.execute("SELECT version_num FROM alembic_version").fetchall() == [("v0001",)]


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("init",),
        ("backup",),
        ("units", "list"),
        ("units", "codes", "--out", "codes.csv"),
        ("answers", "export", "--round", "CH-T:2024-03"),
        ("dead-letters", "list"),
        ("dead-letters", "retry"),
    ],
)
def test_a_newer_database_is_refused_by_every_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CHIHOI_PHONE_PAGE", "true")
    with closing(sqlite3.connect("data/chihoi.db")) as other, other:
        other.execute("UPDATE alembic_version SET version_num = 'v9000'")
    before = Path("data/chihoi.db").read_bytes()
    result = run(*words)
    assert "mới hơn chương trình (bản v9000)" in f"{result.output}{result.exception}"
    assert result.exit_code != 0
    assert Path("data/chihoi.db").read_bytes() == before
    assert not Path("data/backups").exists() or _backups() == []


async def test_a_backup_a_night_and_old_ones_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(EVENING)
    monkeypatch.setenv("CHIHOI_BACKUP_KEEP_DAYS", "3")
    with closing(Database("sqlite:///data/chihoi.db")) as database:
        writer = SqliteWriter(database)
        scheduler, work = (
            Scheduler(kh83(), writer, clock, Turns(kh83(), clock.now, {})),
            Backups(database, writer, clock, load()),
        )
        for _ in range(6):
            await scheduler.tick()
            await scheduler.tick()
            await work.step()
            await work.step()
            clock.advance(timedelta(days=1))
        made = await database.read(last_backup)
        await writer.close()
    assert made == (EVENING + timedelta(days=5)).astimezone(UTC)
    assert [path.name[:15] for path in _backups()] == [f"chihoi-202403{day}" for day in (16, 17, 18, 19)]


async def test_a_failed_backup_is_an_error_and_tried_again(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Path("data/backups").write_text("a file where the folder should be")
    with closing(Database("sqlite:///data/chihoi.db")) as database:
        clock = ManualClock(EVENING)
        writer = SqliteWriter(database)
        scheduler, work = (
            Scheduler(kh83(), writer, clock, Turns(kh83(), clock.now, {})),
            Backups(database, writer, clock, load()),
        )
        await scheduler.tick()
        await work.step()
        assert [record.levelname for record in caplog.records if record.message == "backup_failed"] == [
            "ERROR"
        ]
        waits = await database.read(due_backup)
        assert waits is not None
        assert waits.tries == 1
        assert waits.error
        Path("data/backups").unlink()
        await work.step()
        assert await database.read(due_backup) is None
        await writer.close()
    assert len(_backups()) == 1


def test_the_newest_backup_is_never_pruned() -> None:
    old = [Path(f"chihoi-2024010{day}-000000-v0001.db.age") for day in (1, 2, 3)]
    now = datetime(2024, 6, 1, tzinfo=UTC)
    assert backup.expired(old, now, timedelta(days=30)) == old[:2]
    assert backup.made_at(Path("notes.txt")) is None


def test_an_erased_photo_leaves_the_backups_with_those_of_its_time(folder: Path) -> None:
    run("backup")
    copies = Path("data/backups/photos")
    assert [path.name for path in copies.rglob("*.age")] == ["abc.jpg.age"]
    (Path("data/photos") / PHOTO).unlink()
    recipient = load().backup_recipient or ""
    for days in (1, 20, 40):
        at = EVENING + timedelta(days=days)
        backup.make(Path("data/chihoi.db"), Path("data/photos"), Path("data/backups"), recipient, at)
        backup.prune(Path("data/backups"), at, timedelta(days=30))
        left = [path.name for path in copies.rglob("*abc*")]
        assert left == (["abc.jpg.age.gone"] if days < 31 else [])
