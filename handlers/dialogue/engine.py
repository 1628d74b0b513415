"""The engine: ``step(questionnaire, state, inbound, now) -> Step``. Pure, total, never stuck.

A message is read against what the open stage expects. Commands are answered at any stage; an answer
goes to the stage; whatever is not understood gets an example, and MENU always leads out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.dialogue.commands import COMMANDS, MENU, begin_again, done, from_menu, here, later, leave, start
from handlers.dialogue.editing import edit_which, find, reopen
from handlers.dialogue.questionnaire import Questionnaire
from handlers.dialogue.questions import BY_NAME
from handlers.dialogue.scene import (
    Scene,
    finish,
    greet,
    not_understood,
    options_of,
    resume,
    summarise,
    summary_lines,
)
from handlers.dialogue.several import take_several
from handlers.dialogue.state import Line, Option, State, Step, Submitted
from handlers.dialogue.taking import accept, take
from handlers.language.reading import Context, Expectation, Reading
from handlers.language.understand import understand
from storage.domain.answers import Answer
from storage.domain.messages import Address, Inbound
from storage.plan.model import Question

#: Sensitive figures under this are not told above the commune.
SMALL = 3


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as others see it."""

    question: str
    label: str
    line: Line


def step(questionnaire: Questionnaire, state: State, inbound: Inbound, now: datetime) -> Step:
    """One message. ``now`` is aware, Asia/Ho_Chi_Minh. ``inbound.choice`` is a prompt and a number
    (``q.MH33.2:1``); a choice of any other prompt than the open one changes nothing."""
    blank = Scene(questionnaire, state, inbound, Reading("ask"), now, BY_NAME)
    if inbound.choice is not None and not _pressed(blank):
        return here(blank, Line("old_button"))
    scene = blank.reading_as(_read(blank))
    if scene.reading.kind in COMMANDS and not _stage_first(scene):
        return COMMANDS[scene.reading.kind](scene)
    return STAGES[state.stage](scene)


def opening(questionnaire: Questionnaire, now: datetime) -> Step:
    """The greeting sent when a round opens."""
    silence = Inbound(Address("", ""), "", now)
    return greet(Scene(questionnaire, State(), silence, Reading("start"), now, BY_NAME))


def resume_at(questionnaire: Questionnaire, state: State, inbound: Inbound, now: datetime) -> Step:
    """What is open, said unasked: the first question of a report that needs no greeting."""
    return resume(Scene(questionnaire, state, inbound, Reading("start"), now, BY_NAME))


def _silent(questionnaire: Questionnaire, state: State, now: datetime) -> Scene:
    return Scene(questionnaire, state, Inbound(Address("", ""), "", now), Reading("show"), now, BY_NAME)


def told_answers(questionnaire: Questionnaire, state: State, now: datetime, hide: bool) -> tuple[Told, ...]:
    """The answers of a report as others see them, in the order of its summary; ``hide``: small sensitive
    figures are not told."""
    scene = _silent(questionnaire, state, now)
    told = []
    for question, line in zip(scene.sheet.listed, summary_lines(scene), strict=True):
        hidden = hide and is_small(question, state.answers.get(question.name))
        number = scene.sheet.number(question)
        small = {"number": number, "label": question.summary, "value": Line("hidden.small")}
        told.append(Told(question.name, question.summary, Line("summary.line", small) if hidden else line))
    return tuple(told)


def told_value(
    questionnaire: Questionnaire, state: State, name: str, now: datetime, hide: bool
) -> Line | str:
    """One answer of a report in words; ``hide`` as above."""
    answer = state.answers.get(name)
    question = questionnaire.by_name[name]
    if hide and is_small(question, answer):
        return Line("hidden.small")
    return _silent(questionnaire, state, now).words(question, answer)


def open_choices(questionnaire: Questionnaire, state: State, now: datetime) -> tuple[Option, ...]:
    """The numbered choices of the question that is open."""
    scene = _silent(questionnaire, state, now)
    return options_of(scene, scene.asking) if scene.asking is not None else ()


def is_small(question: Question, answer: Answer | None) -> bool:
    """Whether it is a sensitive figure so small that it could tell of one person (DESIGN: under 3)."""
    if not question.sensitive or answer is None or answer.state != "given":
        return False
    numbers = [value for value in answer.values.values() if isinstance(value, int | float)]
    return any(value < SMALL for value in numbers)


def reopened(state: State, name: str) -> State:
    """The state of a report given with one question open again."""
    return replace(state, stage="asking", asking=name, pending=None, walking=False, tries=0)


def laid_down(state: State) -> State:
    """The state of a report given with nothing open."""
    return replace(state, stage="done", asking=None, pending=None, walking=False)


def prompt(state: State) -> str:
    """What is open, as a button names it: an old button is known by it."""
    if state.stage in ("asking", "checking"):
        mark = f".{state.revision}" if state.stage == "checking" else ""
        return f"{state.stage[0]}.{state.asking}{mark}"
    return f"summary.{state.revision}" if state.stage == "summary" else state.stage


def _pressed(scene: Scene) -> bool:
    name, _, number = (scene.inbound.choice or "").rpartition(":")
    return name == prompt(scene.state) and number.isdigit()


