"""What a pack asks of earlier reports: fields its words and conditions name that it does not ask itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from storage.plan.model import Pack, Plan

_NAME = re.compile(r"\$\{([\w.\-]+)")


@dataclass(frozen=True, slots=True)
class Remembered:
    """``fields`` as named; ``questions`` that fill them, or the flows by which they move."""

    fields: frozenset[str]
    questions: tuple[str, ...]


def remembered_by(plan: Plan, pack: Pack) -> Remembered:
    """What must be known of a seat before ``pack`` can be spoken to it."""
    own = {field for question in pack.questions for field in question.fields}
    named = frozenset(_NAME.findall(pack.model_dump_json())) - own
    moved = (plan.moves[name] for name in named & plan.moves.keys())
    flows = {flow for move in moved for flow in (move.plus, move.minus)}
    return Remembered(named, tuple(_filling(plan.packs, named | flows)))


def _filling(packs: Iterable[Pack], fields: frozenset[str]) -> list[str]:
    found = {q.name for pack in packs for q in pack.questions if not fields.isdisjoint(q.fields)}
    return sorted(found)
