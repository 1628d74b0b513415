"""Packs made in chat beside those of the plan folder, which stays as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from storage.plan.model import Pack, Plan


def with_made(plan: Plan, definitions: Iterable[Mapping[str, Any]]) -> Plan:
    """The plan with packs of these definitions (a pack's JSON) after its own. An id of the plan's own packs
    keeps its meaning. pydantic's ValidationError for what is no pack: our own mistake."""
    made = tuple(Pack.model_validate(definition) for definition in definitions)
    return plan.model_copy(update={"packs": (*plan.packs, *made)})
