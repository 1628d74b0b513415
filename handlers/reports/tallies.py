"""The answers to one question of a sheet, counted over all reports that are in."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.facts import Tally
from handlers.texts import render
from storage.plan.model import Question

#: As many texts as are shown; all stand in the export of answers.
TEXTS = 10


def tally(
    question: Question, given: Sequence[tuple[int, Mapping[str, Any]]], names: Mapping[int, str]
) -> Tally:
    """``given`` are (unit id, values by field) of the round; ``names`` the units by id."""
    values = [(unit, answer[question.name]) for unit, answer in given if question.name in answer]
    answered = len(values)
    if question.type == "integer":
        return Tally(question.label, answered, total=sum(int(value) for _, value in values))
    if question.type == "text":
        said = [(names.get(unit, ""), str(value)) for unit, value in values if value]
        return Tally(question.label, answered, texts=tuple(said[:TEXTS]))
    labels: list[tuple[object, str]] = [(choice.name, choice.label) for choice in question.choices]
    if question.type == "yes_no":
        labels = [(True, render("yes", "chị")), (False, render("no", "chị"))]
    counts = ((label, sum(value == name for _, value in values)) for name, label in labels)
    return Tally(question.label, answered, counts=tuple(counts))
