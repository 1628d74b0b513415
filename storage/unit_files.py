"""Units files: a table of units, .csv or .xlsx, read whole or refused whole with every finding at once.

The findings are read by the office staff who keep the table, so they are in plain Vietnamese and name
row and column as the file has them: ``dòng 7, cột mã cấp trên: không có đơn vị 13999``.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, get_args

from openpyxl import load_workbook

from storage.domain.folding import fold
from storage.domain.people import AddressForm, UnitKind
from storage.domain.problems import Finding, UnitsProblem
from storage.domain.units import UnitRecord

#: Our columns, each with the Vietnamese name it may have in the file.
COLUMNS: Mapping[str, str] = {
    "code": "mã",
    "name": "tên",
    "kind": "loại",
    "area_kind": "loại địa bàn",
    "parent": "mã cấp trên",
    "valid_from": "từ ngày",
    "valid_to": "đến ngày",
    "members": "số hội viên",
    "households": "số hộ",
    "head": "người phụ trách",
    "address_form": "xưng hô",
    "deputy": "cấp phó",
    "merged_into": "gộp vào mã",
}
FIGURES = ("members", "households")
REQUIRED = ("code", "name", "kind", "parent", "valid_from")

#: These stand under a unit, always; the others may be the top of a file (a commune tries it alone).
_NEVER_TOP: tuple[UnitKind, ...] = ("CH", "TO")

_ENCRYPTED = b"\xd0\xcf\x11\xe0"  # the OLE container Excel wraps an encrypted workbook (or an old .xls) in
_EMPTY = Finding("", "tệp trống, không có dòng nào")

Progress = Callable[[int, int], None]
_Cells = Sequence[Any]


@dataclass(slots=True)
class _Row:
    """A row of the file under our column names, and what was found wrong in it."""

    number: int
    cells: dict[str, str]
    titles: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def wrong(self, column: str, what: str) -> None:
        title = self.titles.get(column, COLUMNS[column])
        self.findings.append(Finding(f"dòng {self.number}, cột {title}", what))

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


def read_units(path: Path, progress: Progress, known: Collection[str] = ()) -> tuple[UnitRecord, ...]:
    """Read a units file into records, parents before their children.

    ``progress(done, total)`` is called as rows are read. ``known`` are codes already in the database,
    which a row may name as its parent. UnitsProblem with all findings if anything is wrong.
    """
    table = _table(path)
    if not table:
        raise UnitsProblem(_EMPTY)
    titles = _titles(table[0][1])
    rows = [_row(number, cells, titles) for number, cells in table[1:]]
    if not rows:
        raise UnitsProblem(Finding("", "tệp chỉ có dòng tiêu đề, chưa có đơn vị nào"))
    records = []
    for done, row in enumerate(rows, 1):
        records.append(_record(row))
        progress(done, len(rows))
    _check_codes(rows)
    _check_parents(rows, known)
    findings = [finding for row in rows for finding in row.findings]
    if findings:
        raise UnitsProblem(*findings)
    return _parents_first([record for record in records if record])


# Opening: every sort of file becomes a list of (row number, cells).


def _table(path: Path) -> list[tuple[int, _Cells]]:
    try:
        data = path.read_bytes()
    except OSError:
        raise UnitsProblem(Finding(str(path), "không đọc được tệp; hãy kiểm tra tên và quyền đọc")) from None
    if not data.strip():
        raise UnitsProblem(_EMPTY)
    readers = {".csv": _csv_rows, ".xlsx": _xlsx_rows}
    if path.suffix.lower() not in readers:
        raise UnitsProblem(Finding(path.name, "chỉ nhận tệp .csv hoặc .xlsx"))
    rows = enumerate(readers[path.suffix.lower()](data), 1)
    return [(number, cells) for number, cells in rows if any(_text(cell) for cell in cells)]


def _csv_rows(data: bytes) -> Iterator[_Cells]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        what = "tệp không phải UTF-8; trong Excel hãy lưu dạng “CSV UTF-8” hoặc .xlsx"
        raise UnitsProblem(Finding("", what)) from None
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)  # Excel in Vietnamese writes semicolons
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error:
        raise UnitsProblem(Finding("", "tệp CSV hỏng: có dấu ngoặc kép mở mà không đóng")) from None


def _xlsx_rows(data: bytes) -> Iterator[_Cells]:
    if data.startswith(_ENCRYPTED):
        what = "tệp có mật khẩu hoặc là Excel cũ (.xls); hãy bỏ mật khẩu và lưu dạng .xlsx"
        raise UnitsProblem(Finding("", what))
    try:
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what other programs write there is often wrong
        yield from sheet.iter_rows(values_only=True)
    except Exception:  # the reader raises whatever it stumbled over in a file that is not what it says
        raise UnitsProblem(Finding("", "đây không phải là tệp Excel .xlsx, hoặc tệp bị hỏng")) from None


def _text(cell: Any) -> str:
    """A cell as text: one space between words, composed letters, 13633.0 as 13633."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFC", str(cell)).split())


# The heading.


