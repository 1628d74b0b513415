"""Every fact the house can record: typed, in the past tense, one `storage.apply` function each.

A turn returns effects; the writer applies them in one transaction. The same list writes the
rows, the golden files of the tests and the panel beside the demo's phone.
Times are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from storage.domain.answers import Answer
from storage.domain.messages import Address, Inbound, Outbound
from storage.domain.units import UnitRecord

Priority = Literal["reply", "confirmation", "push"]


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message came in; ``(channel, message_id)`` is unique, so a redelivery changes nothing.
    ``text`` is what may be kept of it: empty when personal data was refused. ``reading`` is how it was
    read: a kind, and behind ``=`` the values taken ("answer=41/62")."""

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
class SendBegun:
    """A push goes out now. If nothing more is ever recorded of it (the program was killed), it may have
    arrived, and it is not sent again. ``at`` None: it surely was not sent, and waits as before."""

    outbox_id: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class BackupDue:
    """The calendar wants a backup. At most one waits."""

    at: datetime


@dataclass(frozen=True, slots=True)
class BackupMade:
    """The backup that waited is there, read back and compared. ``sha256`` is of the database inside."""

    backup_id: int
    at: datetime
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupFailed:
    """The backup that waits could not be made; it is tried again."""

    backup_id: int
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class DeadLetterKept:
    """A message could not be answered. ``inbound`` holds only what may be kept of it; ``error`` the class
    of the exception and where it was raised."""

    inbound: Inbound
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class DeadLetterRetried:
    """Somebody had a dead letter answered again: ``error`` "" if it went well."""

    letter_id: int
    at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeadLettersForgotten:
    """Dead letters kept before ``before`` were deleted (chat text is kept 90 days, domain guide 6.2)."""

    before: datetime
    at: datetime


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
    | SendBegun
    | BackupDue
    | BackupMade
    | BackupFailed
    | DeadLetterKept
    | DeadLetterRetried
    | DeadLettersForgotten
)
