"""text: a sentence or two in her own words, without names; "không" is an answer."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation
from handlers.texts import catalogue
from storage.domain.answers import Value
from storage.plan.model import Question


class Text(Typed):
    """Stores her words; "" where she said there is nothing."""

    name = "text"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """Words, at most 300 characters."""
        return Expectation("text", none_is_answer=True)

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """Her words, or "không"."""
        return str(values.get(question.name) or "") or catalogue()["nothing"]

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Em ghi lại rồi ạ." """
        return "stored.text" if values.get(question.name) else "stored.nothing"
