"""A message no turn can answer: kept without refused text, the chat goes on, and it is answered later."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.photos import Photos
from bot.receive import TRIES, Receiver
from handlers.topics.check_in import CheckIn
from handlers.topics.enrol import Enrol
from handlers.turn import Turns
from scheduler.clock import ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import Effect, SeatLinked, UnitsImported
from storage.domain.messages import Address, Inbound
from storage.migrations import open_database
from storage.queries import people
from storage.veiling import subject_of
from storage.writer.opening import writer_of
from tests.cli.test_backup import EVENING
from tests.kh83 import PLAN_FOLDER, kh83
from tests.web.conftest import SEAT, TREE

RUNNER = CliRunner()
HOA = Address("web", SEAT)
URL = "sqlite:///data/chihoi.db"


class Desk:
    """A house in which a turn can be made to break."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.writer = writer_of(database)
        self.clock = ManualClock(EVENING)
        turns = self.turns = Turns(kh83(), self.clock.now, {})
        self.receiver = Receiver(
            self.writer, turns, Photos(folder), {}, self.clock, lambda: None, turns.failed
        )

    async def begin(self) -> None:
        """People, and the round of March."""
        await self.writer.run("test", lambda _: (UnitsImported(TREE, EVENING),))
        seat = await self.database.read(lambda reader: people.seat_by_code(reader, SEAT))
        assert seat is not None
        await self.writer.run("test", lambda _: (SeatLinked(HOA, seat.id, EVENING, ""),))
        await Scheduler(kh83(), self.writer, self.clock, self.turns).tick()

    async def say(self, text: str, message_id: str, by: Address = HOA) -> str:
        """A message as often as the platform brings it; the answer."""
        for _ in range(TRIES):
            try:
                await self.receiver(Inbound(by, message_id, EVENING, text))
                break
            except ZeroDivisionError:
                continue
        [(answer,)] = self.rows("SELECT outbound ->> 'text' FROM outbox ORDER BY id DESC LIMIT 1")
        return str(answer)

    def rows(self, statement: str, *params: object) -> list[tuple[object, ...]]:
        """The rows of a statement."""
        with self.database.reading() as reader:
            return [tuple(row) for row in reader.exec_driver_sql(statement, params)]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands find the database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHIHOI_PLAN", str(PLAN_FOLDER))
    monkeypatch.setenv("CHIHOI_REHEARSE_AT", EVENING.isoformat())
    return tmp_path


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every message with "41" breaks the check-in."""
    step = CheckIn.step

    def breaks(self: CheckIn, inbound: Inbound, facts: Any) -> Sequence[Effect]:
        if "41" in inbound.text:
            raise ZeroDivisionError(f"secret words: {inbound.text}")
        return step(self, inbound, facts)

    monkeypatch.setattr(CheckIn, "step", breaks)
    return monkeypatch


@pytest.mark.on_postgres
def test_it_is_kept_the_chat_goes_on_and_it_is_listed(house: Path, poison: pytest.MonkeyPatch) -> None:
    asyncio.run(_goes_on(house))
    listed = RUNNER.invoke(app, ["dead-letters", "list"])
    assert listed.exit_code == 0
    assert "1\t2024-03-14 19:30\tweb\tđang chờ\tZeroDivisionError at" in listed.output
    assert "62" not in listed.output
    still = RUNNER.invoke(app, ["dead-letters", "retry"])
    assert still.exit_code == 1
    assert "Đã trả lời 0 tin; còn lỗi 1 tin." in still.output


async def _goes_on(house: Path) -> None:
    with closing(open_database(URL)) as database:
        desk = Desk(database, house)
        await desk.begin()
        await desk.say("bắt đầu", "m1")
        await desk.say("ok", "m2")
        await desk.say("rồi, hôm mùng 8/3", "m3")
        assert "trục trặc" in await desk.say("41 trên 62", "m4")
        assert "Câu 3/7" in await desk.say("62 chị dự", "m5")
        [(text, error)] = desk.rows("SELECT content ->> 'text', error FROM dead_letters")
        assert text == "41 trên 62"
        assert str(error).startswith("ZeroDivisionError at test_dead_letters.py:")
        assert desk.rows("SELECT text FROM inbox WHERE message_id = 'm4'") == [("",)]
        await desk.writer.close()


def _fixed(house: Path, text: str) -> None:
    done = RUNNER.invoke(app, ["dead-letters", "retry", "1"])
    assert done.exit_code == 0, done.output
    with closing(Database(URL)) as database, database.reading() as reader:
        row = reader.exec_driver_sql("SELECT state, tries, CAST(content AS text) FROM dead_letters").one()
        assert tuple(row) == ("answered", 1, "{}")
        kept = reader.exec_driver_sql("SELECT text FROM inbox WHERE message_id = 'm3#1'").scalar_one()
        assert kept == text
        said = "SELECT count(*) FROM outbox WHERE reply_to = 'm3#1' AND state = 'waiting'"
        assert reader.exec_driver_sql(said).scalar_one() == 1
    again = RUNNER.invoke(app, ["dead-letters", "retry", "1"])
    assert again.exit_code == 2
    assert "không có tin nào đang chờ" in again.output


async def _broken(house: Path, text: str, by: Address = HOA) -> list[tuple[object, ...]]:
    with closing(open_database(URL)) as database:
        desk = Desk(database, house)
        await desk.begin()
        await desk.say("bắt đầu", "m1")
        await desk.say("ok", "m2")
        await desk.say(text, "m3", by)
        await desk.writer.close()
        return desk.rows("SELECT content ->> 'text' FROM dead_letters")


@pytest.mark.on_postgres
def test_after_the_mend_it_is_answered_once(house: Path, poison: pytest.MonkeyPatch) -> None:
    with poison.context() as broken:
        broken.setattr(CheckIn, "step", _always_breaks)
        with closing(open_database(URL)) as database:
            desk = Desk(database, house)
            asyncio.run(_scene(desk))
    _fixed(house, "rồi")


def _always_breaks(self: CheckIn, inbound: Inbound, facts: Any) -> Sequence[Effect]:
    raise ZeroDivisionError


async def _scene(desk: Desk) -> None:
    await desk.begin()
    assert "trục trặc" in await desk.say("rồi", "m3")
    await desk.writer.close()


@pytest.mark.parametrize("text", ["chị Hoa 0912345678 báo 41", "nhà chị Lan 41 tuổi bị chồng đánh"])
def test_refused_words_are_not_kept(house: Path, poison: pytest.MonkeyPatch, text: str) -> None:
    assert asyncio.run(_broken(house, text)) == [("",)]
    listed = RUNNER.invoke(app, ["dead-letters", "list"])
    assert "không giữ lời" in listed.output
    refused = RUNNER.invoke(app, ["dead-letters", "retry", "1"])
    assert refused.exit_code == 2
    assert "hãy nhờ chị ấy nhắn lại" in refused.output


async def test_a_strangers_words_are_not_kept(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Enrol, "step", _always_breaks)
    assert await _broken(house, "tôi muốn hỏi", Address("web", "stranger")) == [("",)]
    named = "SELECT account, message_id FROM dead_letters UNION SELECT account, message_id FROM inbox"
    with closing(Database(URL)) as database, database.reading() as reader:
        kept = [tuple(row) for row in reader.exec_driver_sql(named)]
        subject = subject_of(reader, Address("web", "stranger"))
    assert {account for account, _ in kept if account != SEAT} == {subject}
    assert "m3" not in {message_id for _, message_id in kept}


async def test_if_even_keeping_it_fails_the_chat_goes_on(house: Path, poison: pytest.MonkeyPatch) -> None:
    def fails(*args: object) -> None:
        raise ZeroDivisionError

    poison.setattr("handlers.turn.render", fails)
    with closing(open_database(URL)) as database:
        desk = Desk(database, house)
        await desk.begin()
        for _ in range(TRIES):
            try:
                await desk.receiver(Inbound(HOA, "m1", EVENING, "41"))
            except ZeroDivisionError:
                continue
        assert desk.rows("SELECT message_id, text, reading FROM inbox") == [("m1", "", "failed")]
        await desk.writer.close()
