"""Files over Telegram, the whole way: somebody writes or the clock strikes, and a file is in her chat."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from PIL import Image
from pydantic import SecretStr

from bot.app import House, build, running
from bot.channel import NotNow, Sent, Unreachable
from bot.channels.telegram import UPLOAD_LIMIT, Telegram
from bot.settings import Settings
from scheduler.clock import ManualClock
from storage.domain.effects import SeatLinked, UnitsImported
from storage.domain.messages import Address, Choice, Outbound
from storage.queries import people
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER
from tests.scheduler.conftest import LAN, TREE, at

MAI, LANS = 41, 42
HERS = Address("telegram", str(LANS))


@pytest.fixture(scope="module")
def process() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def telegram(process: FakeTelegram) -> Iterator[FakeTelegram]:
    """The test fails if any call was not as the Bot API's description wants it."""
    process.reset()
    yield process
    assert process.faults() == []


@asynccontextmanager
async def house_of(folder: Path, telegram: FakeTelegram, start: Any) -> AsyncIterator[House]:
    """The house, running, with the province's Mai and the commune's Lan on Telegram."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=f"sqlite:///{folder / 'chihoi.db'}", photos=folder / "photos", plan=PLAN_FOLDER,
        port=free_port(), telegram_token=SecretStr(TOKEN), telegram_api=telegram.api,
        telegram_poll_seconds=1,
    )  # fmt: skip
    house = build(settings, ManualClock(start))
    since = start.astimezone(UTC)
    await house.writer.run("test", lambda _: (UnitsImported(TREE, since),))
    for chat, code in ((MAI, "36"), (LANS, LAN)):
        seat = await house.database.read(lambda reader, code=code: people.seat_by_code(reader, code))  # type: ignore[misc]
        assert seat is not None
        linked = SeatLinked(Address("telegram", str(chat)), seat.id, since, "")
        await house.writer.run("test", lambda _, linked=linked: (linked,))  # type: ignore[misc]
    async with running(house, phone_page=False):
        yield house


async def until(telegram: FakeTelegram, chat: int, seen: Callable[[list[Any]], bool]) -> list[Any]:
    """The files of a chat, once they are as wanted."""
    async with asyncio.timeout(30):
        while not seen(files := await asyncio.to_thread(telegram.files, chat)):
            await asyncio.sleep(0.02)  # another process works; there is nothing to wait on
    return files


async def test_file_gives_the_workbook(tmp_path: Path, telegram: FakeTelegram) -> None:
    async with house_of(tmp_path, telegram, at("14/3", "09:00")):
        await asyncio.to_thread(telegram.says, LANS, "FILE THÁNG 3")
        [sent] = await until(telegram, LANS, bool)
    assert (sent["kind"], sent["name"]) == ("document", "BC_T03_2024_XaNamHoa.xlsx")
    assert "tệp Excel số liệu tháng 3 năm 2024 của xã Nam Hoa" in sent["text"]
    assert "PL11 Nộp báo cáo" in load_workbook(BytesIO(sent["data"])).sheetnames
    assert telegram.texts(LANS)[-1] == sent["text"]


async def test_lich_gives_the_calendar(tmp_path: Path, telegram: FakeTelegram) -> None:
    async with house_of(tmp_path, telegram, at("14/3", "09:00")):
        await asyncio.to_thread(telegram.says, LANS, "lịch")
        [sent] = await until(telegram, LANS, bool)
    assert sent["kind"] == "document"
    assert sent["name"].endswith(".ics")
    assert len(list(Calendar.from_ical(sent["data"]).walk("VEVENT"))) >= 1
    assert sent["text"].count("\n") >= 1
    assert telegram.texts(LANS)[-1] == sent["text"]


async def test_the_clock_brings_the_digest_with_its_picture(tmp_path: Path, telegram: FakeTelegram) -> None:
    await asyncio.to_thread(telegram.says, MAI, "xin chào")
    async with house_of(tmp_path, telegram, at("12/3", "07:31")) as house:
        house.clock.set(at("18/3", "08:31"))  # type: ignore[attr-defined]
        await house.tick()
        [sent] = await until(telegram, MAI, bool)
    assert sent["kind"] == "photo"
    assert "BÁO CÁO THÁNG 3, đến 08:31 ngày 18/3" in sent["text"]
    picture = Image.open(BytesIO(sent["data"]))
    assert (picture.format, picture.size[0]) == ("PNG", 1080)
    heard = await asyncio.to_thread(telegram.texts, MAI)
    assert heard.count(sent["text"]) == 1


# --- one message


@pytest.fixture
async def channel(telegram: FakeTelegram) -> AsyncIterator[Telegram]:
    """Lan has written."""
    found = Telegram(TOKEN, telegram.api, answer_seconds=5)
    await asyncio.to_thread(telegram.says, LANS, "xin chào")
    yield found
    await found.close()


def picture(folder: Path, width: int = 40, height: int = 30) -> str:
    path = folder / "chart-1-1.png"
    Image.new("RGB", (width, height)).save(path)
    return str(path)


async def test_file_words_and_buttons_are_one_message(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram
) -> None:
    said = Outbound(HERS, "Dạ", (Choice(1, "Rồi", "q:1"),), file=picture(tmp_path))
    assert await channel.send(said) == Sent("m:42:2")
    [sent] = telegram.ledger()["sent"]
    assert (sent["text"], sent["file"]["kind"], len(sent["buttons"])) == ("Dạ", "photo", 1)


async def test_words_too_long_for_a_caption_go_before_the_file(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram
) -> None:
    long = "Chi hội 1 đã gửi. " * 60
    assert await channel.send(Outbound(HERS, long.strip(), file=picture(tmp_path))) == Sent("m:42:2")
    first, last = telegram.ledger()["sent"]
    assert (first["text"], "file" in first) == (long.strip(), False)
    assert (last["text"], last["file"]["kind"]) == ("", "photo")


async def test_words_that_were_said_are_not_said_again_for_a_file(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram
) -> None:
    telegram.script("sendPhoto", code=500, description="Internal Server Error")
    long = ("Chi hội 1 đã gửi. " * 60).strip()
    assert await channel.send(Outbound(HERS, long, file=picture(tmp_path))) == Sent("m:42:2")
    assert [sent["text"] for sent in telegram.ledger()["sent"]] == [long]


async def test_what_fails_is_tried_again_whole(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram
) -> None:
    said = Outbound(HERS, "Dạ", file=picture(tmp_path))
    telegram.script("sendPhoto", code=500, description="Internal Server Error")
    with pytest.raises(NotNow):
        await channel.send(said)
    assert telegram.ledger()["sent"] == []
    await channel.send(said)
    assert [sent["text"] for sent in telegram.files(LANS)] == ["Dạ"]


async def test_a_file_that_is_too_big_leaves_the_words(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram
) -> None:
    path = tmp_path / "to.xlsx"
    with path.open("wb") as file:
        file.truncate(UPLOAD_LIMIT + 1)
    await channel.send(Outbound(HERS, "Dạ", file=str(path)))
    assert [sent["text"] for sent in telegram.ledger()["sent"]] == ["Dạ"]
    assert telegram.files(LANS) == []


@pytest.mark.parametrize(("width", "height"), [(21, 1), (9990, 600)])
async def test_a_picture_that_is_refused_leaves_the_words(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram, width: int, height: int
) -> None:
    await channel.send(Outbound(HERS, "Dạ", file=picture(tmp_path, width, height)))
    [sent] = telegram.ledger()["sent"]
    assert (sent["text"], "file" in sent) == ("Dạ", False)


async def test_a_file_reaches_nobody_who_blocked_the_bot(
    tmp_path: Path, telegram: FakeTelegram, channel: Telegram
) -> None:
    telegram.push(LANS, "block")
    with pytest.raises(Unreachable):
        await channel.send(Outbound(HERS, "Dạ", file=picture(tmp_path)))
    assert telegram.ledger()["sent"] == []
