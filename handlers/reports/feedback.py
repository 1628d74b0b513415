"""Her own branch's figures beside her commune's average: kindly, no ranking, nobody else's figure.

Only figures of the report's summary that are numbers, none that is sensitive; where fewer than `FEWEST`
branches have reported, an average would tell of one of them and nothing is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from handlers.reports.digest import number
from handlers.texts import render
from handlers.topic import first_big
from storage.domain.people import AddressForm
from storage.plan.model import Pack, Question

FEWEST = 3

#: More lines than this are no pleasure to read on a phone.
LINES = 5

_COUNTED = frozenset({"integer", "ratio"})


def feedback(
    pack: Pack, subject: str, own: Mapping[str, Any], all_: Sequence[Mapping[str, Any]], form: AddressForm
) -> str:
    """The message; "" where there is nothing to say. ``own`` and each of ``all_`` (hers among them) are
    values by field of one report."""
    if len(all_) < FEWEST:
        return ""
    lines = [
        render("feedback.line", form, label=label, own=number(mine), mean=number(mean))
        for label, field in _fields(pack)
        if (mine := _figure(own.get(field))) is not None and (mean := _mean(field, all_)) > 0
    ]
    if not lines:
        return ""
    head = render("feedback.head", form, subject=first_big(subject))
    return "\n".join([head, *lines[:LINES], render("feedback.foot", form)])


def _fields(pack: Pack) -> Iterator[tuple[str, str]]:
    for question in pack.questions:
        if question.type in _COUNTED and not question.sensitive and question.repeat is None:
            yield from _labels(question)


def _labels(question: Question) -> Iterator[tuple[str, str]]:
    if not question.parts:
        yield question.summary, question.name
    for part in question.parts:
        yield f"{question.summary}, {part.label}", part.name


def _figure(value: Any) -> int | None:
    """A number as it is, of a ratio its first part."""
    figure = value[0] if isinstance(value, list) and value else value
    return figure if isinstance(figure, int) and not isinstance(figure, bool) else None


def _mean(field: str, reports: Sequence[Mapping[str, Any]]) -> Fraction:
    figures = [figure for each in reports if (figure := _figure(each.get(field))) is not None]
    return Fraction(sum(figures), len(figures)) if len(figures) >= FEWEST else Fraction(0)
