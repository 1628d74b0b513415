"""Every fact the house can record: typed, in the past tense, one `storage.apply` function each.

A turn returns effects; the writer applies them in one transaction. The same list writes the
rows, the golden files of the tests and the panel beside the demo's phone. Long, because it is one list
without logic.
Times are aware and in UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from storage.domain.answers import Answer, AnswerState
from storage.domain.messages import Address, Inbound, Outbound
from storage.domain.people import AddressForm
from storage.domain.pushes import EventChange, NewPush, PushKind
from storage.domain.sign_in_effects import (
    ApiTokenIssued,
    ApiTokenRevoked,
    StaffLinkMade,
    StaffSignedIn,
    StaffSignedOut,
)
from storage.domain.staff_effects import (
    ApprovalUndone,
    BroadcastMade,
    ChatPackMade,
    ReportReturned,
    ReportsApproved,
    ReturnSettled,
)
from storage.domain.units import UnitRecord
from storage.domain.webhook_effects import (
    WebhookDelivered,
    WebhookEventsGivenUp,
    WebhookFailed,
    WebhookRegistered,
    WebhookRevoked,
)

Priority = Literal["reply", "confirmation", "push"]


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message came in; ``(channel, message_id)`` is unique, so a redelivery changes nothing.
    ``text`` is what may be kept of it: empty when personal data was refused. ``veiled``: she has not
    agreed to be kept, so account and message id are kept as hashes only (`storage.domain.veil`)."""

    inbound: Inbound
    text: str
    reading: str = ""
    veiled: bool = False


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A message waits in the outbox. ``key`` is unique where the same push must never go twice.
    ``veiled``: to somebody who has not agreed to be kept; her address goes once the message is gone.
    ``about`` is the person it speaks of, so that it can be emptied with her."""

    outbound: Outbound
    at: datetime
    priority: Priority = "reply"
    reply_to: str | None = None
    key: str | None = None
    veiled: bool = False
    about: int | None = None


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
    """Somebody of the unit above must act; ``kind`` such as ``call_branch_head``. Holds no detail of any
    case. ``round_id`` None: about no report. ``due_at``: by when at the latest, where the law says."""

    kind: str
    seat_id: int
    round_id: int | None
    question: str
    at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoundOpened:
    """A pack is asked for a period. ``opens_at``/``due_at`` are UTC instants. ``unit_id``: only below
    this unit (None: everywhere)."""

    pack: str
    period: str
    opens_at: datetime
    due_at: datetime
    unit_id: int | None = None


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
    A unit whose code exists is renamed or updated, never doubled. ``day`` is the first day on which
    new names and new units above hold (None: they always did); before it the tree stays as it was."""

    records: tuple[UnitRecord, ...]
    at: datetime
    day: date | None = None


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


@dataclass(frozen=True, slots=True)
class MatterOpened:
    """The bot asked an account something beside its report; the account itself is kept as a hash."""

    address: Address
    kind: str
    details: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class MatterClosed:
    """What the bot had asked is settled or was left."""

    address: Address


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """She agreed to the notice of this version, in clear words; kept as a line of the consent log."""

    address: Address
    version: str
    seat_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """She took her agreement back."""

    address: Address
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountUnlinked:
    """An account writes for nobody any more; ``why``: withdrawn, replaced, role_ended. What is kept of
    its messages no longer names it."""

    address: Address
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class SeatRequested:
    """Somebody who agreed to the notice, and has no code, asks for a seat."""

    address: Address
    seat_id: int
    name: str
    address_form: AddressForm
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestDecided:
    """The unit above said yes or no to a request; the asker's name and account leave the request."""

    request_id: int
    approved: bool
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SeatHandedOver:
    """Another person holds the seat from now on (``name`` "": nobody yet). Answers and drafts stay with
    the seat. ``by`` is the person who said so."""

    seat_id: int
    name: str
    address_form: AddressForm
    at: datetime
    by: int | None = None


@dataclass(frozen=True, slots=True)
class HolderLeaving:
    """The holder says she no longer does this work: she is reminded no more for this seat."""

    seat_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """How a person is called was put right (None: as it was)."""

    person_id: int
    at: datetime
    name: str | None = None
    address_form: AddressForm | None = None


@dataclass(frozen=True, slots=True)
class RemindersSilenced:
    """She wants no reminders (or wants them again)."""

    person_id: int
    at: datetime
    silent: bool = True


