"""``chihoi answers export``: the answers of a round as CSV, JSON or an Excel workbook.

One row a field. Times are ISO 8601 in Vietnam's time (+07:00); in a workbook they are date cells.
"""

import asyncio
import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from bot.cli.shared import (
    DEFAULT_DATABASE,
    AsOption,
    DatabaseOption,
    UnitOption,
    new_file,
    record,
    refusals,
    safe_cell,
    scope_for,
)
from scheduler.clock import VIETNAM, SystemClock
from storage.database import Database
from storage.domain.effects import ReadRecorded
from storage.domain.problems import Finding, NotFound
from storage.domain.rounds import Round
from storage.plan.periods import period_span
from storage.queries import answers, people, rounds
from storage.writer import Reader

app = typer.Typer(no_args_is_help=True, help="Câu trả lời: xuất ra tệp.")

Rows = Iterator[dict[str, Any]]


class Format(StrEnum):
    """What can be written."""

    csv = "csv"
    json = "json"
    xlsx = "xlsx"


@app.callback()
def _answers() -> None:
    """Keeps ``export`` a command of its own while it is the only one."""


@app.command()
def export(
    round_: Annotated[str, typer.Option("--round", help="Đợt báo cáo, ví dụ CH-T:2024-03, hoặc số của đợt.")],
    format_: Annotated[Format, typer.Option("--format", help="Dạng tệp.")] = Format.csv,
    out: Annotated[Path | None, typer.Option(help="Tệp sẽ ghi; không có thì in ra màn hình.")] = None,
    unit: UnitOption = None,
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Xuất câu trả lời của một đợt."""
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            asked = find_round(reader, round_)
            within = scope_for(reader, as_, unit, period_span(asked.period)[1]) if as_ or unit else None
            rows = list(answers.export_rows(reader, asked.id, within))
            seat = people.seat_by_code(reader, as_) if as_ else None
        _write(iter(rows), format_, out)
        questions = sorted({str(row["question"]) for row in rows})
        details = {"pack": asked.pack, "period": asked.period, "rows": len(rows), "questions": questions}
        at = SystemClock().now()
        asyncio.run(
            record(opened, ReadRecorded("answers_exported", at, seat.id if seat else None, details=details))
        )


def find_round(reader: Reader, name: str) -> Round:
    """The round named by id or ``pack:period``; NotFound, with the rounds there are."""
    pack, _, period = name.partition(":")
    found = (
        rounds.round_by_id(reader, int(name)) if name.isdecimal() else rounds.round_of(reader, pack, period)
    )
    if found is None:
        there = ", ".join(f"{each.pack}:{each.period}" for each in rounds.all_rounds(reader))
        raise NotFound(Finding(name, f"không có đợt này; các đợt đã mở: {there or 'chưa có đợt nào'}"))
    return found


def _write(rows: Rows, format_: Format, out: Path | None) -> None:
    if out is None and format_ is Format.xlsx:
        raise NotFound(Finding("--out", "dạng xlsx cần tên tệp, ví dụ --out bao-cao.xlsx"))
    if out is None:
        _TEXTS[format_](sys.stdout, rows)
        return
    with new_file(out) as partial:
        if format_ is Format.xlsx:
            _write_workbook(partial, rows)
        else:
            # The mark makes Excel read UTF-8; JSON must not have one (RFC 8259, 8.1).
            encoding = "utf-8-sig" if format_ is Format.csv else "utf-8"
            with partial.open("w", encoding=encoding, newline="") as file:
                _TEXTS[format_](file, rows)


def _plain(value: Any) -> Any:
    """A value for JSON: times as ISO text."""
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat(timespec="seconds")
    return value


def _cell(value: Any) -> Any:
    """A value for one cell: true and false as in JSON, lists as JSON, nothing as nothing."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else safe_cell(_plain(value))


def _write_csv(file: TextIO, rows: Rows) -> None:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(answers.EXPORT_COLUMNS)
    for row in rows:
        table.writerow([_cell(row[column]) for column in answers.EXPORT_COLUMNS])


def _write_json(file: TextIO, rows: Rows) -> None:
    """A list with one object a line."""
    comma = "["
    for row in rows:
        plain = {column: _plain(value) for column, value in row.items()}
        file.write(f"{comma}\n{json.dumps(plain, ensure_ascii=False)}")
        comma = ","
    file.write("[]\n" if comma == "[" else "\n]\n")


_TEXTS: Mapping[Format, Callable[[TextIO, Rows], None]] = {Format.csv: _write_csv, Format.json: _write_json}


def _write_workbook(path: Path, rows: Rows) -> None:
    """One sheet, written row by row; numbers, true and false and times are typed cells."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    sheet.freeze_panes = "A2"
    sheet.append(answers.EXPORT_COLUMNS)
    for row in rows:
        sheet.append([_typed(row[column]) for column in answers.EXPORT_COLUMNS])
    book.save(path)


def _typed(value: Any) -> Any:
    """A value for a cell of a workbook: a time without its zone, text without control characters."""
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).replace(tzinfo=None)
    cell = value if isinstance(value, bool) else _cell(value)
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell
