"""money: đồng, whole ("1tr2", "350k"); an amount without a unit is asked again."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation
from storage.domain.answers import Value
from storage.plan.expressions import format_value
from storage.plan.model import Question


class Money(Typed):
    """Stores an int of đồng."""

    name = "money"
    numeric = True
    again_key = "ask.money_unit"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """An amount with its bounds."""
        return Expectation(
            "money",
            unit="đồng",
            flow=question.window,
            last=sheet.value(f"last.{question.name}"),
        )

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """ "350.000đ"."""
        return f"{format_value(values.get(question.name))}đ"
