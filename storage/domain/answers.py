"""Answers: what a seat said to a question in a round.

An answer has four states, never mixed up (domain rule: 0 is an answer, "do not know" is its own
state, a missing answer is neither):

- ``given``: it has values; 0 and "không" are values;
- ``unknown``: she said she does not know (yet);
- ``skipped``: she passed over a question that may be passed over;
- ``not_applicable``: the question no longer applies after another answer was changed.

A question never answered has no `Answer` at all.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

#: A stored value is JSON: bool, int, float, str, ``[a, b]`` for a ratio, a list of choice names
#: for select_multiple, a list of photo paths for image.
Value: TypeAlias = Any

AnswerState = Literal["given", "unknown", "skipped", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer: ``values`` by field name (a question with parts has several fields).

    ``raw`` is what she typed ("bốn mươi mốt"), empty where the law or the plan forbids keeping it
    (sensitive questions keep none).
    """

    question: str
    state: AnswerState
    values: dict[str, Value] = field(default_factory=dict)
    raw: str = ""
    approximate: bool = False
