"""date: a day, always day before month; a lunar day is turned into a solar one."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation
from storage.domain.answers import Value
from storage.plan.model import Question


class Date(Typed):
    """Stores an ISO date."""

    name = "date"
    again_key = "ask.date"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """A day in the past or to come, as the plan says."""
        return Expectation("date", tense=question.tense)

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Dạ, em ghi: 08/3." """
        return "stored.said"
