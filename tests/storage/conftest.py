"""A small province on a real SQLite file: cô Mai (province), chị Lan (commune), two branches."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from storage.database import Database
from storage.domain.answers import Answer
from storage.domain.effects import AnswerRecorded, Effect, RoundOpened, UnitsImported
from storage.domain.messages import Address
from storage.domain.people import Seat
from storage.domain.rounds import Round
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.queries import people, rounds
from storage.writer import Outcome, Reader, Writer
from storage.writer.opening import writer_of

T = TypeVar("T")

NOW = datetime(2024, 3, 12, 1, 0, tzinfo=UTC)
DAY = date(2024, 3, 12)
SINCE = date(2021, 1, 1)
HANH = Address("web", "hanh")


def unit(code: str, kind: str, parent: str | None, **changes: object) -> UnitRecord:
    """A unit record with plain defaults."""
    values: dict[str, object] = {
        "code": code, "name": f"Đơn vị {code}", "kind": kind, "area_kind": "", "parent": parent,
        "valid_from": SINCE, "valid_to": None, "figures": {}, "head": "", "address_form": "chị", **changes,
    }  # fmt: skip
    return UnitRecord(**values)  # type: ignore[arg-type]


TREE = (
    unit("36", "TI", None, name="Tỉnh Nam Định", head="Trần Thị Mai", address_form="cô"),
    unit("13999", "XA", "36", name="Xã Hải Đông", head="Phạm Thị Lan"),
    unit("13999-01", "CH", "13999", name="Chi hội xóm 1", head="Vũ Thị Hạnh", address_form="cô",
         figures={"members": 166, "households": 177}),
    unit("13999-02", "CH", "13999", name="Chi hội xóm 2", head="Đỗ Thị Đào"),
)  # fmt: skip


@dataclass
class House:
    """A database and its writer, with short ways to write and to ask."""

    database: Database
    writer: Writer
    _said: int = field(default=0)

    async def write(self, *effects: Effect, key: str = "k") -> Outcome:
        """Commit these effects as one turn."""
        return await self.writer.run(key, lambda _: effects)

    def ask(self, query: Callable[..., T], *args: object, **options: object) -> T:
        """Run one query function."""
        with self.database.reading() as reader:
            return query(reader, *args, **options)

    def seat(self, code: str) -> Seat:
        """The seat with this code, which must be there."""
        found = self.ask(people.seat_by_code, code)
        assert found is not None
        return found

    async def round(self, pack: str = "CH-T", period: str = "2024-03", opens: datetime = NOW) -> Round:
        """Open a round, due after six days."""
        await self.write(RoundOpened(pack, period, opens, opens + timedelta(days=6)))
        found = self.ask(rounds.round_of, pack, period)
        assert found is not None
        return found

    async def answer(
        self, seat: Seat, asked: Round, *answers: Answer, by: Address = HANH, at: datetime = NOW
    ) -> None:
        """Record answers, each said in a message of its own."""
        for answer in answers:
            self._said += 1
            await self.write(AnswerRecorded(seat.id, asked.id, at, answer, by, f"m{self._said}"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the database of a test lies."""
    return f"sqlite:///{tmp_path / 'house.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty, migrated database."""
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
async def empty_house(database: Database) -> AsyncIterator[House]:
    """A house with nobody in it."""
    writer = writer_of(database)
    yield House(database, writer)
    await writer.close()


@pytest.fixture
async def house(empty_house: House) -> House:
    """The small province, nobody linked yet."""
    await empty_house.write(UnitsImported(TREE, NOW))
    return empty_house


def count(reader: Reader, table: str) -> int:
    """How many rows a table has."""
    return int(reader.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608


def rows(reader: Reader, statement: str) -> Sequence[tuple[object, ...]]:
    """The rows of a statement, for what no query shows (audit, history of seats)."""
    return [tuple(row) for row in reader.exec_driver_sql(statement)]
