"""Rounds and submissions: who is asked what for which period, and how far she has come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Round:
    """One period of asking a pack. Times are aware, UTC; ``closed_at`` None: still answerable.
    ``unit_id``: asked below this unit only (None: everywhere)."""

    id: int
    pack: str
    period: str
    opens_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    unit_id: int | None = None


def in_turn(rounds: Iterable[Round], now: datetime) -> list[Round]:
    """In the order they are asked: the nearest deadline ahead first, those past theirs last."""
    return sorted(rounds, key=lambda asked: (asked.due_at < now, asked.due_at, asked.id))


@dataclass(frozen=True, slots=True)
class Submission:
    """A seat's report in a round: ``state`` is the dialogue's versioned JSON, ``submitted_at`` the
    first submission, which stays through corrections."""

    seat_id: int
    round_id: int
    status: Literal["draft", "submitted"]
    state: dict[str, Any] = field(default_factory=dict)
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What an account is talking about now."""

    seat_id: int | None
    round_id: int | None