def _text(inbound: Inbound) -> str:
    return inbound.choice.rpartition(":")[2] if inbound.choice is not None else inbound.text


def _read(scene: Scene) -> Reading:
    message = scene.inbound.attachment.kind if scene.inbound.attachment else None
    context = Context(scene.now, "thanks" if scene.state.stage == "done" else None, message)
    text = _text(scene.inbound)
    if scene.state.stage == "checking":
        return _read_check(scene, text, context)
    return understand(text, expected(scene), context)


def _read_check(scene: Scene, text: str, context: Context) -> Reading:
    """A value in doubt is open: "đúng" or "không" settles it; a value is a new value.

    For a number, a digit is always a value; words are tried as yes or no first, since "không" here
    is no and not 0. For anything else the word settles it.
    """
    settled = understand(text, Expectation("confirm"), context)
    question = scene.asking
    if question is None:
        return settled
    value = understand(text, scene.kind(question).expect(question, scene.sheet), context)
    if scene.kind(question).numeric and any(letter.isdigit() for letter in text):
        return value
    if settled.kind == "answer":
        return Reading("answer", settled.value, reason="settled")
    return value


def expected(scene: Scene) -> Expectation:
    """What the open stage waits for."""
    question = scene.asking
    if scene.state.stage == "asking" and question is not None:
        return scene.kind(question).expect(question, scene.sheet)
    return EXPECTED.get(scene.state.stage, Expectation())


EXPECTED = {
    "greeting": Expectation("choice", choices=("Bắt đầu", "Để sau")),
    "summary": Expectation("confirm"),
    "editing": Expectation("integer", minimum=1),
    "menu": Expectation("choice", choices=tuple(str(option.number) for option in MENU)),
    "restarting": Expectation("confirm"),
}


def _stage_first(scene: Scene) -> bool:
    """Readings a stage takes before the commands do."""
    kind, stage = scene.reading.kind, scene.state.stage
    return (stage == "editing" and kind in ("next", "skip", "stop")) or (stage == "menu" and kind == "next")


def _greeting(scene: Scene) -> Step:
    if scene.reading.kind != "answer":
        return greet(scene)
    return later(scene) if scene.reading.value == 2 else start(scene.at(stage="asking"))


def _asking(scene: Scene) -> Step:
    question = scene.asking
    if question is None:
        return resume(scene)
    if (several := take_several(scene, question)) is not None:
        return several
    if scene.reading.kind == "answer":
        return take(scene, question)
    if scene.reading.reason == "more_than_total":  # the plan says whether it is refused or confirmed
        read = replace(scene.reading, kind="answer", value=scene.reading.read)
        return take(scene.reading_as(read), question)
    return not_understood(scene, question)


def _checking(scene: Scene) -> Step:
    question = scene.asking
    if question is None:
        return resume(scene)
    if scene.reading.reason == "settled":
        if scene.reading.value:
            return accept(scene, question)
        return resume(scene.at(pending=None), Line("check.again"))
    return _asking(scene)


def _summary(scene: Scene) -> Step:
    if scene.reading.kind != "answer":
        return summarise(scene)
    if not scene.reading.value:
        return edit_which(scene)
    return submit(scene)


def submit(scene: Scene) -> Step:
    """The report is in: say when, until when it can be changed, and ask any extra question."""
    asked = scene.questionnaire
    now = scene.now
    params = scene.spoken(time=f"{now:%H:%M}", day=f"{now.day}/{now.month}", due=asked.due)
    line = Line("submitted" if asked.due else "submitted.late", params)
    scene = scene.at(submitted=True, asking=None)
    extra = scene.sheet.open_after_submit()
    if extra is not None:
        return resume(scene.at(asking=extra.name), line, events=(Submitted(),))
    return finish(scene, line, events=(Submitted(),))


def _editing(scene: Scene) -> Step:
    if scene.reading.kind == "answer":
        question = find(scene.sheet, int(scene.reading.value))
    else:
        question = find(scene.sheet, scene.inbound.text) if len(scene.inbound.text) > 1 else None
    if question is not None:
        return reopen(scene, question)
    if scene.reading.kind in ("next", "skip", "stop"):
        return resume(leave(scene))
    return scene.reply(Line("edit.not_found"))


def _menu(scene: Scene) -> Step:
    if scene.reading.kind == "answer":
        return from_menu(scene, int(scene.reading.value))
    if scene.reading.kind == "next":
        return from_menu(scene, 1)
    return scene.reply(Line("ask.choice"), Line("menu"), options=MENU)


def _restarting(scene: Scene) -> Step:
    if scene.reading.kind == "answer" and scene.reading.value:
        return begin_again(scene)
    if scene.reading.kind == "answer":
        return resume(leave(scene))
    options = (Option(1, key="restart.yes"), Option(2, key="restart.no"))
    return scene.reply(Line("restart.sure"), options=options)


STAGES: dict[str, Callable[[Scene], Step]] = {
    "new": greet,
    "greeting": _greeting,
    "asking": _asking,
    "checking": _checking,
    "summary": _summary,
    "editing": _editing,
    "menu": _menu,
    "restarting": _restarting,
    "done": done,
}
