"""Figures in Vietnamese words, as tables and tiles show them."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from bot.web.render import add_filters, text, word
from bot.web.staff import drawing
from handlers.texts import speak
from storage.domain.figures import Figure, IndicatorFigures, Number, Outlier, Progress, Verdict, rounded
from storage.plan.periods import period_label, period_span

#: Nothing to say: not asked, or nothing expected.
DASH = "–"

#: From which percent on a rate is drawn as good, middling, low; below is lowest.
_STEPS = ((95, "r4"), (80, "r3"), (60, "r2"), (0, "r1"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as shown: ``kind`` is its look (a CSS class), ``note`` what lies behind it."""

    text: str
    kind: str = ""
    note: str = ""


def number(value: Number | Decimal) -> str:
    """1812 is "1.812", 84.66 "84,7": at most one decimal, half up."""
    shown = value if isinstance(value, Decimal) else rounded(value)
    return f"{shown:,f}".translate(str.maketrans(",.", ".,")).replace("-", "−")


def percent(value: Fraction | None) -> str:
    """ "84,7%", or a dash where it is unknown."""
    return DASH if value is None else f"{number(value)}%"


def cell(figure: Figure | None) -> Cell:
    """A figure in its place in a table: a number, or why there is none."""
    if figure is None or figure.state == "not_asked":
        return Cell(DASH, "none", text("staff.figure.not_asked"))
    if figure.hidden:
        return Cell("<3" if figure.small else "…", "veiled", text("staff.figure.hidden"))
    if figure.value is None:
        return Cell(text("staff.figure.not_reported"), "none")
    shown = number(figure.value) + ("%" if figure.percent else "")
    if figure.estimate:
        return Cell(text("staff.figure.estimate", value=shown), "estimate", _behind(figure))
    return Cell(shown, "", _behind(figure))


def _behind(figure: Figure) -> str:
    """What a percent is of."""
    if figure.counts is not None:
        counts = figure.counts
        return text("staff.figure.counts", reached=number(counts.reached), total=number(counts.total),
                    silent=number(counts.not_reported))  # fmt: skip
    if figure.denominator is not None and figure.numerator is not None:
        return f"{number(figure.numerator)}/{number(figure.denominator)}"
    return ""


def change(value: Number | None, percents: bool) -> Cell:
    """By how much a figure rose or fell: "+3", "−1,5 điểm"."""
    if value is None:
        return Cell(DASH, "none")
    sign = "+" if value > 0 else ""
    return Cell(f"{sign}{number(value)}" + (text("staff.figure.points") if percents else ""))


def target(row: IndicatorFigures) -> str:
    """What the plan asks: "100% đơn vị"; a dash where it sets no number."""
    if row.target is None:
        return DASH
    unit = row.target_unit
    return f"{number(row.target)}{'' if unit.startswith('%') else ' '}{unit}".strip()


def verdict(value: Verdict) -> Cell:
    """Where an area stands against the plan."""
    return Cell(word("verdicts", value), value)


def rate_look(rate: Fraction | None) -> str:
    """The look of a rate or a percent: r1 (low) to r4 (good), r0 where unknown."""
    if rate is None:
        return "r0"
    return next(look for step, look in _STEPS if rate >= step or step == 0)


def _rate_bar(rate: Fraction | None) -> Markup:
    return drawing.bar(rate, rate_look(rate))


def reports(progress: Progress) -> str:
    """ "12/15"."""
    return f"{number(progress.actual)}/{number(progress.expected)}" if progress.expected else DASH


def day(moment: date) -> str:
    """ "08/3/2024": day and, in January and February, month with a zero (Nghị định 30/2020)."""
    month = f"{moment.month:02}" if moment.month < 3 else str(moment.month)
    return f"{moment.day:02}/{month}/{moment.year}"


def period(name: str) -> str:
    """A period with its year: "tháng 3/2024", "quý I/2024", "năm 2024"."""
    label = period_label(name)
    return label if label.startswith("năm") else f"{label}/{period_span(name)[0].year}"


def outlier(found: Outlier) -> str:
    """Why a value needs a look."""
    return text(f"outliers.{found.code}", **{name: number(value) for name, value in found.params.items()})


_VALUE = re.compile(r"\$\{[^}]*\}")


def spoken(label: str) -> str:
    """A question as the plan has it, to read: forms of address put in, values left open."""
    return _VALUE.sub("…", speak(label, "chị")).replace("[", "").replace("]", "")


add_filters(
    number=number, percent=percent, reports=reports, cell=cell, target=target, date=day,
    period_words=period, spoken=spoken, column=drawing.column, bar=_rate_bar,
)  # fmt: skip
