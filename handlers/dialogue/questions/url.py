"""url: the address of a page, whole (http or https); shortened links are not taken."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation
from storage.domain.answers import Value
from storage.plan.model import Question


class Url(Typed):
    """Stores the link."""

    name = "url"
    again_key = "ask.link"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """A link."""
        return Expectation("link")

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Em ghi lại rồi ạ." """
        return "stored.text"
