"""The Excel appendices PL1 to PL11 (domain guide 4.5): figures in, a file out.

What goes into which column is the plan's (``reports.yaml``). Sheets are made whole in memory: heads
merged over two rows cannot be written row by row, and the largest workbook of a province is small.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from handlers.reports.gathered import Gathered
from handlers.reports.workbook.content import Content
from handlers.reports.workbook.events import event_sheet
from handlers.reports.workbook.indicators import indicator_sheet
from handlers.reports.workbook.page import Book
from handlers.reports.workbook.units import unit_sheet
from storage.plan.reports import Sheet

_MAKERS: Mapping[str, Callable[[Sheet, Gathered], Content]] = {
    "indicators": indicator_sheet,
    "units": unit_sheet,
    "events": event_sheet,
}


def sheet_content(sheet: Sheet, gathered: Gathered) -> Content:
    """What a sheet of the plan holds for these figures."""
    return _MAKERS[sheet.rows](sheet, gathered)


def write_workbook(path: Path, gathered: Gathered, step: Callable[[str], None] = lambda name: None) -> None:
    """Write the plan's sheets to ``path``. ``step`` is told each sheet's name as it is begun."""
    book = Book(path, gathered)
    for sheet in gathered.plan.reports.sheets:
        step(sheet.name)
        book.add(sheet_content(sheet, gathered))
    book.close()
