"""The contract of a topic: one matter of conversation, facts in, effects out.

A topic says whether a message is its own and answers it; `handlers.turn` has loaded the facts. The
first topic of the table that takes a message gets it, so the last one must take everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Protocol

from handlers.dialogue.engine import prompt
from handlers.dialogue.state import Line, Option, Step
from handlers.facts import AskedBack, Looked, StaffFacts
from handlers.facts import OpenReport as OpenReport
from handlers.facts import Told as Told
from handlers.facts import Upcoming as Upcoming
from handlers.language.orders import Order
from handlers.language.reading import Context, Expectation, Reading
from handlers.language.understand import understand
from handlers.texts import catalogue, render
from storage.domain.effects import Effect, MessageQueued
from storage.domain.folding import fold
from storage.domain.messages import Address, Choice, Inbound, Outbound
from storage.domain.people import AddressForm, Matter, Person, Power, Seat, SeatRequest
from storage.domain.pushes import EventChange, Invitation
from storage.domain.rounds import Conversation
from storage.plan.model import Event as EventOfPlan


@dataclass(frozen=True)
class Who:
    """Who writes: ``person`` whose account it is (None: nobody we may keep), the open ``matter``, her
    ``powers`` over the units below, how long since she last wrote (days), what she agreed to."""

    person: Person | None = None
    matter: Matter | None = None
    powers: frozenset[Power] = frozenset()
    gap_days: int = 0
    agreed: tuple[str, datetime] | None = None
    reading: str = ""
    order: Order | None = None


@dataclass(frozen=True)
class Places:
    """The seats a message is about. ``found``: those her words name. ``wanted``: the one the open matter
    is about, or picked by number from its list, with its ``report``. ``approver``: who may say yes for
    ``wanted``; ``holder``: the holder of ``wanted``; ``superior``: whom her own unit reports to.
    ``request``: the one to decide, of ``waiting`` in all; ``elsewhere``: accounts of the asked-for
    person on the same channel; ``own_request`` hers that waits."""

    found: tuple[Seat, ...] = ()
    wanted: Seat | None = None
    report: OpenReport | None = None
    approver: Told | None = None
    holder: Told | None = None
    superior: Told | None = None
    request: SeatRequest | None = None
    waiting: int = 0
    elsewhere: tuple[Address, ...] = ()
    own_request: SeatRequest | None = None


@dataclass(frozen=True, eq=False)
class HouseWords:
    """What the plan and the calendar say: ``titles`` of roles, ``superiors`` by kind of unit, ``levels``;
    ``due``: by when somebody who asks for her rights has an answer; ``fields`` of text and of photos."""

    titles: Mapping[str, str] = field(default_factory=dict)
    superiors: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None
    texts: frozenset[str] = frozenset()
    photos: frozenset[str] = frozenset()

    def place(self, seat: Seat) -> str:
        """A unit as it stands after a title: "xóm 5" of "Chi hội xóm 5", "xã Nam Hoa" of "Xã Nam Hoa"."""
        name = seat.unit.name.removeprefix(f"{self.levels.get(seat.unit.kind, '')} ").strip()
        return name[:1].lower() + name[1:]

    def post(self, seat: Seat) -> str:
        """ "Chi hội trưởng xóm 5"."""
        return f"{self.titles.get(seat.role, '')} {self.place(seat)}".strip()

    def whole(self, seat: Seat) -> str:
        """ "Chi hội xóm 5, Xã Nam Hoa": a name that tells it from others."""
        return f"{seat.unit.name}, {seat.parent_name}" if seat.parent_name else seat.unit.name

    def above(self, seat: Seat) -> str:
        """ "Chị Lan, Chủ tịch Hội xã" or the title alone, or "Hội cấp trên"."""
        title = self.superiors.get(seat.unit.kind, "") or catalogue()["superior.unknown"]
        person = seat.superior
        if person is None or not person.name:
            return title
        return f"{person.address_form} {person.given_name}, {title}"


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
class FileFacts:
    """For somebody who may want the workbook: the ``latest`` period asked by the calendar, whether her
    platform ``takes`` files from a bot, and the ``link`` to the staff page ("" if there is none)."""

    latest: str = ""
    takes: bool = False
    link: str = ""


@dataclass(frozen=True)
class Door:
    """A link to the staff page, made for this turn: its ``url``, the hash of its token, and for whom."""

    url: str
    sha256: str
    seat_id: int
    person_id: int


@dataclass(frozen=True)
class Facts:
    """What a turn knows before it answers. ``now`` is aware, Asia/Ho_Chi_Minh.

    ``code`` is the one-time code she sent, hashed, and ``invited`` the seat it stands for;
    ``report`` what is talked about; ``next_report`` another one that waits, if any;
    ``moved_on``: this message takes her from one that is in to ``report``; ``events`` see there;
    ``lookup`` the list she asked for; ``asked_back`` a figure asked back that is open;
    ``staff`` what a message of staff is about; ``codes_closed``: too many wrong codes came from everywhere;
    ``files`` where she asked for the workbook; ``door`` the link to the staff page, if she asked for it.
    """

    now: datetime
    seats: tuple[Seat, ...]
    conversation: Conversation | None
    code: str = ""
    invited: Seat | None = None
    report: OpenReport | None = None
    next_report: Upcoming | None = None
    moved_on: bool = False
    who: Who = Who()
    places: Places = Places()
    house: HouseWords = HouseWords()
    events: "EventFacts | None" = None
    lookup: Looked | None = None
    asked_back: AskedBack | None = None
    staff: StaffFacts | None = None
    codes_closed: bool = False
    files: FileFacts | None = None
    door: Door | None = None

    @property
    def form(self) -> AddressForm:
        """How she is spoken to; "chị" until she has said."""
        person = self.seats[0].person if self.seats else self.who.person
        return person.address_form if person else "chị"

    @property
    def matter(self) -> Matter | None:
        """What the bot last asked her beside her report."""
        return self.who.matter


class Topic(Protocol):
    """One matter."""

    name: ClassVar[str]

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """Whether this message is for it."""

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Answer it."""


