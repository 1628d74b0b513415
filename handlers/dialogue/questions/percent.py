"""percent: "95,5%", from 0 to 100."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation
from storage.domain.answers import Value
from storage.plan.expressions import format_value
from storage.plan.model import Question


class Percent(Typed):
    """Stores a number of per cent."""

    name = "percent"
    numeric = True
    again_key = "ask.number"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """A percentage."""
        return Expectation("percent", minimum=0, maximum=100)

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """ "95,5%"."""
        return f"{format_value(values.get(question.name))}%"
