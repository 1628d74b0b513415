"""A province behind the staff page: the tree of tests/people, chat for the links, figures made by hand."""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, async_playwright

from bot.letters import Doors
from bot.web.server import make_app, serve
from bot.web.staff.backend import StaffBackend
from bot.web.staff.pages import StaffPages
from bot.web.staff.visit import COOKIE
from handlers.turn import Turns
from scheduler.clock import ManualClock
from storage.domain.effects import RoundOpened, UnitsImported
from storage.migrations import open_database
from storage.writer.opening import writer_of
from tests.kh83 import kh83
from tests.people.conftest import HOTLINES, MARCH, START, TREE, House, Phone, unit
from tests.staff_page.hand import HandFigures
from tests.web.conftest import CHROMIUM

Client = TestClient[web.Request, web.Application]

#: Names nobody should have; a page must show them as they are.
NASTY = "Chi hội <script>document.title='hacked'</script>"
NASTY_HEAD = "Bùi <img src=x onerror=\"document.title='hacked'\">"

WHOLE = (*TREE, unit("13999-07", NASTY, "CH", "13999", NASTY_HEAD))

#: Who is who: seat code by the account she writes from.
STAFF = {"mai": "36", "ngoc": "361", "lan": "13999", "xuan": "14000", "hoa": "13999-05"}


@dataclass
class Office:
    """The house with its staff page."""

    house: House
    figures: HandFigures
    app: web.Application
    backend: StaffBackend
    phones: dict[str, Phone] = field(default_factory=dict)

    async def phone(self, name: str) -> Phone:
        """Somebody of the staff, tied to her seat."""
        if name not in self.phones:
            self.phones[name] = await self.house.linked(STAFF[name], name)
        return self.phones[name]

    async def link(self, name: str) -> str:
        """She writes TRANG; the path and query of the link she is sent."""
        said = await (await self.phone(name)).says("TRANG")
        return "/staff/enter?k=" + said.split("/staff/enter?k=")[1].split()[0]

    async def enter(self, client: Client, name: str) -> None:
        """She opens her link and presses the button."""
        token = (await self.link(name)).partition("?k=")[2]
        answer = await client.post("/staff/enter", data={"k": token}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/staff")


Build = Callable[..., Office]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Builds an office; ``public_url`` and ``figures`` may be chosen. Units are imported by `office`."""
    built: list[House] = []

    def make(public_url: str = "http://trang.test") -> Office:
        clock = ManualClock(START)
        database = open_database(f"sqlite:///{tmp_path / 'staff.db'}")
        writer = writer_of(database)
        turns = Turns(kh83(), clock.now, HOTLINES, public_url)
        house = House(database, writer, turns, clock, tmp_path)
        figures = HandFigures(kh83())
        backend = StaffBackend(database, writer, clock, kh83(), figures, public_url, Doors("HoiBot"))
        built.append(house)
        return Office(house, figures, make_app(StaffPages(backend).routes()), backend)

    yield make
    for house in built:
        await house.writer.close()
        house.database.close()


async def fill(office: Office) -> Office:
    """The tree, and the rounds of March."""
    at = START.astimezone(UTC)
    communes = RoundOpened("XA-T", "2024-03", MARCH.opens_at, MARCH.due_at)
    await office.house.write(UnitsImported(WHOLE, at), MARCH, communes)
    return office


@pytest.fixture
async def office(build: Build) -> Office:
    """The usual one."""
    return await fill(build())


@pytest.fixture
async def client(office: Office) -> AsyncIterator[Client]:
    """A client without a browser."""
    async with TestClient(TestServer(office.app)) as client:
        yield client


@pytest.fixture
async def url(office: Office) -> AsyncIterator[str]:
    """The address of the page, really served."""
    runner = await serve(office.app, "127.0.0.1", 0)
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


def cookie_of(client: Client) -> str:
    """The value of her session's cookie; "" if there is none."""
    return next((cookie.value for cookie in client.session.cookie_jar if cookie.key == COOKIE), "")
