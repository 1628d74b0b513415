"""The clock with 100,000 due messages: how long planning takes, how much memory releasing takes, how long
a reply waits meanwhile, from her message to the platform. ``python -m benchmarks.bench_clock``"""

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.channel import Sent
from bot.channels.web_phone import WebPhone
from bot.sender import Lane, Pace
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler, sliced
from storage.database import Database
from storage.domain.effects import Effect, SeatLinked, StepPlanned, UnitsImported
from storage.domain.messages import Address, Inbound, Outbound
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan_files import load_plan
from storage.queries import people
from storage.queries.pushes import is_planned
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter

Work = Coroutine[None, None, None]

BRANCHES, REPLIES = 100_000, 200
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


class Platform(WebPhone):
    """A platform that takes everything at once and says who was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._enough = (0, asyncio.Event())

    async def send(self, outbound: Outbound) -> Sent:
        """Taken."""
        self.count += 1
        heard = self._awaited.pop(outbound.address.account, None)
        if heard is not None:
            heard.set_result(None)
        if self.count >= self._enough[0]:
            self._enough[1].set()
        return Sent("p")

    def next_to(self, account: str) -> "asyncio.Future[None]":
        """Done when something is sent to this account."""
        self._awaited[account] = asyncio.get_running_loop().create_future()
        return self._awaited[account]

    async def sent_so_far(self, count: int) -> None:
        """Wait until so many were sent."""
        self._enough = (count, asyncio.Event())
        await self._enough[1].wait()


@dataclass(frozen=True)
class House:
    """What runs."""

    database: Database
    writer: SqliteWriter
    clock: ManualClock
    turns: Turns
    scheduler: Scheduler


async def main() -> None:
    """Print how long planning takes and how long replies wait, with and without pushes."""
    plan = load_plan(Path("plans/kh83-2024"))
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        writer, clock = SqliteWriter(database), ManualClock(NOW)
        turns = Turns(plan, clock.now, {})
        house = House(database, writer, clock, turns, Scheduler(plan, writer, clock, turns))
        await _fill(database, writer)
        print(f"{BRANCHES} branches, memory {_memory():.0f} MB")
        unpaced = Pace(1e9, 1e9, 1e9, 1e9)
        await _send(house, "alone", unpaced, None)
        await _plan(writer)
        await _send(house, "as it runs", Pace(), _as_it_runs)
        await _send(house, "flat out", unpaced, _flat_out)
        await writer.close()
        database.close()


async def _plan(writer: SqliteWriter) -> None:
    """A step for all of them, a slice at a time as the scheduler does it."""
    event = StepPlanned(
        "event:bench", "event", ("CH",), "T", "2024-03-15", NOW.astimezone(UTC),
        (NOW + timedelta(hours=8)).astimezone(UTC), NOW.astimezone(UTC), event="HD45",
        params={"day": "2024-06-28", "tone": "event"},
    )  # fmt: skip
    began, longest, again = time.perf_counter(), 0.0, True
    while again:
        slice_began = time.perf_counter()
        outcome = await writer.run("plan", lambda reader: _next_slice(reader, event))
        again = bool(outcome.effects)
        longest = max(longest, time.perf_counter() - slice_began)
    print(f"planned {BRANCHES} in {time.perf_counter() - began:.2f} s, the longest transaction "
          f"{1000 * longest:.0f} ms, memory {_memory():.0f} MB")  # fmt: skip


def _next_slice(reader: Reader, step: StepPlanned) -> Sequence[Effect]:
    return () if is_planned(reader, step.step) else sliced(reader, (step,))


async def _fill(database: Database, writer: SqliteWriter) -> None:
    units = tuple(_units())
    await writer.run("units", lambda reader: (UnitsImported(units, NOW),))

    def link(reader: Reader) -> list[SeatLinked]:
        seats = people.find_seats(reader, "", ("CH",), BRANCHES)
        return [SeatLinked(Address("web", seat.code), seat.id, NOW.astimezone(UTC), "") for seat in seats]

    await writer.run("links", link)


async def _send(house: House, what: str, pace: Pace, clock: Callable[[House, Lane], Work] | None) -> None:
    """Two hundred messages come in, while ``clock`` releases pushes and the lane sends them."""
    platform = Platform()
    lane = Lane(house.database, house.writer, platform, house.clock, pace)
    working = [asyncio.ensure_future(lane.run())]
    if clock is not None:
        working.append(asyncio.ensure_future(clock(house, lane)))
        await platform.sent_so_far(100)
    began, before = time.perf_counter(), platform.count
    waits = sorted([await _reply(house, platform, lane, f"{what}{n}", n) for n in range(REPLIES)])
    rate = (platform.count - before - REPLIES) / (time.perf_counter() - began)
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    median, most = 1000 * waits[REPLIES // 2], 1000 * waits[-2]
    print(f"{what}: {rate:.0f} pushes a second; a reply is at the platform after {median:.0f} ms (median), "
          f"{most:.0f} ms (99 of 100); memory {_memory():.0f} MB")  # fmt: skip


async def _reply(house: House, platform: Platform, lane: Lane, mark: str, number: int) -> float:
    """Seconds from a message to the moment its answer is given to the platform."""
    account = f"c{BRANCHES - 1 - number}"  # theirs are the last pushes to be released
    heard = platform.next_to(account)
    began = time.perf_counter()
    inbound = Inbound(Address("web", account), mark, house.clock.now().astimezone(UTC), "xin chào")
    await house.writer.run(account, house.turns(inbound))
    lane.wake()
    await heard
    waited = time.perf_counter() - began
    await asyncio.sleep(0.02)
    return waited


async def _as_it_runs(house: House, lane: Lane) -> None:
    """The scheduler's own loop."""
    await house.scheduler.run()


async def _flat_out(house: House, lane: Lane) -> None:
    """Release without pause."""
    while True:
        await house.scheduler.release()
        lane.wake()
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(main())
