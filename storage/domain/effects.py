"""Every fact the house can record: typed, in the past tense, one `storage.apply` function each.

A turn returns effects; the writer applies them in one transaction. The same list writes the
rows, the golden files of the tests and the panel beside the demo's phone.
Times are aware and in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from storage.domain.answers import Answer
from storage.domain.messages import Address, Inbound, Outbound
from storage.domain.pushes import EventChange, NewPush, PushKind
from storage.domain.units import UnitRecord

Priority = Literal["reply", "confirmation", "push"]


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message came in; ``(channel, message_id)`` is unique, so a redelivery changes nothing.
    ``text`` is what may be kept of it: empty when personal data was refused."""

    inbound: Inbound
    text: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A message waits in the outbox. ``key`` is unique where the same push must never go twice."""

    outbound: Outbound
    at: datetime
    priority: Priority = "reply"
    reply_to: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class SeatLinked:
    """An account was tied to the person of a seat by a one-time code."""

    address: Address
    seat_id: int
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class ConversationMoved:
    """An account's conversation changed: which seat and round it is about (None: none)."""

    address: Address
    at: datetime
    seat_id: int | None
    round_id: int | None


@dataclass(frozen=True, slots=True)
class DraftMoved:
    """A submission's dialogue state changed; ``state`` is its versioned JSON."""

    seat_id: int
    round_id: int
    at: datetime
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerRecorded:
    """A question was answered (or passed, or became not applicable). The earlier answer, if any,
    goes to the history."""

    seat_id: int
    round_id: int
    at: datetime
    answer: Answer
    address: Address
    message_id: str


@dataclass(frozen=True, slots=True)
class ReportSubmitted:
    """She confirmed. The time of the first submission stays through corrections."""

    seat_id: int
    round_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReminderRequested:
    """She asked to be asked again at ``due_at``."""

    seat_id: int
    round_id: int
    at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class TaskRaised:
    """Somebody of the unit above must act by telephone; ``kind`` such as ``call_branch_head``.
    Holds no detail of any case."""

    kind: str
    seat_id: int
    round_id: int
    question: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RoundOpened:
    """A pack is asked for a period. ``opens_at``/``due_at`` are UTC instants."""

    pack: str
    period: str
    opens_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The platform took a message."""

    outbox_id: int
    at: datetime
    platform_id: str


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """A send failed: ``retry_at`` None means for good."""

    outbox_id: int
    at: datetime
    error: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountUnreachable:
    """The person blocked the bot or left the platform; ``reachable`` again when she writes."""

    address: Address
    at: datetime
    reachable: bool = False


@dataclass(frozen=True, slots=True)
class UnitsImported:
    """A units file was taken in whole: units (parents first), seats, people, base figures.
    A unit whose code exists is renamed or updated, never doubled."""

    records: tuple[UnitRecord, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class CodesIssued:
    """One-time codes were made for seats: ``(seat id, SHA-256 of the code, hex)``; the code itself is
    only on the letter. A new code ends the seat's earlier one."""

    codes: tuple[tuple[int, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RoundClosed:
    """The province closed a round: what still comes is a request. Its pushes that wait are muted."""

    round_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StepPlanned:
    """One step of the ladder was planned for every seat it concerns, once under its name ``step``
    ("nudge:7:T-3"): the seats of the unit kinds ``levels`` that exist on ``day`` (ISO, local), have a
    person who can be reached and have not submitted ``round_id``. A push's key is ``step:seat id``."""

    step: str
    kind: PushKind
    levels: tuple[str, ...]
    name: str
    day: str
    due_at: datetime
    expires_at: datetime
    at: datetime
    round_id: int | None = None
    event: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    told: str = ""
    """Only seats that were sent a push whose key begins so (who was told the old date)."""


@dataclass(frozen=True, slots=True)
class PushesPlanned:
    """Single pushes were planned; those whose key was planned before stay as they are."""

    pushes: tuple[NewPush, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PushesQueued:
    """Pushes of one person went into the outbox as one message. ``day`` (ISO, local) is what the limits
    count; after ``send_by`` it must not go any more and is planned anew."""

    pushes: tuple[int, ...]
    message: MessageQueued
    day: str
    send_by: datetime | None


@dataclass(frozen=True, slots=True)
class PushesPutOff:
    """Pushes wait for another time, because of ``reason`` ("hour", "tet", "caps", "pause" ...)."""

    pushes: tuple[int, ...]
    due_at: datetime
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PushesEnded:
    """Pushes will not be sent: ``cleared`` is done meanwhile, ``muted`` deliberately silent."""

    pushes: tuple[int, ...]
    state: Literal["cleared", "muted", "failed"]
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PushesTakenBack:
    """Messages of pushes that were not sent before a quiet time began left the outbox; their pushes are
    planned anew."""

    outbox_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """The platform says that a message arrived."""

    outbox_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReminderKept:
    """The reminder she asked for was planned, or was no longer needed."""

    seat_id: int
    round_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PauseSet:
    """Staff paused pushes in a unit and below (None: everywhere) until ``until``; ``until`` not after
    ``at`` ends every pause there."""

    unit_id: int | None
    at: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EventMoved:
    """Staff fixed, moved, postponed or cancelled an event of the plan. Its reminders not yet sent are
    muted and planned anew by the new day."""

    change: EventChange
    at: datetime
    seat_id: int | None = None


@dataclass(frozen=True, slots=True)
class AttendanceAsked:
    """A seat was asked whether it comes to an event on a day (ISO)."""

    event: str
    day: str
    seat_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AttendanceAnswered:
    """It said so; a later word replaces it."""

    event: str
    day: str
    seat_id: int
    coming: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectionRequested:
    """She wants a figure changed in a round that is closed: ``before`` and ``after`` are values by field."""

    seat_id: int
    round_id: int
    question: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectionDecided:
    """The province granted or refused a request."""

    request_id: int
    granted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class LeaseTaken:
    """A process may act as ``name`` ("clock") until ``until``."""

    name: str
    holder: str
    until: datetime


Effect: TypeAlias = (
    MessageReceived
    | MessageQueued
    | SeatLinked
    | ConversationMoved
    | DraftMoved
    | AnswerRecorded
    | ReportSubmitted
    | ReminderRequested
    | TaskRaised
    | RoundOpened
    | MessageSent
    | MessageFailed
    | AccountUnreachable
    | UnitsImported
    | CodesIssued
    | RoundClosed
    | StepPlanned
    | PushesPlanned
    | PushesQueued
    | PushesPutOff
    | PushesEnded
    | PushesTakenBack
    | MessageDelivered
    | ReminderKept
    | PauseSet
    | EventMoved
    | AttendanceAsked
    | AttendanceAnswered
    | CorrectionRequested
    | CorrectionDecided
    | LeaseTaken
)
