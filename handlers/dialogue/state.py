"""The conversation about one report: its state, and what one step gives back.

The state goes through JSON between every two messages, so nothing can hide in memory; its form is
versioned, and a state of an unknown version is begun anew with the answers kept.
"""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from storage.domain.answers import Answer

#: 1: stage, asking, pending, submitted, walking, tries, revision.
VERSION = 1

Stage = Literal["new", "greeting", "asking", "checking", "summary", "editing", "menu", "restarting", "done"]


@dataclass(frozen=True, slots=True)
class State:
    """Where she is.

    ``asking`` is the open question; ``pending`` a value that waits for her "đúng"; ``walking`` that
    the questions are gone through again one after the other; ``tries`` how often in a row she was
    not understood; ``revision`` counts recorded answers, so that an old summary's button is known.
    ``answers`` are kept in rows of their own, not in `to_json`.
    """

    stage: Stage = "new"
    asking: str | None = None
    pending: Answer | None = None
    submitted: bool = False
    walking: bool = False
    tries: int = 0
    revision: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The state without its answers."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in _KEPT}
        if self.pending is not None:
            kept["pending"] = asdict(self.pending)
        return {"version": VERSION, **kept}

    def at(self, **changes: Any) -> "State":
        """The same state with changes (`dataclasses.replace`, but faster: every step does several)."""
        return State(*[changes[name] if name in changes else getattr(self, name) for name in _FIELDS])

    @classmethod
    def from_json(cls, data: dict[str, Any], answers: dict[str, Answer]) -> "State":
        """Read what `to_json` wrote; anything else starts anew with the answers that were kept."""
        if data.get("version") != VERSION:
            return cls(answers=answers)
        if data["pending"] is not None:
            data = {**data, "pending": Answer(**data["pending"])}
        fields = {name: data[name] for name in _KEPT}
        return cls(**fields, answers=answers)


_FIELDS = tuple(each.name for each in fields(State))
_KEPT = tuple(name for name in _FIELDS if name != "answers")


class Line(msgspec.Struct, frozen=True):
    """A sentence of the catalogue with its parameters; ``joined`` continues the line before."""

    key: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    joined: bool = False


class Option(msgspec.Struct, frozen=True):
    """A choice offered: its label is a plan text (as is) or, with ``key``, of the catalogue."""

    number: int
    label: str = ""
    key: str | None = None


class Answered(msgspec.Struct, frozen=True):
    """An answer was taken (or passed over, or lost its relevance)."""

    answer: Answer


class Submitted(msgspec.Struct, frozen=True):
    """She confirmed the report."""


class Postponed(msgspec.Struct, frozen=True):
    """She asked to be asked again at ``until`` (aware)."""

    until: datetime


class TaskNeeded(msgspec.Struct, frozen=True):
    """Somebody of the unit above must act: ``kind``, about ``question`` ("" for none)."""

    kind: str
    question: str = ""


Event: TypeAlias = Answered | Submitted | Postponed | TaskNeeded


class Step(msgspec.Struct, frozen=True):
    """What one message led to: the new state, the facts, and the reply."""

    state: State
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] = ()
    options: tuple[Option, ...] = ()
    reading: str = ""

    def having(self, **changes: Any) -> "Step":
        """The same step with changes."""
        return msgspec.structs.replace(self, **changes)
