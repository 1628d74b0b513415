"""The clock with 100,000 due messages: how long planning takes, how much memory releasing takes, how long
a reply waits meanwhile. ``python -m benchmarks.bench_clock``"""

import asyncio
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import MessageSent, SeatLinked, StepPlanned, UnitsImported
from storage.domain.messages import Address, Inbound
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan_files import load_plan
from storage.queries import outbox, people
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter

BRANCHES = 100_000
NOW = datetime(2024, 3, 15, 9, tzinfo=VIETNAM)


def _units() -> list[UnitRecord]:
    since = date(2021, 1, 1)
    units = [UnitRecord("36", "Tỉnh", "TI", "", None, since, None, {}, "", "chị")]
    units += [
        UnitRecord(f"x{n}", f"Xã {n}", "XA", "", "36", since, None, {}, "", "chị")
        for n in range(BRANCHES // 50)
    ]
    for n in range(BRANCHES):
        units.append(
            UnitRecord(f"c{n}", f"Chi hội {n}", "CH", "", f"x{n // 50}", since, None, {}, f"Chị A{n}", "chị")
        )
    return units


def _memory() -> float:
    """The most this process ever used, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main() -> None:
    """Print three figures."""
    plan = load_plan(Path("plans/kh83-2024"))
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        writer, clock = SqliteWriter(database), ManualClock(NOW)
        turns = Turns(plan, clock.now, {})
        scheduler = Scheduler(plan, writer, clock, turns)
        await _fill(database, writer)
        await scheduler.tick()
        event = StepPlanned(
            "event:bench", "event", ("CH",), "T", "2024-03-15", NOW.astimezone(UTC),
            (NOW + timedelta(hours=8)).astimezone(UTC), NOW.astimezone(UTC), event="HD45",
            params={"day": "2024-06-28", "tone": "event"},
        )  # fmt: skip
        began = time.perf_counter()
        await writer.run("plan", lambda reader: (event,))
        print(f"planned {BRANCHES} in {time.perf_counter() - began:.2f} s, memory {_memory():.0f} MB")
        await _replies(database, writer, turns, scheduler, clock)
        await writer.close()
        database.close()


async def _fill(database: Database, writer: SqliteWriter) -> None:
    units = tuple(_units())
    await writer.run("units", lambda reader: (UnitsImported(units, NOW),))

    def link(reader: Reader) -> list[SeatLinked]:
        seats = people.find_seats(reader, "", ("CH",), BRANCHES)
        return [SeatLinked(Address("web", seat.code), seat.id, NOW.astimezone(UTC), "") for seat in seats]

    await writer.run("links", link)


async def _replies(
    database: Database, writer: SqliteWriter, turns: Turns, scheduler: Scheduler, clock: ManualClock
) -> None:
    """Two hundred messages come in while pushes are released and sent; the slowest reply is in the outbox
    and first in line after so long."""
    releasing = asyncio.get_running_loop().create_task(_release(database, writer, scheduler, clock))
    waits = []
    for n in range(200):
        began = time.perf_counter()
        inbound = Inbound(Address("web", f"c{n}"), f"bench{n}", clock.now().astimezone(UTC), "xin chào")
        outcome = await writer.run(f"c{n}", turns(inbound))
        first = await database.read(lambda reader: outbox.waiting(reader, "web", clock.now(), 64))
        waits.append(time.perf_counter() - began)
        assert first[0].outbound.address.account == f"c{n}"
        done = [
            MessageSent(made, clock.now().astimezone(UTC), "p") for made in {*outcome.outbox_ids, first[0].id}
        ]
        await writer.run("sent", lambda reader, done=done: done)  # type: ignore[misc]
        await asyncio.sleep(0.02)
    releasing.cancel()
    waits.sort()
    print(f"a reply waits {1000 * waits[100]:.0f} ms (median), {1000 * waits[-2]:.0f} ms (99 of 100)")
    print(f"memory {_memory():.0f} MB")


async def _release(
    database: Database, writer: SqliteWriter, scheduler: Scheduler, clock: ManualClock
) -> None:
    """Release and send without pause."""
    while True:
        await scheduler.release()
        waiting = await database.read(lambda reader: outbox.waiting(reader, "web", clock.now(), 64))
        sent = [MessageSent(m.id, clock.now().astimezone(UTC), "p") for m in waiting if m.priority == "push"]
        await writer.run("sent", lambda reader, sent=sent: sent)  # type: ignore[misc]


if __name__ == "__main__":
    asyncio.run(main())
