"""A sheet on paper: landscape A4 fit to width, header lines, two-row head, thin borders. Knows XlsxWriter.

Texts are written as texts, never as formulas or links (`Workbook` options), and what begins like a
formula has been defused before (`handlers.reports.words.safe_cell`). Formulas carry the value they
compute to, for viewers that do not compute.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter

from handlers.reports.gathered import Gathered
from handlers.reports.words import clean, roman, safe_cell, say
from handlers.reports.workbook.content import FIRST_ROW, HEAD_ROW, NUMBER_ROW, Cell, Content, HeadCell, Row
from storage.domain.figures import Number
from storage.plan.expressions import render
from storage.plan.reports import Head

FONT, SIZE = "Times New Roman", 11
#: Height in points of one line of text.
LINE = 15.0
#: Width in characters of a landscape A4 page at full size: narrower tables are stretched to it, since a
#: program that fits to width would blow up the letters.
PAGE_WIDTH = 118.0
#: Room for the handwritten signature and name.
SIGNING_ROWS = 5

_BASE: dict[str, Any] = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter"}
#: [$-42A]: Vietnamese separators in programs that heed it (1.389; 67,5). A space keeps the border away.
_NUMBERS = {"number": "[$-42A]#,##0", "percent": "[$-42A]#,##0.0"}
_LOOKS: dict[str, dict[str, Any]] = {
    "number": {"align": "right"},
    "percent": {"align": "right"},
    "text": {"text_wrap": True},
    "center": {"align": "center", "text_wrap": True},
    "name": {"text_wrap": True},
    "nested": {"text_wrap": True, "indent": 1},
}
_KINDS: dict[str, dict[str, Any]] = {
    "row": {},
    "nested": {},
    "group": {"bold": True},
    "section": {"bold": True, "bg_color": "#F2F2F2"},
    "total": {"bold": True, "bg_color": "#F2F2F2"},
}


class Book:
    """A workbook in the making; ``close`` writes it."""

    def __init__(self, path: Path, gathered: Gathered) -> None:
        """``path`` is written over. The time of making is the gathering's, so that the same figures give
        the same bytes."""
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_calc_mode("auto")
        self._gathered = gathered
        title = clean(render(gathered.plan.reports.letter.subject, gathered.text))
        self._book.set_properties(
            {"title": title, "author": "", "created": gathered.made_at.replace(tzinfo=None)}
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._count = 0

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def look(self, **wanted: Any) -> Any:
        """A cell format, made once."""
        key = tuple(sorted({**_BASE, **wanted}.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(dict(key))
        return self._formats[key]

    def add(self, content: Content) -> None:
        """Paint one sheet."""
        self._count += 1
        sheet = self._book.add_worksheet(content.name)
        _paper(sheet, content)
        _Painter(self, sheet, content, self._gathered).paint(self._count)


def _paper(sheet: Any, content: Content) -> None:
    """A4 landscape, one page wide; the head repeats on every page; page x of y at the foot."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.center_horizontally()
    sheet.repeat_rows(HEAD_ROW, NUMBER_ROW)
    page = say("page", page="&P", pages="&N")
    sheet.set_footer(f'&C&"{FONT}"&10{page}', {"margin": 0.3})
    sheet.freeze_panes(FIRST_ROW, content.frozen)
    sheet.hide_gridlines(2)


