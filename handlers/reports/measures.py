"""What the numbers of an indicator count, in the plan's own words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from handlers.reports.words import say
from storage.domain.figures import Figure, IndicatorFigures
from storage.plan.model import Indicator, Plan

_NUMBERS = ("integer", "money")


@dataclass(frozen=True, slots=True)
class Measure:
    """A field's short name and unit ("chuyển đi", "người"); ``counts``: it holds a number."""

    label: str
    unit: str
    counts: bool


def measures(plan: Plan) -> dict[str, Measure]:
    """By field, from the questions that fill it."""
    found: dict[str, Measure] = {}
    for pack in plan.packs:
        for question in pack.questions:
            for part in question.parts:
                unit = part.unit or question.unit or part.label
                found.setdefault(part.name, Measure(part.label, unit, part.type in _NUMBERS))
            counts = question.type in _NUMBERS and not question.parts
            found.setdefault(question.name, Measure(question.summary, question.unit, counts))
    return found


def measure_of(indicator: Indicator, row: IndicatorFigures, known: dict[str, Measure]) -> str:
    """What an indicator's own figure counts: "% cơ sở", "người"."""
    if row.target is not None and row.target_unit:
        return row.target_unit
    if row.main.percent:
        return say("percent.units" if row.main.counts is not None else "percent.measure")
    if indicator.unit or not indicator.fields:
        return indicator.unit
    first = known.get(indicator.fields[0])
    return first.unit if first and first.counts else ""


def numbers_of(
    indicator: Indicator, row: IndicatorFigures, known: dict[str, Measure]
) -> Iterator[tuple[Measure, Figure]]:
    """The other numbers of an indicator, for rows below its own."""
    skipped = indicator.fields[:1] if indicator.rollup.units == "sum" else ()
    for figure in row.fields:
        measure = known.get(figure.field)
        if measure is not None and measure.counts and figure.field not in skipped and not figure.percent:
            yield measure, figure
