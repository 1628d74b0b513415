"""What a sheet holds before it is painted: heads, rows of cells with their formulas, notes. Pure.

Where a cell stands is known beforehand (the title block and the head have a fixed height), so formulas
are written here and the painter only paints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from storage.domain.figures import Number

#: Rows above the table (0-based): header lines, number and titles; then two head rows, the row of numbers.
HEAD_ROW = 8
NUMBER_ROW = HEAD_ROW + 2
FIRST_ROW = NUMBER_ROW + 1

Look = Literal["number", "percent", "text", "center", "name", "nested"]
RowKind = Literal["row", "nested", "group", "section", "total"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: ``value`` a number, a text or nothing; with ``formula`` the value it computes to."""

    value: Number | str | None = None
    look: Look = "number"
    formula: str = ""
    estimate: bool = False

    @property
    def figure(self) -> Number | None:
        """The value if it is a number."""
        return self.value if isinstance(self.value, int | Fraction) else None


@dataclass(frozen=True, slots=True)
class HeadCell:
    """A column's head under its group, its number "(5)=(4)/(3)", its width in characters."""

    head: str
    number: str
    width: float
    group: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table; of a ``section`` only the second cell is shown, over the whole width."""

    cells: tuple[Cell, ...]
    kind: RowKind = "row"


@dataclass(frozen=True)
class Content:
    """A whole sheet. ``marked``: a line above the title ("internal"); ``frozen`` columns stay in sight."""

    id: str
    name: str
    title: str
    heads: tuple[HeadCell, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    marked: str = ""
    frozen: int = 2


def address(row: int, column: int) -> str:
    """ "C12" of a cell's place, both from 0."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def ratio(part: Cell, whole: Cell, part_at: str, whole_at: str) -> Cell:
    """Percent of two cells; nothing where one of them is no number or the whole is 0."""
    formula = f'=IFERROR({part_at}/{whole_at}*100,"")'
    if part.figure is None or whole.figure is None:
        return Cell(None, "percent")
    value = Fraction(100 * part.figure) / whole.figure if whole.figure else None
    return Cell("" if value is None else value, "percent", formula)


def plus(cells: Sequence[Cell], places: Sequence[str]) -> Cell:
    """The sum of cells; the first one's word where none is a number."""
    figures = [cell.figure for cell in cells if cell.figure is not None]
    if not figures:
        return Cell(cells[0].value, cells[0].look)
    return Cell(sum(figures, start=0), "number", f"=SUM({','.join(places)})")


def minus(whole: Cell, part: Cell, whole_at: str, part_at: str) -> Cell:
    """One cell less another; nothing where one of them is no number."""
    if whole.figure is None or part.figure is None:
        return Cell(None, "number")
    return Cell(whole.figure - part.figure, "number", f"={whole_at}-{part_at}")


def summed(own: Cell, parts: Sequence[Cell], places: Sequence[str]) -> Cell:
    """A total: a formula over its parts where it is their sum, else its own figure as it is (a unit's own
    answers, what is hidden below, what is no sum). ``places``: addresses or ranges."""
    figures = [part.figure for part in parts if part.figure is not None]
    if own.figure is None or not figures or sum(figures, start=0) != own.figure:
        return own
    return Cell(own.value, own.look, f"=SUM({','.join(places)})", own.estimate)
