"""The plan of a year as frozen models: indicators, packs of questions, events, deadlines.

Question fields are those of XLSForm (type, name, label, hint, required, relevant, constraint,
constraint_message, calculation, choices) with a few of our own where a chat needs more than a
form. Files are read by `storage.plan_files` and `storage.plan.parse`; nothing here does I/O.

Labels may hold ``{chị}`` ``{Chị}`` ``{em}`` ``{Em}`` (forms of address) and ``${name}`` (a value:
an answer of this pack, else the latest known figure of the unit, else a fact such as
``${last.NEN.1}`` the period before, ``${sum.CT25}`` the sum over the units below,
``${count.CH}`` the active units below, ``${unit}``, ``${period}``, and ``${item}`` the entry of a
repeated question). A piece in square brackets is left out where a value in it is missing:
"Mấy hội viên ạ?[ (Quý trước ${last.NEN.1} người)]". ``${name|short}`` says a date in passing ("8/3").
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.people import Power, Role
from storage.plan.quiet import Quiet

Level = Literal["CH", "XA", "HU", "TT", "TI", "BAN"]
Frequency = Literal["T", "Q", "6T", "N", "N+", "SK", "MOC"]
Comparator = Literal[">=", ">", "=", "<=", "<", "none"]
UnitRollup = Literal["sum", "pct_units", "wpct", "any", "list", "counts", "derived", "none"]
TimeRollup = Literal["sum", "last", "max", "mean", "once", "none"]
QuestionType = Literal[
    "yes_no", "integer", "money", "ratio", "percent", "select_one", "select_multiple",
    "date", "text", "url", "image", "note", "calculate",
]  # fmt: skip


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rollup(_Frozen):
    """How figures of units become one: ``test`` is an expression on the unit's value ("${value} >= 1")
    for pct_units at ``level``; ``numerator``/``denominator`` are field names for wpct."""

    units: UnitRollup
    time: TimeRollup
    level: Level | None = None
    test: str | None = None
    numerator: str | None = None
    denominator: str | None = None


class Indicator(_Frozen):
    """A row of the plan's catalogue. ``item`` is the plan document's numbering ("2(2)", "3(2)2.4").

    ``target``: the number the plan sets, in ``target_unit``; None where it sets none. ``aim`` says
    in words what the plan asks where it gives no number. ``fields`` are the question fields that
    feed it (several for several figures).
    """

    id: str
    name: str
    item: str
    levels: tuple[Level, ...]
    target: float | None = None
    target_unit: str = ""
    target_year: int | None = None
    comparator: Comparator = "none"
    aim: str = ""
    unit: str = ""
    rollup: Rollup
    frequency: tuple[Frequency, ...] = ()
    fields: tuple[str, ...] = ()
    note: str = ""
    sensitive: bool = False


class Choice(_Frozen):
    """An option: ``name`` is stored, ``label`` shown (numbered by its place)."""

    name: str
    label: str


class Part(_Frozen):
    """One of several values asked in one question ("12 chi hội, 40 tổ"). One that is not ``required`` may
    be left unsaid; such parts come last."""

    name: str
    label: str
    type: Literal["integer", "money", "yes_no"] = "integer"
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None
    required: bool = True


class Move(_Frozen):
    """How a stock moves between two times it is asked: the flows that add to it and take from it."""

    plus: str
    minus: str


class Warn(_Frozen):
    """A value taken only after she says it is right: ``when`` is an expression (``.`` is the value,
    ``${part}`` a part), ``message`` the question asked ("Em thấy ... phải không ạ?")."""

    when: str
    message: str


class Evidence(_Frozen):
    """What may be sent beside a figure. ``refused`` answers a photo with ``message`` and keeps none."""

    photo: Literal["none", "optional", "asked", "refused"] = "none"
    link: Literal["none", "optional", "asked"] = "none"
    file: Literal["none", "official_mail"] = "none"
    message: str = ""


class Question(_Frozen):
    """One question of a pack, asked in one message.

    - ``name`` is also the field its value is stored in; with ``parts`` the parts' names are.
    - ``summary``: short label of the summary list ("Dự"). ``example``: what a good reply looks like,
      used when she was not understood. ``echo``: how the stored value is said back, with ``${...}``;
      default wording by type.
    - ``summary_value``: the whole summary line where label and value would read badly
      ("Thêm 2, chuyển đi 1 (còn 63)").
    - ``relevant``, ``constraint``, ``calculation``: expressions, see `storage.plan.expressions`.
      In ``constraint`` the value is ``.``; a false one is re-asked with ``constraint_message``.
    - ``minimum``/``maximum``: hard range, re-asked with the range named. May be an expression text.
    - ``calculate`` rows are never asked: their ``calculation`` is there for labels and expressions
      ("Vậy Chi hội còn ${NEN.5.con} hội viên").
    - ``total``: expression giving a ratio's whole.
    - ``date_field``: yes_no only: a date said in passing is kept in this field; ``tense`` past.
    - ``window``: ``flow`` = within the period, ``stock`` = up to now.
    - ``previous``: show the value of the period before.
    - ``after_submit``: asked once more question after the report is in; never holds it up.
    - ``repeat``: the question is asked once for each entry of that list (``branches``, ``targets``).
    - ``task``: a value above 0 raises this task for the unit above (no detail of the case).
    - ``sensitive``: counts only; raw text is never kept.
    - ``note``: for those who keep the plan: what was decided and why. Never shown to her.
    """

    name: str
    type: QuestionType
    label: str
    summary: str
    summary_value: str = ""
    hint: str = ""
    example: str = ""
    unit: str = ""
    required: bool = True
    relevant: str | None = None
    constraint: str | None = None
    constraint_message: str = ""
    minimum: int | str | None = None
    maximum: int | str | None = None
    warnings: tuple[Warn, ...] = ()
    calculation: str | None = None
    choices: tuple[Choice, ...] = ()
    parts: tuple[Part, ...] = ()
    total: str | None = None
    date_field: str | None = None
    tense: Literal["past", "future", "any"] = "any"
    window: Literal["flow", "stock"] | None = None
    previous: bool = False
    echo: str = ""
    max_photos: int = 3
    after_submit: bool = False
    repeat: str | None = None
    task: str | None = None
    sensitive: bool = False
    evidence: Evidence = Evidence()
    indicators: tuple[str, ...] = ()
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field its answer may fill."""
        own = tuple(part.name for part in self.parts) or (self.name,)
        return (*own, self.date_field) if self.date_field else own


