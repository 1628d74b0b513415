"""``chihoi units``: take in a units file, list the units, issue one-time codes."""

import asyncio
import csv
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli.shared import (
    DEFAULT_DATABASE,
    AsOption,
    DatabaseOption,
    UnitOption,
    new_file,
    refusals,
    say,
    scope_for,
)
from bot.cli.units_template import write_template
from bot.letters.codes import new_code
from handlers.reports.cells import safe_cell
from scheduler.clock import Clock, SystemClock
from storage.database import Database, exists
from storage.domain.codes import code_sha256
from storage.domain.effects import CodesIssued, Effect, UnitsImported
from storage.domain.people import Seat, UnitKind
from storage.domain.problems import Finding, NotFound
from storage.domain.unit_changes import UnitChange, changes
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.queries import people
from storage.unit_files import read_units
from storage.writer import Reader
from storage.writer.opening import writer_of

app = typer.Typer(no_args_is_help=True, help="Đơn vị: nhập tệp, liệt kê, cấp mã mời.")

#: The most seats one listing or one issue of codes may name.
EVERY_SEAT = 1_000_000

_KIND_ORDER: tuple[UnitKind, ...] = ("TI", "BAN", "HU", "TT", "XA", "CH", "TO")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Tệp .csv (UTF-8) hoặc .xlsx.")],
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Ngày đầu tiên tên mới, cấp trên mới có hiệu lực."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem sẽ đổi gì, không nhận.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Xem sẽ đổi gì rồi hỏi trước khi nhận.")] = False,
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Nhập tệp đơn vị: đúng hết thì nhận hết, có lỗi thì không đổi gì. Ngày của --from dùng khi nhập xã:
    trước ngày đó cây đơn vị vẫn như cũ."""
    with refusals():
        records = _read(file, database)
        preview = _preview(database, records, as_, SystemClock())
        if dry_run or ask:
            _say_changes(preview, len(records))
        if dry_run or (ask and not typer.confirm("Nhận các thay đổi này?")):
            say("Chưa đổi gì.")
            return
        day = since.date() if since else None
        known = asyncio.run(_take(database, records, SystemClock(), day))
    if not ask:
        _say_changes([change for change in preview if change.kind != "added"], 0)
    added = [record for record in records if record.code not in known]
    say(f"Đã nhận {len(records)} đơn vị: thêm {len(added)}, cập nhật {len(records) - len(added)}.")
    counts = Counter(record.kind for record in records)
    for kind in (kind for kind in _KIND_ORDER if counts[kind]):
        say(f"  {kind:<3} {counts[kind]:>6}")


def _preview(
    database: str, records: tuple[UnitRecord, ...], as_: str | None, clock: Clock
) -> list[UnitChange]:
    """What the file changes. NotFound if it touches anything outside the scope of ``as_``."""
    if not exists(database):
        return changes({}, records)
    with closing(open_database(database)) as opened, opened.reading() as reader:
        if as_ is not None:
            _check_scope(reader, records, as_, clock)
        return changes(people.known_units(reader), records)


def _check_scope(reader: Reader, records: tuple[UnitRecord, ...], as_: str, clock: Clock) -> None:
    day = clock.now().date()
    inside = {unit.code for unit in people.all_units(reader, scope_for(reader, as_, None, day))}
    known = {unit.code for unit in people.all_units(reader)}
    fresh = {record.code for record in records} - known
    outside = [
        record.code
        for record in records
        if (record.code in known and record.code not in inside) or record.parent not in inside | fresh
    ]
    if outside:
        raise NotFound(*(Finding(code, "ngoài địa bàn của mình") for code in outside[:20]))


_CHANGE_WORDS = {
    "added": "thêm",
    "renamed": "đổi tên",
    "moved": "chuyển cấp trên",
    "merged": "gộp vào",
    "closed": "kết thúc ngày",
    "head": "đổi người phụ trách",
}

#: More of one kind are only counted: five thousand lines are no preview.
_SHOWN_CHANGES = 20


def _say_changes(found: Sequence[UnitChange], total: int) -> None:
    for kind, words in _CHANGE_WORDS.items():
        of_kind = [change for change in found if change.kind == kind]
        if not of_kind:
            continue
        say(f"{words}: {len(of_kind)}")
        for change in of_kind[:_SHOWN_CHANGES]:
            arrow = (
                f"{change.before or '(trống)'} → {change.after or '(trống)'}"
                if change.before
                else change.after
            )
            say(f"  {change.code}\t{change.name}\t{arrow}")
        if len(of_kind) > _SHOWN_CHANGES:
            say(f"  ... và {len(of_kind) - _SHOWN_CHANGES} nữa")
    if total and not found:
        say("Tệp không đổi gì so với hiện nay.")


@app.command()
def template(
    out: Annotated[Path, typer.Argument(help="Tệp .xlsx sẽ ghi.")] = Path("don-vi-mau.xlsx"),
) -> None:
    """Tạo tệp Excel mẫu để điền đơn vị và người phụ trách."""
    with refusals():
        if out.exists():
            raise NotFound(Finding(str(out), "đã có tệp này; hãy chọn tên khác"))
        with new_file(out) as partial:
            write_template(partial)
    say(f"Đã ghi {out}. Điền vào trang đầu, xem cách điền ở trang sau, rồi chihoi units import {out}.")


def _read(file: Path, database: str) -> tuple[UnitRecord, ...]:
    known = _known_codes(database)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Đọc {file.name}", total=None)
        return read_units(file, lambda done, total: bar.update(task, completed=done, total=total), known)


def _known_codes(database: str) -> set[str]:
    """The codes of an existing database. A missing one is not made yet: the file may be refused."""
    if not exists(database):
        return set()
    with closing(open_database(database)) as opened, opened.reading() as reader:
        return {unit.code for unit in people.all_units(reader)}


async def _take(url: str, records: tuple[UnitRecord, ...], clock: Clock, day: date | None = None) -> set[str]:
    """Import the records; the codes there were before."""
    known: set[str] = set()

    def decide(reader: Reader) -> Sequence[Effect]:
        known.update(unit.code for unit in people.all_units(reader))
        return [UnitsImported(records, clock.now(), day)]

    with closing(open_database(url)) as database:
        writer = writer_of(database)
        try:
            await writer.run("units", decide)
        finally:
            await writer.close()
    return known


@app.command("list")
def list_(
    unit: UnitOption = None,
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Liệt kê đơn vị đang hoạt động: mã, loại, tên, người phụ trách (cách nhau bằng dấu tab)."""
    with refusals(), closing(Database(database)) as opened, opened.reading() as reader:
        within = scope_for(reader, as_, unit, SystemClock().now().date())
        seats = people.find_seats(reader, "", (), EVERY_SEAT, within)
        units = people.all_units(reader, within)
    heads = {seat.unit.id: seat.person.name for seat in seats if seat.person}
    for each in units:
        say(f"{each.code}\t{each.kind}\t{each.name}\t{heads.get(each.id, '')}")


