"""What may be said at any time, whatever is open: each kind of reading has its answer here.

Every answer ends with what is open, so nobody is left without a next step.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from handlers.dialogue.editing import edit, edit_which
from handlers.dialogue.question_type import example_of
from handlers.dialogue.scene import (
    Act,
    Scene,
    advance,
    finish,
    greet,
    options_of,
    question_lines,
    resume,
    summarise,
    summary_lines,
)
from handlers.dialogue.state import Line, Option, Postponed, Step, TaskNeeded
from handlers.dialogue.taking import photo, skip, unknown
from storage.plan.model import Question

#: "Tối" is when she is asked again: after dinner, the best slot (domain guide 5.9).
EVENING = time(19, 30)
MORNING = time(8, 30)


def here(scene: Scene, *before: Line, events: tuple[TaskNeeded, ...] = ()) -> Step:
    """Say something and show what is open, changing nothing."""
    stage = scene.state.stage
    if stage in ("new", "greeting") and not scene.state.answers:
        step = greet(scene, *before)
        return Step(step.state, (*events, *step.events), step.lines, step.options, step.reading)
    if stage == "done":
        return finish(scene, *before, events=events)
    if stage == "summary":
        return summarise(scene, *before, events=events)
    return resume(scene, *before, events=events)


def help_(scene: Scene) -> Step:
    """How it works, and the open question with its hint and example."""
    question = scene.asking
    if question is None:
        return here(scene, Line("help"))
    lines = [Line("hint", {"hint": scene.sheet.say(question.hint)})] if question.hint else []
    if question.sensitive:
        lines.append(Line("help.sensitive"))
    elif question.example:
        lines.append(Line("help.example", {"example": example_of(question)}))
    scene = scene.at(stage="asking", pending=None)
    return scene.reply(
        Line("help"), *lines, *question_lines(scene, question), options=options_of(scene, question)
    )


def menu(scene: Scene) -> Step:
    """The way out that always works."""
    scene = scene.at(stage="menu", pending=None, tries=0)
    return scene.reply(Line("menu"), options=MENU)


MENU = (
    Option(1, key="menu.continue"),
    Option(2, key="menu.show"),
    Option(3, key="menu.edit"),
    Option(4, key="menu.later"),
    Option(5, key="menu.restart"),
    Option(6, key="menu.human"),
)


def back(scene: Scene) -> Step:
    """To the question before; from the summary to the last one."""
    question = scene.asking
    asked = scene.sheet.asked
    if scene.state.stage in ("new", "greeting") or (question is None and not asked):
        return here(scene, Line("back.first"))
    before = scene.sheet.preceding(question) if question else asked[-1]
    if before is None:
        return here(scene, Line("back.first"))
    return resume(scene.at(asking=before.name, stage="asking", pending=None))


def show(scene: Scene) -> Step:
    """What she has said so far, then what is open."""
    if not scene.state.answers:
        return here(scene, Line("summary.none"))
    if not scene.state.submitted and scene.sheet.open() is None and not scene.state.walking:
        return summarise(scene)
    return here(scene, Line("summary.so_far"), *summary_lines(scene))


def status(scene: Scene) -> Step:
    """Whether the report is in, or how many questions are answered."""
    if scene.state.submitted:
        return here(scene, Line("status.submitted", scene.spoken()))
    asked = scene.sheet.asked
    done = sum(question.name in scene.state.answers for question in asked)
    line = Line("status.draft", scene.spoken(done=done, count=len(scene.sheet.counted)))
    return here(scene, line)


def later(scene: Scene) -> Step:
    """Put it off: to the time she named, else this evening or tomorrow morning."""
    until = _until(scene)
    line = Line("later", {"when": _when(scene.now, until)})
    return scene.at(pending=None).reply(line, events=(Postponed(until),))


def _until(scene: Scene) -> datetime:
    if scene.reading.at:
        return datetime.fromisoformat(scene.reading.at).replace(tzinfo=scene.now.tzinfo)
    evening = datetime.combine(scene.now.date(), EVENING, scene.now.tzinfo)
    if scene.now + timedelta(minutes=30) < evening:
        return evening
    return datetime.combine(scene.now.date() + timedelta(days=1), MORNING, scene.now.tzinfo)


def _when(now: datetime, until: datetime) -> Line:
    params = {"time": f"{until:%H:%M}", "day": f"{until.day}/{until.month}"}
    days = (until.date() - now.date()).days
    if days == 0:
        return Line("later.tonight" if until.hour >= 18 else "later.today", params)
    return Line("later.tomorrow" if days == 1 else "later.day", params)


def stop(scene: Scene) -> Step:
    """Leave it here; everything is kept."""
    return scene.at(pending=None).reply(Line("stop"))


def cancel(scene: Scene) -> Step:
    """Drop what is in the making (a doubtful value, a question of ours) and show what is open."""
    if scene.state.stage in ("checking", "editing", "menu", "restarting"):
        return resume(scene.at(pending=None))
    return stop(scene)


def restart(scene: Scene) -> Step:
    """Ask before going through all questions again; what she said stays until she changes it."""
    if not scene.state.answers:
        return here(scene)
    scene = scene.at(stage="restarting", pending=None)
    options = (Option(1, key="restart.yes"), Option(2, key="restart.no"))
    return scene.reply(Line("restart.sure"), options=options)


def begin_again(scene: Scene) -> Step:
    """From question 1, walking through all of them."""
    first = scene.sheet.asked[0]
    return resume(scene.at(asking=first.name, walking=True, stage="asking"))


def start(scene: Scene) -> Step:
    """Begin, or go on."""
    if scene.state.stage == "new":
        return greet(scene)
    if scene.state.submitted and scene.state.stage == "done":
        return advance(scene)
    return resume(scene)


def next_(scene: Scene) -> Step:
    """Go on; at a question answered before, keep its answer."""
    question = scene.asking
    if question is not None and scene.state.stage == "asking" and _answered(scene, question):
        return advance(scene.at(tries=0) if scene.state.walking else scene.at(tries=0, asking=None), KEPT)
    return start(scene)


KEPT = Line("kept.unchanged")


def _answered(scene: Scene, question: Question) -> bool:
    answer = scene.state.answers.get(question.name)
    return answer is not None and answer.state != "not_applicable"


def ack(scene: Scene) -> Step:
    """A thank-you or a laugh: a short word, and what is open."""
    if scene.state.stage == "done":
        return scene.reply(Line("ack.done"))
    return here(scene, Line("ack"))


def hello(scene: Scene) -> Step:
    """A greeting: greet back, and what is open."""
    if scene.state.stage in ("new", "greeting") and not scene.state.answers:
        return greet(scene)
    if scene.state.stage == "done":
        line = Line("submitted.already", scene.spoken())
        return scene.reply(Line("greet", scene.spoken()), line)
    return here(scene, Line("greet", scene.spoken()))


def _superior(scene: Scene) -> Line:
    asked = scene.questionnaire
    if not asked.superior:
        return Line("superior.unknown")
    title = asked.title or Line("superior.title")
    return Line("superior", {"name": asked.superior, "title": title})


def identity(scene: Scene) -> Step:
    """Who the bot is, and how to make sure of it."""
    return here(scene, Line("identity", {"superior": _superior(scene)}))


def human(scene: Scene) -> Step:
    """Whom to call; and somebody is told to call her."""
    line = Line("human", {"superior": _superior(scene)})
    return here(scene, line, events=(TaskNeeded("call_back"),))


def forwarded(scene: Scene) -> Step:
    """Her rights, a role that ended: passed on to people, with the answer due in 2 working days."""
    line = Line("forwarded", {"superior": _superior(scene)})
    return here(scene, line, events=(TaskNeeded(scene.reading.kind),))


def unsupported(scene: Scene) -> Step:
    """A voice message, a sticker, a file: say so kindly, and what is open."""
    attachment = scene.inbound.attachment
    voice = attachment is not None and attachment.kind == "voice"
    return here(scene, Line("unsupported.voice" if voice else "unsupported"))


def evidence(scene: Scene) -> Step:
    """A photo where none was asked: put where it belongs, or say kindly that it is not kept."""
    question = scene.asking
    if question is not None and question.type == "image" and scene.state.stage == "asking":
        return photo(scene, question)
    if question is not None and question.evidence.photo == "refused":
        message = Line("hint", {"hint": question.evidence.message}) if question.evidence.message else None
        return here(scene, message or Line("photo.not_kept"))
    place = next((q for q in scene.sheet.asked if q.type == "image"), None)
    if place is None:
        return here(scene, Line("photo.not_kept"))
    return _put_aside(scene, place)


def _put_aside(scene: Scene, place: Question) -> Step:
    """Keep a photo sent too early or too late under the question that asks for it, and stay."""
    was = scene.state.asking
    step = photo(scene, place)
    if not step.events:
        return here(scene, *step.lines[:1])
    kept = scene.at(answers=step.state.answers, revision=step.state.revision, asking=was, pending=None)
    line = Line("photo.kept_for", {"label": place.summary})
    shown = here(kept, line)
    return Step(shown.state, (*step.events, *shown.events), shown.lines, shown.options, shown.reading)


def refused(scene: Scene) -> Step:
    """Personal data or a case: nothing is kept, the hotlines, and the count is still asked."""
    hotlines = scene.questionnaire.hotlines or {}
    lines = [Line(f"refused.{scene.reading.reason}", dict(hotlines))]
    question = scene.asking
    if question is None or scene.state.stage not in ("asking", "checking"):
        return here(scene, *lines)
    scene = scene.at(stage="asking", pending=None)
    if question.type == "text":
        lines.append(Line("refused.text"))
    else:
        lines.append(Line("refused.count", {"label": scene.sheet.say(question.label)}))
    return scene.reply(*lines, options=options_of(scene, question))


def skip_(scene: Scene) -> Step:
    """Pass over the open question."""
    question = scene.asking
    if question is None or scene.state.stage not in ("asking", "checking"):
        return here(scene)
    if _answered(scene, question):
        return next_(scene.at(stage="asking", pending=None))
    return skip(scene, question)


def unknown_(scene: Scene) -> Step:
    """She does not know the open question's answer."""
    question = scene.asking
    if question is None or scene.state.stage not in ("asking", "checking"):
        return here(scene)
    return unknown(scene, question)