class _Painter:
    def __init__(self, book: Book, sheet: Any, content: Content, gathered: Gathered) -> None:
        self._book, self._sheet, self._content, self._gathered = book, sheet, content, gathered
        natural = [head.width for head in content.heads]
        stretch = max(1.0, PAGE_WIDTH / sum(natural))
        self._widths = [width * stretch for width in natural]
        self._last = len(self._widths) - 1
        for place, width in enumerate(self._widths):
            sheet.set_column(place, place, width)

    def paint(self, number: int) -> None:
        """From the top down."""
        self._titles(number)
        self._head(self._content.heads)
        for place, row in enumerate(self._content.rows):
            self._row(FIRST_ROW + place, row)
        at = FIRST_ROW + len(self._content.rows)
        for note in self._content.notes:
            at = self._wide(at, note, italic=True, font_size=10)
        for place, line in enumerate(self._content.listed):
            at = self._wide(at, line, bold=place == 0, font_size=10)
        self._foot(at + 1, self._gathered.head)

    def _titles(self, number: int) -> None:
        head, text = self._gathered.head, self._gathered.text
        half = self._half()
        left = {"align": "center", "font_size": 12}
        self._span(0, 0, half, render(head.above, text), **left)
        self._span(1, 0, half, render(head.issuer, text), bold=True, **left)
        self._span(0, half + 1, self._last, say("country"), bold=True, **left)
        self._span(1, half + 1, self._last, say("motto"), bold=True, align="center", font_size=13)
        self._line(2, 0, half, 9)
        self._line(2, half + 1, self._last, 21)
        if self._content.marked:
            self._wide(3, self._content.marked, bold=True, align="right", font_size=10)
        self._wide(4, say("appendix", number=roman(number)), bold=True, align="center", font_size=14)
        title = f"{self._content.title} {self._gathered.text('period') or ''}".upper()
        self._wide(5, title, bold=True, align="center", font_size=13)
        attached = say("attached", sign=head.sign, year=self._gathered.year, author=render(head.author, text))
        self._wide(6, attached, italic=True, align="center", font_size=13)
        self._sheet.set_row(7, 8)

    def _half(self) -> int:
        """The last column of the left header block: under half of the width."""
        whole, so_far = sum(self._widths), 0.0
        for place, width in enumerate(self._widths[:-1]):
            so_far += width
            if so_far >= whole * 0.42:
                return place
        return max(0, self._last - 1)

    def _line(self, row: int, first: int, last: int, length: int) -> None:
        """The line under a header, as a run of dashes: a border would be as wide as the cells."""
        self._span(row, first, last, "─" * length, align="center", font_size=8, valign="top")
        self._sheet.set_row(row, 10)

    def _span(self, row: int, first: int, last: int, text: str, **look: Any) -> None:
        style = self._book.look(**look)
        if first == last:
            self._sheet.write_string(row, first, text, style)
        else:
            self._sheet.merge_range(row, first, row, last, "", style)
            self._sheet.write_string(row, first, text, style)

    def _wide(self, row: int, text: str, **look: Any) -> int:
        """A line over the whole width, as high as its text needs; the next row."""
        size = float(look.get("font_size", SIZE))
        self._span(row, 0, self._last, safe_cell(text), text_wrap=True, **look)
        needed = lines_of(text, sum(self._widths), size, bool(look.get("bold")))
        self._sheet.set_row(row, max(LINE, size * 1.4) * needed)
        return row + 1

    def _head(self, heads: Sequence[HeadCell]) -> None:
        style = self._book.look(bold=True, align="center", text_wrap=True, border=1)
        place = 0
        while place <= self._last:
            head = heads[place]
            if not head.group:
                self._sheet.merge_range(HEAD_ROW, place, HEAD_ROW + 1, place, head.head, style)
                place += 1
                continue
            end = place
            while end < self._last and heads[end + 1].group == head.group:
                end += 1
            self._grouped(heads, place, end, style)
            place = end + 1
        small = self._book.look(italic=True, align="center", border=1, font_size=9, text_wrap=True)
        for at, head in enumerate(heads):
            self._sheet.write_string(NUMBER_ROW, at, head.number, small)
        self._head_heights(heads)

    def _grouped(self, heads: Sequence[HeadCell], first: int, last: int, style: Any) -> None:
        group = heads[first].group
        if first == last:
            self._sheet.write_string(HEAD_ROW, first, group, style)
        else:
            self._sheet.merge_range(HEAD_ROW, first, HEAD_ROW, last, group, style)
        for at in range(first, last + 1):
            self._sheet.write_string(HEAD_ROW + 1, at, heads[at].head, style)

    def _head_heights(self, heads: Sequence[HeadCell]) -> None:
        groups: dict[str, float] = {}
        sized = list(zip(heads, self._widths, strict=True))
        for head, width in sized:
            if head.group:
                groups[head.group] = groups.get(head.group, 0.0) + width
        top = max((lines_of(g, width, SIZE, True) for g, width in groups.items()), default=1)
        low = max((lines_of(h.head, width, SIZE, True) for h, width in sized if h.group), default=1)
        whole = max((lines_of(h.head, width, SIZE, True) for h, width in sized if not h.group), default=1)
        low = max(low, whole - top)
        self._sheet.set_row(HEAD_ROW, LINE * top + 3)
        self._sheet.set_row(HEAD_ROW + 1, LINE * low + 3)
        number = max(lines_of(h.number, width, 9) for h, width in sized)
        self._sheet.set_row(NUMBER_ROW, 12.5 * number + 2)

    def _row(self, at: int, row: Row) -> None:
        kind = _KINDS[row.kind]
        if row.kind == "section":
            text = safe_cell(str(row.cells[1].value))
            style = self._book.look(text_wrap=True, border=1, **kind)
            self._sheet.merge_range(at, 0, at, self._last, "", style)
            self._sheet.write_string(at, 0, text, style)
            self._sheet.set_row(at, LINE * lines_of(text, sum(self._widths), SIZE, True) + 2)
            return
        for column, cell in enumerate(row.cells):
            self._cell(at, column, cell, kind)
        self._sheet.set_row(at, LINE * self._height(row) + 2)

    def _height(self, row: Row) -> int:
        """In lines: the longest of its texts."""
        bold = bool(_KINDS[row.kind].get("bold"))
        sized = zip(row.cells, self._widths, strict=True)
        texts = [(cell.value, width) for cell, width in sized if isinstance(cell.value, str)]
        return max((lines_of(text, width, SIZE, bold) for text, width in texts), default=1)

    def _cell(self, row: int, column: int, cell: Cell, kind: dict[str, Any]) -> None:
        style = self._style(cell, kind)
        if cell.formula:
            self._sheet.write_formula(row, column, cell.formula, style, _stored(cell.value))
        elif cell.value is None or cell.value == "":
            self._sheet.write_blank(row, column, None, style)
        elif isinstance(cell.value, str):
            self._sheet.write_string(row, column, safe_cell(clean(cell.value)), style)
        else:
            self._sheet.write_number(row, column, _stored(cell.value), style)

    def _style(self, cell: Cell, kind: dict[str, Any]) -> Any:
        look = {**_LOOKS[cell.look], **kind, "border": 1}
        if cell.look in _NUMBERS:
            mark = '"*"' if cell.estimate else "_)"
            look["num_format"] = f"{_NUMBERS[cell.look]}{mark}"
        if cell.look == "center" and cell.value == say("not_reported"):
            look |= {"italic": True, "font_color": "#7F7F7F"}
        return self._book.look(**look)

    def _foot(self, at: int, head: Head) -> None:
        """Who made the table on the left, in whose name it is signed on the right; nobody signs here."""
        half, text = self._half(), self._gathered.text
        place = say("signed.place", place=render(head.place, text), year=self._gathered.made_at.year)
        self._span(at, half + 1, self._last, place, italic=True, align="center", font_size=12)
        self._span(at + 1, 0, half, head.maker, bold=True, align="center", font_size=12)
        for line, words in enumerate(head.signer, start=1):
            self._span(at + line, half + 1, self._last, words, bold=True, align="center", font_size=12)
        self._sheet.set_row(at + len(head.signer) + SIGNING_ROWS, LINE)


def _stored(value: Number | str | None) -> float | int | str:
    """A value as the file keeps it: whole numbers whole, fractions as the nearest double."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return "" if value is None else value


def lines_of(text: str, width: float, size: float = SIZE, bold: bool = False) -> int:
    """How many lines a text takes in a column of ``width`` characters: words are kept whole, capitals and
    bold letters are wider. An estimate on the safe side, since only the program that shows it knows."""
    room = max(width - 0.8, 1.0) * SIZE / size
    lines, used = 1, 0.0
    for word in text.split():
        length = _length(word) * (1.06 if bold else 1.0)
        if used and used + 1 + length > room:
            lines, used = lines + 1, 0.0
        lines += max(0, ceil(length / room) - 1)
        used += length + (1 if used else 0)
    return lines


#: Widths in the default font's digits: Times is narrow, its capitals are not.
_NARROW, _WIDE_LETTERS = frozenset("iíìịỉĩjltfr.,:;/|()'- I"), frozenset("mwMWGOQĐ%@")


def _length(word: str) -> float:
    """In characters of the default width."""
    return sum(map(_letter, word))


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.55
    if letter in _WIDE_LETTERS:
        return 1.35
    return 1.2 if letter.isupper() else 0.86
