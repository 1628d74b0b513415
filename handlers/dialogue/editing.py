"""Editing: by number ("SỬA 2") or by words ("sửa lại số hội viên")."""

from handlers.dialogue.questionnaire import Sheet
from handlers.dialogue.scene import Scene, resume, summary_lines
from handlers.dialogue.state import Line, Step
from storage.domain.folding import fold
from storage.plan.model import Question


def edit(scene: Scene) -> Step:
    """Open the question named; ask which if none was, or it was not found."""
    target = scene.reading.target
    if target is None:
        return edit_which(scene)
    question = find(scene.sheet, target)
    if question is None:
        return _which(scene, Line("edit.not_found"))
    return reopen(scene, question)


def reopen(scene: Scene, question: Question) -> Step:
    """Ask an answered question again, its answer shown."""
    return resume(scene.at(asking=question.name, stage="asking", pending=None, walking=False, tries=0))


def edit_which(scene: Scene) -> Step:
    """Show the answers and ask for the number."""
    if not scene.state.answers:
        return resume(scene, Line("edit.none"))
    return _which(scene, *summary_lines(scene))


def _which(scene: Scene, *before: Line) -> Step:
    return scene.at(stage="editing", pending=None).reply(*before, Line("edit.which"))


def find(sheet: Sheet, target: int | str) -> Question | None:
    """The question of that number, or the only one whose label has those words."""
    if isinstance(target, int):
        asked = [question for question in sheet.listed if sheet.number(question) == target]
        return asked[0] if asked else None
    words = fold(target)
    for text in (_summary, _label):
        found = [question for question in sheet.listed if words in fold(text(question))]
        if len(found) == 1:
            return found[0]
    return None


def _summary(question: Question) -> str:
    return question.summary


def _label(question: Question) -> str:
    return f"{question.summary} {question.label}"
