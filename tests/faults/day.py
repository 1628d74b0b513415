"""A day of a simulated province in a process of its own, killed at random: ``FOLDER HEADS SEED DEADLY``.

The clock is virtual and goes twenty minutes a step, from wherever the process before it died. What the
platform knows (what was confirmed to it, what each chat was shown) is in files beside the database, written
before the house can record it: the worst order. ``DEADLY`` is one in how many moments kills; 0 never.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from bot.channel import Capabilities, Identity, NotNow, Sent, Uncertain
from bot.photos import Photos
from bot.receive import Receiver
from bot.sender import Lane, Pace
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.domain.effects import SeatLinked, UnitsImported
from storage.domain.messages import Address, Attachment, Inbound, Outbound
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.queries import outbox, people
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter
from tests.kh83 import kh83

START = datetime(2024, 3, 12, 6, tzinfo=VIETNAM)
END = START + timedelta(hours=24)
STEP = timedelta(minutes=20)
SCRIPT = ("tiếp", "1", "30", "2 chị, 1 chị chuyển đi", "0", "0", "không", "bỏ qua", "1")
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}


def code_of(number: int) -> str:
    """The seat, and the account, of a head."""
    return f"13999-{number:04}"


def tree(heads: int) -> tuple[UnitRecord, ...]:
    """A province, a district, a commune and its branches."""

    def unit(code: str, name: str, kind: str, parent: str | None, head: str) -> UnitRecord:
        figures = {"members": 60} if kind == "CH" else {}
        return UnitRecord(
            code, name, kind, "", parent, date(2021, 1, 1), None, figures, head, "chị"  # type: ignore[arg-type]
        )  # fmt: skip

    branches = (unit(code_of(n), f"Chi hội xóm {n}", "CH", "13999", "Nguyễn Thị Hoa") for n in range(heads))
    return (
        unit("36", "Tỉnh Nam Định", "TI", None, "Vũ Thị Mai"),
        unit("361", "Huyện Nam Trực", "HU", "36", "Đỗ Thị Ngọc"),
        unit("13999", "Xã Nam Hoa", "XA", "361", "Trần Thị Lan"),
        *branches,
    )


class Platform:
    """A platform that is sometimes slow, full or broken, and at whose every call the house may die."""

    name: ClassVar[str] = "telegram"
    capabilities: ClassVar[Capabilities] = Capabilities(True, 4096, True)

    def __init__(self, folder: Path, dice: random.Random, deadly: int) -> None:
        self._folder, self._dice, self._deadly = folder, dice, deadly

    def write(self, file: str, *what: object) -> None:
        """One line of what the platform knows."""
        with (self._folder / file).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(what, ensure_ascii=False) + "\n")

    def die_perhaps(self) -> None:
        """SIGKILL: no goodbye."""
        if self._deadly and self._dice.randrange(self._deadly) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def send(self, outbound: Outbound) -> Sent:
        """429, 500, a timeout before or after delivery, a kill before or after it; mostly nothing."""
        self.die_perhaps()
        trouble = self._dice.randrange(60)
        if trouble == 0:
            raise NotNow("429", retry_after=30)
        if trouble == 1:
            raise NotNow("500")
        if trouble != 2:
            self.write("shown.jsonl", outbound.address.account, outbound.text)
        self.die_perhaps()
        if trouble in (2, 3):
            raise Uncertain("timeout")
        return Sent(f"{outbound.address.account}:{self._dice.random()}")

    def read(self, payload: Any) -> Sequence[Inbound]:
        """Messages are brought as they are."""
        raise NotImplementedError

    async def fetch(self, attachment: Attachment) -> bytes:
        """Nobody sends any."""
        raise NotImplementedError

    async def identity(self) -> Identity:
        """Nobody asks."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to give back."""


class NoPace(Pace):
    """Real seconds are not what is tried here."""

    def wait(self, chat: str, now: float, push: bool = False) -> float:
        """Never."""
        return 0.0


