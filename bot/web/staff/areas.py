"""Down through the tree: the units below one, as a table and as a map of tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aiohttp import web

from bot.web.render import text
from bot.web.staff import words
from bot.web.staff.backend import StaffBackend
from bot.web.staff.visit import Visit, periods
from bot.web.staff.words import Cell
from storage.domain.figures import Area, FigureTable, IndicatorFigures, Progress, ReportingTable
from storage.domain.people import Unit
from storage.plan.model import Indicator, Plan
from storage.queries import staff_pages
from storage.writer import Reader

#: More columns no screen takes.
MOST_COLUMNS = 8

#: What the tiles show where nothing else is asked for.
RATE = "rate"


@dataclass(frozen=True, slots=True)
class Row:
    """A unit: where its name leads, its reports, its figures in the order of the columns."""

    area: Area
    link: str
    progress: Progress
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of the map: coloured by ``look`` and labelled with name and figure."""

    area: Area
    link: str
    look: str
    figure: str


@dataclass(frozen=True, slots=True)
class Areas:
    """The page's figures."""

    unit: Unit
    period: str
    path: Sequence[Unit]
    columns: Sequence[Indicator]
    rows: Sequence[Row]
    total: Row
    measure: str
    measure_name: str
    tiles: Sequence[Tile]
    missing: Sequence[Area]


def columns_of(plan: Plan, wanted: Sequence[str]) -> list[Indicator]:
    """The indicators asked for, else those of the monthly digest."""
    known = {indicator.id: indicator for indicator in plan.indicators}
    chosen = [known[name] for name in wanted if name in known]
    if not chosen:
        digest = {line.field for line in plan.digest}
        chosen = [each for each in plan.indicators if digest & set(each.fields)]
    return chosen[:MOST_COLUMNS]


def tile_look(found: IndicatorFigures | None, most: float) -> str:
    """The colour class of a figure: by the plan's verdict, a percent by steps, a number by its share of
    the largest one."""
    if found is None or found.main.value is None:
        return "r0"
    if found.verdict in ("reached", "exceeded"):
        return "r4"
    if found.verdict == "not_reached":
        return "r1"
    if found.main.percent:
        return words.rate_look(Fraction(found.main.value))
    share = float(found.main.value) / most if most else 0
    return f"s{min(int(share * 4) + 1, 4)}"


def link_of(area_code: str, kind: str, period: str) -> str:
    """Where a unit's name leads: further down, or to the branch itself."""
    page = "units/" + area_code if kind in ("CH", "TO", "BAN", "TT") else f"areas?unit={area_code}"
    return f"/staff/{page}{'&' if '?' in page else '?'}period={period}"


async def show(visit: Visit) -> web.Response:
    """``/staff/areas``."""
    model, known = await visit.read(lambda reader: (read(visit, reader), periods(reader, visit.now)))
    return visit.show("areas.html", page=model, unit=model.unit, period=model.period, periods=known)


def look(
    backend: StaffBackend,
    reader: Reader,
    unit_id: int,
    period: str,
    viewer: int,
    columns: Sequence[Indicator],
) -> tuple[FigureTable, ReportingTable]:
    """Ask for the figures behind the page."""
    names = [column.id for column in columns]
    return (
        backend.figures.table(
            reader, period, unit_id, indicators=names, compare=False, viewer=viewer, texts=False
        ),
        backend.figures.reporting(reader, period, unit_id),
    )


def read(visit: Visit, reader: Reader) -> Areas:
    """Everything the page shows."""
    period = visit.period(reader)
    unit = visit.unit(reader, period)
    columns = columns_of(visit.plan, visit.request.query.getall("column", ()))
    measure = visit.asked("measure") or RATE
    if measure != RATE and measure not in {column.id for column in columns}:
        columns = [*columns_of(visit.plan, [measure]), *columns][:MOST_COLUMNS]
    names = [column.id for column in columns]
    table, reporting = look(visit.backend, reader, unit.id, period, visit.viewer, columns)
    progress = {row.area.id: row.progress for row in reporting.rows}

    def row(area: Area, found: object, done: Progress) -> Row:
        figures = found if isinstance(found, dict) else {}
        cells = [words.cell(figures[name].main if name in figures else None) for name in names]
        return Row(area, link_of(area.code, area.kind, period), done, cells)

    rows = [row(each.area, dict(each.figures), progress.get(each.area.id, Progress())) for each in table.rows]
    total = row(table.total.area, dict(table.total.figures), reporting.total.progress)
    found = {each.area.id: each.figures.get(measure) for each in table.rows}
    chosen = next((column for column in columns if column.id == measure), None)
    return Areas(
        unit, period, staff_pages.path_to(reader, unit, visit.seat.unit.id), columns, rows, total, measure,
        chosen.name if chosen else text("staff.rate"), tiles(rows, measure, found), reporting.missing,
    )  # fmt: skip


def tiles(rows: Sequence[Row], measure: str, found: "dict[int, IndicatorFigures | None]") -> list[Tile]:
    """A tile a unit, in the tree's order."""
    if measure == RATE:
        return [
            Tile(
                row.area, row.link, words.rate_look(row.progress.reporting_rate),
                words.percent(row.progress.reporting_rate),
            )
            for row in rows
        ]  # fmt: skip
    values = [each.main.value for each in found.values() if each and each.main.value is not None]
    most = max((float(value) for value in values), default=0.0)
    return [
        Tile(
            row.area, row.link, tile_look(found.get(row.area.id), most),
            words.cell(each.main if (each := found.get(row.area.id)) else None).text,
        )
        for row in rows
    ]  # fmt: skip
