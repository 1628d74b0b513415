"""image: a photo of the activity, taken from afar; "Bỏ qua" where there is none."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed
from handlers.dialogue.questionnaire import Sheet
from handlers.language.reading import Expectation
from storage.domain.answers import Value
from storage.plan.model import Question


class Image(Typed):
    """Stores the list of the photos' paths."""

    name = "image"
    again_key = "ask.photo"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """A photo."""
        return Expectation("photo")

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """How many there are."""
        return str(len(values.get(question.name) or []))

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Em nhận được ảnh rồi ạ." """
        return "stored.photo"
