"""Pushes: messages nobody asked for just now, each planned once under a key and then followed to its end.

States (terms.md 4.3): ``scheduled`` waits for its time; ``queued`` is in the outbox; ``sent`` the
platform took it; ``delivered`` the platform says it arrived; ``failed`` it could not be sent;
``cleared`` what it asks for was done meanwhile, so it is never sent; ``muted`` deliberately not sent.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

PushKind = Literal["open", "nudge", "reminder", "event", "news", "escalation", "digest", "note"]
PushState = Literal["scheduled", "queued", "sent", "delivered", "failed", "cleared", "muted"]

#: What is said first when several fall together, and kept first when not all may be sent.
RANKS: dict[PushKind, int] = {
    "reminder": 0,
    "news": 1,
    "open": 2,
    "escalation": 3,
    "nudge": 4,
    "event": 5,
    "digest": 6,
    "note": 7,
}


@dataclass(frozen=True, slots=True)
class NewPush:
    """One push as it is planned. ``key`` is unique for ever: the same one is never planned twice.

    ``due_at`` is when it may go at the earliest and ``expires_at`` when it would no longer make sense;
    both aware, UTC. ``step`` is its place on the ladder ("T-3", "T", "T+1"); ``params`` what its words
    need beside the round or event.
    """

    key: str
    kind: PushKind
    seat_id: int
    person_id: int
    due_at: datetime
    expires_at: datetime
    round_id: int | None = None
    event: str = ""
    step: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Push:
    """A push that is kept: see `NewPush`. ``reason`` says why it was cleared, muted or put off."""

    id: int
    key: str
    kind: PushKind
    seat_id: int
    person_id: int
    due_at: datetime
    expires_at: datetime
    round_id: int | None
    event: str
    step: str
    params: dict[str, Any]
    state: PushState
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A time without pushes that staff set (storm, flood): ``unit_id`` None is the whole province.
    Aware, UTC."""

    unit_id: int | None
    since: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EventChange:
    """What staff said of an event of the plan: its day, or that it is postponed or cancelled."""

    event: str
    status: Literal["fixed", "postponed", "cancelled"]
    day: str = ""
    time: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A seat was asked whether it comes to an event on a day (ISO). ``asked_at`` aware, UTC."""

    event: str
    day: str
    seat_id: int
    asked_at: datetime
    answer: bool | None
