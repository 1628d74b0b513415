"""Every kind of page, address of the interface and order in chat, on a copy of a database: how long each
takes when somebody looks for the first time, and right after a report came in.
``python -m benchmarks.bench_pages DATABASE``"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import TypeAlias

from aiohttp import ClientSession
from sqlalchemy import Connection

from bot.web.api.door import Api
from bot.web.server import make_app, serve
from bot.web.staff.backend import StaffBackend
from bot.web.staff.figures import StoredFigures
from bot.web.staff.pages import StaffPages
from bot.web.staff.visit import COOKIE, all_periods
from handlers.turn import Turns
from scheduler.clock import ManualClock
from storage.domain.answers import Answer
from storage.domain.effects import AnswerRecorded, Effect, SeatLinked
from storage.domain.messages import Address, Inbound
from storage.domain.people import Seat
from storage.domain.sign_in import token_sha256
from storage.domain.sign_in_effects import ApiTokenIssued, StaffLinkMade, StaffSignedIn
from storage.migrations import open_database
from storage.plan.model import Plan
from storage.plan_files import load_plan
from storage.queries import people, rounds
from storage.writer.sqlite import SqliteWriter

#: Each kind of page for so many units and periods.
UNITS = ("TI", "HU", "XA")

#: What somebody may look for: the path, the unit ``u``, a branch ``b`` and a period ``p`` put in.
PAGES = {
    "overview": "/staff?unit={u}&period={p}",
    "areas": "/staff/areas?unit={u}&period={p}",
    "areas, tiles by an indicator": "/staff/areas?unit={u}&period={p}&measure=MH33.2",
    "all indicators": "/staff/indicators?unit={u}&period={p}",
    "one indicator, a sum": "/staff/indicators/NEN.5?unit={u}&period={p}",
    "one indicator, a test": "/staff/indicators/NV21b?unit={u}&period={p}",
    "one indicator, a list": "/staff/indicators/NV26e?unit={u}&period={p}",
    "one indicator, sensitive": "/staff/indicators/NV26f?unit={u}&period={p}",
    "a commune": "/staff/units/{c}",
    "a branch": "/staff/units/{b}",
    "events": "/staff/events",
    "approvals": "/staff/approvals",
    "people": "/staff/people?unit={u}",
    "plan": "/staff/plan",
    "exports": "/staff/exports?unit={u}&period={p}",
    "figures as CSV": "/staff/exports/so-lieu.csv?unit={u}&period={p}",
    "figures as JSON": "/staff/exports/so-lieu.json?unit={u}&period={p}",
    "API dataElements": "/api/v1/dataElements",
    "API organisationUnits": "/api/v1/organisationUnits?orgUnit={u}&period={p}",
    "API periods": "/api/v1/periods",
    "API dataValueSets": "/api/v1/dataValueSets?orgUnit={u}&period={p}&children=true",
    "API dataValueSets, one": "/api/v1/dataValueSets?orgUnit={u}&period={p}&dataElement=NV21b",
    "API reportingRates": "/api/v1/reportingRates?orgUnit={u}&period={p}&children=true",
}  # fmt: skip

#: What staff write, each line one after the other.
CHATS = ("TIẾN ĐỘ", "1", "1", "CHƯA", "LỆCH", "NV21b", "1", "1", "MH33.2", "NV26f", "TC2", "MENU")


#: Milliseconds by the clock, and of a core: the second says what is left when the machine is shared.
Taken: TypeAlias = tuple[float, float]


@dataclass
class Office:
    """A house on a copy of the database, with somebody of each level signed in."""

    plan: Plan
    clock: ManualClock
    writer: SqliteWriter
    backend: StaffBackend
    seats: Sequence[Seat]
    branch: Seat
    periods: Sequence[str]
    number: Iterator[int]

    async def write(self, *effects: Effect) -> None:
        """Commit these."""
        await self.writer.run("bench", lambda _: effects)

    async def report(self) -> None:
        """An answer of the latest month changes."""
        asked = await self.backend.database.read(lambda r: rounds.round_of(r, "CH-T", self._month))
        assert asked is not None
        number, at = next(self.number), self.clock.now().astimezone(UTC)
        answer = Answer("MH11.6", "given", {"MH11.6": number % 7})
        await self.write(
            AnswerRecorded(self.branch.id, asked.id, at, answer, Address("web", "bench"), f"b{number}")
        )

    @property
    def _month(self) -> str:
        return max(each for each in self.periods if len(each) == 7 and each[5:].isdecimal())


def _seat_of_kind(reader: Connection, kind: str) -> Seat:
    code = reader.exec_driver_sql(
        "SELECT seats.code FROM seats JOIN units ON units.id = seats.unit_id JOIN seat_holders h ON"
        " h.seat_id = seats.id AND h.until IS NULL WHERE units.kind = ? ORDER BY seats.id LIMIT 1 OFFSET 1",
        (kind,),
    ).scalar()
    code = (
        code
        or reader.exec_driver_sql(
            "SELECT seats.code FROM seats JOIN units ON units.id = seats.unit_id WHERE units.kind = ?",
            (kind,),
        ).scalar()
    )
    seat = people.seat_by_code(reader, str(code))
    assert seat is not None
    return seat


async def _open(path: Path, plan_folder: Path) -> Office:
    plan, database = load_plan(plan_folder), open_database(f"sqlite:///{path}")
    with database.reading() as reader:
        opened = rounds.all_rounds(reader)[-1].opens_at
        clock = ManualClock(opened + timedelta(days=2))
        seats = [_seat_of_kind(reader, kind) for kind in UNITS]
        branch = _seat_of_kind(reader, "CH")
        periods = all_periods(reader, clock.now())
    writer, figures = SqliteWriter(database), StoredFigures(plan)
    backend = StaffBackend(database, writer, clock, plan, figures)
    began = time.perf_counter()
    await database.read(figures.prepare)
    print(f"made ready at the start: {(time.perf_counter() - began) * 1000:.0f} ms")
    office = Office(plan, clock, writer, backend, seats, branch, periods, count(1))
    for seat in seats:
        await _enter(office, seat)
    return office


async def _enter(office: Office, seat: Seat) -> None:
    """Sign somebody in, tie her account, let a program read."""
    at, name, person = office.clock.now(), seat.code, seat.person
    until = at + timedelta(hours=12)
    if person is not None:
        link, session = token_sha256(f"link-{name}"), token_sha256(name)
        await office.write(
            StaffLinkMade(link, seat.id, person.id, at, until),
            StaffSignedIn(link, session, seat.id, person.id, at, until),
        )
    await office.write(
        SeatLinked(Address("telegram", name), seat.id, at, ""),
        ApiTokenIssued(name, token_sha256(name), seat.unit.id, at),
    )


def _periods_of(office: Office) -> list[str]:
    """One of each kind, the latest; and an early month."""
    months = [each for each in office.periods if len(each) == 7 and each[5:].isdecimal()]
    others = [next((each for each in office.periods if mark in each), "") for mark in ("-Q", "-H")]
    return [months[0], months[-1], *filter(None, others), months[0][:4]]


async def _visits(office: Office, pattern: str, get: Callable[[str, str], Awaitable[Taken]]) -> list[Taken]:
    """Each unit and period once, each right after a report came in."""
    taken = []
    for seat in office.seats:
        commune = office.seats[-1].unit.code
        paths = {
            pattern.format(u=seat.unit.code, p=period, b=office.branch.unit.code, c=commune)
            for period in _periods_of(office)
        }
        for path in sorted(paths):
            await office.report()
            taken.append(await get(path, seat.code))
    return taken


async def _pages(office: Office, base: str) -> None:
    async with ClientSession() as client:

        async def get(path: str, who: str) -> Taken:
            began = _now()
            headers = {"Cookie": f"{COOKIE}={who}", "Authorization": f"Bearer {who}"}
            async with client.get(base + path, headers=headers) as answer:
                await answer.read()
                assert answer.status in (200, 404), (path, answer.status)
            return _since(began)

        for name, pattern in PAGES.items():
            _print(name, await _visits(office, pattern, get))


async def _chats(office: Office) -> None:
    turns, taken = Turns(office.plan, office.clock.now, {}), dict[str, list[Taken]]()
    for seat in office.seats:
        for text in (*CHATS, seat.unit.name):
            await office.report()
            address, at = Address("telegram", seat.code), office.clock.now()
            inbound = Inbound(address, f"m{next(office.number)}", at.astimezone(UTC), text)
            began = _now()
            await office.writer.run(str(address), turns(inbound))
            name = "a unit's name" if text == seat.unit.name else text
            taken.setdefault(name, []).append(_since(began))
    for text, each in taken.items():
        _print(f"chat: {text}", each)


def _now() -> Taken:
    return time.perf_counter(), time.process_time()


def _since(began: Taken) -> Taken:
    wall, core = _now()
    return (wall - began[0]) * 1000, (core - began[1]) * 1000


def _print(name: str, taken: Sequence[Taken]) -> None:
    wall, core = ([each[n] for each in taken] for n in (0, 1))
    print(
        f"{name:32} {len(taken):3} {median(wall):7.0f} {max(wall):7.0f} {median(core):7.0f} {max(core):7.0f}"
    )


async def main(path: Path, plan: Path) -> None:
    """Print the milliseconds of each: how many looks, the median, the longest; by the clock and of a core."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(shutil.copyfile(path, Path(folder) / "pages.db"))
        office = await _open(copied, plan)
        runner = await serve(
            make_app([*StaffPages(office.backend).routes(), *Api(office.backend).routes()]), "127.0.0.1", 0
        )
        print(f"{'':32} {'n':>3} {'p50 ms':>7} {'max':>7} {'p50 cpu':>7} {'max':>7}")
        try:
            await _pages(office, f"http://127.0.0.1:{runner.addresses[0][1]}")
            await _chats(office)
        finally:
            await runner.cleanup()
            await office.writer.close()
            office.backend.database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "plans/kh83-2024")))
