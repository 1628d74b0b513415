"""What the letter's sentences may name, and how it is said (`storage.plan.report_checks`). Pure.

``${NV25d}`` an indicator's own figure, ``${NV25d.moi}`` a field of one, ``${field.CT25}`` a field that is
called like its indicator, ``${part.CT25}`` and ``${whole.CT25}`` Σa and Σb, ``${reached.CT23}``
``${units.CT23}`` ``${silent.CT23}`` the units of a test that passed, all, those without a report,
``${to_date.X}`` since 1 January, ``${change.X}`` the comparison with the same period a year ago in words,
``${reports.CH.rate}`` and so on of a level's reports.
"""

from collections.abc import Callable
from fractions import Fraction

from handlers.reports.gathered import Gathered
from handlers.reports.words import number, said, say
from storage.domain.answers import Value
from storage.domain.figures import Figure, IndicatorFigures, Number, Progress
from storage.plan.expressions import render, required_names, template_names


class Names:
    """Looks names up; None where nothing is known, so that a piece in brackets is left out."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._fields = {figure.field: figure for row in gathered.whole.values() for figure in row.fields}

    def __call__(self, name: str) -> Value:
        """The value in words ("1.389", "dưới 3"), None where it is missing."""
        text = self._gathered.text(name)
        if text is not None:
            return text
        head, _, rest = name.partition(".")
        if head == "reports":
            return self._reports(*rest.split(".", 1))
        part = _PARTS.get(head)
        if part is not None:
            return part(self, rest)
        row = self._gathered.whole.get(name)
        return _words(row.main if row else self._fields.get(name))

    def sentence(self, template: str) -> str:
        """A sentence filled in: dots for people to write on where a value that it needs is missing, and ""
        where nothing of it is known."""
        figures = [name for name in template_names(template) if self._gathered.text(name) is None]
        if figures and all(self(name) is None for name in figures):
            return ""
        needed = frozenset(required_names(template))
        dots = say("letter.dots")
        return render(template, lambda name: dots if name in needed and self(name) is None else self(name))

    def _reports(self, level: str, what: str) -> Value:
        progress = self._gathered.reports_of(level, self._gathered.top)
        if not progress.expected:
            return None
        if what in ("rate", "on_time_rate"):
            return number(_rate(progress, what))
        return number(getattr(progress, what))

    def _row(self, name: str) -> IndicatorFigures | None:
        return self._gathered.whole.get(name)

    def _ratio(self, name: str) -> Figure | None:
        """The figure that holds Σa and Σb: the indicator's own, or its field's."""
        row = self._row(name)
        if row is None or row.main.numerator is not None:
            return row.main if row else None
        return next((figure for figure in row.fields if figure.numerator is not None), None)

    def _part(self, name: str) -> Value:
        figure = self._ratio(name)
        return None if figure is None or figure.numerator is None else number(figure.numerator)

    def _whole(self, name: str) -> Value:
        figure = self._ratio(name)
        return None if figure is None or figure.denominator is None else number(figure.denominator)

    def _field(self, name: str) -> Value:
        return _words(self._fields.get(name))

    def _to_date(self, name: str) -> Value:
        row = self._row(name)
        return _words(row.to_date) if row else None

    def _count(self, name: str, which: str) -> Value:
        row = self._row(name)
        counts = row.main.counts if row else None
        if row is None or counts is None or row.main.hidden or not counts.total:
            return None
        if which == "reached" and counts.not_reported == counts.total:
            return None
        found = {"reached": counts.reached, "units": counts.total, "silent": counts.not_reported}[which]
        return None if which == "silent" and not found else number(found)

    def _change(self, name: str) -> Value:
        row = self._row(name)
        return change_words(row) if row else None


_PARTS: dict[str, Callable[[Names, str], Value]] = {
    "part": Names._part,
    "whole": Names._whole,
    "field": Names._field,
    "to_date": Names._to_date,
    "change": Names._change,
    "reached": lambda names, name: names._count(name, "reached"),
    "units": lambda names, name: names._count(name, "units"),
    "silent": lambda names, name: names._count(name, "silent"),
}


def _words(figure: Figure | None) -> Value:
    if figure is None or figure.state != "reported":
        return None
    if figure.hidden:
        return say("small.words") if figure.small else None
    return said(figure) or None


def _rate(progress: Progress, what: str) -> Number:
    rate = progress.reporting_rate if what == "rate" else progress.on_time_rate
    return 0 if rate is None else rate


def change_words(row: IndicatorFigures) -> str | None:
    """ "tăng 157 (12,7%) so với cùng kỳ năm trước"; of percents "giảm 2,1 điểm %"; None if unknown."""
    change, before = row.change_on_year, row.last_year
    if change is None or before is None or before.value is None or row.main.hidden or before.hidden:
        return None
    if change == 0:
        return say("letter.same")
    size = change if change > 0 else -change
    by = number(size)
    if row.main.percent:
        by = say("letter.points", by=by)
    elif before.value:
        by = say("letter.percent", by=by, percent=number(Fraction(100 * size) / before.value))
    return say("letter.more" if change > 0 else "letter.less", by=by)
