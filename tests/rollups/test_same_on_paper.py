"""The papers hold the figures of the slow path: the workbook as written and as LibreOffice computes it, the
draft, CSV and JSON, with districts and without."""

import asyncio
import csv
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from handlers.reports.figure_files import write_csv, write_json
from handlers.reports.gather import gather
from handlers.reports.letter import write_letter
from handlers.reports.workbook import write_workbook
from storage.plan.expressions import render, template_names
from storage.plan.reports import Column, split_figure
from storage.queries import people
from tests.rollups.conftest import province
from tests.rollups.everywhere import (
    COMMUNE,
    KNOWN,
    LATER,
    PROVINCE,
    SENSITIVE,
    YEAR,
    House,
    differs,
    house,
    less,
    row_differs,
    time_of,
    truth,
)
from tests.rollups.generated import plan
from tests.rollups.reading import numbers, paper, percent, shown
from tests.rollups.slow import WEIGHTED, Number

__all__ = ["house", "province", "truth"]

OFFICE = shutil.which("soffice")

# --- papers


@cache
def _names() -> dict[str, str]:
    return {each.name: each.id for each in KNOWN.values()}


async def test_the_papers_hold_it(house: House, tmp_path: Path) -> None:
    """The workbook as written, the draft, the files of `chihoi export`, of the province and of a commune."""
    wrong: list[str] = []
    for code in (PROVINCE, COMMUNE):
        folder = tmp_path / code
        folder.mkdir()
        with house.chat.database.reading() as reader:
            unit = people.unit_by_code(reader, code)
            assert unit is not None
            found = gather(reader, plan(), YEAR, unit.id, LATER, viewer=unit.id)
        write_workbook(folder / "book.xlsx", found)
        write_letter(folder / "draft.docx", found)
        write_csv(folder / "all.csv", found)
        write_json(folder / "all.json", found)
        wrong += _workbook(house, folder / "book.xlsx", code)
        if OFFICE:
            wrong += _workbook(house, await _computed(folder / "book.xlsx"), code)
        wrong += _letter(house, folder / "draft.docx", code)
        wrong += _files(house, folder)
    assert wrong == []


async def _computed(path: Path) -> Path:
    """The workbook with the values LibreOffice computes for its formulas, which were taken out before."""
    bare, out = path.with_name("bare.xlsx"), path.parent / "out"
    load_workbook(path).save(bare)
    profile = f"-env:UserInstallation=file://{path.parent / 'profile'}"
    command = [str(OFFICE), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(bare)]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, timeout=180)
    return out / "bare.xlsx"


def _workbook(house: House, path: Path, top: str) -> list[str]:
    book = load_workbook(path, data_only=True)
    wrong, seen = [], set()
    for sheet in plan().reports.sheets:
        rows = [[cell.value for cell in row] for row in book[sheet.name].iter_rows(min_row=12)]
        wrong += [f"{sheet.id}: {c}" for row in rows for c in row if str(c).startswith(("#", "Err:"))]
        if sheet.rows == "indicators":
            for row in rows:
                if (name := _names().get(str(row[1]))) is not None:
                    seen.add(name)
                    wrong += _indicator_row(house, row, name, top)
        elif sheet.rows == "units" and sheet.id != "PL11":
            for row in rows:
                named = str(row[1]).removeprefix("Đơn vị ")
                code = top if row[1] == "TỔNG CỘNG" else named
                if code == top or code in house.truth.slow(YEAR).units["code"].values:
                    wrong += _unit_row(house, row, sheet.columns, code, f"{path.parent.name} {sheet.id}")
    assert seen == {n for n, each in KNOWN.items() if each.rollup.units not in ("none", "derived")}
    return wrong


def _indicator_row(house: House, row: list[Any], name: str, top: str) -> list[str]:
    now, year = house.truth.main(name, top)[0], house.truth.main(name, top, "2023")[0]
    expected = (now, house.truth.main(name, top, YEAR, True)[0], None, year, less(now, year))
    where = f"PL1 {top} {name}"
    return [w for at in (0, 1, 3, 4) for w in differs(f"{where} {at}", row[at + 4], expected[at], exact=True)]


def _unit_row(house: House, row: list[Any], columns: Any, code: str, where: str) -> list[str]:
    wrong: list[str] = []
    by_key: dict[str, Number | None] = {}
    for column, seen in zip(columns, row[2:], strict=False):
        if column.show == "text":
            continue
        expected = _expected(house, column, code) if column.of else _made(column, by_key)
        if column.key:
            by_key[column.key] = expected
        if column.operands and not set(column.operands) <= by_key.keys():
            continue  # made of columns that follow
        wrong += differs(f"{where} {code} {column.head}", seen, expected, exact=True)
    return wrong


def _made(column: Column, by_key: Mapping[str, Number | None]) -> Number | None:
    parts = [by_key.get(key) for key in column.operands]
    given = [part for part in parts if part is not None]
    if len(given) < len(parts) or not parts:
        return None if column.ratio or column.minus or not given else sum(given)
    if column.ratio:
        return percent(given[0], given[1]) if given[1] else None
    return given[0] - given[1] if column.minus else sum(given)