@dataclass(frozen=True, slots=True)
class PersonErased:
    """Everything that names a person is gone: name, accounts, photos, what she typed. The figures stay
    with the unit. ``text_fields`` and ``photo_fields`` are the plan's fields of these types."""

    person_id: int
    at: datetime
    text_fields: frozenset[str] = frozenset()
    photo_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FilesErased:
    """Files that nothing names any more were removed from the disk (ids of ``doomed_files``)."""

    ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RetentionReached:
    """What is older than its purpose goes: raw texts before ``raw``, accounts of roles ended before
    ``accounts``, photos before ``photos`` (fields ``photo_fields``), audit lines before ``audit``,
    matters and undelivered messages of strangers before ``strangers``. Aware, UTC."""

    at: datetime
    raw: datetime
    accounts: datetime
    photos: datetime
    audit: datetime
    strangers: datetime
    photo_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadRecorded:
    """Somebody looked at what is guarded, or took it out: ``what`` such as ``answers_exported``;
    ``details`` counts and names of questions, never a person's words."""

    what: str
    at: datetime
    seat_id: int | None = None
    person_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoundMoved:
    """An open round is due at another instant (UTC): its event's day was moved."""

    round_id: int
    due_at: datetime


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
    """Only seats that were sent something about this event before."""
    within: int | None = None
    """Only seats below (or at) this unit."""
    slice: tuple[int, int] | None = None
    """Only seats with ids from the first number on, below the second: the step counts as planned once the
    last seat is behind it. None: all at once."""


@dataclass(frozen=True, slots=True)
class PushesPlanned:
    """Single pushes were planned; those whose key was planned before stay as they are."""

    pushes: tuple[NewPush, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PushesQueued:
    """Pushes of one person that go into the outbox as one message. ``day`` (ISO, local) is what the limits
    count; after ``send_by`` it must not go any more and is planned anew."""

    pushes: tuple[int, ...]
    message: MessageQueued
    day: str
    send_by: datetime | None


@dataclass(frozen=True, slots=True)
class PushesReleased:
    """Pushes of many people went into the outbox."""

    messages: tuple[PushesQueued, ...]


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
    ``at`` ends every pause there. ``since``: from when on (None: ``at``)."""

    unit_id: int | None
    at: datetime
    until: datetime
    reason: str = ""
    since: datetime | None = None


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
    """She wants a figure changed in a round that is closed, or a report that is confirmed: ``before`` and
    ``after`` are values by field, ``state`` is that of the answer she wants."""

    seat_id: int
    round_id: int
    question: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime
    state: AnswerState = "given"


@dataclass(frozen=True, slots=True)
class CorrectionDecided:
    """A request was granted, or refused with a ``reason``, by the holder of the seat ``by``."""

    request_id: int
    granted: bool
    at: datetime
    by: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeaseTaken:
    """A process may act as ``name`` ("clock") until ``until``."""

    name: str
    holder: str
    until: datetime


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
    of the exception and where it was raised. ``veiled``: a stranger's, kept without words and under
    hashes."""

    inbound: Inbound
    at: datetime
    error: str
    veiled: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetterRetried:
    """Somebody had a dead letter answered again: ``error`` "" if it went well."""

    letter_id: int
    at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class SummariesRebuilt:
    """The summaries of all reports were made anew from their answers (``chihoi summaries rebuild``)."""

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
    | MatterOpened
    | MatterClosed
    | ConsentGiven
    | ConsentWithdrawn
    | AccountUnlinked
    | SeatRequested
    | RequestDecided
    | SeatHandedOver
    | HolderLeaving
    | PersonChanged
    | RemindersSilenced
    | PersonErased
    | FilesErased
    | RetentionReached
    | ReadRecorded
    | RoundClosed
    | RoundMoved
    | StepPlanned
    | PushesPlanned
    | PushesReleased
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
    | SendBegun
    | BackupDue
    | BackupMade
    | BackupFailed
    | DeadLetterKept
    | DeadLetterRetried
    | StaffLinkMade
    | StaffSignedIn
    | StaffSignedOut
    | ApiTokenIssued
    | ApiTokenRevoked
    | SummariesRebuilt
    | ReportReturned
    | ReturnSettled
    | ReportsApproved
    | ApprovalUndone
    | BroadcastMade
    | ChatPackMade
    | WebhookRegistered
    | WebhookRevoked
    | WebhookDelivered
    | WebhookFailed
    | WebhookEventsGivenUp
)
