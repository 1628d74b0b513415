"""The units and the parts that the questions of the plan use, and what their questions expect of a reply."""

from dataclasses import dataclass

from handlers.language.reading import Expectation
from storage.plan.model import Question
from tests.kh83 import kh83


@dataclass(frozen=True)
class Asked:
    """One question of the plan that wants several numbers."""

    name: str
    example: str
    expectation: Expectation


def _questions() -> list[Question]:
    return [question for pack in kh83().packs for question in pack.questions]


def units() -> list[str]:
    """Every unit that a question of the plan counts in, once; money is no count."""
    found = {question.unit for question in _questions()}
    found |= {part.unit for question in _questions() for part in question.parts}
    return sorted(unit for unit in found if unit and unit not in ("đồng", "%"))


def expectation_of(question: Question) -> Expectation:
    """As the dialogue's whole-number question builds it."""
    return Expectation(
        question.parts[0].type if question.parts else "integer",
        parts=tuple(part.label for part in question.parts),
        part_types=tuple(part.type for part in question.parts),
        optional_parts=sum(not part.required for part in question.parts),
        unit=question.unit or None,
        flow=question.window,
    )


def with_parts() -> list[Asked]:
    """Every question of the plan that wants several numbers, once for each list of labels."""
    found: dict[tuple[str, ...], Asked] = {}
    for question in _questions():
        if question.type == "integer" and question.parts:
            asked = Asked(question.name, question.example, expectation_of(question))
            found.setdefault(asked.expectation.parts, asked)
    return list(found.values())
