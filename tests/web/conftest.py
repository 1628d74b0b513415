"""The whole house behind the page, on a real SQLite file: xã Nam Hoa in March 2024, cô Hoa's branch."""

import io
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from playwright.async_api import Browser, async_playwright

from bot.channels.web_phone import WebPhone
from bot.photos import Photos
from bot.receive import Receiver
from bot.web.health import Health
from bot.web.phone import PhoneBackend, PhonePage
from bot.web.server import make_app, serve
from handlers.turn import Turns
from scheduler.clock import VIETNAM, Clock, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import Effect, MessageQueued, RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address, Inbound, Outbound
from storage.domain.people import Seat
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan_files import load_plan
from storage.queries import conversations, people
from storage.writer import Writer
from storage.writer.opening import writer_of

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
SEAT = "13999-05"
HOA = Address("web", SEAT)
SINCE = date(2021, 1, 1)
START = datetime(2024, 3, 14, 19, 30, tzinfo=VIETNAM)
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}

CHROMIUM = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

Client = TestClient[web.Request, web.Application]


def unit(code: str, name: str, kind: Any, parent: str | None, head: str = "", **figures: int) -> UnitRecord:
    """One row of the tree."""
    return UnitRecord(code, name, kind, "", parent, SINCE, None, figures, head, "chị")


TREE = (
    unit("36", "Tỉnh Nam Định", "TI", None),
    unit("361", "Huyện Nam Trực", "HU", "36"),
    unit("13999", "Xã Nam Hoa", "XA", "361", "Trần Thị Lan"),
    unit("13999-04", "Chi hội xóm 4", "CH", "13999", "Vũ Thị <b>Đào</b>", members=40),
    unit(SEAT, "Chi hội xóm 5", "CH", "13999", "Nguyễn Thị Hoa", members=62),
)

MARCH = RoundOpened(
    "CH-T",
    "2024-03",
    datetime(2024, 3, 12, 0, 30, tzinfo=UTC),
    datetime(2024, 3, 18, 20, 30, tzinfo=VIETNAM).astimezone(UTC),
)


@dataclass
class House:
    """The house and its page. ``ticks`` are the moments at which the sweeps were run, by ``scheduler`` if
    there is one; ``fail``, if set, is raised by the next message instead of taking it."""

    database: Database
    writer: Writer
    receiver: Receiver
    clock: Clock
    app: web.Application
    phone: WebPhone
    photos: Path
    ticks: list[datetime] = field(default_factory=list)
    fail: Exception | None = None
    scheduler: Scheduler | None = None

    async def write(self, *effects: Effect) -> None:
        """Commit these effects."""
        await self.writer.run("test", lambda _: effects)

    def ask(self, query: Callable[..., T], *args: object) -> T:
        """Run one query function."""
        with self.database.reading() as reader:
            return query(reader, *args)

    def seat(self, code: str = SEAT) -> Seat:
        """The seat with this code, which must be there."""
        found = self.ask(people.seat_by_code, code)
        assert found is not None
        return found

    def lines(self, code: str = SEAT) -> list[conversations.Line]:
        """What was said on this seat's phone."""
        return self.ask(conversations.transcript, Address("web", code), 200)

    def said(self) -> list[str]:
        """What cô Hoa sent, as kept."""
        return [line.text for line in self.lines() if line.direction == "in"]

    async def push(self, text: str) -> None:
        """Something the bot says unasked."""
        await self.write(MessageQueued(Outbound(HOA, text), self.clock.now().astimezone(UTC), "push"))

    async def _receive(self, inbound: Inbound, photo: bytes | None) -> None:
        if self.fail is not None:
            failure, self.fail = self.fail, None
            raise failure
        with self.phone.holding(inbound, photo):
            await self.receiver(inbound)

    async def _link(self, seat: Seat) -> None:
        await self.write(SeatLinked(Address("web", seat.code), seat.id, self.clock.now().astimezone(UTC), ""))

    async def _tick(self) -> None:
        self.ticks.append(self.clock.now())
        if self.scheduler is not None:
            await self.scheduler.tick()


Build = Callable[..., Awaitable[House]]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Builds a house; ``clock`` and ``link`` (whether cô Hoa's phone is linked already) may be chosen, and
    whether the ``sweeps`` look when the clock jumps."""
    built: list[House] = []

    async def make(clock: Clock | None = None, link: bool = True, sweeps: bool = False) -> House:
        clock = clock or ManualClock(START)
        plan = load_plan(ROOT / "plans" / "kh83-2024")
        database = open_database(f"sqlite:///{tmp_path / 'chihoi.db'}")
        writer = writer_of(database)
        turns = Turns(plan, clock.now, HOTLINES)
        phone, folder = WebPhone(), tmp_path / "photos"
        receiver = Receiver(writer, turns, Photos(folder), {"web": phone}, clock)
        house = House(database, writer, receiver, clock, web.Application(), phone, folder)
        if sweeps:
            house.scheduler = Scheduler(plan, writer, clock, turns)
        backend = PhoneBackend(
            database, house._receive, phone, house._link, clock, plan, turns.report, house._tick, folder
        )
        house.app = make_app([*PhonePage(backend).routes(), *Health(database).routes()])
        at = datetime(2024, 3, 12, 1, 0, tzinfo=UTC)
        await house.write(UnitsImported(TREE, at), MARCH)
        if link:
            await house.write(SeatLinked(HOA, house.seat().id, at, ""))
        built.append(house)
        return house

    yield make
    for house in built:
        await house.receiver.close()
        await house.writer.close()
        house.database.close()


@pytest.fixture
async def house(build: Build) -> House:
    """The usual house."""
    return await build()


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """A client without a browser."""
    async with TestClient(TestServer(house.app)) as client:
        yield client


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    """The address of the page, really served."""
    runner = await serve(house.app, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium with a fresh profile."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: run `make browser`, or install Debian's package 'chromium'"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield browser
        await browser.close()


@pytest.fixture
def picture() -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (188, 143, 96)).save(out, "JPEG")
    return out.getvalue()
