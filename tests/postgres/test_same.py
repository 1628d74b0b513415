"""The same script on SQLite and on PostgreSQL: the same effects, the same rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from handlers.turn import Turns
from scheduler.clock import ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import Effect, RetentionReached, SeatLinked, UnitsImported
from storage.domain.messages import Address, Inbound
from storage.migrations import open_database
from storage.queries import people
from storage.tables import metadata
from storage.tables.consent import house_keys
from storage.writer import Decide, Reader, Writer
from storage.writer.opening import writer_of
from tests.dialogue.test_never_stuck import WORDS
from tests.kh83 import kh83
from tests.storage.conftest import TREE

START = datetime(2024, 3, 14, 12, 42, tzinfo=UTC)
HANH, DAO, LAN, MAI, NOBODY = (Address("web", name) for name in ("hanh", "dao", "lan", "mai", "la"))
SEATS = {HANH: "13999-01", DAO: "13999-02", LAN: "13999", MAI: "36"}
HOTLINES = {"police": "113", "children": "111", "peace_house": "19"}


class House:
    """A house on one database, its clock in our hands."""

    def __init__(self, url: str) -> None:
        self.database: Database = open_database(url)
        with self.database.connect_for_writing() as connection, connection.begin():
            connection.execute(update(house_keys).values(secret="the same"))
        self.clock = ManualClock(START)
        self.turns = Turns(kh83(), self.clock.now, HOTLINES)
        self.writer: Writer = writer_of(self.database)
        self.scheduler = Scheduler(kh83(), self.writer, self.clock, self.turns, lambda: None, holder="one")

    async def do(self, *effects: Effect) -> None:
        """Commit these."""
        await self.writer.run("test", lambda reader: effects)

    async def link(self) -> None:
        """Everybody's account is hers."""

        def decide(reader: Reader) -> Sequence[Effect]:
            seats = {address: people.seat_by_code(reader, code) for address, code in SEATS.items()}
            return [SeatLinked(address, seat.id, START, "") for address, seat in seats.items() if seat]

        await self.writer.run("test", decide)

    async def say(self, who: Address, number: int, text: str) -> Any:
        """One message; what it led to, or the kind of its failure."""
        decide: Decide = self.turns(Inbound(who, f"m{number}", self.clock.now().astimezone(UTC), text))
        try:
            return await self.writer.run(str(who), decide)
        except Exception as error:
            return type(error)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything kept."""
        with self.database.reading() as reader:
            return {
                table.name: [
                    tuple(row) for row in reader.execute(table.select().order_by(*table.primary_key))
                ]
                for table in metadata.sorted_tables
            }

    async def close(self) -> None:
        """Give it back."""
        await self.writer.close()
        self.database.close()


async def _life(house: House) -> list[Any]:
    """Months in a commune: rounds open by the clock, reports, corrections, rights, nudges, retention."""
    seen: list[Any] = []
    await house.do(UnitsImported(TREE, START))
    await house.link()
    for hour in range(30):
        await house.scheduler.tick()
        for number, word in enumerate(WORDS[hour % 3 :: 3]):
            for who in (HANH, DAO, LAN, MAI, NOBODY)[: 2 + hour % 4]:
                seen.append(await house.say(who, hour * 1000 + number, word))
        house.clock.advance(timedelta(hours=31))
    limit = house.clock.now().astimezone(UTC) - timedelta(days=20)
    await house.do(RetentionReached(limit, limit, limit, limit, limit, limit, frozenset({"MH33.1.anh"})))
    return seen


async def test_the_same_life_leaves_the_same_rows(url: str, tmp_path: Path) -> None:
    houses = House(f"sqlite:///{tmp_path / 'a.db'}"), House(url)
    lives = [await _life(house) for house in houses]
    assert lives[0] == lives[1]
    rows = [house.rows() for house in houses]
    for table, kept in rows[0].items():
        assert kept == rows[1][table], table
    assert sum(map(len, rows[0].values())) > 1_000
    for house in houses:
        await house.close()
