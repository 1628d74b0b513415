"""A small province with its clock: two communes, heads with accounts, the real plan, a real file."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import Effect, MessageSent, SeatLinked, UnitsImported
from storage.domain.messages import Address, Inbound
from storage.domain.people import Seat
from storage.domain.units import UnitRecord
from storage.migrations import upgrade
from storage.plan.model import Plan
from storage.queries import outbox, people
from storage.writer import Writer
from storage.writer.opening import writer_of
from tests.kh83 import kh83

T = TypeVar("T")

SINCE = date(2021, 1, 1)
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}
HOA, DAO, LAN = "13999-05", "13999-09", "13999"


def unit(code: str, name: str, kind: Any, parent: str | None, head: str = "", **figures: int) -> UnitRecord:
    """One row of the tree."""
    return UnitRecord(code, name, kind, "", parent, SINCE, None, figures, head, "chị")


TREE = (
    unit("36", "Hội LHPN tỉnh Nam Định", "TI", None, "Phạm Thị Mai"),
    unit("361", "Huyện Nam Trực", "HU", "36", "Lê Thị Bình"),
    unit("359", "Huyện Vụ Bản", "HU", "36", "Đỗ Thị Vui"),
    unit(LAN, "Xã Nam Hoa", "XA", "361", "Trần Thị Lan"),
    unit(HOA, "Chi hội xóm 5", "CH", LAN, "Nguyễn Thị Hoa", members=62),
    unit(DAO, "Chi hội xóm 9", "CH", LAN, "Vũ Thị Đào", members=40),
    unit("13888", "Xã Kim Thái", "XA", "359", "Bùi Thị Sen"),
    unit("13888-01", "Chi hội thôn 1", "CH", "13888", "Hà Thị Thu", members=50),
)


#: What is answered to what of the monthly check-in.
ANSWERS = (
    ("Đúng thì nhắn 1", "1"), ("Bắt đầu", "1"), ("Câu 1/7", "1"), ("Câu 2/7", "30"),
    ("Câu 3/7", "2 chị, 1 chị chuyển đi"),
    ("Câu 4/7", "0"), ("Câu 5/7", "0"), ("Câu 6/7", "không"), ("Câu 7/7", "bỏ qua"), ("đúng không", "đúng"),
    ("", "bỏ qua"),
)  # fmt: skip

#: When the clock looks: at the moments of the plan, and in times that should be silent.
LOOKS = (
    time(0, 5),
    time(7, 30),
    time(8, 0),
    time(8, 30),
    time(12, 0),
    time(14, 0),
    time(19, 30),
    time(21, 30),
)


def _looks(now: datetime) -> Iterator[datetime]:
    for days in range(2):
        day = now.date() + timedelta(days=days)
        yield from (datetime.combine(day, look, VIETNAM) for look in LOOKS)


@dataclass(frozen=True)
class Heard:
    """One message of the bot: to which seat code, when (local), its words, its priority."""

    to: str
    at: datetime
    text: str
    priority: str


@dataclass
class Province:
    """The house without its doors. Messages are "sent" by `deliver`."""

    database: Database
    writer: Writer
    clock: ManualClock
    turns: Turns
    scheduler: Scheduler
    heard: list[Heard] = field(default_factory=list)
    count: int = 0

    async def write(self, *effects: Effect) -> None:
        """Commit these effects."""
        await self.writer.run("test", lambda _: effects)

    def ask(self, query: Callable[..., T], *args: object) -> T:
        """Run one query function."""
        with self.database.reading() as reader:
            return query(reader, *args)

    def rows(self, sql: str, **values: object) -> list[Any]:
        """Look at the tables directly."""
        with self.database.reading() as reader:
            return list(reader.execute(text(sql), values))

    def seat(self, code: str) -> Seat:
        """The seat with this code, which must be there."""
        found = self.ask(people.seat_by_code, code)
        assert found is not None
        return found

    async def link(self, *codes: str) -> None:
        """Give these seats' people an account on the page."""
        at = self.clock.now().astimezone(UTC)
        await self.write(*(SeatLinked(Address("web", code), self.seat(code).id, at, "") for code in codes))

    async def tick(self, at: datetime | None = None) -> list[Heard]:
        """Set the clock, run every sweep, deliver what waits; what was said."""
        if at is not None:
            self.clock.set(at)
        await self.scheduler.tick()
        return await self.deliver()

    async def deliver(self) -> list[Heard]:
        """Every message that may go now goes."""
        now = self.clock.now()
        new: list[Heard] = []
        while waiting := self.ask(outbox.waiting, "web", now, 1000):
            for message in waiting:
                account = message.outbound.address.account
                new.append(Heard(account, now, message.outbound.text, message.priority))
                await self.write(MessageSent(message.id, now.astimezone(UTC), f"p{message.id}"))
        self.heard += new
        return new

    async def until(self, end: datetime, step: timedelta | None = None) -> list[Heard]:
        """Let time pass, looking at the moments of `LOOKS` (or every ``step``); what was said."""
        new: list[Heard] = []
        while (now := self.clock.now()) < end:
            following = now + step if step else next(each for each in _looks(now) if each > now)
            new += await self.tick(min(following, end))
        return new

    async def until_back(self, start: datetime, end: datetime) -> list[Heard]:
        """Set the clock back to ``start`` and let time pass again."""
        self.clock.set(start)
        return await self.until(end)

    async def say_only(self, code: str, said: str) -> None:
        """What a seat says, while nothing is delivered."""
        self.count += 1
        at = self.clock.now().astimezone(UTC)
        inbound = Inbound(Address("web", code), f"m{self.count:08}", at, said)
        await self.writer.run(code, self.turns(inbound))

    async def say(self, code: str, *texts: str) -> list[str]:
        """What a seat says, one message after the other; the replies."""
        replies: list[str] = []
        for said in texts:
            self.count += 1
            inbound = Inbound(
                Address("web", code), f"m{self.count:08}", self.clock.now().astimezone(UTC), said
            )
            await self.writer.run(code, self.turns(inbound))
            replies += [heard.text for heard in await self.deliver() if heard.to == code]
        return replies

    async def report(self, code: str) -> None:
        """Answer the whole monthly check-in, from wherever she is."""
        said = (await self.say(code, "tiếp"))[-1]
        for _ in range(20):
            if said.startswith("Xong rồi"):
                return
            said = (await self.say(code, next(text for sign, text in ANSWERS if sign in said)))[-1]
        raise AssertionError(said)