@dataclass(frozen=True)
class Talk:
    """One message within a matter that the bot opened; ``kind`` is the topic's name."""

    inbound: Inbound
    facts: Facts
    kind: ClassVar[str] = ""

    @property
    def details(self) -> Mapping[str, Any]:
        """What is known of the matter; nothing if another one is open."""
        matter = self.facts.matter
        return dict(matter.details) if matter and matter.kind == self.kind else {}

    @property
    def stage(self) -> str:
        """How far the matter has come."""
        return str(self.details.get("stage", ""))

    @property
    def at(self) -> datetime:
        """The present, in UTC."""
        return utc(self.facts.now)


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


def first_big(text: str) -> str:
    """The text with a capital letter at its start."""
    return text[:1].upper() + text[1:]


def numbered(topic: str, stage: str, labels: Sequence[str]) -> tuple[Choice, ...]:
    """Buttons 1, 2, 3 of a topic's own question; a press names topic and stage."""
    return tuple(
        Choice(number, words, f"{topic}|{stage}:{number}") for number, words in enumerate(labels, start=1)
    )


def asked(text: str, choices: Sequence[Choice]) -> str:
    """A question with its choices as numbers below: Zalo Bot has no buttons."""
    below = " · ".join(f"{choice.number} {choice.label}" for choice in choices)
    return f"{text}\n{below}" if below else text


def picked(inbound: Inbound, topic: str, stage: str) -> int | None:
    """The number she typed, or pressed on this topic's question of this stage; None for anything else."""
    if inbound.choice is not None:
        name, _, number = inbound.choice.rpartition(":")
        return int(number) if name == f"{topic}|{stage}" and number.isdecimal() else None
    typed = inbound.text.strip().strip(".,)")
    return int(typed) if typed.isdecimal() and len(typed) <= 2 else None


def read_as(inbound: Inbound, expectation: Expectation, now: datetime) -> Reading:
    """What she typed, against what is expected."""
    kind = inbound.attachment.kind if inbound.attachment else None
    return understand(inbound.text, expectation, Context(now, message=kind))


def request_line(form: AddressForm, head: str, seat: Seat, name: str) -> str:
    """What the unit above is asked of somebody who asks for a seat: she is the one of the list, she
    takes another's place, or the seat is empty."""
    present = seat.person.name if seat.person else ""
    key = "approve.ask.other" if present else "approve.ask.empty"
    if present and fold(present) == fold(name):
        key = "approve.ask.same"
    return render(key, form, head=head, unit=seat.unit.name, name=name, present=present)


def buttons(report: OpenReport, taken: Step, form: AddressForm) -> tuple[Choice, ...]:
    """The choices of a step of the dialogue; a press names round and prompt."""
    mark = f"{report.round.id}|{prompt(taken.state)}"
    return tuple(Choice(o.number, label(o, form), f"{mark}:{o.number}") for o in taken.options)


Hotlines = Mapping[str, str]
