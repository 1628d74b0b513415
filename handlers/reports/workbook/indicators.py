"""The sheet whose rows are the plan's indicators, by the document's items: PL1. Pure."""

from collections.abc import Iterator

from handlers.reports.gathered import Gathered
from handlers.reports.measures import Measure, measure_of, measures, numbers_of
from handlers.reports.words import say
from handlers.reports.workbook.content import FIRST_ROW, Cell, Content, HeadCell, Row, address, minus, ratio
from handlers.reports.workbook.notes import notes
from storage.domain.figures import Figure, IndicatorFigures
from storage.plan.expressions import render
from storage.plan.model import Indicator
from storage.plan.reports import Sheet

#: The columns by place, for formulas.
TARGET, NOW, TO_DATE, LAST_YEAR = 3, 4, 5, 7


def indicator_sheet(sheet: Sheet, gathered: Gathered) -> Content:
    """One row an indicator, rows of its other numbers below, items as sections."""
    rows = tuple(_rows(gathered))
    return Content(
        sheet.id, sheet.name, render(sheet.title, gathered.text), _heads(), rows, notes(sheet, gathered, rows)
    )


def _heads() -> tuple[HeadCell, ...]:
    year = say("last_year")
    return (
        HeadCell(say("order"), "A", 6),
        HeadCell(say("indicator"), "B", 52),
        HeadCell(say("measure"), "C", 13),
        HeadCell(say("target"), "(1)", 9),
        HeadCell(say("now"), "(2)", 13),
        HeadCell(say("to_date"), "(3)", 13),
        HeadCell(say("achievement"), "(4)=(3)/(1)", 11),
        HeadCell(say("last_year.value"), "(5)", 12, year),
        HeadCell(say("last_year.change"), "(6)=(2)-(5)", 12, year),
        HeadCell(say("verdict"), "(7)", 9),
        HeadCell(say("remark"), "(8)", 25),
    )


def _rows(gathered: Gathered) -> Iterator[Row]:
    """The plan's indicators item by item; base figures first, as they are the denominators."""
    known = measures(gathered.plan)
    at, order = FIRST_ROW, 0
    for item, title in {"": say("base"), **gathered.plan.items}.items():
        own = [each for each in gathered.plan.indicators if each.item == item and has_figures(each)]
        own = [each for each in own if each.id in gathered.whole]
        if own:
            name = f"{item}. {title}" if item else title
            yield Row((Cell(None), Cell(name, "text"), *(Cell() for _ in range(9))), "section")
            at += 1
        for indicator in own:
            order += 1
            for row in _of(indicator, gathered.whole[indicator.id], known, at, order):
                yield row
                at += 1


def has_figures(indicator: Indicator) -> bool:
    """Not a slogan or the year's theme."""
    return indicator.rollup.units not in ("none", "derived")


def _of(
    indicator: Indicator, row: IndicatorFigures, known: dict[str, Measure], at: int, order: int
) -> Iterator[Row]:
    target: Cell = Cell(row.target) if row.target is not None else Cell()
    now, to_date, before = value(row.main), value(row.to_date), value(row.last_year)
    reached = ratio(to_date, target, address(at, TO_DATE), address(at, TARGET))
    change = minus(now, before, address(at, NOW), address(at, LAST_YEAR))
    yield Row(
        (
            Cell(str(order), "center"),
            Cell(indicator.name, "text"),
            Cell(measure_of(indicator, row, known), "center"),
            target,
            now,
            to_date,
            reached,
            before,
            Cell(change.value, now.look, change.formula),
            Cell(say(f"verdict.{row.verdict}") or None, "center"),
            Cell(remark(row) or None, "text"),
        )
    )
    for measure, figure in numbers_of(indicator, row, known):
        cells = (Cell(f"– {measure.label}", "nested"), Cell(measure.unit, "center"), Cell(), value(figure))
        yield Row((Cell(None), *cells, *(Cell() for _ in range(6))), "nested")


def value(figure: Figure | None) -> Cell:
    """A figure's value, or the word of its state."""
    if figure is None or figure.state == "not_asked":
        return Cell()
    if figure.hidden:
        return Cell(say("small" if figure.small else "hidden"), "center")
    if figure.state == "not_reported":
        return Cell(say("not_reported"), "center")
    return Cell(figure.value, "percent" if figure.percent else "number", estimate=figure.estimate)


def remark(row: IndicatorFigures) -> str:
    """The three states of a test, and that a figure is an estimate."""
    counts = row.main.counts
    said = []
    if counts is not None and counts.total and not row.main.hidden:
        said.append(
            say(
                "counts",
                reached=counts.reached,
                not_reached=counts.not_reached,
                not_reported=counts.not_reported,
            )
        )
    if row.main.estimate:
        said.append(say("estimate"))
    return "; ".join(said)
