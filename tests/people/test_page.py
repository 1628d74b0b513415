"""A commune enrols its heads on the training page, by chat alone: strangers' phones and the president's."""

import re
from html import unescape
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import _phone_backend, build
from bot.settings import Settings
from bot.web.phone import PhonePage
from bot.web.server import make_app
from bot.web.stranger import PATH, StrangerPage
from scheduler.clock import ManualClock
from storage.domain.effects import UnitsImported
from storage.queries import people
from tests.kh83 import PLAN_FOLDER
from tests.people.conftest import START, TREE, unit

Client = TestClient[web.Request, web.Application]


class Page:
    """Two sorts of phones on one page."""

    def __init__(self, client: Client) -> None:
        self._client, self._count = client, 0

    def _id(self) -> str:
        self._count += 1
        return f"message-{self._count:04}"

    async def stranger(self, number: int, text: str) -> str:
        """A stranger types; the whole page she sees then."""
        form = {"number": str(number), "id": self._id(), "text": text}
        response = await self._client.post(PATH, data=form)
        assert response.status == 200
        return _words(await response.text())

    async def seat(self, code: str, text: str) -> str:
        """The holder of a seat types."""
        await self._client.post("/phone/seat", data={"seat": code})
        form = {"seat": code, "id": self._id(), "text": text}
        response = await self._client.post("/phone/messages", data=form, headers={"Accept": "text/html"})
        return _words(await response.text())


def _words(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A house in a folder of its own."""
    return Settings(  # type: ignore[call-arg]
        _env_file=None, database_url=f"sqlite:///{tmp_path / 'demo.db'}", photos=tmp_path, plan=PLAN_FOLDER
    )


#: A commune of 14 branches; heads of 11 write themselves, in 3 somebody else has taken over since.
ORDINALS = (
    "Nhất",
    "Nhị",
    "Tam",
    "Tứ",
    "Ngũ",
    "Lục",
    "Thất",
    "Bát",
    "Cửu",
    "Thập",
    "Mai",
    "Lan",
    "Cúc",
    "Trúc",
)
HEADS = {number: f"Bùi Thị {name}" for number, name in enumerate(ORDINALS, 1)}
STRAYS = {3: "Vũ Thị Hằng", 8: "Vũ Thị Nga", 12: "Vũ Thị Yến"}
COMMUNE = (
    *(record for record in TREE if record.kind in ("TI", "HU")),
    unit("13999", "Xã Nam Hoa", "XA", "361", "Trần Thị Lan"),
    *(unit(f"13999-{n:02}", f"Chi hội xóm {n}", "CH", "13999", name) for n, name in HEADS.items()),
)


async def test_a_commune_is_enrolled_on_the_page_by_chat_alone(settings: Settings) -> None:
    house = build(settings, ManualClock(START))
    await house.writer.run("test", lambda reader: (UnitsImported(COMMUNE, START),))
    backend = _phone_backend(house)
    app = make_app([*PhonePage(backend).routes(), *StrangerPage(backend).routes()])
    async with TestClient(TestServer(app)) as client:
        page = Page(client)
        await page.seat("13999", "chào em")
        for branch, name in {**HEADS, **STRAYS}.items():
            assert "Chưa nối với ai" in await page.stranger(branch, "bắt đầu")
            for words in (f"xóm {branch} nam hoa", "1", "đồng ý", name, "1"):
                await page.stranger(branch, words)
            assert f"đã nối tài khoản của {name}" in await page.seat("13999", "1")
            assert f"Chi hội xóm {branch}, Xã Nam Hoa" in await page.stranger(branch, "tiếp")
        for words in ("bàn giao xóm 5", "Đinh Thị Sen", "1"):
            said = await page.seat("13999", words)
        assert "Đinh Thị Sen" in said
        assert (await client.get(f"{PATH}?number=100")).status == 404
        assert (await client.post(PATH, data={"number": "1", "id": "x"})).status == 400
    with house.database.reading() as reader:
        assert [seat.code for seat in people.seats_not_linked(reader)] == ["13999-05", "36", "361"]
        held = {n: people.seat_by_code(reader, f"13999-{n:02}") for n in HEADS}
    names = {n: seat.person.name for n, seat in held.items() if seat and seat.person}
    assert names == {**HEADS, **STRAYS, 5: "Đinh Thị Sen"}
    await house.receiver.close()
    await house.writer.close()
    house.database.close()
