"""The contract of a topic: one matter of conversation, facts in, effects out.

A topic says whether a message is its own and answers it; `handlers.turn` has loaded the facts. The
first topic of the table that takes a message gets it, so the last one must take everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Protocol

from handlers.dialogue.questionnaire import Questionnaire
from handlers.dialogue.state import Line, Option, State
from handlers.texts import render
from storage.domain.effects import Effect, MessageQueued
from storage.domain.messages import Address, Choice, Inbound, Outbound
from storage.domain.people import AddressForm, Seat
from storage.domain.pushes import EventChange, Invitation
from storage.domain.rounds import Conversation, Round
from storage.plan.model import Event as EventOfPlan


@dataclass(frozen=True)
class OpenReport:
    """A report she may give: its round, questions as she is asked them, and how far she is."""

    seat: Seat
    round: Round
    questionnaire: Questionnaire
    state: State


@dataclass(frozen=True)
class EventFacts:
    """What is known of the plan's events, loaded only for a message that may be about them: ``days`` that
    hold now, ``changes`` staff made, the last ``invitation`` of these seats, whether it was the
    ``last_said`` thing, and ``coming`` (asked, yes, no) by event."""

    events: Mapping[str, EventOfPlan]
    days: Mapping[str, date]
    changes: Mapping[str, EventChange]
    invitation: Invitation | None = None
    last_said: bool = False
    coming: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What a turn knows before it answers. ``now`` is aware, Asia/Ho_Chi_Minh.

    ``code`` is the one-time code she sent, hashed, and ``invited`` the seat it stands for;
    ``report`` what is talked about; ``next_report`` another one that waits, if any; ``events`` see there;
    ``lookup`` the list she asked for, in words.
    """

    now: datetime
    seats: tuple[Seat, ...]
    conversation: Conversation | None
    code: str = ""
    invited: Seat | None = None
    report: OpenReport | None = None
    next_report: OpenReport | None = None
    events: "EventFacts | None" = None
    lookup: str = ""

    @property
    def form(self) -> AddressForm:
        """How she is spoken to; "chị" until she has said."""
        person = self.seats[0].person if self.seats else None
        return person.address_form if person else "chị"


class Topic(Protocol):
    """One matter."""

    name: ClassVar[str]

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """Whether this message is for it."""

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Answer it."""


def say(line: Line, form: AddressForm) -> str:
    """A line in words; a parameter may be a line itself."""
    params = {name: _param(value, form) for name, value in line.params.items()}
    return render(line.key, form, **params)


def _param(value: Any, form: AddressForm) -> Any:
    return say(value, form) if isinstance(value, Line) else value


def compose(lines: Iterable[Line], options: Sequence[Option], form: AddressForm) -> str:
    """One message: lines below each other, a joined one beside the last, the choices as numbers.

    The numbers are part of the text unless it names them already ("nhắn 1 để gửi"), because Zalo Bot
    has no buttons.
    """
    text = ""
    for line in lines:
        said = say(line, form)
        text = f"{text}{' ' if line.joined else chr(10)}{said}" if text else said
    if options and not any(line.key == "summary.foot" for line in lines):
        numbered = " · ".join(f"{option.number} {label(option, form)}" for option in options)
        text = f"{text}\n{numbered}"
    return text


def label(option: Option, form: AddressForm) -> str:
    """An option's words."""
    return render(option.key, form) if option.key else option.label


def reply(inbound: Inbound, now: datetime, text: str, choices: Sequence[Choice] = ()) -> MessageQueued:
    """The answer to a message, into the outbox."""
    outbound = Outbound(inbound.address, text, tuple(choices))
    return MessageQueued(outbound, utc(now), "reply", reply_to=inbound.message_id)


def push(address: Address, now: datetime, text: str, choices: Sequence[Choice], key: str) -> MessageQueued:
    """A message nobody asked for; ``key`` keeps it from going twice."""
    return MessageQueued(Outbound(address, text, tuple(choices)), utc(now), "push", key=key)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, as the database keeps it."""
    return moment.astimezone(UTC)


Hotlines = Mapping[str, str]