def _titles(cells: _Cells) -> dict[str, str]:
    """Our column names, each with its title in the file; in the file's order. Unknown columns are
    under their own title. UnitsProblem if one is missing or twice."""
    names = {fold(name): column for column, title in COLUMNS.items() for name in (column, title)}
    titles: dict[str, str] = {}
    findings = []
    for number, cell in enumerate(cells, 1):
        title = _text(cell)
        column = names.get(fold(title), f"#{number}")
        if column in titles:
            findings.append(Finding("dòng tiêu đề", f"cột {title} có hai lần"))
        titles[column] = title
    missing = [f"{COLUMNS[column]} ({column})" for column in REQUIRED if column not in titles]
    if missing:
        findings.append(Finding("dòng tiêu đề", f"thiếu cột {', '.join(missing)}"))
    if findings:
        raise UnitsProblem(*findings)
    return titles


def _row(number: int, cells: _Cells, titles: Mapping[str, str]) -> _Row:
    return _Row(number, dict(zip(titles, map(_text, cells), strict=False)), titles)


# One row.


def _record(row: _Row) -> UnitRecord | None:
    """The row as a record, or None with its findings noted."""
    code, name = _needed(row, "code"), _needed(row, "name")
    kind: UnitKind | None = _one_of(row, "kind", row.get("kind").upper(), get_args(UnitKind))
    form: AddressForm | None = _one_of(
        row, "address_form", row.get("address_form").lower() or "chị", get_args(AddressForm)
    )
    valid_from, valid_to = _needed_date(row), _date(row, "valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        row.wrong("valid_to", f"{row.get('valid_to')} trước {row.get('valid_from')}")
    parent = row.get("parent") or None
    if parent is None and kind in _NEVER_TOP:
        row.wrong("parent", f"{kind} phải có đơn vị cấp trên")
    figures = _figures(row)
    if row.get("merged_into") and valid_to is None and not row.get("valid_to"):
        row.wrong("valid_to", "đơn vị gộp vào nơi khác phải có ngày cuối cùng")
    if row.get("merged_into") == code and code:
        row.wrong("merged_into", "không thể gộp vào chính mình")
    if row.findings or kind is None or form is None or valid_from is None:
        return None
    return UnitRecord(
        code, name, kind, row.get("area_kind"), parent, valid_from, valid_to, figures, row.get("head"), form,
        row.get("merged_into") or None, row.get("deputy"),
    )  # fmt: skip


def _needed(row: _Row, column: str) -> str:
    if not row.get(column):
        row.wrong(column, "còn trống")
    return row.get(column)


def _one_of(row: _Row, column: str, value: str, allowed: tuple[Any, ...]) -> Any:
    if value in allowed:
        return value
    row.wrong(column, f"“{row.get(column)}” không có trong {', '.join(allowed)}" if value else "còn trống")
    return None


def _needed_date(row: _Row) -> date | None:
    return _date(row, "valid_from") if _needed(row, "valid_from") else None


def _date(row: _Row, column: str) -> date | None:
    """``2024-03-31``, ``31/3/2024`` or a date cell."""
    text = row.get(column)
    if not text:
        return None
    day_first = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    year_first = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    try:
        if day_first:
            day, month, year = map(int, day_first.groups())
        else:
            year, month, day = map(int, year_first.groups()) if year_first else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        row.wrong(column, f"“{text}” không phải ngày; hãy viết như 2024-03-31 hoặc 31/3/2024")
        return None


def _figures(row: _Row) -> dict[str, int]:
    """The base figures the row has; ``1.234`` and ``1 234`` are a thousand two hundred thirty-four."""
    figures = {}
    for column in FIGURES:
        text = row.get(column)
        if re.fullmatch(r"\d{1,9}|\d{1,3}([. ]\d{3}){1,2}", text):
            figures[column] = int(re.sub(r"\D", "", text))
        elif text:
            row.wrong(column, f"“{text}” không phải số nguyên từ 0 trở lên")
    return figures


# The rows together.


def _check_codes(rows: Sequence[_Row]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        code = row.get("code")
        if code and code in first:
            row.wrong("code", f"{code} đã có ở dòng {first[code]}")
        first.setdefault(code, row.number)


def _check_parents(rows: Sequence[_Row], known: Collection[str]) -> None:
    in_file = {row.get("code"): row for row in rows}
    codes = in_file.keys() | set(known)
    for row in rows:
        if (parent := row.get("parent")) and parent not in codes:
            row.wrong("parent", f"không có đơn vị {parent}")
        if (into := row.get("merged_into")) and into not in codes:
            row.wrong("merged_into", f"không có đơn vị {into}")
    for cycle in _cycles({code: row.get("parent") for code, row in in_file.items()}):
        in_file[cycle[0]].wrong("parent", f"vòng lặp: {' → '.join([*cycle, cycle[0]])}")


def _cycles(parents: Mapping[str, str]) -> list[list[str]]:
    """Every circle of codes, each once, from the code that comes first in the file."""
    done: set[str] = set()
    cycles = []
    for code in parents:
        path: dict[str, None] = {}
        while code in parents and code not in done and code not in path:
            path[code] = None
            code = parents[code]
        if code in path:
            way = list(path)
            cycles.append(way[way.index(code) :])
        done.update(path)
    return cycles


def _parents_first(records: Sequence[UnitRecord]) -> tuple[UnitRecord, ...]:
    by_code = {record.code: record for record in records}
    above = {record.code: by_code.keys() & {record.parent} for record in records}
    return tuple(by_code[code] for code in TopologicalSorter(above).static_order())