#: Every kind of reading but ``answer`` and ``ask``, which the open stage takes.
COMMANDS: Mapping[str, Act] = {
    "unknown": unknown_,
    "skip": skip_,
    "next": next_,
    "back": back,
    "edit": edit,
    "show": show,
    "status": status,
    "later": later,
    "help": help_,
    "stop": stop,
    "cancel": cancel,
    "mute": forwarded,
    "unmute": forwarded,
    "delete_request": forwarded,
    "withdraw_consent": forwarded,
    "role_ended": forwarded,
    "identity": identity,
    "ack": ack,
    "greet": hello,
    "human": human,
    "menu": menu,
    "start": start,
    "restart": restart,
    "unsupported": unsupported,
    "evidence": evidence,
    "refused": refused,
}

MENU_ACTS: Mapping[int, Act] = {1: start, 2: show, 3: edit_which, 4: later, 5: restart, 6: human}


def from_menu(scene: Scene, number: int) -> Step:
    """Do what was chosen in the menu; the menu is left."""
    return MENU_ACTS[number](leave(scene))


def leave(scene: Scene) -> Scene:
    """The scene with the menu (or the question which to edit) left for what is open under it."""
    if scene.state.asking is not None:
        return scene.at(stage="asking")
    if scene.state.submitted:
        return scene.at(stage="done")
    return scene.at(stage="new") if not scene.state.answers else scene.at(stage="asking")


def done(scene: Scene) -> Step:
    """Something said after the report is in that is no command: say so, and how to change it."""
    return finish(scene)
