"""One step in the making: everything a stage or a command needs, and the pieces every reply is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from handlers.dialogue.question_type import QuestionType, example_of
from handlers.dialogue.questionnaire import Questionnaire, Sheet, kept
from handlers.dialogue.state import Event, Line, Option, State, Step
from handlers.language.reading import Reading
from storage.domain.answers import Answer
from storage.domain.messages import Inbound
from storage.plan.model import Question

#: More misunderstandings in a row than this, and the ways out are offered.
PATIENCE = 2


@dataclass(frozen=True)
class Scene:
    """What a message met: ``types`` is the table of question types, handed down by the engine."""

    questionnaire: Questionnaire
    state: State
    inbound: Inbound
    reading: Reading
    now: datetime
    types: Mapping[str, QuestionType]

    @kept
    def sheet(self) -> Sheet:
        """The questionnaire with the answers so far."""
        return Sheet(self.questionnaire, self.state.answers)

    @property
    def asking(self) -> Question | None:
        """The open question."""
        return self.questionnaire.by_name.get(self.state.asking or "")

    def kind(self, question: Question) -> QuestionType:
        """The type of a question."""
        return self.types[question.type]

    def at(self, sheet: Sheet | None = None, **changes: Any) -> "Scene":
        """The same scene with a changed state, and its sheet if that is known."""
        return self._next(self.state.at(**changes), self.reading, sheet)

    def in_state(self, state: State) -> "Scene":
        """The same scene in another state."""
        return self._next(state, self.reading)

    def reading_as(self, reading: Reading) -> "Scene":
        """The same scene with the message read so."""
        return self._next(self.state, reading)

    def _next(self, state: State, reading: Reading, sheet: Sheet | None = None) -> "Scene":
        """What was worked out of the answers stays if they did."""
        known = sheet or self.__dict__.get("sheet")
        scene = Scene(self.questionnaire, state, self.inbound, reading, self.now, self.types)
        if known is not None and known.answers is state.answers:
            scene.__dict__["sheet"] = known
        return scene

    def reply(self, *lines: Line, options: tuple[Option, ...] = (), events: tuple[Event, ...] = ()) -> Step:
        """End the step here."""
        return Step(self.state, events, lines, options, self.reading.kind)

    def spoken(self, **params: Any) -> dict[str, Any]:
        """The parameters most sentences want, and more."""
        asked = self.questionnaire
        return {"name": asked.name, "unit": asked.unit, "subject": asked.subject, **params}

    def words(self, question: Question, answer: Answer | None) -> Line | str:
        """An answer as said back: its values, or the catalogue's word for its state."""
        if answer is None:
            return Line("missing")
        if answer.state != "given":
            return Line("unknown" if answer.state == "unknown" else "skipped")
        said = self.kind(question).words(question, answer.values, self.sheet)
        return Line("about", {"value": said}) if answer.approximate else said


Act: TypeAlias = Callable[[Scene], Step]


def options_of(scene: Scene, question: Question) -> tuple[Option, ...]:
    """The numbered choices of a question."""
    labels = scene.kind(question).labels(question, scene.sheet)
    return tuple(Option(number, label) for number, label in enumerate(labels, start=1))


def question_lines(scene: Scene, question: Question) -> tuple[Line, ...]:
    """ "Câu 3/7. ...", with the notes before it, the earlier value, and what she said last time."""
    sheet = scene.sheet
    notes = tuple(Line("hint", {"hint": sheet.say(note.label)}) for note in sheet.notes_before(question))
    label = sheet.say(question.label)
    number = sheet.number(question)
    head = (
        Line("question.extra", {"label": label})
        if question.after_submit
        else Line("question", {"number": number, "count": len(sheet.counted), "label": label})
    )
    return (*notes, head, *_previous(scene, question), *_kept(scene, question))


def _previous(scene: Scene, question: Question) -> tuple[Line, ...]:
    if not question.previous:
        return ()
    values = {field: scene.sheet.value(f"last.{field}") for field in question.fields}
    if any(values[field] is None for field in question.fields if field != question.date_field):
        return ()
    said = scene.kind(question).words(question, values, scene.sheet)
    return (Line("previous", {"value": said}, joined=True),)


