"""Sheets whose rows are units, in administrative order: PL2 to PL8, PL10, PL11. Pure."""

from collections.abc import Sequence

from handlers.reports.gathered import Gathered, Line
from handlers.reports.words import say
from handlers.reports.workbook.columns import cell, computed, figure_of, numbered, reports_cell
from handlers.reports.workbook.content import (
    FIRST_ROW,
    Cell,
    Content,
    HeadCell,
    Look,
    Row,
    RowKind,
    address,
    summed,
)
from handlers.reports.workbook.notes import missing_lines, notes
from storage.domain.figures import TableRow
from storage.plan.expressions import render
from storage.plan.reports import Column, Sheet

#: Columns before the plan's own: the order, the unit.
BEFORE = 2


def unit_sheet(sheet: Sheet, gathered: Gathered) -> Content:
    """The rows are units, each district above its communes, with the whole at the foot."""
    lines = gathered.lines()
    grid = [_figures(sheet, gathered, line.row, line.children) for line in lines]
    grid.append(_figures(sheet, gathered, gathered.tables[0].total, len(lines)))
    _totals(sheet.columns, lines, grid)
    for place, cells in enumerate(grid):
        _made(sheet.columns, cells, FIRST_ROW + place)
    rows = [_row(line, cells) for line, cells in zip(lines, grid, strict=False)]
    rows.append(Row((Cell(None, "center"), Cell(say("total"), "name"), *grid[-1]), "total"))
    listed = missing_lines(gathered) if sheet.internal else ()
    return Content(
        sheet.id,
        sheet.name,
        render(sheet.title, gathered.text),
        heads(sheet.columns, say("unit")),
        tuple(rows),
        notes(sheet, gathered, rows),
        listed,
        say("internal") if sheet.internal else "",
    )


def heads(columns: Sequence[Column], name: str, width: float = 26) -> tuple[HeadCell, ...]:
    """The heads of a sheet with an order and a name before the plan's columns."""
    before = (HeadCell(say("order"), "A", 6), HeadCell(name, "B", width))
    numbers = numbered(columns)
    own = (HeadCell(c.head, n, c.width, c.group) for c, n in zip(columns, numbers, strict=True))
    return (*before, *own)


def _row(line: Line, cells: Sequence[Cell]) -> Row:
    number = line.number.rpartition(".")[2]
    kind: RowKind = "nested" if line.nested else "group" if line.children else "row"
    look: Look = "nested" if line.nested else "name"
    return Row((Cell(number, "center"), Cell(line.area.name, look), *cells), kind)


def _figures(sheet: Sheet, gathered: Gathered, row: TableRow, below: int) -> list[Cell]:
    """The cells of a row that are figures; those made of others stay empty for now."""
    found = []
    for column in sheet.columns:
        if column.reports:
            level = column.reports
            found.append(reports_cell(column, gathered.reports_of(level, row.area)))
        elif column.of:
            found.append(cell(column, figure_of(column, row.figures), below or 1))
        else:
            found.append(Cell())
    return found


def _totals(columns: Sequence[Column], lines: Sequence[Line], grid: list[list[Cell]]) -> None:
    """Formulas of the districts over their communes, and of the last row over the districts."""
    tops = [place for place, line in enumerate(lines) if not line.nested]
    for at, column in enumerate(columns):
        if column.operands or column.show == "text":
            continue
        for place, line in enumerate(lines):
            if line.children:
                inside = range(place + 1, place + 1 + line.children)
                grid[place][at] = summed(grid[place][at], [grid[i][at] for i in inside], _places(inside, at))
        grid[-1][at] = summed(grid[-1][at], [grid[i][at] for i in tops], _places(tops, at))


def _places(rows: Sequence[int], column: int) -> list[str]:
    """Addresses of the cells to add up: one range where they stand together."""
    places = [address(FIRST_ROW + row, BEFORE + column) for row in rows]
    together = len(rows) > 1 and rows[-1] - rows[0] == len(rows) - 1
    return [f"{places[0]}:{places[-1]}"] if together else places


def _made(columns: Sequence[Column], cells: list[Cell], row: int) -> None:
    """Fill in the columns made of others, those of others of their kind last."""
    for place, column in enumerate(columns):
        if column.operands:
            cells[place] = computed(column, columns, cells, row, BEFORE)
