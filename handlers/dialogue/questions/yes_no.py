"""yes_no: "1 Rồi · 2 Chưa". A date said in passing is caught ("r, hôm mùng 8/3")."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed, Values
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation, Reading
from handlers.texts import catalogue
from storage.domain.answers import Value
from storage.plan.expressions import format_value
from storage.plan.model import Question


class YesNo(Typed):
    """Stores a boolean, and the date where the question has a ``date_field``."""

    name = "yes_no"
    again_key = "ask.yes_no"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """Yes or no, perhaps with a date."""
        return Expectation("yes_no", optional_date=bool(question.date_field), tense=question.tense)

    def labels(self, question: Question, sheet: Sheet) -> tuple[str, ...]:
        """The plan's own two labels, else Rồi and Chưa."""
        return tuple(choice.label for choice in question.choices) or ("Rồi", "Chưa")

    def values(self, question: Question, reading: Reading, sheet: Sheet) -> Values:
        """The boolean; the date only beside a yes."""
        values: Values = {question.name: reading.value}
        if question.date_field and reading.date and reading.value:
            values[question.date_field] = reading.date
        return values

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """ "có (08/3)" or "chưa"."""
        said = catalogue()["yes" if values.get(question.name) else "no"]
        date = values.get(question.date_field or "")
        return f"{said} ({format_value(date)})" if date else said

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Dạ, em ghi: có." """
        return "stored.said"
