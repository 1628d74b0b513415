"""``chihoi units``: take in a units file, list the units, issue one-time codes."""

import asyncio
import csv
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Select

from bot.cli.shared import DEFAULT_DATABASE, DatabaseOption, new_file, refusals, safe_cell, say
from scheduler.clock import Clock, SystemClock
from storage.database import Database, sqlite_path
from storage.domain.codes import ALPHABET, CODE_LENGTH, code_sha256
from storage.domain.effects import CodesIssued, Effect, UnitsImported
from storage.domain.people import Seat, UnitKind
from storage.domain.problems import Finding, NotFound
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.queries import people
from storage.scope import units_below, units_on
from storage.unit_files import read_units
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter

app = typer.Typer(no_args_is_help=True, help="Đơn vị: nhập tệp, liệt kê, cấp mã mời.")

#: The most seats one listing or one issue of codes may name.
EVERY_SEAT = 1_000_000

_KIND_ORDER: tuple[UnitKind, ...] = ("TI", "BAN", "HU", "TT", "XA", "CH", "TO")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Tệp .csv (UTF-8) hoặc .xlsx.")],
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Nhập tệp đơn vị: đúng hết thì nhận hết, có lỗi thì không đổi gì."""
    with refusals():
        records = _read(file, database)
        known = asyncio.run(_take(database, records, SystemClock()))
    added = [record for record in records if record.code not in known]
    say(f"Đã nhận {len(records)} đơn vị: thêm {len(added)}, cập nhật {len(records) - len(added)}.")
    counts = Counter(record.kind for record in records)
    for kind in (kind for kind in _KIND_ORDER if counts[kind]):
        say(f"  {kind:<3} {counts[kind]:>6}")


def _read(file: Path, database: str) -> tuple[UnitRecord, ...]:
    known = _known_codes(database)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Đọc {file.name}", total=None)
        return read_units(file, lambda done, total: bar.update(task, completed=done, total=total), known)


def _known_codes(database: str) -> set[str]:
    """The codes of an existing database. A missing one is not made yet: the file may be refused."""
    if not sqlite_path(database).exists():
        return set()
    with closing(open_database(database)) as opened, opened.reading() as reader:
        return {unit.code for unit in people.all_units(reader)}


async def _take(url: str, records: tuple[UnitRecord, ...], clock: Clock) -> set[str]:
    """Import the records; the codes there were before."""
    known: set[str] = set()

    def decide(reader: Reader) -> Sequence[Effect]:
        known.update(unit.code for unit in people.all_units(reader))
        return [UnitsImported(records, clock.now())]

    with closing(open_database(url)) as database:
        writer = SqliteWriter(database)
        try:
            await writer.run("units", decide)
        finally:
            await writer.close()
    return known


@app.command("list")
def list_(
    unit: Annotated[str | None, typer.Option(help="Chỉ đơn vị có mã này và các đơn vị bên dưới.")] = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Liệt kê đơn vị đang hoạt động: mã, loại, tên, người phụ trách (cách nhau bằng dấu tab)."""
    with refusals(), closing(Database(database)) as opened, opened.reading() as reader:
        within = _within(reader, unit, SystemClock())
        seats = people.find_seats(reader, "", (), EVERY_SEAT, within)
        units = people.all_units(reader, within)
    heads = {seat.unit.id: seat.person.name for seat in seats if seat.person}
    for each in units:
        say(f"{each.code}\t{each.kind}\t{each.name}\t{heads.get(each.id, '')}")


def _within(reader: Reader, code: str | None, clock: Clock) -> Select[tuple[int]]:
    """The units that exist today: all, or those at and below the one named."""
    day = clock.now().date()
    if code is None:
        return units_on(day)
    unit = people.unit_by_code(reader, code)
    if unit is None:
        raise NotFound(Finding(code, "không có đơn vị mang mã này"))
    return units_below(unit.id, day)


@app.command()
def codes(
    out: Annotated[Path, typer.Option(help="Tệp .csv sẽ ghi; chỉ người tạo đọc được.")],
    unit: Annotated[str | None, typer.Option(help="Chỉ đơn vị có mã này và các đơn vị bên dưới.")] = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Cấp mã mời dùng một lần cho người phụ trách chưa kết nối. Mã cấp lần trước hết hiệu lực."""
    with refusals():
        if out.exists():
            raise NotFound(
                Finding(str(out), "đã có tệp này; hãy chọn tên khác (mã cũ trong đó còn dùng để in)")
            )
        count = asyncio.run(_issue(database, out, unit, SystemClock()))
    say(f"Đã cấp {count} mã mời, ghi vào {out}. Giữ kín tệp này.")


async def _issue(url: str, out: Path, unit: str | None, clock: Clock) -> int:
    """Write the codes to a file, then keep their hashes: a code nobody can read helps nobody."""
    issued: list[tuple[Seat, str]] = []
    with closing(Database(url)) as database, new_file(out, secret=True) as partial:

        def decide(reader: Reader) -> Sequence[Effect]:
            seats = people.seats_not_linked(reader, _within(reader, unit, clock))
            issued.extend((seat, new_code(seat.unit.kind)) for seat in seats)
            _write_codes(partial, issued)
            return [CodesIssued(tuple((seat.id, code_sha256(code)) for seat, code in issued), clock.now())]

        writer = SqliteWriter(database)
        try:
            await writer.run("codes", decide)
        finally:
            await writer.close()
    return len(issued)


def new_code(kind: UnitKind) -> str:
    """A code such as ``CH-7K4M3Q9AF``, from the system's secret random numbers; at least one digit, so
    that it is no word (23 ** 9 - 18 ** 9 codes: 40.6 bits)."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if any(sign.isdecimal() for sign in code):
            return f"{kind}-{code}"


def _write_codes(path: Path, issued: Sequence[tuple[Seat, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark makes Excel read UTF-8
        table = csv.writer(file)
        table.writerow(["mã", "đơn vị", "cấp trên", "người phụ trách", "mã mời"])
        for seat, code in issued:
            name = seat.person.name if seat.person else ""
            table.writerow([*map(safe_cell, (seat.code, seat.unit.name, seat.parent_name, name)), code])
