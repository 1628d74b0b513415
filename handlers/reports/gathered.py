"""Everything one export is made of: the figures of a unit in a period, gathered once for all its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from handlers.reports.words import period_words, unit_name, unit_place
from storage.domain.figures import (
    Area,
    FigureTable,
    IndicatorFigures,
    Progress,
    ReportingRow,
    ReportingTable,
    TableRow,
)
from storage.plan.model import Event, Plan
from storage.plan.periods import period_span
from storage.plan.reports import Head

#: Levels that no sheet of units lists: a department of the province is no area.
NO_AREA = frozenset({"BAN", "TO"})


@dataclass(frozen=True, slots=True)
class EventResult:
    """What came of an event: when it was, and the figures of that day's rounds by the areas below."""

    event: Event
    day: date
    table: FigureTable


@dataclass(frozen=True)
class Gathered:
    """``whole`` the unit's own figures, compared; ``tables`` those of the units directly below and, for a
    province with districts, of the communes; ``reporting`` by level; ``made_at`` aware, local."""

    plan: Plan
    period: str
    top: Area
    above: Area | None
    made_at: datetime
    whole: Mapping[str, IndicatorFigures]
    tables: tuple[FigureTable, ...]
    reporting: Mapping[str, tuple[ReportingTable, ...]]
    events: tuple[EventResult, ...] = ()
    names: Mapping[int, Area] = field(default_factory=dict)

    @property
    def head(self) -> Head:
        """The header lines of the unit's level; those of the province where the plan has none."""
        heads = self.plan.reports.heads
        return next(heads[kind] for kind in (self.top.kind, *heads) if kind in heads)

    @property
    def year(self) -> int:
        """The period's year."""
        return period_span(self.period)[0].year

    def text(self, name: str) -> str | None:
        """What titles and header lines may name (`storage.plan.report_checks.TEXTS`); None if unknown."""
        above = unit_name(self.above) if self.above else unit_name(self.top)
        return {
            "period": period_words(self.period),
            "year": str(self.year),
            "unit": unit_name(self.top),
            "unit.big": unit_name(self.top).upper(),
            "unit.place": unit_place(self.top),
            "above": above,
            "above.big": above.upper(),
            "theme": self.plan.theme,
            "document": self.plan.document,
        }.get(name)

    def lines(self) -> tuple["Line", ...]:
        """The units in administrative order, each below its parent."""
        rows = [row for row in self.tables[0].rows if row.area.kind not in NO_AREA]
        below: dict[int | None, list[TableRow]] = {}
        for table in self.tables[1:]:
            for row in table.rows:
                below.setdefault(row.area.parent_id, []).append(row)
        found: list[Line] = []
        for place, row in enumerate(rows, start=1):
            children = below.get(row.area.id, [])
            found.append(Line(row.area, row, str(place), len(children)))
            found += [Line(each.area, each, f"{place}.{at}") for at, each in enumerate(children, start=1)]
        return tuple(found)

    def reports_of(self, level: str, area: Area) -> Progress:
        """How far the reports of a level are in an area; nothing expected where it is not known."""
        if area.id == self.top.id:
            return self.reporting[level][0].total.progress if level in self.reporting else Progress()
        rows = (row for table in self.reporting.get(level, ()) for row in table.rows)
        return next((row.progress for row in rows if row.area.id == area.id), Progress())

    def areas(self, level: str) -> tuple[ReportingRow, ...]:
        """The reports of a level by the units directly below."""
        tables = self.reporting.get(level, ())
        return tables[0].rows if tables else ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: the unit, its figures, its number, and how many units right below it follow."""

    area: Area
    row: TableRow
    number: str
    children: int = 0

    @property
    def nested(self) -> bool:
        """Whether it stands below another row."""
        return "." in self.number
