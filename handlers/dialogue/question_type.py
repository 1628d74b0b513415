"""The contract of a question type: what it expects, how a reading becomes values, how they are said.

A type is one file in ``questions/`` and one line in its table. It knows no other type, no state and
no sentence: it names keys of the catalogue and gives values in Vietnamese form.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from handlers.dialogue.questionnaire import Sheet
from handlers.dialogue.state import Line
from handlers.language.reading import Expectation, Reading
from storage.domain.answers import Value
from storage.plan.expressions import format_value
from storage.plan.model import Part, Question

Values = dict[str, Value]


class QuestionType(Protocol):
    """One type of question."""

    name: ClassVar[str]
    #: A reply with a digit in it is a new value, never a "1 Đúng": so a doubtful value is confirmed by word.
    numeric: ClassVar[bool]

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """What a reply to it may be."""

    def labels(self, question: Question, sheet: Sheet) -> tuple[str, ...]:
        """The numbered choices shown with it, if any."""

    def values(self, question: Question, reading: Reading, sheet: Sheet) -> Values:
        """The values by field of a reading of kind ``answer``."""

    def check(self, question: Question, values: Values, sheet: Sheet) -> Line | None:
        """A sentence where the values cannot be, else None."""

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """The values as said back and in the summary."""

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """The key of the sentence that says them back."""

    def again(self, question: Question, reason: str) -> str:
        """The key of the sentence that asks again."""


def example_of(question: Question) -> str:
    """What a good reply looks like."""
    return question.example or "1"


def bound(limit: int | str | None, sheet: Sheet) -> int | None:
    """A hard bound of the plan: a number, or an expression on what is known."""
    if limit is None or isinstance(limit, int):
        return limit
    value = sheet.evaluate(limit)
    return int(value) if isinstance(value, int | float) else None


def out_of_range(value: float, minimum: int | None, maximum: int | None) -> Line | None:
    """The sentence for a number outside its bounds, else None."""
    below = minimum is not None and value < minimum
    above = maximum is not None and value > maximum
    if not below and not above:
        return None
    if minimum is None:
        return Line("ask.maximum", {"maximum": format_value(maximum)})
    if maximum is None:
        return Line("ask.minimum", {"minimum": format_value(minimum)})
    return Line("ask.range", {"minimum": format_value(minimum), "maximum": format_value(maximum)})


def part_words(part: Part, value: Value) -> str:
    """One part said back: "thêm 2", "12 chi hội"."""
    unit = f" {part.unit}" if part.unit else ""
    return f"{part.label} {format_value(value)}{unit}".strip()


class Typed:
    """What most types do; a type overrides what it does otherwise."""

    name: ClassVar[str]
    numeric: ClassVar[bool] = False
    again_key: ClassVar[str] = "ask.text"

    def labels(self, question: Question, sheet: Sheet) -> tuple[str, ...]:
        """None, unless the type has choices."""
        return ()

    def values(self, question: Question, reading: Reading, sheet: Sheet) -> Values:
        """The reading's value in the question's own field."""
        return {question.name: reading.value}

    def check(self, question: Question, values: Values, sheet: Sheet) -> Line | None:
        """The hard range of the plan, for a number."""
        value = values.get(question.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return out_of_range(value, bound(question.minimum, sheet), bound(question.maximum, sheet))

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """The value in Vietnamese form with its unit."""
        value = values.get(question.name)
        return f"{format_value(value)} {question.unit if value else ''}".strip()

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Em ghi 41 chị ạ." """
        return "stored"

    def again(self, question: Question, reason: str) -> str:
        """By why it was not taken, else the type's own sentence."""
        return AGAIN.get(reason, self.again_key)


#: Reasons of `handlers.language.understand` that have a sentence of their own, whatever the type.
AGAIN = {
    "unclear_separator": "ask.separator",
    "not_exact": "ask.not_exact",
    "range": "ask.not_exact",
    "running_total": "ask.flow",
    "no_total": "ask.ratio",
    "total_differs": "ask.ratio",
    "too_long": "ask.too_long",
    "foreign_money": "ask.money_unit",
    "no_such_day": "ask.no_such_day",
    "wrong_tense": "ask.wrong_day",
}
