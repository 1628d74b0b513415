"""Several answers in one message ("1. rồi 2. 41 3. 0", "có em, 1 buổi 32 chị"): users want to be done.

Each value goes to its question in turn, is checked like any other and said back; the first that
cannot be stops there and is asked again.
"""

import re
from dataclasses import replace

from handlers.dialogue.scene import Scene
from handlers.dialogue.state import Event, Line, Step
from handlers.dialogue.taking import take
from handlers.language.reading import Context, Expectation, Expects, Reading
from handlers.language.understand import understand
from storage.domain.folding import fold
from storage.plan.model import Question

#: "1." "2)" at the head of an answer.
_MARKS = re.compile(r"(?:^|\s)[1-9]\s?[.)](?=\s*\S)")

_PART_TYPES: dict[str, Expects] = {"yes_no": "yes_no", "integer": "integer", "ratio": "integer"}


def take_several(scene: Scene, question: Question) -> Step | None:
    """The step of a message with several answers; None if it is not one."""
    if question.type == "yes_no" and (step := _yes_and_money(scene, question)) is not None:
        return step
    wanted = len(_MARKS.findall(scene.inbound.text)) or 2
    asked = _run_of(scene, question, wanted)
    if len(asked) < 2 or not _worth_trying(scene, asked):
        return None
    expectation = Expectation(
        _PART_TYPES[question.type],
        parts=tuple(each.unit or each.summary for each in asked),
        part_types=tuple(_PART_TYPES[each.type] for each in asked),
    )
    reading = understand(scene.inbound.text, expectation, Context(scene.now))
    if reading.kind != "answer" or None in reading.value:
        return None
    pairs = zip(asked, reading.value, strict=True)
    return _take_in_turn(scene, [(each, _reading(scene, each, value)) for each, value in pairs])


def _yes_and_money(scene: Scene, question: Question) -> Step | None:
    """ "có, khoảng 3 triệu": a yes, and behind a comma the amount the next question asks."""
    yes, comma, rest = scene.inbound.text.partition(",")
    following = _next_counted(scene, question) if comma else None
    if following is None or following.type != "money":
        return None
    context = Context(scene.now)
    head = understand(yes, scene.kind(question).expect(question, scene.sheet), context)
    tail = understand(rest, scene.kind(following).expect(following, scene.sheet), context)
    if head.kind != "answer" or head.value is not True or tail.kind != "answer":
        return None
    return _take_in_turn(scene, [(question, head), (following, tail)])


def _next_counted(scene: Scene, question: Question) -> Question | None:
    counted = scene.sheet.counted_from(question)
    return counted[1] if len(counted) > 1 else None


def _worth_trying(scene: Scene, asked: list[Question]) -> bool:
    """A numbered list; or a yes followed by a count in the next question's own unit ("32 chị")."""
    if _MARKS.match(scene.inbound.text):
        return True
    if asked[0].type != "yes_no" or not asked[1].unit:
        return False
    counted = rf"[0-9]\s*{re.escape(fold(asked[1].unit))}\b"
    return re.search(counted, fold(scene.inbound.text)) is not None


def _run_of(scene: Scene, question: Question, wanted: int) -> list[Question]:
    """The open question and those after it, as long as each wants one plain value."""
    run: list[Question] = []
    for each in scene.sheet.counted_from(question):
        if each.type not in _PART_TYPES or each.parts or len(run) == wanted:
            break
        run.append(each)
    return run if len(run) == wanted else []


def _take_in_turn(scene: Scene, pairs: list[tuple[Question, Reading]]) -> Step:
    lines: tuple[Line, ...] = ()
    events: tuple[Event, ...] = ()
    step: Step | None = None
    for each, reading in pairs:
        if step is not None:
            if step.state.stage != "asking" or step.state.asking != each.name:
                break
            lines, events = (*lines, *step.lines[:1]), (*events, *step.events)
            scene = scene.in_state(step.state)
        step = take(scene.reading_as(reading), each)
    assert step is not None  # noqa: S101 - there are at least two
    return Step(step.state, (*events, *step.events), (*lines, *step.lines), step.options, step.reading)


def _reading(scene: Scene, question: Question, value: object) -> Reading:
    if isinstance(value, bool):
        return Reading("answer", value=value)
    expectation = scene.kind(question).expect(question, scene.sheet)
    read = understand(str(value), expectation, Context(scene.now))
    return replace(read, kind="answer", value=read.read or read.value, echo=False)