@app.command()
def codes(
    out: Annotated[Path, typer.Option(help="Tệp .csv sẽ ghi; chỉ người tạo đọc được.")],
    unit: UnitOption = None,
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Cấp mã mời dùng một lần cho người phụ trách chưa kết nối. Mã cấp lần trước hết hiệu lực."""
    with refusals():
        if out.exists():
            raise NotFound(
                Finding(str(out), "đã có tệp này; hãy chọn tên khác (mã cũ trong đó còn dùng để in)")
            )
        count = len(asyncio.run(issue(database, out, Wanted(as_, unit), _write_codes, SystemClock())))
    say(f"Đã cấp {count} mã mời, ghi vào {out}. Giữ kín tệp này.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom codes are made: as whom the command runs, below which unit, empty seats too."""

    as_: str | None = None
    unit: str | None = None
    empty: bool = False


Issued: TypeAlias = Sequence[tuple[Seat, str]]


async def issue(
    url: str, out: Path, wanted: Wanted, write: Callable[[Path, Issued], None], clock: Clock
) -> Issued:
    """Write the codes to a file with ``write``, then keep their hashes: a code nobody can read helps
    nobody."""
    issued: list[tuple[Seat, str]] = []
    with closing(Database(url)) as database, new_file(out, secret=True) as partial:

        def decide(reader: Reader) -> Sequence[Effect]:
            within = scope_for(reader, wanted.as_, wanted.unit, clock.now().date())
            seats = people.seats_not_linked(reader, within, wanted.empty)
            issued.extend((seat, new_code(seat.unit.kind)) for seat in seats)
            write(partial, issued)
            return [CodesIssued(tuple((seat.id, code_sha256(code)) for seat, code in issued), clock.now())]

        writer = writer_of(database)
        try:
            await writer.run("codes", decide)
        finally:
            await writer.close()
    return issued


def _write_codes(path: Path, issued: Issued) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark makes Excel read UTF-8
        table = csv.writer(file)
        table.writerow(["mã", "đơn vị", "cấp trên", "người phụ trách", "mã mời"])
        for seat, code in issued:
            name = seat.person.name if seat.person else ""
            table.writerow([*map(safe_cell, (seat.code, seat.unit.name, seat.parent_name, name)), code])
