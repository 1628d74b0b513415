"""A program that lets days pass and is killed after the N-th commit of the clock, for every N: ``FOLDER``.

One run is whole (``FOLDER/whole``); then, for N = 1, 2, ... until there is nothing left to kill, one is
killed and started again (``FOLDER/1``, ``FOLDER/2``, ...). Each is a process of its own, forked before
anything is opened. What it gives to the platform is a line of a file, written before it is recorded as
sent: the worst order.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from handlers.turn import Turns
from scheduler import run
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import MessageSent, RetentionReached, SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.migrations import open_database
from storage.queries import outbox, people
from storage.writer import Decide, Outcome, Reader
from storage.writer.sqlite import SqliteWriter
from tests.kh83 import kh83
from tests.scheduler.conftest import DAO, HOA, HOTLINES, LAN, TREE, at

PLAN, START = kh83(), at("11/3", "22:00")


class Counting(SqliteWriter):
    """Kills its own process just after a commit of the clock."""

    left = 0

    async def run(self, key: str, decide: Decide) -> Outcome:
        """Count what changes something: the sweep of what is old, which says so always, does not."""
        outcome = await super().run(key, decide)
        told = [each for each in outcome.effects if not isinstance(each, RetentionReached)]
        if told and key.startswith(("sweep", "release")):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return outcome


END = at("14/3", "12:00")


async def live(folder: Path, die_after: int) -> None:
    """12/3 to 14/3, an hour at a time, from wherever it stopped."""
    database = Database(f"sqlite:///{folder / 'p.db'}", durable=False)
    writer = Counting(database)
    mark = folder / "clock.txt"
    start = datetime.fromisoformat(mark.read_text()) if mark.exists() else START
    clock = ManualClock(start)
    scheduler = Scheduler(PLAN, writer, clock, Turns(PLAN, clock.now, HOTLINES), holder="program")
    writer.left = die_after
    while clock.now() < END:
        mark.write_text(clock.now().astimezone(VIETNAM).isoformat())
        clock.advance(timedelta(hours=1))
        await scheduler.tick()
        await _deliver(database, writer, clock, folder)
    await writer.close()
    database.close()


async def follow(folder: Path) -> None:
    """A second clock on the same file, at the hour of the first. It delivers nothing: two that do may send
    the same message."""
    database = Database(f"sqlite:///{folder / 'p.db'}", durable=False)
    writer = SqliteWriter(database)
    clock, mark = ManualClock(START), folder / "clock.txt"
    scheduler = Scheduler(PLAN, writer, clock, Turns(PLAN, clock.now, HOTLINES), holder="other")
    while clock.now() < END - timedelta(hours=1):
        said = mark.read_text() if mark.exists() else ""
        if said:
            clock.set(datetime.fromisoformat(said) + timedelta(hours=1))
        await scheduler.tick()
    await writer.close()
    database.close()


async def prepare(file: Path) -> None:
    """The tree, and three people with accounts."""
    database = open_database(f"sqlite:///{file}")
    writer = SqliteWriter(database)
    await writer.run("units", lambda _: (UnitsImported(TREE, START.astimezone(UTC)),))
    await _link(writer, START)
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


def fork(work: Coroutine[None, None, None]) -> int:
    """Do this in a process of its own."""
    child = os.fork()
    if child == 0:
        asyncio.run(work)
        os._exit(0)
    work.close()
    return child


def forked(work: Coroutine[None, None, None]) -> bool:
    """Do this in a process of its own, to its end; whether it was killed."""
    return ended(fork(work))


def ended(child: int) -> bool:
    """Whether the process was killed; any other end than a good one is raised."""
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, -signal.SIGKILL):
        raise ChildProcessError(status)
    return os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def begin(folder: Path, prepared: Path) -> Path:
    """A folder to live in."""
    folder.mkdir()
    shutil.copy(prepared, folder / "p.db")
    return folder


def main(folder: Path) -> None:
    """See above."""
    run.SLICE = 5  # so that it is killed between two slices of a step, too
    prepared = folder / "prepared.db"
    forked(prepare(prepared))
    forked(live(begin(folder / "whole", prepared), 0))
    both = begin(folder / "both", prepared)
    children = [fork(live(both, 0)), fork(follow(both))]
    for child in children:
        ended(child)
    for number in count(1):
        cut = begin(folder / str(number), prepared)
        if not forked(live(cut, number)):
            return
        forked(live(cut, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