class Pack(_Frozen):
    """A questionnaire for one level and frequency. ``months`` (1-12) limits when it is asked.

    ``subject`` is what the report is called in greetings ("số tháng 3"), ``${period}`` the period in
    words. ``asked_with`` names the pack it goes with where both are open, ``event`` the event whose
    results it asks for, ``sittings`` in how many goes it may be answered.
    """

    id: str
    title: str
    level: Level
    frequency: Frequency
    months: tuple[int, ...] = ()
    minutes: int = 3
    subject: str = "số ${period}"
    questions: tuple[Question, ...]
    asked_with: str | None = None
    event: str | None = None
    sittings: int = 1
    note: str = ""


class Deadline(_Frozen):
    """When a frequency closes, at 20:30 local, per level: "18" (day of the period's last month),
    "28/5" or "05/01+1" (day/month, +1 next year), "28/5; 10/11" (the one that lies in the period),
    "+2" (days after the event), "" set by staff. ``opens`` likewise, one for all levels or one each."""

    code: Frequency
    name: str
    months: tuple[int, ...] = ()
    opens: str | dict[Level, str] = ""
    due: dict[Level, str] = Field(default_factory=dict)
    note: str = ""


class Event(_Frozen):
    """A day or month of the plan. ``precision`` day needs ``day``; status as staff keep it. ``rsvp``: those
    invited are asked whether they come."""

    id: str
    item: str
    name: str
    month: int | None = None
    day: int | None = None
    year: int | None = None
    lunar: bool = False
    precision: Literal["day", "month", "year"]
    status: Literal["expected", "fixed", "postponed", "cancelled", "held"] = "expected"
    kind: Literal["event", "traditional", "drive", "milestone", "closing"] = "event"
    size: Literal["large", "small", "greeting", "quiet", "solemn", "off"] = "large"
    reminders: tuple[str, ...] = ()
    audience: tuple[Level, ...] = ()
    results: tuple[str, ...] = ()
    place: str = ""
    ends: date | None = None
    rsvp: bool = False
    note: str = ""


class RoleRule(_Frozen):
    """What a role is called and what it may do beside answering for its own seat: ``approve`` those
    who ask for a seat below, ``hand_over`` a seat below, ``enter_for`` a branch below."""

    title: str
    may: tuple[Power, ...] = ()


class DigestLine(_Frozen):
    """A line of the monthly digest: the figure of a field over all reports that are in (numbers are added,
    yes and texts counted), with its label."""

    field: str
    label: str


class Plan(_Frozen):
    """A plan year whole. ``items`` are the numbered items of the plan document, each of which must be
    covered by an indicator or an event. ``superiors`` are the posts above each level (CH: Chủ tịch Hội xã);
    ``roles`` what each role is called and may do;
    ``baselines`` maps a units file's figure columns to fields
    (members: NEN.1); ``moves`` says which
    flows change a stock between two times it is asked; ``lists`` are what questions with ``repeat``
    run over; ``sample`` describes the seat that ``chihoi plan show`` and ``chihoi replay`` speak to;
    ``digest`` the figures of the monthly digest; ``quiet`` (quiet.yaml) when pushes go.
    """

    id: str
    title: str
    year: int
    theme: str
    issuer: str
    document: str
    items: dict[str, str]
    levels: dict[str, str]
    superiors: dict[str, str] = Field(default_factory=dict)
    deadlines: tuple[Deadline, ...]
    indicators: tuple[Indicator, ...]
    packs: tuple[Pack, ...]
    events: tuple[Event, ...]
    baselines: dict[str, str] = Field(default_factory=dict)
    moves: dict[str, Move] = Field(default_factory=dict)
    lists: dict[str, tuple[Choice, ...]] = Field(default_factory=dict)
    sample: dict[str, str | int] = Field(default_factory=dict)
    roles: dict[Role, RoleRule] = Field(default_factory=dict)
    digest: tuple[DigestLine, ...] = ()
    quiet: Quiet = Quiet()

    def pack(self, pack_id: str) -> Pack | None:
        """The pack of that id, or None."""
        return next((pack for pack in self.packs if pack.id == pack_id), None)
