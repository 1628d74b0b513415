"""``chihoi simulate``: a whole year of a province in minutes, and an independent check of what was sent."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import refusals, say, thousands
from bot.cli.simulating.check import Violation, check
from bot.cli.simulating.people import draw
from bot.cli.simulating.year import CHANNEL, Year
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.domain.people import Seat
from storage.domain.problems import Finding, NotFound
from storage.domain.units import UnitRecord
from storage.migrations import upgrade
from storage.plan.model import Plan
from storage.plan_files import load_plan
from storage.queries import people, sent_log
from storage.unit_files import read_units
from storage.writer import Reader, Writer
from storage.writer.opening import writer_of

HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}


def simulate(
    year: Annotated[int, typer.Option(help="Năm.")] = 2024,
    branches: Annotated[int, typer.Option(help="Số chi hội.")] = 2400,
    seed: Annotated[int, typer.Option(help="Hạt giống: cùng số thì cùng kết quả.")] = 1,
    days: Annotated[int, typer.Option(help="Số ngày kể từ 01/01; 0 là cả năm.")] = 0,
    units: Annotated[Path, typer.Option(help="Tệp đơn vị.")] = Path("samples/nam-dinh-2024.csv"),
    plan: Annotated[Path, typer.Option(help="Thư mục kế hoạch.")] = Path("plans/kh83-2024"),
    out: Annotated[Path | None, typer.Option(help="Cơ sở dữ liệu để lại để xem.")] = None,
) -> None:
    """Chạy thử cả năm của một tỉnh với đồng hồ giả và người giả, rồi kiểm tra lại từng tin đã gửi."""
    with refusals():
        if not units.exists():
            raise NotFound(Finding(str(units), "không thấy tệp đơn vị"))
        records = some_of(read_units(units, lambda done, total: None), branches)
        file = out or Path(f"data/simulate-{year}-{seed}.db")
        if file.exists():
            raise NotFound(Finding(str(file), "đã có tệp này; hãy xóa hoặc chọn tên khác (--out)"))
        end = datetime(year, 12, 31, 21, tzinfo=VIETNAM)
        if days:
            end = datetime(year, 1, 1, 21, tzinfo=VIETNAM) + timedelta(days=days - 1)
        violations = asyncio.run(play(load_plan(plan), records, seed, file, year, end))
    say(f"Cơ sở dữ liệu để xem: {file}")
    if violations:
        raise typer.Exit(1)


def some_of(records: Sequence[UnitRecord], branches: int) -> tuple[UnitRecord, ...]:
    """The units with only so many branches, from every commune in turn, and all units above them."""
    by_commune: dict[str | None, list[UnitRecord]] = {}
    for record in records:
        if record.kind == "CH":
            by_commune.setdefault(record.parent, []).append(record)
    there = sum(map(len, by_commune.values()))
    if branches > there:
        raise NotFound(Finding("--branches", f"tệp đơn vị chỉ có {there} chi hội"))
    kept: set[str] = set()
    communes = list(by_commune.values())
    if branches < there:
        communes = communes[: max(1, round(len(communes) * branches / there))]
    for each in communes:
        kept.update(record.code for record in each[: max(branches - len(kept), 0)])
    parents = {record.parent for record in records if record.code in kept}
    return tuple(r for r in records if r.code in kept or r.code in parents or r.kind in ("TI", "HU", "TT"))


async def play(
    plan: Plan, records: Sequence[UnitRecord], seed: int, file: Path, year: int, end: datetime
) -> list[Violation]:
    """Run it, print the report, and return what broke a rule."""
    start = datetime(year, 1, 1, 6, tzinfo=VIETNAM)
    clock = ManualClock(start)
    upgrade(f"sqlite:///{file}")
    with closing(Database(f"sqlite:///{file}", durable=False)) as database:
        writer = writer_of(database)
        turns = Turns(plan, clock.now, HOTLINES)
        scheduler = Scheduler(plan, writer, clock, turns, holder="simulate", handful=400)
        await writer.run("units", lambda reader: (UnitsImported(tuple(records), start.astimezone(UTC)),))
        found = await _linked(database, writer, start)
        members = {record.code: record.figures.get("members", 0) for record in records}
        drawn = {seat.code: draw(seed, seat.code, seat.id, members.get(seat.code, 0)) for seat in found}
        year_ = Year(plan, database, writer, clock, turns, scheduler, drawn)
        year_.levels = {seat.code: seat.unit.kind for seat in found}
        began = time.perf_counter()
        gc.freeze()  # what is there now stays; the cycles of a year are few and small
        gc.disable()
        await year_.run(start, end)
        gc.enable()
        ran = time.perf_counter() - began
        await writer.close()
        with database.reading() as reader:
            violations = check(reader, plan, end)
            _print(reader, plan, year_, ran, violations)
    return violations


async def _linked(database: Database, writer: Writer, start: datetime) -> list[Seat]:
    """Everybody has an account from the first day on."""
    found = await database.read(lambda reader: people.find_seats(reader, "", (), 1_000_000))
    held = [seat for seat in found if seat.person is not None]
    at = start.astimezone(UTC) - timedelta(days=1)
    links = [SeatLinked(Address(CHANNEL, seat.code), seat.id, at, "") for seat in held]
    await writer.run("links", lambda reader: links)
    return held


def _print(reader: Reader, plan: Plan, year: Year, ran: float, violations: Sequence[Violation]) -> None:
    say(f"Chạy trong {ran:.0f} giây: {thousands(year.inbound)} tin của người, "
        f"{thousands(len(sent_log.sent(reader)))} tin gửi chủ động.")  # fmt: skip
    say("\nTin theo loại (loại, bước, trạng thái, lý do, số):")
    totals: Counter[tuple[str, str, str]] = Counter()
    for kind, _, state, reason, number in sent_log.counts(reader):
        totals[kind, state, reason] += number
    for (kind, state, reason), number in sorted(totals.items()):
        say(f"  {kind:<11} {state:<10} {reason:<15} {thousands(number):>9}")
    say("\nTỷ lệ báo cáo (đợt, đã gửi / phải gửi, đúng hạn):")
    for row in sent_log.rates(reader):
        pack = plan.pack(row.pack)
        whole = sent_log.expected(reader, pack.level) if pack else 0
        if whole:
            share, timely = 100 * row.actual / whole, 100 * row.on_time / whole
            rate = f"{share:5.1f}% đúng hạn {timely:5.1f}%".replace(".", ",")
            say(f"  {row.pack:<14} {row.period:<11} {thousands(row.actual):>6}/{thousands(whole):<6} {rate}")
    say(f"\nVi phạm quy tắc: {len(violations)}")
    for rule, number in Counter(violation.rule for violation in violations).items():
        say(f"  {rule}: {number}")
    for violation in violations[:20]:
        say(f"  {violation.rule}: {violation.what}")
