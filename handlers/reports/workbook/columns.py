"""What a column of the plan shows in a row: a figure in one of its forms, or a count of reports. Pure."""

from collections.abc import Mapping, Sequence

from handlers.reports.words import clean, safe_cell, say
from handlers.reports.workbook.content import Cell, Look, address, minus, plus, ratio
from storage.domain.figures import Counts, Figure, IndicatorFigures, Progress
from storage.plan.reports import Column, split_figure

#: As many characters of a written text as a cell shows.
LONGEST = 200


def figure_of(column: Column, figures: Mapping[str, IndicatorFigures]) -> Figure | None:
    """The first of the column's figures that was asked, else the first there is."""
    found = [each for name in column.of if (each := _named(name, figures)) is not None]
    return next((each for each in found if each.state != "not_asked"), found[0] if found else None)


def _named(name: str, figures: Mapping[str, IndicatorFigures]) -> Figure | None:
    indicator, field = split_figure(name)
    row = figures.get(indicator)
    if row is None:
        return None
    return row.figure(field) if field else row.main


def cell(column: Column, figure: Figure | None, units: int = 1) -> Cell:
    """A figure as the column shows it. ``units``: how many there are below the row; texts of several are
    counted, not listed."""
    if figure is None or figure.state == "not_asked":
        return Cell()
    if figure.hidden:
        return Cell(say("small" if figure.small else "hidden"), "center")
    if column.show in _COUNTS:
        return Cell() if figure.counts is None else _counted(column, figure.counts)
    if figure.state == "not_reported":
        return Cell(say("not_reported"), "center")
    if column.show == "text":
        return _text(figure, units)
    value = {
        "part": figure.numerator, "whole": figure.denominator,
        "choice": figure.choices.get(column.choice, 0),
    }.get(column.show, figure.value)  # fmt: skip
    look: Look = "percent" if figure.percent and column.show == "value" else "number"
    return Cell(value, look, estimate=figure.estimate)


_COUNTS = ("reached", "not_reached", "not_reported", "units")


def _counted(column: Column, counts: Counts) -> Cell:
    """Units of a test; who has not reported is neither reached nor not reached."""
    if column.show == "units":
        return Cell(counts.total)
    if column.show == "not_reported":
        return Cell(counts.not_reported)
    if counts.total and counts.not_reported == counts.total:
        return Cell(say("not_reported"), "center")
    return Cell(counts.reached if column.show == "reached" else counts.not_reached)


def _text(figure: Figure, units: int) -> Cell:
    texts = [clean(each.text) for each in figure.texts if each.text.strip()]
    if not texts:
        return Cell(None, "text")
    if units > 1:
        return Cell(say("entries", count=len(texts)), "text")
    return Cell(safe_cell("; ".join(dict.fromkeys(texts))[:LONGEST]), "text")


def reports_cell(column: Column, progress: Progress) -> Cell:
    """A count of reports; nothing where none is expected."""
    return Cell(getattr(progress, column.count)) if progress.expected else Cell()


def computed(column: Column, columns: Sequence[Column], cells: Sequence[Cell], row: int, first: int) -> Cell:
    """A column made of others of its row. ``first``: the sheet's column the plan's first one stands in."""
    at = [next(i for i, each in enumerate(columns) if each.key == key) for key in column.operands]
    parts, places = [cells[i] for i in at], [address(row, first + i) for i in at]
    if column.ratio:
        return ratio(parts[0], parts[1], places[0], places[1])
    if column.minus:
        return minus(parts[0], parts[1], places[0], places[1])
    return plus(parts, places)


def numbered(columns: Sequence[Column]) -> tuple[str, ...]:
    """The row of column numbers: "(1)", "(5)=(4)/(3)"."""
    numbers = {column.key: f"({place})" for place, column in enumerate(columns, start=1) if column.key}
    signs = {True: "/", False: "+"}
    found = []
    for place, column in enumerate(columns, start=1):
        sign = "-" if column.minus else signs[column.ratio is not None]
        made = sign.join(numbers[key] for key in column.operands)
        found.append(f"({place})={made}" if made else f"({place})")
    return tuple(found)
