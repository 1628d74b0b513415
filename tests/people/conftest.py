"""A commune on a real SQLite file, and people who write to the bot: every word goes the public path."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from storage.database import Database
from storage.domain.codes import code_sha256
from storage.domain.effects import CodesIssued, Effect, MessageSent, RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address, Attachment, Inbound, Outbound
from storage.domain.people import Seat
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.queries import outbox, people
from storage.tables import metadata
from storage.writer import Reader, Writer
from storage.writer.opening import writer_of
from tests.kh83 import kh83

T = TypeVar("T")

START = datetime(2024, 3, 14, 19, 30, tzinfo=VIETNAM)
SINCE = date(2021, 1, 1)
SIXTY = {"members": 60}
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}
CODE = "CH-7K4M3Q9AF"


def unit(
    code: str, name: str, kind: str, parent: str | None, head: str = "", **changes: object
) -> UnitRecord:
    """One row of the tree."""
    record = UnitRecord(code, name, kind, "", parent, SINCE, None, {}, head, "chị")  # type: ignore[arg-type]
    return replace(record, **changes)  # type: ignore[arg-type]


TREE = (
    unit("36", "Tỉnh Nam Định", "TI", None, "Vũ Thị Mai"),
    unit("361", "Huyện Nam Trực", "HU", "36", "Đỗ Thị Ngọc"),
    unit("13999", "Xã Nam Hoa", "XA", "361", "Trần Thị Lan"),
    *(unit(f"13999-{n:02}", f"Chi hội xóm {n}", "CH", "13999", f"Bùi Thị Số{'abcd'[n - 1]}", figures=SIXTY)
      for n in range(1, 5)),
    unit("13999-05", "Chi hội xóm 5", "CH", "13999", "Nguyễn Thị Hoa", figures={"members": 62}),
    unit("13999-06", "Chi hội xóm 6", "CH", "13999"),
    unit("14000", "Xã Hồng Quang", "XA", "361", "Phạm Thị Xuân"),
    unit("14000-05", "Chi hội xóm 5", "CH", "14000", "Lê Thị Thu"),
)  # fmt: skip
MARCH = RoundOpened(
    "CH-T",
    "2024-03",
    datetime(2024, 3, 12, 0, 30, tzinfo=UTC),
    datetime(2024, 3, 18, 20, 30, tzinfo=VIETNAM).astimezone(UTC),
)


@dataclass
class House:
    """The house without its web page: turns, writer, clock, and a sender that delivers at once."""

    database: Database
    writer: Writer
    turns: Turns
    clock: ManualClock
    folder: Path
    sent: list[Outbound] = field(default_factory=list)
    count: int = 0

    async def write(self, *effects: Effect) -> None:
        """Commit these effects."""
        await self.writer.run("test", lambda _: effects)

    def ask(self, query: Callable[..., T], *args: object, **options: object) -> T:
        """Run one query function."""
        with self.database.reading() as reader:
            return query(reader, *args, **options)

    def seat(self, code: str) -> Seat:
        """The seat with this code, which must be there."""
        found = self.ask(people.seat_by_code, code)
        assert found is not None
        return found

    async def take(self, inbound: Inbound) -> None:
        """One message, committed; what waits goes out and is settled, as the sender does."""
        await self.writer.run(str(inbound.address), self.turns(inbound))
        await self.deliver()

    async def deliver(self) -> None:
        """Everything in the outbox is taken by its platform."""
        now = self.clock.now().astimezone(UTC)
        for channel in ("telegram", "zalo", "web"):
            while waiting := self.ask(outbox.waiting, channel, now, 50):
                for row in waiting:
                    self.sent.append(row.outbound)
                    await self.write(MessageSent(row.id, now, f"{row.outbound.address.account}:{row.id}"))

    async def issue(self, seat_code: str, code: str = CODE) -> str:
        """A code for a seat, as its letter shows it."""
        now = self.clock.now().astimezone(UTC)
        await self.write(CodesIssued(((self.seat(seat_code).id, code_sha256(code)),), now))
        return code

    async def linked(self, seat_code: str, account: str, channel: str = "telegram") -> "Phone":
        """Somebody whose account the house itself tied to a seat."""
        address = Address(channel, account)
        await self.write(SeatLinked(address, self.seat(seat_code).id, self.clock.now().astimezone(UTC), ""))
        return Phone(self, address)

    def phone(self, account: str, channel: str = "telegram") -> "Phone":
        """Somebody's phone, known to nobody yet."""
        return Phone(self, Address(channel, account))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What no query shows."""

        def fetch(reader: Reader) -> list[tuple[object, ...]]:
            return [tuple(row) for row in reader.exec_driver_sql(statement)]

        return self.ask(fetch)


@dataclass
class Phone:
    """One person's phone."""

    house: House
    address: Address
    heard: int = 0

    async def says(self, text: str = "", **more: object) -> str:
        """Types a message; what the bot answers her."""
        house = self.house
        house.count += 1
        before = len(house.sent)
        message_id = f"{self.address.account}:{house.count}"
        at = house.clock.now().astimezone(UTC)
        await house.take(Inbound(self.address, message_id, at, text, **more))  # type: ignore[arg-type]
        house.clock.advance(timedelta(seconds=20))
        mine = [outbound.text for outbound in house.sent[before:] if outbound.address == self.address]
        return "\n".join(mine)

    async def starts(self, code: str) -> str:
        """Opens a deep link (``/start CODE``)."""
        return await self.says("start", start_code=code)

    async def taps(self, number: int) -> str:
        """Presses a button of the last message that had any."""
        last = next(o for o in reversed(self.house.sent) if o.address == self.address and o.choices)
        return await self.says("", choice=last.choices[number - 1].token)

    async def sends_photo(self, path: str) -> str:
        """Sends a photo that was kept at ``path``."""
        return await self.says("", attachment=Attachment("photo", "ref", path))

    def last(self) -> str:
        """The last thing the bot told her."""
        return next((o.text for o in reversed(self.house.sent) if o.address == self.address), "")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The commune in March 2024, nobody tied yet, the monthly round open."""
    clock = ManualClock(START)
    database = open_database(f"sqlite:///{tmp_path / 'house.db'}")
    writer = writer_of(database)
    built = House(database, writer, Turns(kh83(), clock.now, HOTLINES), clock, tmp_path)
    await built.write(UnitsImported(TREE, START.astimezone(UTC)), MARCH)
    yield built
    await writer.close()
    database.close()


def everything(house: House) -> str:
    """All that is in the database: every row of every table, and every byte of its files."""
    rows = [str(house.rows(f"SELECT * FROM {name}")) for name in metadata.tables]  # noqa: S608
    house.database.checkpoint()
    files = [
        path.read_bytes().decode("utf-8", "ignore") for path in house.folder.rglob("*") if path.is_file()
    ]
    return "\n".join([*rows, *files])