class Day:
    """The house, its people and the clock."""

    def __init__(self, folder: Path, heads: int, seed: int, deadly: int) -> None:
        self.folder, self.heads = folder, heads
        self.lives = len(list(folder.glob("life.*")))
        (folder / f"life.{self.lives}").touch()
        self.dice = random.Random(f"{seed} {self.lives}")  # noqa: S311
        self.platform = Platform(folder, self.dice, deadly)
        self.mark = folder / "clock.txt"
        self.clock = ManualClock(
            datetime.fromisoformat(self.mark.read_text()) if self.mark.exists() else START
        )
        self.database = open_database(f"sqlite:///{folder / 'chihoi.db'}")
        self.plans = dict(self._plans(random.Random(seed)))  # noqa: S311
        confirmed = folder / "acked.jsonl"
        confirmed.touch()
        self.said = [json.loads(line) for line in confirmed.read_text(encoding="utf-8").splitlines()]

    def _plans(self, dice: random.Random) -> Iterator[tuple[int, list[datetime]]]:
        """When each head says each line of the script: her own business, and the same in every life."""
        for number in range(self.heads):
            first = START + timedelta(minutes=dice.randrange(150, 900))
            yield number, [first + timedelta(minutes=10 * n + dice.randrange(10)) for n in range(len(SCRIPT))]

    async def run(self) -> None:
        """To the end of the day."""
        writer = SqliteWriter(self.database)
        turns = Turns(kh83(), self.clock.now, HOTLINES)
        scheduler = Scheduler(kh83(), writer, self.clock, turns, holder="day")
        photos = Photos(self.folder / "photos")
        receiver = Receiver(writer, turns, photos, {}, self.clock, fallback=turns.failed)
        await self._people(writer)
        lane = Lane(self.database, writer, self.platform, self.clock, NoPace(), first_wait=0.001)
        sending = asyncio.get_running_loop().create_task(lane.run())
        while self.clock.now() < END:
            self.mark.write_text(self.clock.now().isoformat())
            await scheduler.tick()
            await self._speak(receiver)
            await self._drain(lane)
            if self.clock.now().minute == 0:
                self.platform.write("memory.jsonl", self.lives, _resident())
            self.clock.advance(STEP)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await writer.close()
        self.database.close()

    async def _people(self, writer: SqliteWriter) -> None:
        at = START.astimezone(UTC)
        if self.database.path.stat().st_size and await self.database.read(_known):
            return
        await writer.run("units", lambda _: (UnitsImported(tree(self.heads), at),))

        def link(reader: Reader) -> list[SeatLinked]:
            seats = [people.seat_by_code(reader, code_of(number)) for number in range(self.heads)]
            return [SeatLinked(Address("telegram", s.code), s.id, at, "") for s in seats if s]

        await writer.run("links", link)

    async def _speak(self, receiver: Receiver) -> None:
        """Whoever's time has come says her next line; some messages come twice, some again much later."""
        now = self.clock.now()
        known = {(number, line) for number, line in self.said}
        due = [
            (number, line)
            for number, times in self.plans.items()
            for line, moment in enumerate(times)
            if moment <= now and (number, line) not in known
        ]
        old = self.dice.sample(self.said, min(len(self.said), len(due) // 5))
        for number, line in [*due, *old]:
            for _ in range(self.dice.choice((1, 1, 1, 2))):
                await self._deliver(receiver, number, line)
            if (number, line) not in known:
                self.said.append([number, line])

    async def _deliver(self, receiver: Receiver, number: int, line: int) -> None:
        address = Address("telegram", code_of(number))
        at = self.plans[number][line].astimezone(UTC)
        self.platform.die_perhaps()
        await receiver(Inbound(address, f"m:{number}:{line}", at, SCRIPT[line]))
        self.platform.die_perhaps()
        self.platform.write("acked.jsonl", number, line)

    async def _drain(self, lane: Lane) -> None:
        """Until nothing is due to be sent at this moment."""
        now = self.clock.now()
        while await self.database.read(lambda reader: outbox.waiting(reader, "telegram", now, 1)):
            lane.wake()
            await asyncio.sleep(0)


def _known(reader: Reader) -> bool:
    return people.seats_of(reader, Address("telegram", code_of(0))) != []


def _resident() -> int:
    """Megabytes in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


if __name__ == "__main__":
    asyncio.run(Day(Path(sys.argv[1]), *map(int, sys.argv[2:5])).run())
