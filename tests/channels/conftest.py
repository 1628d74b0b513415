"""A fake Bot API in its own process, a bot that talks to it, a house on a real SQLite file."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot import observe
from bot.channels.telegram import Telegram
from bot.photos import Photos
from bot.receive import Receiver
from scheduler.clock import Clock, ManualClock
from storage.database import Database
from storage.domain.effects import Effect, MessageQueued, MessageReceived, SeatLinked, UnitsImported
from storage.domain.messages import Address, Choice, Inbound, Outbound
from storage.migrations import open_database
from storage.queries import conversations
from storage.writer import Decide, Reader, Writer
from storage.writer.opening import writer_of
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.storage.conftest import TREE

T = TypeVar("T")

NOW = datetime(2024, 3, 12, 1, 0, tzinfo=UTC)
CHOICES = (Choice(1, "Rồi", "q1:1"), Choice(2, "Chưa", "q1:2"))


@pytest.fixture(scope="session")
def running_fake() -> Iterator[FakeTelegram]:
    """One process for all tests."""
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def fake(running_fake: FakeTelegram) -> Iterator[FakeTelegram]:
    """A world nobody has spoken in. The test fails if any call was not as the API wants it."""
    running_fake.reset()
    yield running_fake
    assert running_fake.faults() == []


@pytest.fixture
async def telegram(fake: FakeTelegram) -> AsyncIterator[Telegram]:
    """A bot of that world; it asks for updates without waiting for any."""
    channel = Telegram(TOKEN, fake.api, poll_seconds=0, answer_seconds=5)
    yield channel
    await channel.close()


@dataclass
class House:
    """A database, its writer, and a turn that answers "Dạ: " and the words."""

    database: Database
    writer: Writer
    clock: Clock
    folder: Path
    photos: Photos
    #: What the turn was given, in order of commit.
    taken: list[Inbound] = field(default_factory=list)
    #: Raised by the turn, once each, before anything else happens.
    troubles: list[Exception] = field(default_factory=list)

    def turn(self, inbound: Inbound) -> Decide:
        """Keeps and answers a message once."""

        def decide(reader: Reader) -> Sequence[Effect]:
            if self.troubles:
                raise self.troubles.pop(0)
            if conversations.seen(reader, inbound.address.channel, inbound.message_id):
                return ()
            self.taken.append(inbound)
            words = inbound.text or inbound.choice or (inbound.attachment and inbound.attachment.path)
            answer = Outbound(inbound.address, f"Dạ: {words}", CHOICES)
            at = self.clock.now().astimezone(UTC)
            return (
                MessageReceived(inbound, inbound.text),
                MessageQueued(answer, at, reply_to=inbound.message_id),
            )

        return decide

    def receiver(self, channel: Telegram, wake: Callable[[], None] = lambda: None) -> Receiver:
        """The entrance for one channel."""
        return Receiver(self.writer, self.turn, self.photos, {channel.name: channel}, self.clock, wake)

    def ask(self, query: Callable[..., T], *args: object) -> T:
        """Run one query function."""
        with self.database.reading() as reader:
            return query(reader, *args)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a statement."""
        return self.ask(lambda reader: [tuple(row) for row in reader.exec_driver_sql(statement)])

    async def queue(self, *messages: MessageQueued) -> None:
        """Put messages in the outbox."""
        await self.writer.run("test", lambda reader: messages)

    async def link(self, account: str) -> None:
        """Tie a Telegram account to the head of a branch."""
        await self.writer.run("test", lambda reader: [UnitsImported(TREE, NOW)])
        [(seat,)] = self.rows("SELECT id FROM seats WHERE code = '13999-01'")
        linked = SeatLinked(Address("telegram", account), int(str(seat)), NOW, "CH-7K4M2Q")
        await self.writer.run("test", lambda reader: [linked])

    async def until(self, statement: str, wanted: list[tuple[object, ...]]) -> None:
        """Wait until a statement has these rows; a message that says what it had instead."""
        rows: list[tuple[object, ...]] = []
        try:
            async with asyncio.timeout(10):
                while (rows := self.rows(statement)) != wanted:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{rows} instead of {wanted}") from None


@asynccontextmanager
async def open_house(folder: Path, clock: Clock) -> AsyncIterator[House]:
    """The house in a folder, made if it is not there."""
    database = open_database(f"sqlite:///{folder / 'house.db'}")
    writer = writer_of(database)
    photos = Photos(folder / "photos")
    try:
        yield House(database, writer, clock, folder, photos)
    finally:
        await writer.close()
        photos.close()
        database.close()


@pytest.fixture
def clock() -> ManualClock:
    """Stands still at `NOW`."""
    return ManualClock(NOW)


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    """An empty house."""
    async with open_house(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The finished lines of the log at DEBUG. The test fails if one holds the token."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = io.StringIO()
    observe.configure((TOKEN,), level="DEBUG", stream=lines)
    yield lines
    root.handlers[:], root.level = handlers, level
    root.setLevel(level)
    assert TOKEN not in lines.getvalue()
    assert TOKEN.partition(":")[2] not in lines.getvalue()
