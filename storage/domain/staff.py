"""What staff do about the units below theirs, as frozen values. Times are aware, UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from storage.domain.people import Unit, UnitKind

#: How a figure asked back was settled; ``requested``: the round was closed or approved meanwhile.
ReturnOutcome = Literal["changed", "kept", "requested", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Return:
    """One question of a report asked back by the holder of the seat ``asked_by``. ``key`` is also its
    push's; ``state`` "open" or how it was settled."""

    id: int
    key: str
    seat_id: int
    round_id: int
    question: str
    reason: str
    asked_by: int
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Below:
    """A unit one level down and how far a round is in its subtree; ``submitted_at`` of its own report
    where it is the unit that reports."""

    unit: Unit
    actual: int
    expected: int
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A unit confirmed a round's reports below it."""

    id: int
    round_id: int
    unit_id: int
    at: datetime
    sent: int
    expected: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a broadcast would reach: ``people`` with an account, by channel; ``without`` seats that cannot
    be written to (empty, or nobody tied)."""

    people: int
    channels: dict[str, int] = field(default_factory=dict)
    without: int = 0


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A message sent to a subtree."""

    id: int
    key: str
    unit_id: int
    levels: tuple[UnitKind, ...]
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatPack:
    """A pack made in chat: ``definition`` is its JSON, asked below ``unit_id``."""

    pack: str
    seat_id: int
    unit_id: int
    definition: dict[str, Any]
    at: datetime