def at(day: str, time: str = "08:30") -> datetime:
    """A local moment of 2024: ``at("15/3")``."""
    number, month = map(int, day.split("/"))
    hour, minute = map(int, time.split(":"))
    return datetime(2024, month, number, hour, minute, tzinfo=VIETNAM)


async def province_in(folder: Path, plan: Plan, start: datetime, tree: tuple[UnitRecord, ...]) -> Province:
    """A new province in a file of this folder."""
    url = f"sqlite:///{folder / 'province.db'}"
    upgrade(url)
    database = Database(url, durable=False)
    writer, clock = writer_of(database), ManualClock(start)
    turns = Turns(plan, clock.now, HOTLINES)
    found = Province(database, writer, clock, turns, Scheduler(plan, writer, clock, turns))
    await found.write(UnitsImported(tree, start.astimezone(UTC)))
    return found


@pytest.fixture
async def december(tmp_path: Path) -> AsyncIterator[Province]:
    """The same on 10/12/2024: a month with nothing but the monthly report (12/12, 18/12, 25/12)."""
    found = await province_in(tmp_path, kh83(), at("10/12", "21:00"), TREE)
    await found.link(HOA, DAO, LAN)
    yield found
    await found.writer.close()
    found.database.close()


@pytest.fixture
async def province(tmp_path: Path) -> AsyncIterator[Province]:
    """The tree above on 10/3/2024, Hoa, Đào and Lan with accounts."""
    found = await province_in(tmp_path, kh83(), at("10/3", "21:00"), TREE)
    await found.link(HOA, DAO, LAN)
    yield found
    await found.writer.close()
    found.database.close()
