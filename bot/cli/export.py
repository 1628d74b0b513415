"""``chihoi export``: the papers of a unit for a period: workbook, report draft, charts, plain figures.

Files are written under a name of their own and take the final one only when they are whole.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bot.cli.plan import DEFAULT_PLAN
from bot.cli.shared import DEFAULT_DATABASE, AsOption, DatabaseOption, new_file, record, refusals, say, scope_for
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

Step = Callable[[str], None]


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
    as_: AsOption = None,
    only: Annotated[list[Only] | None, typer.Option(help="Chỉ ghi dạng này; có thể nhắc lại.")] = None,
    plan: Annotated[Path, typer.Option(help="Thư mục kế hoạch.")] = DEFAULT_PLAN,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Xuất báo cáo của một đơn vị: phụ lục Excel, dự thảo Word, biểu đồ, số liệu CSV và JSON."""
    with refusals(), closing(Database(database)) as opened:
        loaded = load_plan(plan)
        _check_period(period)
        wanted = tuple(only or Only)
        steps = len(READINGS) + len(loaded.reports.sheets) * (Only.xlsx in wanted) + len(wanted)
        with _bar(steps) as step:
            with opened.reading() as reader:
                top, seat = _place(reader, loaded, unit, as_, period)
                found = _gathered(reader, loaded, period, top, seat, step)
            files = [_write(path, kind, found, step) for kind, path in _paths(to, found, wanted)]
        details = {"unit": top.code, "period": period, "kinds": [str(kind) for kind in wanted]}
        at, seat_id = SystemClock().now(), seat.id if seat else None
        asyncio.run(record(opened, ReadRecorded("report_exported", at, seat_id, details=details)))
    for file in (file for written in files for file in written):
        say(str(file))
