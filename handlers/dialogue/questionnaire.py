"""A pack as one person is asked it: her forms of address, the facts of her unit, what is relevant.

Everything here is derived from the pack, the facts and the answers; nothing is stored.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, overload

from handlers.texts import speak
from storage.domain.answers import Answer, Value
from storage.domain.people import AddressForm
from storage.plan.expressions import Expression, compile_expression, render
from storage.plan.model import Choice, Pack, Question

S = TypeVar("S")
T = TypeVar("T")

#: Types that are shown or computed, never answered.
SILENT = frozenset({"note", "calculate"})

_compiled = cache(compile_expression)


def expression(text: str) -> Expression:
    """The compiled expression, kept: a plan has a few hundred and each is asked for often."""
    return _compiled(text)


def _spoken(value: Any, form: AddressForm) -> Any:
    if isinstance(value, str):
        return speak(value, form)
    if isinstance(value, dict):
        return {key: _spoken(item, form) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spoken(item, form) for item in value]
    return value


def speak_pack(pack: Pack, form: AddressForm) -> Pack:
    """The pack with a person's forms of address in every text. Costly: keep the result."""
    return Pack.model_validate(_spoken(pack.model_dump(), form))


def _repeated(question: Question, entry: Choice) -> Question:
    suffix = f".{entry.name}"
    return question.model_copy(
        update={
            "name": question.name + suffix,
            "label": question.label.replace("${item}", entry.label),
            "summary": question.summary.replace("${item}", entry.label),
            "repeat": None,
        }
    )


