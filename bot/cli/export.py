"""``chihoi export``: the papers of a unit for a period: workbook, report draft, charts, plain figures.

Files are written under a name of their own and take the final one only when all of them are whole.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bot.cli.shared import (
    DEFAULT_DATABASE,
    AsOption,
    DatabaseOption,
    new_file,
    record,
    refusals,
    say,
    scope_for,
)
from handlers.reports.figure_files import write_csv, write_json
from handlers.reports.gather import READINGS, gather
from handlers.reports.gathered import Gathered
from handlers.reports.letter import write_letter
from handlers.reports.words import file_stem
from handlers.reports.workbook import write_workbook
from scheduler.clock import VIETNAM, SystemClock
from storage.database import Database
from storage.domain.effects import ReadRecorded
from storage.domain.people import Seat, Unit
from storage.domain.problems import Finding, NotFound
from storage.plan.model import Plan
from storage.plan.periods import period_span
from storage.plan_files import load_plan
from storage.queries import people
from storage.writer import Reader

#: Told what is done next.
Step: TypeAlias = Callable[[str], None]


class Only(StrEnum):
    """What can be written."""

    xlsx = "xlsx"
    docx = "docx"
    png = "png"
    csv = "csv"
    json = "json"


def export(
    period: Annotated[str, typer.Option(help="Kỳ: 2024-03, 2024-Q1, 2024-H1 hoặc 2024.")],
    to: Annotated[Path, typer.Option(help="Thư mục sẽ ghi tệp; chưa có thì tạo.")],
    unit: Annotated[str | None, typer.Option(help="Mã đơn vị; bỏ trống là cả tỉnh.")] = None,
    only: Annotated[list[Only] | None, typer.Option(help="Chỉ ghi dạng này; có thể nhắc lại.")] = None,
    plan: Annotated[Path, typer.Option(envvar="CHIHOI_PLAN", help="Thư mục kế hoạch.")] = Path(
        "plans/kh83-2024"
    ),
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Xuất báo cáo của một đơn vị: phụ lục Excel, dự thảo Word, biểu đồ, số liệu CSV và JSON."""
    wanted = tuple(dict.fromkeys(only or Only))
    with refusals(), closing(Database(database)) as opened:
        loaded = load_plan(plan)
        _check(period)
        with opened.reading() as reader:
            top, seat = _place(reader, loaded, unit, as_, period)
        sheets = len(loaded.reports.sheets) if Only.xlsx in wanted else 0
        with _bar(len(READINGS) + sheets + len(wanted)) as step:
            with opened.reading() as reader:
                detailed = bool({Only.xlsx, Only.csv, Only.json} & set(wanted))
                found = _gathered(reader, loaded, period, top, seat, detailed, step)
            files = _write(to, found, wanted, step)
        details = {"unit": top.code, "period": period, "kinds": [str(kind) for kind in wanted]}
        at, seat_id = SystemClock().now(), seat.id if seat else None
        asyncio.run(record(opened, ReadRecorded("report_exported", at, seat_id, details=details)))
    for file in files:
        say(str(file))


def _check(period: str) -> None:
    """NotFound unless it is a month, a quarter, a half year or a year."""
    try:
        period_span(period)
        known = period.count("-") < 2
    except (ValueError, IndexError):
        known = False
    if not known:
        raise NotFound(
            Finding("--period", f"không hiểu kỳ {period!r}; ví dụ 2024-03, 2024-Q1, 2024-H1, 2024")
        )


def _place(
    reader: Reader, plan: Plan, unit_code: str | None, seat_code: str | None, period: str
) -> tuple[Unit, Seat | None]:
    """The unit to report on and the seat that asks. NotFound for what does not exist, lies outside the
    seat's area or writes no report of its own."""
    last = period_span(period)[1]
    scope_for(reader, seat_code, unit_code, last)
    seat = people.seat_by_code(reader, seat_code) if seat_code else None
    if unit_code is not None:
        top = people.unit_by_code(reader, unit_code)
    else:
        top = seat.unit if seat else next((u for u in people.all_units(reader) if u.kind == "TI"), None)
    if top is None:
        raise NotFound(Finding("--unit", "chưa có đơn vị nào; hãy nạp bằng chihoi units import"))
    if top.kind not in plan.reports.heads:
        kinds = ", ".join(plan.levels.get(kind, kind) for kind in plan.reports.heads)
        raise NotFound(
            Finding(top.code, f"{top.name} không lập báo cáo; kế hoạch có mẫu cho: {kinds or 'chưa có'}")
        )
    return top, seat


def _gathered(
    reader: Reader, plan: Plan, period: str, top: Unit, seat: Seat | None, detailed: bool, step: Step
) -> Gathered:
    viewer = seat.unit.id if seat else None
    made_at = SystemClock().now().astimezone(VIETNAM)
    try:
        return gather(
            reader, plan, period, top.id, made_at, viewer, detailed, lambda what: step(READINGS[what])
        )
    except KeyError:
        last = period_span(period)[1]
        raise NotFound(Finding(top.code, f"{top.name} không có vào ngày {last:%d/%m/%Y}")) from None


def _write(folder: Path, found: Gathered, wanted: tuple[Only, ...], step: Step) -> list[Path]:
    """Every file asked for; all of them or, if one fails, none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotFound(Finding(str(folder), f"không tạo được thư mục ({error.strerror})")) from None
    stem = file_stem(found.top, found.period)
    written: list[Path] = []
    with ExitStack() as whole:

        def new(name: str) -> Path:
            written.append(folder / f"{stem}{name}")
            return whole.enter_context(new_file(written[-1]))

        for kind in wanted:
            step(f"Ghi {kind}")
            _WRITERS[kind](new, found, step)
    return written


def _workbook(new: Callable[[str], Path], found: Gathered, step: Step) -> None:
    write_workbook(new(".xlsx"), found, step)


def _letter(new: Callable[[str], Path], found: Gathered, step: Step) -> None:
    write_letter(new(".docx"), found)


def _charts(new: Callable[[str], Path], found: Gathered, step: Step) -> None:
    from handlers.reports.charts import charts  # costs a second, and many runs draw nothing

    for name, picture in charts(found):
        new(f"_{name}.png").write_bytes(picture)


def _csv(new: Callable[[str], Path], found: Gathered, step: Step) -> None:
    write_csv(new(".csv"), found)


def _json(new: Callable[[str], Path], found: Gathered, step: Step) -> None:
    write_json(new(".json"), found)


_WRITERS: Mapping[Only, Callable[[Callable[[str], Path], Gathered, Step], None]] = {
    Only.xlsx: _workbook,
    Only.docx: _letter,
    Only.png: _charts,
    Only.csv: _csv,
    Only.json: _json,
}


@contextmanager
def _bar(steps: int) -> Iterator[Step]:
    """A bar on stderr where somebody looks at it; it goes when the work is done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=steps)
        begun = False

        def step(what: str) -> None:
            nonlocal begun
            progress.update(task, advance=1 if begun else 0, description=what)
            begun = True

        yield step
