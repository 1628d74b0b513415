"""Opening: what cannot be used is refused in one line; reading cannot write."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from storage.database import Database
from storage.domain.problems import DatabaseProblem
from storage.migrations import open_database, upgrade
from storage.tables import metadata
from storage.tables.rounds import rounds
from tests.storage.conftest import NOW, count


def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    with database.reading() as reader:
        context = MigrationContext.configure(reader, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(url: str) -> None:
    upgrade(url)
    upgrade(url)
    Database(url).close()


def test_durable_and_checked(database: Database) -> None:
    with database.connect_for_writing() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 5000]


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseProblem, match="chỉ cho đọc"), database.reading() as reader:
        reader.exec_driver_sql("DELETE FROM units")


async def test_read_runs_beside_the_event_loop(database: Database) -> None:
    assert await database.read(lambda reader: count(reader, "units")) == 0


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as reader, database.connect_for_writing() as writer:
        assert count(reader, "rounds") == 0
        with writer.begin():
            writer.execute(insert(rounds).values(pack="p", period="2024", opens_at=NOW, due_at=NOW))
        assert count(reader, "rounds") == 0


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    local = datetime(2024, 3, 18, 20, 30, tzinfo=timezone(timedelta(hours=7)))
    with database.connect_for_writing() as writer, writer.begin():
        writer.execute(insert(rounds).values(pack="p", period="2024", opens_at=local, due_at=local))
        stored = writer.execute(select(rounds.c.opens_at)).scalar_one()
        assert stored == local
        assert stored.tzinfo is UTC
        with pytest.raises(StatementError, match="aware"):
            writer.execute(select(rounds).where(rounds.c.due_at < datetime(2024, 3, 1)))  # noqa: DTZ001


def problem(url: str) -> str:
    """What opening says; both doors must say the same where both refuse."""
    with pytest.raises(DatabaseProblem) as refused:
        Database(url, busy_seconds=0.05)
    assert len(refused.value.findings) == 1
    return str(refused.value)


def test_a_missing_file_is_not_made(url: str, tmp_path: Path) -> None:
    assert "chưa có cơ sở dữ liệu" in problem(url)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(url: str, tmp_path: Path) -> None:
    (tmp_path / "house.db").write_text("Đây là thư, không phải dữ liệu. " * 40)
    assert "không phải là cơ sở dữ liệu SQLite" in problem(url)
    with pytest.raises(DatabaseProblem, match="không phải là cơ sở dữ liệu SQLite"):
        upgrade(url)


def test_a_database_of_another_program(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "house.db")) as other, other:
        other.execute("CREATE TABLE notes (id INTEGER)")
    assert "không phải là cơ sở dữ liệu của Chi Hội" in problem(url)
    with pytest.raises(DatabaseProblem, match="Chi Hội"):
        upgrade(url)


def test_a_newer_database(url: str, tmp_path: Path) -> None:
    upgrade(url)
    with closing(sqlite3.connect(tmp_path / "house.db")) as other, other:
        other.execute("UPDATE alembic_version SET version_num = 'v9000'")
    assert "mới hơn chương trình (bản v9000)" in problem(url)
    with pytest.raises(DatabaseProblem, match="v9000"):
        upgrade(url)


def test_an_older_database(url: str, tmp_path: Path) -> None:
    (tmp_path / "house.db").touch()
    assert "cũ hơn chương trình" in problem(url)


def test_a_locked_database(url: str, tmp_path: Path) -> None:
    upgrade(url)
    other = sqlite3.connect(tmp_path / "house.db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert "đang bị chương trình khác giữ" in problem(url)
    finally:
        other.close()


@pytest.mark.parametrize(
    "url",
    ["data/chihoi.db", "sqlite://", "sqlite:///:memory:", "mysql://bot:secret@db/chihoi", ""],
)
def test_an_address_that_is_no_file(url: str) -> None:
    said = problem(url)
    assert "sqlite:///data/chihoi.db" in said
    assert "secret" not in said


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(DatabaseProblem, match="data"):
        open_database(f"sqlite:///{tmp_path / 'data' / 'chihoi.db'}")
