"""The facts of reports and of staff's work, as a turn loads them: values, nothing is read here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.dialogue.questionnaire import Questionnaire
from handlers.dialogue.state import Line, State
from handlers.language.staff_orders import StaffOrder
from storage.domain.answers import AnswerState, Value
from storage.domain.figures import IndicatorFigures
from storage.domain.messages import Address
from storage.domain.people import Person, Seat, Unit, UnitKind
from storage.domain.rounds import Round
from storage.domain.staff import Approval, Below, Reach, Return
from storage.plan.model import Indicator

#: What the button on the words that a report is in names, behind its round: the next one, at once.
ONWARD = "done:1"


@dataclass(frozen=True)
class Lock:
    """The unit above ``by`` confirmed the report: a change of it is a request now."""

    by: str
    at: datetime


@dataclass(frozen=True)
class OpenReport:
    """A report she may give: its round, questions as she is asked them, and how far she is. ``lock``: it
    was confirmed from above."""

    seat: Seat
    round: Round
    questionnaire: Questionnaire
    state: State
    lock: Lock | None = None


@dataclass(frozen=True)
class Upcoming:
    """A report that waits after the one talked about: whose, what it is called, of how many questions."""

    seat: Seat
    subject: str
    questions: int


@dataclass(frozen=True)
class Told:
    """Somebody who is told of something: where she is reached; ``busy`` while she answers a report."""

    person: Person
    address: Address
    busy: bool = False


@dataclass(frozen=True)
class AskedBack:
    """One question of a report that was given, asked back from above: ``report`` with that question open;
    ``asker`` the seat that asked; ``hide``: its small sensitive figures are not told there.
    ``resumed``: this message came back to it. ``following``: the next one asked back."""

    asked: Return
    report: OpenReport
    asker: Seat | None
    hide: bool = False
    resumed: bool = False
    following: "AskedBack | None" = None


@dataclass(frozen=True)
class Reported:
    """A report as staff see it: its figures a line each, the fields hidden that must be. ``questions`` are
    names in the order of the lines."""

    seat: Seat
    round: Round
    subject: str
    submitted_at: datetime | None
    lines: tuple[Line, ...] = ()
    questions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoundLine:
    """A round in her scope: what it is called, whose it is, and how far it is."""

    round: Round
    subject: str
    level: str
    actual: int
    expected: int
    approval: Approval | None = None


@dataclass(frozen=True)
class Board:
    """A round one level down: ``unit`` whose subtree it is, ``rows`` the units below it, ``confirmed`` the
    ids of those units that have confirmed what lies below them."""

    line: RoundLine
    unit: Unit
    rows: tuple[Below, ...]
    confirmed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Card:
    """One unit: who holds its seat, and its own reports."""

    seat: Seat
    reachable: bool
    reports: tuple[Reported, ...]


@dataclass(frozen=True)
class Looked:
    """A list that was asked for, in words, and the units it names in the order of its numbers."""

    text: str
    units: tuple[int, ...] = ()


@dataclass(frozen=True)
class Audience:
    """Seats of some levels below hers: whom a message reaches, its channels by their names for people, and
    what the plans of those channels have left, in words."""

    levels: tuple[UnitKind, ...]
    reach: Reach
    quota: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sent:
    """What became of a broadcast: counts by the key of their sentence, and who did not get it (unit, key
    of why), of ``missed_in_all``."""

    at: datetime
    text: str
    counts: tuple[tuple[str, int], ...]
    missed: tuple[tuple[str, str], ...]
    missed_in_all: int


@dataclass(frozen=True)
class Request:
    """A figure that its branch wants changed, for her to decide: ``told`` its words (subject, label,
    before, after) as she may see them, ``own`` as the branch does; ``holder`` who asked, if reachable."""

    id: int
    seat: Seat
    round_id: int
    question: str
    after: Mapping[str, Value]
    state: AnswerState
    told: Mapping[str, Any]
    own: Mapping[str, Any]
    holder: Told | None


@dataclass(frozen=True)
class ToApprove:
    """A round whose reports her unit confirms: ``missing`` units one level down whose report did not come,
    ``lacking`` those that must confirm theirs first, ``above`` the unit above that has confirmed."""

    line: RoundLine
    missing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    above: str = ""


@dataclass(frozen=True)
class Tally:
    """One question of a sheet over all reports that are in: ``total`` of numbers, ``counts`` by label, or
    ``texts`` by unit."""

    label: str
    answered: int
    total: int | None = None
    counts: tuple[tuple[str, int], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SheetResult:
    """What was answered to a sheet of questions made in chat."""

    pack: str
    title: str
    actual: int
    expected: int
    tallies: tuple[Tally, ...]


@dataclass(frozen=True)
class IndicatorLook:
    """An indicator in a period ("" if it was never asked): ``total`` of the area looked at (None if there is
    no such area in that period), ``rows`` of the areas one level down; where there are none ``total`` is
    compared, and ``labels`` says what choices are called."""

    indicator: Indicator
    period: str
    total: IndicatorFigures | None = None
    rows: tuple[IndicatorFigures, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StaffFacts:
    """What staff's message is about, loaded only where it is about their work: ``order`` what she ordered;
    ``found`` the seats below hers that her words name
    (``named``: the whole message was that name); ``seat`` the one meant, ``holder`` who is
    written to there; further fields as the order needs them."""

    order: StaffOrder | None = None
    found: tuple[Seat, ...] = ()
    named: bool = False
    seat: Seat | None = None
    holder: Told | None = None
    reported: Reported | None = None
    asked_back: tuple[Return, ...] = ()
    rounds: tuple[RoundLine, ...] = ()
    board: Board | None = None
    card: Card | None = None
    audiences: tuple[Audience, ...] = ()
    sent: Sent | None = None
    requests: tuple[Request, ...] = ()
    approvals: tuple[ToApprove, ...] = ()
    sheets: tuple[SheetResult, ...] = ()
    next_sheet: str = ""
    indicators: tuple[Indicator, ...] = ()
    look: IndicatorLook | None = None
    paused: tuple[tuple[int | None, str], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
