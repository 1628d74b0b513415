"""select_multiple: several of a numbered list ("1,3", "cả hai")."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed, Values
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation, Reading
from handlers.texts import catalogue
from storage.domain.answers import Value
from storage.plan.model import Question


class SelectMultiple(Typed):
    """Stores a list of the choices' names, in the list's order."""

    name = "select_multiple"
    again_key = "ask.choices"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """Any of the labels."""
        return Expectation("multi_choice", choices=self.labels(question, sheet))

    def labels(self, question: Question, sheet: Sheet) -> tuple[str, ...]:
        """The plan's labels in order."""
        return tuple(choice.label for choice in question.choices)

    def values(self, question: Question, reading: Reading, sheet: Sheet) -> Values:
        """The names of the options of those numbers."""
        return {question.name: [question.choices[int(n) - 1].name for n in sorted(reading.value)]}

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """The labels, or "không"."""
        chosen = values.get(question.name) or []
        said = ", ".join(choice.label for choice in question.choices if choice.name in chosen)
        return said or catalogue()["nothing"]

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Dạ, em ghi: ..." """
        return "stored.said"
