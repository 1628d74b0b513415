"""The first page: how far reporting is, where the plan's targets stand, what needs attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web

from bot.web.staff import words
from bot.web.staff.backend import StaffBackend
from bot.web.staff.calendar import Day, days
from bot.web.staff.indicators import label_of, questions_by_field
from bot.web.staff.visit import Visit, periods
from storage import scope
from storage.domain.figures import (
    FigureTable,
    IndicatorFigures,
    Outlier,
    Progress,
    ReportingRow,
    ReportingTable,
)
from storage.domain.people import Unit
from storage.plan.model import Level, Plan
from storage.plan.periods import period_span
from storage.queries import consent, rounds, staff_pages
from storage.writer import Reader

#: As many areas are named as lowest, outliers and events as next.
LOWEST, ODD, COMING = 5, 8, 4

#: How far ahead events are named.
AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PackRow:
    """Reports of one pack."""

    pack: str
    title: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Month:
    """Branches' reports of a month."""

    label: str
    period: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class TargetRow:
    """An indicator with a number in the plan."""

    indicator: str
    item: str
    name: str
    figures: IndicatorFigures


@dataclass(frozen=True, slots=True)
class Odd:
    """A value that needs a look, and why, in words."""

    unit: str
    unit_code: str
    why: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody."""

    requests: int
    corrections: int
    missing: int
    outliers: Sequence[Odd]
    odd: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The page's figures."""

    unit: Unit
    period: str
    progress: Progress
    packs: Sequence[PackRow]
    months: Sequence[Month]
    targets: Sequence[TargetRow]
    verdicts: Sequence[tuple[str, int]]
    lowest: Sequence[ReportingRow]
    waiting: Waiting
    coming: Sequence[Day]


def levels_asked(plan: Plan, reader: Reader, period: str) -> list[Level]:
    """The levels of which reports are asked in a period, as the plan orders levels."""
    first, last = period_span(period)
    asked = {
        pack.level
        for known in rounds.all_rounds(reader)
        if (pack := plan.pack(known.pack)) is not None
        and first <= period_span(known.period)[0]
        and period_span(known.period)[1] <= last
    }
    order: Sequence[Level] = ("CH", "XA", "TT", "HU", "BAN", "TI")
    return [level for level in order if level in asked]


def pack_rows(plan: Plan, tables: Sequence[ReportingTable]) -> list[PackRow]:
    """Every pack asked, with its reports."""
    return [
        PackRow(pack, _title(plan, pack), table.total.by_pack[pack])
        for table in tables
        for pack in table.packs
        if table.total.by_pack.get(pack, Progress()).expected
    ]


def _title(plan: Plan, pack_id: str) -> str:
    pack = plan.pack(pack_id)
    return pack.title if pack else pack_id


def target_rows(plan: Plan, table: FigureTable) -> list[TargetRow]:
    """The indicators whose target is a number, in the plan's order."""
    rows = []
    for indicator in plan.indicators:
        found = table.total.figures.get(indicator.id)
        if found is not None and found.target is not None:
            rows.append(TargetRow(indicator.id, indicator.item, indicator.name, found))
    return rows


def verdict_counts(rows: Sequence[TargetRow]) -> list[tuple[str, int]]:
    """How many targets are reached (or exceeded), not reached, not reported: three states, never mixed."""
    said = [row.figures.verdict for row in rows]
    reached = sum(verdict in ("reached", "exceeded") for verdict in said)
    return [
        ("reached", reached),
        ("not_reached", said.count("not_reached")),
        ("not_reported", said.count("not_reported")),
    ]


def lowest(table: ReportingTable) -> list[ReportingRow]:
    """The areas that report least, of those that should and have not all."""
    behind = [row for row in table.rows if row.progress.missing]
    return sorted(behind, key=lambda row: (row.progress.reporting_rate or 0, row.area.code))[:LOWEST]


def odd_ones(plan: Plan, reader: Reader, found: Sequence[Outlier]) -> list[Odd]:
    """Outliers in words, each with the unit above: every commune has a branch 5."""
    questions = questions_by_field(plan)
    above = staff_pages.unit_names(reader, {each.area.parent_id for each in found if each.area.parent_id})
    return [
        Odd(
            ", ".join(filter(None, (each.area.name, above.get(each.area.parent_id or 0)))),
            each.area.code,
            f"{label_of(each.field, questions)}: {words.outlier(each)}",
        )
        for each in found
    ]


async def show(visit: Visit) -> web.Response:
    """``/staff``."""
    model, known = await visit.read(lambda reader: (read(visit, reader), periods(reader, visit.now)))
    return visit.show("overview.html", page=model, unit=model.unit, period=model.period, periods=known)


@dataclass(frozen=True, slots=True)
class Looked:
    """The figures behind the page: reports by level, targets, the year's months, odd values."""

    tables: Sequence[ReportingTable]
    targets: FigureTable
    months: Mapping[str, Progress]
    odd: Sequence[Outlier]


def look(backend: StaffBackend, reader: Reader, unit_id: int, period: str, viewer: int) -> Looked:
    """Ask for them."""
    figures, plan = backend.figures, backend.plan
    levels = levels_asked(plan, reader, period) or ["CH"]
    numbered = [indicator.id for indicator in plan.indicators if indicator.target is not None]
    return Looked(
        [figures.reporting(reader, period, unit_id, level=level) for level in levels],
        figures.table(reader, period, unit_id, "none", numbered, ("to_date",), viewer, texts=False),
        figures.progress(reader, months_of(period, backend.now().date()), unit_id),
        figures.outliers(reader, period, unit_id),
    )


def months_of(period: str, today: date) -> list[str]:
    """The year's months up to now, or to the end of a year that is past."""
    year = period_span(period)[1].year
    return [f"{year}-{month:02}" for month in range(1, (today.month if year == today.year else 12) + 1)]


def read(visit: Visit, reader: Reader) -> Overview:
    """Everything the page shows."""
    period = visit.period(reader)
    unit = visit.unit(reader, period)
    looked = look(visit.backend, reader, unit.id, period, visit.viewer)
    branches, targets = looked.tables[0], target_rows(visit.plan, looked.targets)
    return Overview(
        unit,
        period,
        branches.total.progress,
        pack_rows(visit.plan, looked.tables),
        [Month(f"T{int(of[5:])}", of, progress) for of, progress in looked.months.items()],
        targets,
        verdict_counts(targets),
        lowest(branches),
        _waiting(visit, reader, unit, looked),
        _coming(visit, reader),
    )


def _waiting(visit: Visit, reader: Reader, unit: Unit, looked: Looked) -> Waiting:
    within = scope.units_below(unit.id, visit.today)
    return Waiting(
        len(consent.open_requests(reader, within)),
        len(staff_pages.corrections_waiting(reader, within)),
        len(looked.tables[0].missing),
        odd_ones(visit.plan, reader, looked.odd[:ODD]),
        len(looked.odd),
    )


def _coming(visit: Visit, reader: Reader) -> list[Day]:
    ahead = [day for day in days(visit.plan, reader, visit.today) if day.day is not None]
    last = visit.today + AHEAD
    return [day for day in ahead if day.day and visit.today <= day.day <= last][:COMING]
