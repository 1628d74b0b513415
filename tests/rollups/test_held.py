"""What is held in memory is what the database says: after reports, corrections, and what was rolled back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import Database
from storage.domain.answers import Answer
from storage.domain.effects import (
    AnswerRecorded,
    Effect,
    PersonErased,
    ReportSubmitted,
    RoundOpened,
    SummariesRebuilt,
    UnitsImported,
)
from storage.domain.figures import Number
from storage.domain.messages import Address
from storage.domain.people import Seat
from storage.migrations import open_database
from storage.queries import people, rounds
from storage.queries.figures import figure_table, reporting_table
from storage.queries.held import held_of
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter
from tests.kh83 import kh83
from tests.people.conftest import MARCH, TREE, unit

AT = datetime(2024, 3, 15, tzinfo=UTC)
COMMUNE = "13999"
MONTH = timedelta(days=31)


@dataclass
class Books:
    """A commune whose branches report."""

    database: Database
    writer: SqliteWriter

    async def write(self, *effects: Effect) -> None:
        await self.writer.run("test", lambda _: effects)

    def seat(self, code: str) -> Seat:
        with self.database.reading() as reader:
            found = people.seat_by_code(reader, code)
        assert found is not None
        return found

    def answer(self, code: str, new: int) -> AnswerRecorded:
        with self.database.reading() as reader:
            asked = rounds.round_of(reader, "CH-T", "2024-03")
        assert asked is not None
        given = Answer("NEN.5", "given", {"NEN.5.ket_nap": new, "NEN.5.ra": 0})
        return AnswerRecorded(self.seat(code).id, asked.id, AT, given, Address("web", "a"), f"{code}{new}")

    async def reports(self, code: str, new: int) -> None:
        answer = self.answer(code, new)
        await self.write(answer, ReportSubmitted(answer.seat_id, answer.round_id, AT))

    def cases(self, code: str, period: str, many: int) -> AnswerRecorded:
        """A sensitive number."""
        with self.database.reading() as reader:
            asked = rounds.round_of(reader, "CH-T", period)
        assert asked is not None
        given = Answer("NV26f", "given", {"NV26f": many})
        key = f"{code}{period}{many}"
        return AnswerRecorded(self.seat(code).id, asked.id, AT, given, Address("web", "a"), key)

    def withheld(self, period: str) -> dict[str, bool]:
        """Whether the two branches' numbers are hidden from those above."""
        with self.database.reading() as reader:
            top = people.seat_by_code(reader, COMMUNE)
            assert top is not None
            table = figure_table(reader, kh83(), period, top.unit.id, indicators=["NV26f"])
        hidden = {row.area.code: row.figures["NV26f"].main.hidden for row in table.rows}
        return {code: hidden[code] for code in ("13999-01", "13999-02")}

    def new_members(self, reader: Reader | None = None) -> tuple[Number | None, int]:
        """The commune's new members of March, and how many reports came."""
        if reader is None:
            with self.database.reading() as own:
                return self.new_members(own)
        top = people.seat_by_code(reader, COMMUNE)
        assert top is not None
        table = figure_table(reader, kh83(), "2024-03", top.unit.id, indicators=["NEN.5"])
        figure = table.total.figures["NEN.5"].figure("NEN.5.ket_nap")
        came = reporting_table(reader, kh83(), "2024-03", top.unit.id).total.progress.actual
        return (figure.value if figure else None), came


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    """Two branches have reported 3 and 4."""
    database = open_database(f"sqlite:///{tmp_path / 'held.db'}")
    made = Books(database, SqliteWriter(database))
    await made.write(UnitsImported(TREE, AT), MARCH)
    await made.reports("13999-01", 3)
    await made.reports("13999-02", 4)
    yield made
    await made.writer.close()
    database.close()


async def test_a_report_and_a_correction_are_seen_at_once(books: Books) -> None:
    assert books.new_members() == (7, 2)
    await books.reports("13999-03", 5)
    assert books.new_members() == (12, 3)
    await books.write(books.answer("13999-01", 1))
    assert books.new_members() == (10, 3)


async def test_what_did_not_change_is_not_read_again(books: Books) -> None:
    with books.database.reading() as reader:
        before = held_of(reader)
        assert held_of(reader) is before
    await books.write(RoundOpened("XA-T", "2024-03", MARCH.opens_at, MARCH.due_at))
    await books.reports("13999-03", 5)
    with books.database.reading() as reader:
        after = held_of(reader)
    assert after.forest is before.forest
    assert after.rounds.keys() > before.rounds.keys()


async def test_new_units_erased_persons_and_summaries_made_anew_are_seen(books: Books) -> None:
    assert books.new_members() == (7, 2)
    fifth = unit("13999-77", "Chi hội xóm 77", "CH", COMMUNE)
    await books.write(UnitsImported((*TREE, fifth), AT))
    await books.reports("13999-77", 9)
    assert books.new_members() == (16, 3)
    person = books.seat("13999-01").person
    assert person is not None
    await books.write(PersonErased(person.id, AT), SummariesRebuilt(AT))
    assert books.new_members() == (16, 3)


async def test_what_was_undone_is_forgotten(books: Books) -> None:
    assert books.new_members() == (7, 2)
    answer = books.answer("13999-01", 90)
    seen: list[object] = []

    def fails(reader: Reader) -> tuple[Effect, ...]:
        seen.append(books.new_members(reader))
        raise RuntimeError

    with books.database.connect_for_writing() as connection:
        connection.begin()
        connection.exec_driver_sql("UPDATE unit_figures SET number = 90 WHERE field = 'NEN.5.ket_nap'")
        connection.exec_driver_sql(
            "INSERT INTO audit (at, what, seat_id, round_id, channel, details) VALUES"
            " ('2024-03-15 00:00:00.000000', 'answer_recorded', ?, ?, '', '{}')",
            (answer.seat_id, answer.round_id),
        )
        assert books.new_members(connection)[0] == 94  # of the one unit the line names
        connection.rollback()
    assert books.new_members() == (7, 2)
    with pytest.raises(RuntimeError):
        await books.writer.run("test", fails)
    assert seen == [(7, 2)]


async def test_a_year_is_withheld_as_soon_as_a_month_in_it_becomes_small(books: Books) -> None:
    await books.write(RoundOpened("CH-T", "2024-04", MARCH.opens_at + MONTH, MARCH.due_at + MONTH))
    for code in ("13999-01", "13999-02"):
        for period in ("2024-03", "2024-04"):
            answer = books.cases(code, period, 5)
            await books.write(answer, ReportSubmitted(answer.seat_id, answer.round_id, AT))
    assert books.withheld("2024") == {"13999-01": False, "13999-02": False}
    await books.write(books.cases("13999-01", "2024-03", 1))
    assert books.withheld("2024-03") == {"13999-01": True, "13999-02": True}
    assert books.withheld("2024") == {"13999-01": True, "13999-02": True}  # less April it would tell March
    assert books.withheld("2024-04") == {"13999-01": False, "13999-02": False}
    await books.write(books.cases("13999-01", "2024-03", 4))
    assert books.withheld("2024") == {"13999-01": False, "13999-02": False}
