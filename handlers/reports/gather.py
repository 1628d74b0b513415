"""Read once what all files of an export are made of (`handlers.reports.gathered`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime

from handlers.reports.dates import current_day
from handlers.reports.gathered import EventResult, Gathered
from storage.domain.figures import Area, FigureTable, ReportingTable
from storage.plan.model import Event, Level, Plan
from storage.plan.periods import period_span
from storage.plan.reports import split_figure
from storage.queries import figures, pushes, rounds
from storage.writer import Reader

#: What is read, in this order, and how it is called.
READINGS = {
    "whole": "Cộng số liệu",
    "below": "Số liệu của cơ sở",
    "reporting": "Tình hình nộp báo cáo",
    "events": "Sự kiện",
}

#: The levels whose reports are followed up, from the top down.
FOLLOWED: tuple[Level, ...] = ("XA", "CH")


def gather(
    reader: Reader,
    plan: Plan,
    period: str,
    top: int,
    made_at: datetime,
    viewer: int | None = None,
    detailed: bool = True,
    step: Callable[[str], None] = lambda what: None,
) -> Gathered:
    """The figures of unit ``top`` (an id) in a period, as seen from ``viewer`` (``top`` by default).

    ``made_at`` aware, local. ``detailed``: also the communes below districts and the events, which the
    letter and the charts do without (a third of the time). ``step`` is told what is read next. Raises
    KeyError if the unit is not there on the period's last day.
    """
    area = figures.area(reader, top, period)
    above = figures.area(reader, area.parent_id, period) if area.parent_id is not None else None
    step("whole")
    whole = figures.figure_table(reader, plan, period, top, compare=True, viewer=viewer)
    step("below")
    tables = (whole, *(_below(reader, plan, period, whole, viewer) if detailed else ()))
    step("reporting")
    reporting: dict[str, tuple[ReportingTable, ...]] = {
        level: _reporting(reader, plan, period, area, tables, level) for level in _levels(plan, area)
    }
    step("events")
    events = tuple(_events(reader, plan, period, top, viewer)) if detailed else ()
    names = {row.area.id: row.area for table in tables for row in table.rows}
    owing = reporting.values() if detailed else ()
    missing = {unit.parent_id for reports in owing for unit in reports[0].missing}
    names |= {id_: figures.area(reader, id_, period) for id_ in missing - names.keys() - {top} if id_}
    return Gathered(plan, period, area, above, made_at, whole.total.figures, tables, reporting, events, names)


def wanted_indicators(plan: Plan) -> tuple[str, ...]:
    """The indicators that some sheet of units names, in the plan's order."""
    named = {
        split_figure(name)[0]
        for sheet in plan.reports.sheets
        if sheet.rows == "units"
        for column in sheet.columns
        for name in column.of
    }
    return tuple(indicator.id for indicator in plan.indicators if indicator.id in named)


def _below(
    reader: Reader, plan: Plan, period: str, whole: FigureTable, viewer: int | None
) -> Iterator[FigureTable]:
    """The communes, where districts stand between them and the top."""
    if any(row.area.kind == "HU" for row in whole.rows):
        top = whole.total.area.id
        yield figures.figure_table(
            reader, plan, period, top, "XA", wanted_indicators(plan), compare=False, viewer=viewer
        )


def _levels(plan: Plan, top: Area) -> Sequence[Level]:
    """The levels that report to the top and below it."""
    return [level for level in FOLLOWED if level in plan.levels and not (level == "XA" and top.kind == "XA")]


def _reporting(
    reader: Reader, plan: Plan, period: str, top: Area, tables: Sequence[FigureTable], level: Level
) -> tuple[ReportingTable, ...]:
    """The reports of a level by the same rows as the figures."""
    found = [figures.reporting_table(reader, plan, period, top.id, "children", level)]
    if len(tables) > 1:
        found.append(figures.reporting_table(reader, plan, period, top.id, "XA", level))
    return tuple(found)


def _events(reader: Reader, plan: Plan, period: str, top: int, viewer: int | None) -> Iterator[EventResult]:
    """The events whose results were asked for within the period, by day."""
    ids = {indicator.id for indicator in plan.indicators}
    for (day, _), event in sorted(_held(reader, plan, period).items(), key=lambda pair: pair[0]):
        own = [name for name in event.results if name in ids]
        if own:
            table = figures.figure_table(reader, plan, day, top, "children", own, False, viewer)
            yield EventResult(event, date.fromisoformat(day), table)


def _held(reader: Reader, plan: Plan, period: str) -> Mapping[tuple[str, str], Event]:
    """By day and event id, where rounds asked for the results; of a drive, asked every week, the last."""
    first, last = period_span(period)
    asked: dict[str, set[date]] = {}
    for each in rounds.all_rounds(reader):
        if each.period.count("-") == 2:
            asked.setdefault(each.pack, set()).add(date.fromisoformat(each.period))
    said = pushes.changes(reader)
    found: dict[tuple[str, str], Event] = {}
    for event in plan.events:
        day = current_day(plan, event, said)
        if day is not None:
            until = event.ends if event.kind == "drive" and event.ends is not None else day
            days = {each for name in event.results for each in asked.get(name, ()) if day <= each <= until}
            days = {each for each in days if first <= each <= last}
            if days:
                found[max(days).isoformat(), event.id] = event
    return found
