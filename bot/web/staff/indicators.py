"""All indicators of an area, and one indicator over the areas below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aiohttp import web
from markupsafe import Markup

from bot.web.render import text
from bot.web.server import refuse
from bot.web.staff import drawing, words
from bot.web.staff.areas import link_of
from bot.web.staff.backend import StaffBackend
from bot.web.staff.visit import Visit, periods
from bot.web.staff.words import Cell
from storage.domain.figures import Area, Figure, FigureTable, IndicatorFigures
from storage.domain.people import Unit
from storage.plan.model import Indicator, Plan, Question
from storage.queries import staff_pages
from storage.writer import Reader

#: So many texts of a list are shown.
MOST_TEXTS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator, or an area, with what its figure is compared with."""

    name: str
    link: str
    main: Cell
    to_date: Cell
    change: Cell
    on_year: Cell
    achievement: str
    verdict: Cell
    bar: Markup
    item: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One of the indicator's fields in the whole area."""

    label: str
    cell: Cell
    choices: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class OneIndicator:
    """The page of one indicator."""

    indicator: Indicator
    unit: Unit
    period: str
    path: Sequence[Unit]
    total: Line
    figure: Figure
    lines: Sequence[Line]
    fields: Sequence[FieldLine]
    texts: Sequence[tuple[str, str]]


def line(found: IndicatorFigures, name: str, link: str, most: float = 0, item: str = "") -> Line:
    """One row."""
    percents = found.main.percent
    return Line(
        name, link, words.cell(found.main), words.cell(found.to_date),
        words.change(found.change, percents), words.change(found.change_on_year, percents),
        words.percent(found.achievement), words.verdict(found.verdict), _bar(found.main, most), item,
        words.target(found),
    )  # fmt: skip


def _bar(figure: Figure, most: float) -> Markup:
    if figure.value is None:
        return Markup("")
    if figure.percent:
        return drawing.bar(Fraction(figure.value), words.rate_look(Fraction(figure.value)))
    share = Fraction(figure.value) * 100 / Fraction(most) if most else Fraction(0)
    return drawing.bar(share)


def questions_by_field(plan: Plan) -> Mapping[str, Question]:
    """The question that asks each field."""
    return {field: q for pack in plan.packs for q in pack.questions for field in q.fields}


def label_of(field: str, questions: Mapping[str, Question]) -> str:
    """A field in words: its question's short label, or its part's."""
    question = questions.get(field)
    if question is None:
        return field
    part = next((part for part in question.parts if part.name == field), None)
    return f"{question.summary}: {part.label}" if part else question.summary


def field_lines(found: IndicatorFigures, plan: Plan) -> list[FieldLine]:
    """The indicator's fields, where they say more than its own figure."""
    questions = questions_by_field(plan)
    lines = []
    for figure in found.fields:
        question = questions.get(figure.field)
        labels = {choice.name: choice.label for choice in question.choices} if question else {}
        choices = [(labels.get(name, name), count) for name, count in figure.choices.items()]
        lines.append(FieldLine(label_of(figure.field, questions), words.cell(figure), choices))
    return lines


def look(backend: StaffBackend, reader: Reader, unit_id: int, period: str, viewer: int) -> FigureTable:
    """Ask for the figures of all indicators."""
    return backend.figures.table(
        reader, period, unit_id, "none", compare=("to_date", "before"), viewer=viewer, texts=False
    )


async def show_all(visit: Visit) -> web.Response:
    """``/staff/indicators``."""

    def read(reader: Reader) -> tuple[str, Unit, list[Line], Sequence[str], Sequence[Unit]]:
        period = visit.period(reader)
        unit = visit.unit(reader, period)
        table = look(visit.backend, reader, unit.id, period, visit.viewer)
        known = {each.id: each for each in visit.plan.indicators}
        lines = [
            line(found, known[name].name, _link(name, unit, period), item=known[name].item or name)
            for name in table.indicators
            if (found := table.total.figures.get(name)) is not None
        ]
        path = staff_pages.path_to(reader, unit, visit.viewer)
        return period, unit, lines, periods(reader, visit.now), path

    period, unit, lines, known, path = await visit.read(read)
    return visit.show("indicators.html", unit=unit, period=period, periods=known, lines=lines, path=path)


def _link(indicator: str, unit: Unit, period: str) -> str:
    return f"/staff/indicators/{indicator}?unit={unit.code}&period={period}"


async def show_one(visit: Visit) -> web.Response:
    """``/staff/indicators/ID``."""
    name = visit.request.match_info["indicator"]
    indicator = next((each for each in visit.plan.indicators if each.id == name), None)
    if indicator is None:
        raise refuse(web.HTTPNotFound, "staff.not_found")
    found = indicator
    model, known = await visit.read(lambda r: (read_one(visit, r, found), periods(r, visit.now)))
    return visit.show("indicator.html", page=model, unit=model.unit, period=model.period, periods=known)


def read_one(visit: Visit, reader: Reader, indicator: Indicator) -> OneIndicator:
    """Everything the page of one indicator shows."""
    period = visit.period(reader)
    unit = visit.unit(reader, period)
    table = visit.backend.figures.table(
        reader, period, unit.id, indicators=[indicator.id], viewer=visit.viewer
    )
    whole = table.total.figures[indicator.id]
    values = [row.figures[indicator.id].main.value for row in table.rows if indicator.id in row.figures]
    most = max((float(value) for value in values if value is not None), default=0.0)
    lines = [
        line(row.figures[indicator.id], row.area.name, _next(row.area, indicator, period), most)
        for row in table.rows
        if indicator.id in row.figures
    ]
    path = staff_pages.path_to(reader, unit, visit.viewer)
    total = line(whole, text("staff.whole", unit=unit.name), "", most)
    return OneIndicator(
        indicator, unit, period, path, total, whole.main, lines, field_lines(whole, visit.plan),
        _texts(reader, whole),
    )  # fmt: skip


def _next(area: Area, indicator: Indicator, period: str) -> str:
    if area.kind in ("HU", "XA"):
        return f"/staff/indicators/{indicator.id}?unit={area.code}&period={period}"
    return link_of(area.code, area.kind, period)


def _texts(reader: Reader, whole: IndicatorFigures) -> list[tuple[str, str]]:
    said = [each for figure in (whole.main, *whole.fields) for each in figure.texts if each.text]
    wanted = {each.unit_id for each in said[:MOST_TEXTS]}
    names = staff_pages.unit_names(reader, wanted)
    return [(names.get(each.unit_id, ""), each.text) for each in said[:MOST_TEXTS]]
