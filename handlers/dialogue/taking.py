"""From a reading to an answer: check it, doubt it, say it back, go on."""

from dataclasses import replace

from handlers.dialogue.question_type import example_of
from handlers.dialogue.scene import Scene, advance, ask_again, finish, unitless
from handlers.dialogue.state import Answered, Event, Line, Option, Step, TaskNeeded
from handlers.language.understand import contains_personal_data
from storage.domain.answers import Answer
from storage.plan.model import Question


def take(scene: Scene, question: Question) -> Step:
    """A reading of kind ``answer``: re-asked if it cannot be, doubted if it is odd, else recorded."""
    values = scene.kind(question).values(question, scene.reading, scene.sheet)
    private = question.sensitive or contains_personal_data(scene.inbound.text)
    raw = "" if private else scene.inbound.text
    answer = Answer(question.name, "given", values, raw, scene.reading.approximate)
    if wrong := _wrong(scene, question, answer):
        return ask_again(scene, question, *wrong)
    if doubt := _doubt(scene, question, answer):
        return _check(scene, question, answer, doubt)
    return record(scene, question, answer)


def _wrong(scene: Scene, question: Question, answer: Answer) -> tuple[Line, ...]:
    values = answer.values
    line = scene.kind(question).check(question, values, scene.sheet)
    if line is not None:
        return (line,)
    trial = scene.sheet.with_answer(answer)
    if question.constraint and not trial.evaluate(question.constraint, values.get(question.name)):
        message = trial.say(question.constraint_message)
        return (
            (Line("constraint", {"message": message}),)
            if message
            else (Line("ask.number", {"example": example_of(question)}),)
        )
    return ()


def _doubt(scene: Scene, question: Question, answer: Answer) -> tuple[Line, ...]:
    """Why it should be confirmed first: a warning of the plan, or a reading that must be echoed."""
    pending = scene.state.pending
    if pending is not None and pending.values == answer.values:
        return ()
    trial = scene.sheet.with_answer(answer)
    for warning in question.warnings:
        if trial.evaluate(warning.when, answer.values.get(question.name)):
            line = Line("check.warning", {"message": trial.say(warning.message)})
            return (line, Line("check.yes_word")) if scene.kind(question).numeric else (line,)
    if not scene.reading.echo:
        return ()
    said = scene.kind(question).words(question, answer.values, trial)
    echo = Line("check.echo", {"value": said})
    return (echo, Line("check.yes_word")) if scene.kind(question).numeric else (echo,)


def _check(scene: Scene, question: Question, answer: Answer, lines: tuple[Line, ...]) -> Step:
    scene = scene.at(stage="checking", asking=question.name, pending=answer)
    return scene.reply(*lines, options=check_options(scene, question))


def check_options(scene: Scene, question: Question) -> tuple[Option, ...]:
    """1 Đúng · 2 Không, but never where a typed 1 would be a number."""
    if scene.kind(question).numeric:
        return ()
    return (Option(1, key="check.right"), Option(2, key="check.wrong"))


def record(scene: Scene, question: Question, answer: Answer, *extra: Line) -> Step:
    """Keep an answer, say it back, and go on."""
    before = scene.state.answers.get(question.name)
    said = _said(scene, question, answer)
    scene = keep(scene, answer)
    events: list[Event] = [Answered(answer)]
    if question.task and answer.state == "given" and _positive(answer.values.get(question.name)):
        events.append(TaskNeeded(question.task, question.name))
    for lost in scene.sheet.lost():
        gone = Answer(lost.name, "not_applicable")
        scene = keep(scene, gone)
        events.append(Answered(gone))
    if scene.state.submitted and scene.sheet.open() is None and not scene.state.walking:
        return _after_submission(scene, question, before, answer, tuple(events))
    return advance(scene, said, *extra, events=tuple(events))


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and value > 0


def keep(scene: Scene, answer: Answer) -> Scene:
    """The scene with an answer added."""
    sheet = scene.sheet.with_answer(answer)
    return scene.at(sheet, answers=sheet.answers, pending=None, tries=0, revision=scene.state.revision + 1)


def _after_submission(
    scene: Scene, question: Question, before: Answer | None, answer: Answer, events: tuple[Event, ...]
) -> Step:
    """A correction ("từ 98 thành 58") or an extra answer, said back; then the end or the next extra."""
    after = scene.words(question, answer)
    if before is None or before.state == "not_applicable":
        line = Line("recorded.after", {"label": question.summary, "value": after})
    else:
        was = scene.words(question, before)
        line = Line("corrected", {"label": question.summary, "before": was, "after": after})
    scene = scene.at(asking=None)
    if scene.sheet.open_after_submit() is not None:
        return advance(scene, line, events=events)
    return finish(scene, line, events=events)


def _said(scene: Scene, question: Question, answer: Answer) -> Line:
    if answer.state != "given":
        return _passed(scene, question, answer)
    kind = scene.kind(question)
    trial = scene.sheet.with_answer(answer)
    if answer.approximate:
        value = kind.words(unitless(question), answer.values, trial)
        return Line("stored.approximate", {"value": value, "number": scene.sheet.number(question)})
    own = trial.say(question.echo) if question.echo else ""
    value = own or kind.words(question, answer.values, trial)
    return Line(kind.stored(question, answer.values), {"value": value})


def _passed(scene: Scene, question: Question, answer: Answer) -> Line:
    number = scene.sheet.number(question)
    if answer.state == "unknown":
        return Line("stored.unknown", {"number": number})
    key = "stored.skipped_required" if question.required else "stored.skipped"
    return Line(key, {"number": number})


def unknown(scene: Scene, question: Question) -> Step:
    """She does not know: a state of its own, neither 0 nor missing."""
    return record(scene, question, Answer(question.name, "unknown"))


def skip(scene: Scene, question: Question) -> Step:
    """She passes over it."""
    return record(scene, question, Answer(question.name, "skipped"))


def photo(scene: Scene, question: Question) -> Step:
    """A photo for an image question: kept beside those already there, up to the plan's number."""
    attachment = scene.inbound.attachment
    if attachment is None or not attachment.path:
        return ask_again(scene, question, Line("photo.unreadable"))
    before = scene.state.answers.get(question.name)
    kept = before.values.get(question.name, []) if before and before.state == "given" else []
    if len(kept) >= question.max_photos:
        return advance(scene, Line("photo.enough", {"count": len(kept)}))
    answer = Answer(question.name, "given", {question.name: [*kept, attachment.path]})
    if not kept:
        return record(scene, question, answer)
    scene = keep(scene, answer)
    line = Line("photo.more", {"count": len(kept) + 1})
    return advance(scene, line, events=(Answered(answer),))


def accept(scene: Scene, question: Question) -> Step:
    """She said the doubtful value is right."""
    pending = scene.state.pending
    if pending is None:
        return ask_again(scene, question)
    return record(scene, question, replace(pending))
