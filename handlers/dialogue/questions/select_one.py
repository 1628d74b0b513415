"""select_one: one of a numbered list, by number or by word."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed, Values
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation, Reading
from storage.domain.answers import Value
from storage.plan.model import Question


class SelectOne(Typed):
    """Stores the choice's name."""

    name = "select_one"
    again_key = "ask.choice"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """One of the labels."""
        return Expectation("choice", choices=self.labels(question, sheet))

    def labels(self, question: Question, sheet: Sheet) -> tuple[str, ...]:
        """The plan's labels in order."""
        return tuple(choice.label for choice in question.choices)

    def values(self, question: Question, reading: Reading, sheet: Sheet) -> Values:
        """The name of the option of that number."""
        return {question.name: question.choices[int(reading.value) - 1].name}

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """The option's label."""
        return next((c.label for c in question.choices if c.name == values.get(question.name)), "")

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Dạ, em ghi: Đạt." """
        return "stored.said"
