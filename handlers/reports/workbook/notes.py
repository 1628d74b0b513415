"""What stands below a table: what its signs mean, and who has not reported. Pure."""

from collections.abc import Iterable, Sequence

from handlers.reports.gathered import Gathered
from handlers.reports.words import clean, day_words, say
from handlers.reports.workbook.content import Row
from storage.plan.reports import Sheet


def notes(sheet: Sheet, gathered: Gathered, rows: Sequence[Row]) -> tuple[str, ...]:
    """The notes a sheet needs, the plan's own first."""
    cells = [cell for row in rows for cell in row.cells]
    words = {cell.value for cell in cells if isinstance(cell.value, str)}
    found = [sheet.note] if sheet.note else []
    if say("not_reported") in words:
        found.append(say("note.states"))
    if words & {say("small"), say("hidden")}:
        found.append(say("note.hidden"))
    if any(cell.estimate for cell in cells):
        found.append(say("note.estimate"))
    if _own(rows):
        found.append(say("note.own"))
    at = gathered.made_at
    found.append(say("note.made", time=f"{at:%H:%M}", day=day_words(at.date())))
    return tuple(found)


def _own(rows: Sequence[Row]) -> bool:
    """Whether a total is no formula although others of its kind are."""
    totals = [cell for row in rows if row.kind in ("total", "group") for cell in row.cells]
    return any(c.formula for c in totals) and any(
        c.figure is not None and not c.formula and c.look != "center" for c in totals
    )


def missing_lines(gathered: Gathered) -> tuple[str, ...]:
    """The units that owe a report, by the unit above them, named."""
    tables = [tables[0] for tables in gathered.reporting.values() if tables]
    found: dict[str, list[str]] = {}
    for unit in dict.fromkeys(unit for table in tables for unit in table.missing):
        above = gathered.names.get(unit.parent_id or 0, gathered.top)
        found.setdefault(clean(above.name), []).append(clean(unit.name))
    total = sum(map(len, found.values()))
    if not total:
        return (say("unreported.all"),)
    return (say("unreported.head", count=total), *_by_area(found.items()))


def _by_area(found: Iterable[tuple[str, list[str]]]) -> Iterable[str]:
    return (say("unreported.area", area=area, count=len(n), names=", ".join(n)) for area, n in found)
