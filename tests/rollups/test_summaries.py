"""Summaries are at any moment what the answers give: in any order of what people do, and after repairs."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner

from bot.cli import app
from storage.database import Database
from storage.domain.answers import Answer
from storage.domain.effects import (
    AnswerRecorded,
    DraftMoved,
    Effect,
    PersonErased,
    ReportSubmitted,
    RetentionReached,
    RoundOpened,
    SeatLinked,
    UnitsImported,
)
from storage.domain.messages import Address
from storage.migrations import config_for, open_database
from storage.queries.summaries import differences
from storage.sqlite_file import SqliteFile
from storage.writer.opening import writer_of
from tests.rollups.generated import JULY, Shape, unit

AT = datetime(2024, 3, 12, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SMALL = Shape(
    "small",
    (
        unit("36", "TI", None),
        unit("13", "XA", "36", deputy="Chị Phó"),
        unit("14", "XA", "36"),
        unit("13-01", "CH", "13"),
        unit("13-02", "CH", "13"),
    ),
)
SEATS = (2, 3, 4, 5, 6)

values = st.one_of(
    st.booleans(), st.integers(0, 5), st.sampled_from([95.5, "", "đường xóm", "launched", ["a", "MH11.1"]]),
    st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9)).map(list),
    st.just(["2024/03/ab.jpg"]),
)  # fmt: skip
answers = st.builds(
    lambda question, state, found: Answer(question, state, found if state == "given" else {}, raw="x"),
    st.sampled_from(["q1", "q2", "NV22e.13-01"]),
    st.sampled_from(["given", "given", "given", "unknown", "skipped", "not_applicable"]),
    st.dictionaries(st.sampled_from(["f1", "f2", "f3.x"]), values, max_size=3),
)
seats, asked = st.sampled_from(SEATS), st.sampled_from([1, 2])
accounts = st.sampled_from([Address("web", "a"), Address("web", "b")])  # "a" is hers, "b" enters for others
effects = st.one_of(
    st.builds(lambda s, r, a, by: AnswerRecorded(s, r, AT, a, by, "m"), seats, asked, answers, accounts),
    st.builds(lambda s, r: ReportSubmitted(s, r, AT), seats, asked),
    st.builds(lambda s, r: DraftMoved(s, r, AT, {"stage": "asking"}), seats, asked),
    st.builds(lambda p: PersonErased(p, AT, frozenset({"f1"}), frozenset({"f2"})), st.integers(1, 5)),
    st.just(RetentionReached(AT, LATER, LATER, LATER, LATER, LATER, frozenset({"f1", "f2", "f3"}))),
    st.just(UnitsImported((unit("13-01", "CH", "14"), unit("13-02", "CH", "13", valid_to=JULY)), AT, JULY)),
)  # fmt: skip


async def _run(path: Path, done: list[Effect]) -> None:
    database = open_database(f"sqlite:///{path}")
    writer = writer_of(database)
    first = [
        UnitsImported(SMALL.start, AT),
        RoundOpened("CH-T", "2024-03", AT, AT),
        RoundOpened("XA-T", "2024-03", AT, AT),
        SeatLinked(Address("web", "a"), 5, AT, "one"),
        SeatLinked(Address("web", "b"), 6, AT, "two"),
    ]
    try:
        for effect in [*first, *done]:
            await writer.run("k", lambda _, one=effect: [one])  # type: ignore[misc]
            with database.reading() as reader:
                assert differences(reader)[1] == []
    finally:
        await writer.close()
        database.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(effects, max_size=14))
def test_summaries_are_what_the_answers_give_in_any_order(done: list[Effect]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder) / "house.db", done))


# --- the commands


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A branch whose report is in, and one that is still writing."""
    url = f"sqlite:///{tmp_path / 'house.db'}"
    database = open_database(url)

    async def write() -> None:
        writer = writer_of(database)
        done: list[Effect] = [UnitsImported(SMALL.start, AT), RoundOpened("CH-T", "2024-03", AT, AT)]
        for seat, count in ((5, 3), (6, 4)):
            said = Answer("MH11.6", "given", {"MH11.6": count})
            done.append(AnswerRecorded(seat, 1, AT, said, Address("web", "a"), f"m{seat}"))
        done.append(ReportSubmitted(5, 1, AT))
        await writer.run("k", lambda _: done)
        await writer.close()

    asyncio.run(write())
    database.close()
    return url


def _changed(url: str, statement: str) -> None:
    database = Database(url)
    with database.connect_for_writing() as connection, connection.begin():
        connection.execute(text(statement))
    database.close()


def _chihoi(*words: str) -> Any:
    return CliRunner().invoke(app, ["summaries", *words])


def test_verify_says_how_many_rows_there_are(url: str) -> None:
    result = _chihoi("verify", "--database", url)
    assert (result.exit_code, result.stdout) == (0, "1 dòng, tất cả đúng với câu trả lời.\n")


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE unit_figures SET number = 30", "đang giữ 30, câu trả lời cho 3"),
        ("DELETE FROM unit_figures", "đang giữ (không có), câu trả lời cho 3"),
        ("UPDATE submissions SET status = 'draft'", "đang giữ 3, câu trả lời cho (không có)"),
    ],
)
def test_verify_names_a_row_that_differs_and_rebuild_mends_it(url: str, statement: str, line: str) -> None:
    _changed(url, statement)
    result = _chihoi("verify", "--database", url)
    assert result.exit_code == 1
    assert f"CH-T:2024-03 13-01 MH11.6: {line}" in result.stdout
    assert _chihoi("rebuild", "--database", url).exit_code == 0
    assert _chihoi("verify", "--database", url).exit_code == 0


def test_a_database_of_before_gets_its_summaries(url: str, tmp_path: Path) -> None:
    older = _as_it_was(url, tmp_path / "older.db", "v0005")
    open_database(older).close()
    assert _chihoi("verify", "--database", older).stdout.startswith("1 dòng, tất cả đúng")


def _as_it_was(url: str, path: Path, revision: str) -> str:
    """A database of this revision with the rows of ``url``, as far as there was room for them."""
    engine = SqliteFile(path).engine(writing=True)
    with engine.begin() as connection:
        command.upgrade(config_for(connection), revision)
    engine.dispose()
    with closing(sqlite3.connect(path)) as old:
        old.execute("ATTACH ? AS new", (url.removeprefix("sqlite:///"),))
        names = old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if name != "alembic_version":
                _copy(old, name)
        old.commit()
    return f"sqlite:///{path}"


def _copy(old: sqlite3.Connection, table: str) -> None:
    columns = [row[1] for row in old.execute(f"PRAGMA main.table_info({table})")]
    known = {row[1] for row in old.execute(f"PRAGMA new.table_info({table})")}
    shared = ", ".join(f'"{column}"' for column in columns if column in known)
    old.execute(f"INSERT OR REPLACE INTO main.{table} ({shared}) SELECT {shared} FROM new.{table}")  # noqa: S608
