"""The sheet of events, each with the areas that reported on it: PL9. Pure."""

from collections.abc import Sequence

from handlers.reports.gathered import NO_AREA, EventResult, Gathered
from handlers.reports.words import clean, day_words, roman, say
from handlers.reports.workbook.columns import cell, figure_of, numbered
from handlers.reports.workbook.content import FIRST_ROW, Cell, Content, HeadCell, Row, address, summed
from handlers.reports.workbook.notes import notes
from storage.domain.figures import TableRow
from storage.plan.expressions import render
from storage.plan.reports import Column, Sheet

#: Columns before the plan's own: the order, event or unit, the day.
BEFORE = 3


def event_sheet(sheet: Sheet, gathered: Gathered) -> Content:
    """A row an event, the units of it below."""
    rows: list[Row] = []
    for place, result in enumerate(gathered.events, start=1):
        rows += _event(sheet.columns, result, place, FIRST_ROW + len(rows))
    if not rows:
        rows.append(
            Row((Cell(None), Cell(say("no_events"), "text"), *_empty(len(sheet.columns) + 1)), "section")
        )
    return Content(
        sheet.id, sheet.name, render(sheet.title, gathered.text), _heads(sheet.columns), tuple(rows),
        notes(sheet, gathered, rows),
    )  # fmt: skip


def _heads(columns: Sequence[Column]) -> tuple[HeadCell, ...]:
    before = (
        HeadCell(say("order"), "A", 6), HeadCell(say("event"), "B", 44), HeadCell(say("day"), "C", 11),
    )  # fmt: skip
    numbers = numbered(columns)
    own = (HeadCell(c.head, n, c.width, c.group) for c, n in zip(columns, numbers, strict=True))
    return (*before, *own)


def _event(columns: Sequence[Column], result: EventResult, place: int, at: int) -> list[Row]:
    shown = [row for row in result.table.rows if row.area.kind not in NO_AREA and _asked(columns, row)]
    grid = [_cells(columns, row, 1 if row.area.kind in ("XA", "CH") else 2) for row in shown]
    whole = _cells(columns, result.table.total, 2)
    for column, named in enumerate(columns):
        if grid and named.show != "text":
            first, last = (address(at + step, BEFORE + column) for step in (1, len(grid)))
            whole[column] = summed(whole[column], [row[column] for row in grid], [f"{first}:{last}"])
    head = (Cell(roman(place), "center"), Cell(clean(result.event.name), "name"))
    day = Cell(day_words(result.day), "center")
    return [
        Row((*head, day, *whole), "group"),
        *(
            Row((Cell(str(i), "center"), Cell(row.area.name, "nested"), Cell(), *cells), "nested")
            for i, (row, cells) in enumerate(zip(shown, grid, strict=True), start=1)
        ),
    ]


def _asked(columns: Sequence[Column], row: TableRow) -> bool:
    figures = (figure_of(column, row.figures) for column in columns)
    return any(figure is not None and figure.state != "not_asked" for figure in figures)


def _cells(columns: Sequence[Column], row: TableRow, units: int) -> list[Cell]:
    return [cell(column, figure_of(column, row.figures), units) for column in columns]


def _empty(count: int) -> tuple[Cell, ...]:
    return tuple(Cell() for _ in range(count))
