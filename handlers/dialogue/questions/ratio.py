"""ratio: a part of a known or said whole ("41", "45 trên 62", "vắng 5")."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed, Values
from handlers.dialogue.questionnaire import Sheet
from handlers.dialogue.state import Line
from handlers.language.reading import Expectation
from storage.domain.answers import Value
from storage.plan.expressions import format_value
from storage.plan.model import Question


class Ratio(Typed):
    """Stores ``[a, b]``. Where the plan warns above the whole, a larger a may be confirmed."""

    name = "ratio"
    numeric = True
    again_key = "ask.number"

    def _total(self, question: Question, sheet: Sheet) -> int | None:
        value = sheet.evaluate(question.total) if question.total else None
        return int(value) if isinstance(value, int | float) else None

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """A part of the total, if that is known."""
        return Expectation("ratio", total=self._total(question, sheet), unit=question.unit or None)

    def check(self, question: Question, values: Values, sheet: Sheet) -> Line | None:
        """Never more than the whole, unless the plan only warns of it."""
        part, whole = values[question.name]
        if part <= whole or question.warnings:
            return None
        return Line("ask.total", {"value": format_value(part), "total": format_value(whole)})

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """ "41/62 chị" or, in the summary, "41/62"."""
        part, whole = values[question.name]
        return f"{format_value(part)}/{format_value(whole)} {question.unit}".strip()
