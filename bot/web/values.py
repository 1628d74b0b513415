"""Stored values in Vietnamese form, field by field as the database keeps them."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.web.render import text
from handlers.dialogue.question_type import part_words
from storage.domain.answers import Answer, Value
from storage.plan.expressions import format_value
from storage.plan.model import Question


def said(question: Question, answer: Answer) -> str:
    """The answer's values: ``41/62 chị``, ``có (08/3)``, ``350.000đ``; "" where it has none."""
    if answer.state != "given":
        return ""
    if question.parts:
        known = (part for part in question.parts if answer.values.get(part.name) is not None)
        return ", ".join(part_words(part, answer.values[part.name]) for part in known)
    value = answer.values.get(question.name)
    return _FORMS.get(question.type, _number)(question, value, answer.values)


def photos_in(question: Question, answer: Answer | None) -> tuple[str, ...]:
    """The photos' paths, for an image question."""
    if question.type != "image" or answer is None or answer.state != "given":
        return ()
    return tuple(str(path) for path in answer.values.get(question.name) or ())


def _yes_no(question: Question, value: Value, values: Mapping[str, Value]) -> str:
    word = text("values.yes" if value else "values.no")
    date = values.get(question.date_field or "")
    return f"{word} ({format_value(date)})" if date else word


def _ratio(question: Question, value: Any, values: Mapping[str, Value]) -> str:
    part, whole = value
    return f"{format_value(part)}/{format_value(whole)} {question.unit}".strip()


def _money(question: Question, value: Value, values: Mapping[str, Value]) -> str:
    return text("values.money", value=format_value(value))


def _percent(question: Question, value: Value, values: Mapping[str, Value]) -> str:
    return text("values.percent", value=format_value(value))


def _chosen(question: Question, value: Any, values: Mapping[str, Value]) -> str:
    names = value if isinstance(value, list) else [value]
    labels = [choice.label for choice in question.choices if choice.name in names]
    return ", ".join(labels) or text("values.nothing")


def _photos(question: Question, value: Any, values: Mapping[str, Value]) -> str:
    return text("values.photos", count=len(value or ()))


def _words(question: Question, value: Value, values: Mapping[str, Value]) -> str:
    return str(value or "") or text("values.nothing")


def _number(question: Question, value: Value, values: Mapping[str, Value]) -> str:
    return f"{format_value(value)} {question.unit}".strip()


_FORMS: dict[str, Callable[[Question, Any, Mapping[str, Value]], str]] = {
    "yes_no": _yes_no,
    "ratio": _ratio,
    "money": _money,
    "percent": _percent,
    "select_one": _chosen,
    "select_multiple": _chosen,
    "image": _photos,
    "text": _words,
    "url": _words,
}
