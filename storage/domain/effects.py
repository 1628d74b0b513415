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
class ChatHeard:
    """Somebody was heard on a metered channel (a message, a follow, a form): its window opens anew.
    ``phone`` is what she gave by the platform's own form, "" if nothing."""

    address: Address
    at: datetime
    phone: str = ""


@dataclass(frozen=True, slots=True)
class MessagesCounted:
    """A metered channel took ``messages`` for a chat in ``month`` ("2026-11", Vietnam's); ``remaining``
    is what the platform says is left, None if it says nothing."""

    address: Address
    month: str
    messages: int
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class MessageHeld:
    """The platform lets nobody write to this chat now: the message waits until she writes. ``task``: the
    unit above is told to call her."""

    outbox_id: int
    at: datetime
    reason: str
    task: bool = False


@dataclass(frozen=True, slots=True)
class HeldReleased:
    """She wrote and was answered: what was held for her goes now; what was held longer than
    ``since`` is given up, it is of no use any more."""

    address: Address
    at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class UpdateSpooled:
    """A platform's update is kept as it came, so that it can be acknowledged before it is handled."""

    channel: str
    key: str
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class UpdateHandled:
    """A kept update was handled: nothing of it is kept any longer."""

    channel: str
    key: str


@dataclass(frozen=True, slots=True)
class TokensLeased:
    """One process renews the channel's tokens until ``until``; no other does. ``seed`` and ``first``
    begin a chain where there is none."""

    channel: str
    at: datetime
    by: str
    until: datetime
    seed: str
    first: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TokensStored:
    """A new pair of tokens was given; the pair before it is kept. The lease ends."""

    channel: str
    at: datetime
    access_until: datetime
    refresh_until: datetime
    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChannelLimitsSet:
    """What a channel's plan allows, by the settings; None: no limit known."""

    channel: str
    monthly: int | None
    users: int | None


@dataclass(frozen=True, slots=True)
class ChannelPreferred:
    """The person of a seat wants to be written to on this channel."""

    seat_id: int
    channel: str
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
    | ChatHeard
    | MessagesCounted
    | MessageHeld
    | HeldReleased
    | UpdateSpooled
    | UpdateHandled
    | TokensLeased
    | TokensStored
    | ChannelLimitsSet
    | ChannelPreferred
)
