"""What staff did in chat, in the past tense (`storage.domain.effects` joins them to all others).

Times are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.domain.people import UnitKind
from storage.domain.staff import ReturnOutcome


@dataclass(frozen=True, slots=True)
class ReportReturned:
    """Staff asked one question of a report back; ``key`` is unique, and its push's. While the question is
    asked back already, nothing changes."""

    key: str
    seat_id: int
    round_id: int
    question: str
    reason: str
    asked_by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnSettled:
    """A figure asked back was changed, kept, or asked for no longer: its push is cleared."""

    return_id: int
    outcome: ReturnOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportsApproved:
    """A unit confirmed the reports below it for a round: ``sent`` of ``expected`` were in."""

    round_id: int
    unit_id: int
    seat_id: int
    sent: int
    expected: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalUndone:
    """The confirmation was taken back."""

    approval_id: int
    seat_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BroadcastMade:
    """Staff sent a message to a subtree; its pushes are planned by an effect of their own."""

    key: str
    seat_id: int
    unit_id: int
    levels: tuple[UnitKind, ...]
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatPackMade:
    """Staff made a pack of a few questions; ``definition`` is its JSON."""

    pack: str
    seat_id: int
    unit_id: int
    definition: dict[str, Any]
    at: datetime
