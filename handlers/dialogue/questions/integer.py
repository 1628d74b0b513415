"""integer: a whole number, or several in one reply ("2 chị, 1 chị chuyển đi")."""

from collections.abc import Mapping

from handlers.dialogue.question_type import Typed, Values, out_of_range, part_words
from handlers.dialogue.questionnaire import Sheet
from handlers.dialogue.state import Line
from handlers.language.reading import Expectation, Expects, Reading
from storage.domain.answers import Value
from storage.plan.model import Question


class Integer(Typed):
    """Stores an int in its field, or one in each part's field."""

    name = "integer"
    numeric = True
    again_key = "ask.number"
    expects: Expects = "integer"

    def expect(self, question: Question, sheet: Sheet) -> Expectation:
        """A whole number with its bounds, or one for each part."""
        return Expectation(
            question.parts[0].type if question.parts else self.expects,
            parts=tuple(part.label for part in question.parts),
            part_types=tuple(part.type for part in question.parts),
            optional_parts=sum(not part.required for part in question.parts),
            unit=question.unit or None,
            flow=question.window,
            last=self._last(question, sheet),
            sensitive=question.sensitive,
        )

    def _last(self, question: Question, sheet: Sheet) -> Value:
        if not question.parts:
            return sheet.value(f"last.{question.name}")
        values = [sheet.value(f"last.{part.name}") for part in question.parts]
        return None if None in values else values

    def values(self, question: Question, reading: Reading, sheet: Sheet) -> Values:
        """Each part's number; a part she left unsaid has none."""
        if not question.parts:
            return {question.name: reading.value}
        pairs = zip(question.parts, reading.value, strict=False)
        return {part.name: value for part, value in pairs if value is not None}

    def check(self, question: Question, values: Values, sheet: Sheet) -> Line | None:
        """The range of the number or of each part."""
        for part in question.parts:
            value = values.get(part.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if wrong := out_of_range(value, part.minimum, part.maximum):
                return wrong
        return super().check(question, values, sheet)

    def words(self, question: Question, values: Mapping[str, Value], sheet: Sheet) -> str:
        """ "41 chị", or "thêm 2, chuyển đi 1"."""
        if not question.parts:
            return super().words(question, values, sheet)
        said = [part for part in question.parts if values.get(part.name) is not None]
        return ", ".join(part_words(part, values.get(part.name)) for part in said)

    def stored(self, question: Question, values: Mapping[str, Value]) -> str:
        """ "Dạ, em ghi 0.", "Em ghi: thêm 2, chuyển đi 1." or "Em ghi 41 chị ạ." """
        if question.parts:
            return "stored.parts"
        return "stored.short" if values.get(question.name) == 0 else "stored"

    def again(self, question: Question, reason: str) -> str:
        """Several numbers have an example of their own."""
        return "ask.parts" if question.parts else super().again(question, reason)
