"""A program that lets some days pass and is killed after so many commits of the clock: ``FOLDER COMMITS``.

What it gives to the platform is a line of a file, written before it is recorded as sent: the worst order.
"""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import MessageSent, SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.migrations import open_database
from storage.queries import outbox, people
from storage.writer import Decide, Outcome, Reader
from storage.writer.sqlite import SqliteWriter
from tests.kh83 import kh83
from tests.scheduler.conftest import DAO, HOA, HOTLINES, LAN, TREE, at


class Counting(SqliteWriter):
    """Kills its own process at a commit of the clock: before it, or just after."""

    left = 0

    async def run(self, key: str, decide: Decide) -> Outcome:
        """Count what changes something."""
        outcome = await super().run(key, decide)
        if outcome.effects and (key.startswith("sweep") or key == "release"):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return outcome


async def main(folder: Path, die_after: int) -> None:
    """12/3 to 13/3, two hours at a time, from wherever it stopped."""
    database = open_database(f"sqlite:///{folder / 'p.db'}")
    writer = Counting(database)
    mark = folder / "clock.txt"
    start = datetime.fromisoformat(mark.read_text()) if mark.exists() else at("11/3", "22:30")
    clock = ManualClock(start)
    turns = Turns(kh83(), clock.now, HOTLINES)
    scheduler = Scheduler(kh83(), writer, clock, turns, holder="program")
    with database.reading() as reader:
        known = people.seat_by_code(reader, HOA)
    if known is None:
        await writer.run("units", lambda _: (UnitsImported(TREE, start.astimezone(UTC)),))
        await _link(writer, start)
    writer.left = die_after
    while clock.now() < at("14/3", "12:00"):
        clock.advance(timedelta(hours=2))
        mark.write_text((clock.now() - timedelta(hours=2)).astimezone(VIETNAM).isoformat())
        await scheduler.tick()
        await _deliver(database, writer, clock, folder)
    await writer.close()
    database.close()


async def _link(writer: SqliteWriter, start: datetime) -> None:
    def decide(reader: Reader) -> list[SeatLinked]:
        seats = [people.seat_by_code(reader, code) for code in (HOA, DAO, LAN)]
        return [SeatLinked(Address("web", s.code), s.id, start.astimezone(UTC), "") for s in seats if s]

    await writer.run("links", decide)


async def _deliver(database: Database, writer: SqliteWriter, clock: ManualClock, folder: Path) -> None:
    now = clock.now()
    for message in await database.read(lambda reader: outbox.waiting(reader, "web", now, 100)):
        line = json.dumps([message.outbound.address.account, message.outbound.text], ensure_ascii=False)
        with (folder / "sent.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        sent = (MessageSent(message.id, now.astimezone(UTC), f"p{message.id}"),)
        await writer.run("sent", partial(_only, sent))


def _only(effects: tuple[MessageSent, ...], reader: Reader) -> tuple[MessageSent, ...]:
    return effects


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