class kept(Generic[S, T]):  # noqa: N801 - used like a property
    """`functools.cached_property` without its lock, which costs more than what is kept here."""

    def __init__(self, make: Callable[[S], T]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "kept[S, T]": ...
    @overload
    def __get__(self, instance: S, owner: type) -> T: ...
    def __get__(self, instance: S | None, owner: type) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._make(instance)
        return value


@dataclass(frozen=True)
class Questionnaire:
    """One seat's questions in one round.

    ``pack`` has its forms of address put in (`speak_pack`); ``facts`` are known values by name (NEN.1,
    last.NEN.1, sum.CT25, unit, period ...); ``lists`` what repeated questions run over; ``name``,
    ``unit``, ``superior``, ``title`` who is spoken of;
    ``due`` the last day in words ("18"), empty once past; ``subject`` what the report is called.
    """

    pack: Pack
    form: AddressForm
    facts: Mapping[str, Value]
    name: str = ""
    unit: str = ""
    subject: str = ""
    superior: str = ""
    title: str = ""
    due: str = ""
    hotlines: Mapping[str, str] | None = None
    lists: Mapping[str, tuple[Choice, ...]] | None = None

    @kept
    def questions(self) -> tuple[Question, ...]:
        """Every row of the pack in order, repeated ones unrolled."""
        return tuple(self._unrolled())

    def _unrolled(self) -> Iterator[Question]:
        for question in self.pack.questions:
            if question.repeat is None:
                yield question
            else:
                for entry in (self.lists or {}).get(question.repeat, ()):
                    yield _repeated(question, entry)

    @kept
    def by_name(self) -> dict[str, Question]:
        """Questions by name."""
        return {question.name: question for question in self.questions}

    @kept
    def before_submission(self) -> tuple[Question, ...]:
        """The rows to be answered before the report is in."""
        rows = self.questions
        return tuple(row for row in rows if row.type not in SILENT and not row.after_submit)

    @kept
    def after_submission(self) -> tuple[Question, ...]:
        """The rows asked once the report is in."""
        return tuple(row for row in self.questions if row.after_submit)

    @kept
    def conditional(self) -> tuple[Question, ...]:
        """The rows that do not always apply."""
        return tuple(row for row in self.questions if row.relevant is not None)

    @kept
    def has_notes(self) -> bool:
        """Whether any row is only shown."""
        return any(question.type == "note" for question in self.questions)

    @kept
    def by_field(self) -> dict[str, Question]:
        """The question that fills a field."""
        return {field: question for question in self.questions for field in question.fields}


@dataclass(frozen=True)
class Sheet:
    """A questionnaire with the answers so far: what is known, relevant, open. What is worked out is kept:
    one step asks the same several times."""

    questionnaire: Questionnaire
    answers: dict[str, Answer]

    def with_answer(self, answer: Answer) -> "Sheet":
        """The sheet with one answer more (or another); the same one for the same answer."""
        last: Sheet | None = self.__dict__.get("_last")
        if last is None or last.answers.get(answer.question) is not answer:
            last = self.__dict__["_last"] = Sheet(
                self.questionnaire, {**self.answers, answer.question: answer}
            )
        return last

    @kept
    def _values(self) -> dict[str, Value]:
        return {}

    def value(self, name: str) -> Value:
        """The value of a field of this report, a calculation, or a fact; None where there is none."""
        if name in self._values:
            return self._values[name]
        value = self._values[name] = self._value(name)
        return value

    def _value(self, name: str) -> Value:
        question = self.questionnaire.by_field.get(name)
        if question is None:
            return self.questionnaire.facts.get(name)
        if question.type == "calculate":
            return expression(question.calculation or "''").evaluate(self.value)
        answer = self.answers.get(question.name)
        if answer is not None:
            return answer.values.get(name) if answer.state == "given" else None
        return None

    def known(self, name: str) -> Value:
        """Like `value`, else the latest figure of an earlier report."""
        value = self.value(name)
        return self.questionnaire.facts.get(name) if value is None else value

    def evaluate(self, text: str, current: Value = None) -> Value:
        """An expression's value, ``.`` standing for ``current``."""
        return expression(text).evaluate(self.value, current)

    def say(self, template: str) -> str:
        """A label with its ``${...}`` filled in Vietnamese form."""
        return render(template, self.value)

    def relevant(self, question: Question) -> bool:
        """Whether it applies. One whose condition hangs on a question still open counts as not yet."""
        if question.relevant is None:
            return True
        decided = self._relevances.get(question.relevant)
        if decided is None:
            decided = self._relevances[question.relevant] = bool(self.evaluate(question.relevant))
        return decided

    @kept
    def _relevances(self) -> dict[str, bool]:
        return {}

    def _undecided(self, question: Question) -> bool:
        names = expression(question.relevant).names if question.relevant else frozenset()
        return any(
            (asked := self.questionnaire.by_field.get(name)) is not None
            and asked.type not in SILENT
            and asked.name not in self.answers
            and (self.relevant(asked) or self._undecided(asked))
            for name in names
        )

    @kept
    def counted(self) -> tuple[Question, ...]:
        """The questions of "Câu 3/7": those asked or perhaps asked before submission."""
        return tuple(
            [
                question
                for question in self.questionnaire.before_submission
                if question.relevant is None or self.relevant(question) or self._undecided(question)
            ]
        )

    def counted_from(self, question: Question) -> tuple[Question, ...]:
        """The counted questions from this one on; none if it is not counted."""
        for place, counted in enumerate(self.counted):
            if counted.name == question.name:
                return self.counted[place:]
        return ()

    @kept
    def asked(self) -> tuple[Question, ...]:
        """The relevant questions before submission, in order."""
        return self._relevant_of(self.questionnaire.before_submission)

    @kept
    def extras(self) -> tuple[Question, ...]:
        """The relevant questions asked after submission, in order."""
        return self._relevant_of(self.questionnaire.after_submission)

    def _relevant_of(self, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        return tuple([each for each in questions if each.relevant is None or self.relevant(each)])

    @kept
    def listed(self) -> tuple[Question, ...]:
        """What a summary shows and SỬA finds: the questions asked, and the extra ones answered."""
        return (*self.asked, *(extra for extra in self.extras if not self._unanswered(extra)))

    def number(self, question: Question) -> int:
        """Its number in the list, from 1."""
        for place, listed in enumerate(self.counted, 1):
            if listed.name == question.name:
                return place
        for place, listed in enumerate(self.extras, len(self.counted) + 1):
            if listed.name == question.name:
                return place
        return 0

    def open(self) -> Question | None:
        """The next question without an answer, or None."""
        return self._first_open(self.questionnaire.before_submission)

    def open_after_submit(self) -> Question | None:
        """The next extra question of a report already in, or None."""
        return self._first_open(self.questionnaire.after_submission)

    def _first_open(self, questions: tuple[Question, ...]) -> Question | None:
        for question in questions:
            if self._unanswered(question) and self.relevant(question):
                return question
        return None

    def _unanswered(self, question: Question) -> bool:
        answer = self.answers.get(question.name)
        return answer is None or answer.state == "not_applicable"

    def lost(self) -> tuple[Question, ...]:
        """Questions answered earlier whose condition no longer holds."""
        return tuple(
            question
            for question in self.questionnaire.conditional
            if (answer := self.answers.get(question.name)) is not None
            and answer.state != "not_applicable"
            and not self.relevant(question)
        )

    def following(self, question: Question) -> Question | None:
        """The relevant question after this one, in order, answered or not."""
        return self._beside(question, +1)

    def preceding(self, question: Question) -> Question | None:
        """The relevant question before this one, in order."""
        return self._beside(question, -1)

    def _beside(self, question: Question, by: int) -> Question | None:
        names = [asked.name for asked in self.asked]
        if question.name not in names:
            return None
        place = names.index(question.name) + by
        return self.asked[place] if 0 <= place < len(names) else None

    def notes_before(self, question: Question) -> tuple[Question, ...]:
        """The notes that stand right before it: shown with it, never answered."""
        notes: list[Question] = []
        if not self.questionnaire.has_notes:
            return ()
        for row in self.questionnaire.questions:
            if row.name == question.name:
                break
            notes = [*notes, row] if row.type == "note" and self.relevant(row) else []
        return tuple(notes)