def _expected(house: House, column: Column, code: str) -> Number | None:
    """What a column of figures shows of a unit."""
    truth, unit = house.truth, house.truth.id(code)
    name, field_ = split_figure(column.of[0])
    time = time_of(name, field_ or name)
    if column.show in ("reached", "not_reached", "not_reported"):
        counts = truth.main(name, code)[1]
        if counts is None or (column.show != "not_reported" and not counts[0] + counts[1]):
            return None
        return counts[("reached", "not_reached", "not_reported").index(column.show)]
    slow = truth.slow(YEAR)
    if column.show == "choice":
        chosen = slow.chosen(field_, column.choice, time).get(unit)
        return chosen if field_ and slow.field(field_, time).get(unit) is not None else None
    if column.show in ("part", "whole"):
        pair = (slow.field(field_, time), slow.wholes(field_, time)) if field_ else slow.shares(name)
        return pair[column.show == "whole"].get(unit)
    return truth.part(name, field_, code) if field_ else truth.main(name, code)[0]


def _letter(house: House, path: Path, top: str) -> list[str]:
    """The draft's appendix and targets, and the numbers of its sentences."""
    lines, rows = paper(path)
    wrong, seen = [], set()
    for cells in rows:
        name = _names().get(cells[1]) if len(cells) > 4 else None
        if name is None:
            continue
        now, to_date = house.truth.main(name, top)[0], house.truth.main(name, top, YEAR, True)[0]
        if len(cells) == 7:
            seen.add(name)
            year = house.truth.main(name, top, "2023")[0]
            wrong += differs(f"draft {top} {name}", cells[4], now)
            wrong += differs(f"draft {top} {name} to date", cells[5], to_date)
            wrong += differs(f"draft {top} {name} change", cells[6], less(now, year))
        else:
            wrong += differs(f"draft {top} {name} target", cells[3], to_date)
    assert seen == set(plan().reports.letter.indicators)
    return wrong + _sentences(house, lines, top)


def _sentences(house: House, lines: list[str], top: str) -> list[str]:
    wrong, count = [], 0
    for block in (block for section in plan().reports.letter.sections for block in section.blocks):
        names = template_names(block.text) if block.text and not block.blank else ()
        if not names or any(name in ("unit", "period", "document") or "reports." in name for name in names):
            continue
        said = re.sub(r"\[[^\[\]]*\]", "", block.text).split("${")[0]
        known = {name: _worded(house, name, top) for name in names}
        text = render(block.text, lambda name: known[name])  # noqa: B023 - used at once
        if not text.strip() or all(value is None for value in known.values()):
            continue
        start = text[:12] if not said.strip() else said[:24]
        line = next((line for line in lines if line.startswith(start)), "")
        count += 1
        if not line and SENSITIVE & set(names):
            continue  # withheld: a month in it is small
        if not line or numbers(line) != numbers(text):
            wrong.append(f"draft {top}: {line!r}, slow {text!r}")
    assert count > 8
    return wrong


def _worded(house: House, name: str, top: str) -> str | None:
    """What a name of the letter's sentences stands for."""
    truth, slow, unit = house.truth, house.truth.slow(YEAR), house.truth.id(top)
    head, _, rest = name.partition(".")
    value: Number | None
    if head in ("reached", "units", "silent"):
        counts = truth.main(rest, top)[1]
        if counts is None or (head == "reached" and not counts[0] + counts[1]):
            return None
        found: dict[str, Number | None] = {
            "reached": counts[0], "units": sum(counts), "silent": counts[2] or None
        }  # fmt: skip
        value = found[head]
    elif head in ("part", "whole"):
        ratio = rest in WEIGHTED or rest == "CT25"
        pair = slow.shares(rest) if ratio else (slow.field(rest, "last"), slow.wholes(rest, "last"))
        value = pair[head == "whole"].get(unit)
    elif head == "change":
        return _change(truth.main(rest, top)[0], truth.main(rest, top, "2023")[0], rest)
    elif name in KNOWN:
        value = truth.main(name, top)[0]
    else:
        field_ = rest if head == "field" else name
        owner = next(each.id for each in KNOWN.values() if field_ in each.fields)
        value = truth.part(owner, field_, top)
    return None if value is None else _vietnamese(value)


def _vietnamese(value: Any) -> str:
    return f"{shown(value).normalize():,f}".translate(str.maketrans(",.", ".,"))


def _change(now: Number | None, then: Number | None, name: str) -> str | None:
    if now is None or then is None:
        return None
    if now == then:
        return "bằng"
    size = now - then if now > then else then - now
    by = _vietnamese(size)
    percents = KNOWN[name].rollup.units in ("wpct", "pct_units")
    return by if percents or not then else f"{by} ({_vietnamese(percent(size, then))}%)"


def _files(house: House, folder: Path) -> list[str]:
    """The CSV and JSON of `chihoi export`: all that the sheets name, in all areas."""
    with (folder / "all.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    data = json.loads((folder / "all.json").read_text("utf-8"))["figures"]
    assert len(rows) == len(data) > 500
    return [
        wrong
        for row in [*rows, *data]
        if row["state"] != "not_asked"
        for wrong in row_differs(house, row, row["unit"], row["indicator"], row["field"], bool(row["field"]))
    ]