def _kept(scene: Scene, question: Question) -> tuple[Line, ...]:
    answer = scene.state.answers.get(question.name)
    if answer is None or answer.state == "not_applicable":
        return ()
    return (Line("kept", {"value": scene.words(question, answer)}),)


def ask(scene: Scene, question: Question, *before: Line, events: tuple[Event, ...] = ()) -> Step:
    """Ask a question, after what there is to say first."""
    scene = scene.at(stage="asking", asking=question.name, pending=None)
    return scene.reply(
        *before,
        *question_lines(scene, question),
        options=options_of(scene, question),
        events=events,
    )


def ask_again(scene: Scene, question: Question, *reasons: Line) -> Step:
    """Say what was wrong and leave the question open; after some tries, name the ways out and ask anew."""
    scene = scene.at(stage="asking", asking=question.name, pending=None, tries=scene.state.tries + 1)
    if scene.state.tries <= PATIENCE:
        return scene.reply(*reasons, options=options_of(scene, question))
    lines = (*reasons, Line("ask.stuck"), *question_lines(scene, question))
    return scene.reply(*lines, options=options_of(scene, question))


def not_understood(scene: Scene, question: Question) -> Step:
    """Blame the bot, give an example."""
    key = scene.kind(question).again(question, scene.reading.reason)
    return ask_again(scene, question, Line(key, {"example": example_of(question)}))


def summary_lines(scene: Scene) -> tuple[Line, ...]:
    """A line a question: its number, short label, and what was said."""
    sheet = scene.sheet
    return tuple(_summed(scene, question, sheet.number(question)) for question in sheet.listed)


def _summed(scene: Scene, question: Question, number: int) -> Line:
    answer = scene.state.answers.get(question.name)
    given = answer is not None and answer.state == "given"
    if given and question.summary_value:
        return Line("summary.bare", {"number": number, "value": scene.sheet.say(question.summary_value)})
    value = scene.words(unitless(question) if given else question, answer)
    return Line("summary.line", {"number": number, "label": question.summary, "value": value})


def unitless(question: Question) -> Question:
    """The question for saying its value without the unit, where the label or her words name it."""
    return question.model_copy(update={"unit": ""}) if question.unit else question


def summarise(scene: Scene, *before: Line, events: tuple[Event, ...] = ()) -> Step:
    """Show all answers and ask for the word to send them."""
    scene = scene.at(stage="summary", asking=None, pending=None, walking=False)
    head = Line("summary.head", joined=bool(before))
    options = (Option(1, key="summary.send"), Option(2, key="summary.edit"))
    return scene.reply(
        *before, head, *summary_lines(scene), Line("summary.foot"), options=options, events=events
    )


def resume(scene: Scene, *before: Line, events: tuple[Event, ...] = ()) -> Step:
    """Go on exactly where she was: the open question, the next one, the summary, or the end."""
    question = scene.asking
    if question is not None and scene.sheet.relevant(question):
        return ask(scene, question, *before, events=events)
    return advance(scene, *before, events=events)


def advance(scene: Scene, *before: Line, events: tuple[Event, ...] = ()) -> Step:
    """On to the next question without an answer, else to the summary or the end."""
    sheet = scene.sheet
    question = sheet.open()
    if scene.state.walking and scene.asking is not None:
        question = sheet.following(scene.asking)
    if question is None and scene.state.submitted:
        question = sheet.open_after_submit()
    if question is not None:
        return ask(scene, question, *before, events=events)
    if scene.state.submitted:
        return finish(scene, *before, events=events)
    return summarise(scene, *before, events=events)


def finish(scene: Scene, *before: Line, events: tuple[Event, ...] = ()) -> Step:
    """The report is in and nothing is open."""
    scene = scene.at(stage="done", asking=None, pending=None, walking=False)
    lines = before or (Line("submitted.already", scene.spoken()),)
    return scene.reply(*lines, events=events)


def greet(scene: Scene, *before: Line) -> Step:
    """Open the check-in: how many questions, how many minutes, how to put it off."""
    scene = scene.at(stage="greeting", asking=None, pending=None)
    count = len(scene.sheet.counted)
    line = Line("greeting", scene.spoken(minutes=scene.questionnaire.pack.minutes, count=count))
    options = (Option(1, key="greeting.start"), Option(2, key="greeting.later"))
    return scene.reply(*before, line, options=options)
