"""The numbers reports are made of: an indicator of an area in a period, and how far reporting is.

Exact: whole numbers and fractions; rounding to one decimal is for whoever shows them (`rounded`).
``None`` is never 0: it means that nobody reported. Rules of counting: docs/figures.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Literal, TypeAlias

Number: TypeAlias = int | Fraction

#: Where an area stands against the plan's number. Not reported is its own state, never "not reached";
#: "no_target" where the plan sets no number.
Verdict = Literal["exceeded", "reached", "not_reached", "not_reported", "no_target"]

#: ``reported``: somebody of the area answered. ``not_reported``: a round asked, nobody answered.
#: ``not_asked``: no round of the period asks this field in the area.
FigureState = Literal["reported", "not_reported", "not_asked"]

#: Figures of sensitive indicators from 1 to this are not shown above the commune: "<3".
HIDDEN_BELOW = 3


@dataclass(frozen=True, slots=True)
class Area:
    """A unit as it was called and stood on the period's last day. ``depth`` counts from the table's top
    (0); ``kind`` is TI, HU, XA, TT, CH, BAN; ``parent_id`` the unit it stood under."""

    id: int
    code: str
    name: str
    kind: str
    area_kind: str
    parent_id: int | None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """The three states of a test over every active unit: they add up to ``total``. Units, or for figures
    tested each month units x months."""

    reached: int
    not_reached: int
    not_reported: int

    @property
    def total(self) -> int:
        """Every active unit: the denominator, not those that answered."""
        return self.reached + self.not_reached + self.not_reported

    @property
    def percent(self) -> Fraction | None:
        """Reached of all, in percent; None where there is no unit."""
        return Fraction(100 * self.reached, self.total) if self.total else None


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a list: which unit said it, in which period."""

    unit_id: int
    period: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of an area in a period.

    - ``field``: the question field, or the indicator's id for its own figure.
    - ``value``: a number; a percent (0 to 100 and more) where ``percent`` is true; None when nothing was
      reported, and where ``hidden`` (show "<3" if ``small`` else "...").
    - ``numerator``/``denominator``: of weighted percents and ratios (Σa, Σb).
    - ``counts``: of tests over units (pct_units, and wpct whose whole is a count of units).
    - ``choices``: how many chose what, by choice name. ``texts``: what a list holds, as the units stand.
    - ``asked``/``answered``: how many active units are asked for it in the period, how many answered.
    - ``estimate``: some of it is the year's estimate (N) that final figures (N+) have not replaced.
    - ``hidden``: not shown to people above the owning commune; ``small`` tells that it is 1 or 2 itself
      (shown as "<3"), else it is withheld because it would give a neighbour away.
    """

    field: str
    state: FigureState
    value: Number | None = None
    percent: bool = False
    numerator: Number | None = None
    denominator: Number | None = None
    counts: Counts | None = None
    choices: Mapping[str, int] = made(default_factory=dict)
    texts: tuple[Said, ...] = ()
    asked: int = 0
    answered: int = 0
    estimate: bool = False
    hidden: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True)
class IndicatorFigures:
    """An indicator of an area in a period, with what it is compared with.

    ``main`` is the figure the indicator's roll-up gives (a percent of units for pct_units, Σa/Σb for
    wpct, the number of entries for list); ``fields`` are the figures of each of its fields that hold a
    number, a choice or a text, in the plan's order (for pct_units also the sum: "posts", "computers").
    ``to_date``: ``main`` from 1 January to the period's last day. ``before`` and ``last_year``: ``main``
    of the period before and of the same period a year ago (tree as of those), None if unknown.
    ``target`` as the plan writes it, in ``target_unit``; ``achievement`` is to_date of target in percent.
    """

    indicator: str
    area: Area
    period: str
    main: Figure
    fields: tuple[Figure, ...] = ()
    to_date: Figure | None = None
    before: Figure | None = None
    last_year: Figure | None = None
    target: Number | None = None
    target_unit: str = ""
    achievement: Fraction | None = None
    verdict: Verdict = "no_target"

    def figure(self, name: str) -> Figure | None:
        """The figure of one of its fields, or None."""
        return next((each for each in self.fields if each.field == name), None)

    @property
    def change(self) -> Number | None:
        """``main`` less that of the period before (percents: points); None if either is unknown."""
        return _difference(self.main, self.before)

    @property
    def change_on_year(self) -> Number | None:
        """``main`` less that of the same period a year ago; None if either is unknown."""
        return _difference(self.main, self.last_year)


def _difference(now: Figure, then: Figure | None) -> Number | None:
    if then is None or now.value is None or then.value is None:
        return None
    return now.value - then.value


@dataclass(frozen=True, slots=True)
class TableRow:
    """A unit with its figures by indicator id."""

    area: Area
    figures: Mapping[str, IndicatorFigures]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Units below ``top`` in administrative order (by code, each below its parent), and the whole of
    ``top``, which is not always the sum of the rows (percents, the top's own answers)."""

    period: str
    indicators: tuple[str, ...]
    rows: tuple[TableRow, ...]
    total: TableRow


@dataclass(frozen=True, slots=True)
class Progress:
    """How many reports are expected, came, and came in time (first submission by the deadline)."""

    expected: int = 0
    actual: int = 0
    on_time: int = 0

    @property
    def late(self) -> int:
        """Came, but late."""
        return self.actual - self.on_time

    @property
    def missing(self) -> int:
        """Did not come."""
        return max(self.expected - self.actual, 0)

    @property
    def reporting_rate(self) -> Fraction | None:
        """terms.md 4.4: min(100 A/E, 100); None where nothing is expected (show "-")."""
        return min(Fraction(100 * self.actual, self.expected), Fraction(100)) if self.expected else None

    @property
    def on_time_rate(self) -> Fraction | None:
        """100 A_on_time/E: the denominator is what is expected, not what came."""
        return min(Fraction(100 * self.on_time, self.expected), Fraction(100)) if self.expected else None

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(
            self.expected + other.expected, self.actual + other.actual, self.on_time + other.on_time
        )


@dataclass(frozen=True, slots=True)
class ReportingRow:
    """How far an area is: ``progress`` over all packs asked, ``by_pack`` each of them."""

    area: Area
    progress: Progress
    by_pack: Mapping[str, Progress]


@dataclass(frozen=True, slots=True)
class ReportingTable:
    """As `FigureTable`, of reports. ``missing`` are the units that have not sent a report, by code."""

    period: str
    packs: tuple[str, ...]
    rows: tuple[ReportingRow, ...]
    total: ReportingRow
    missing: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class PastValue:
    """What a unit said of a field in a period; ``value`` as stored (`storage.domain.answers.Value`), None
    where ``state`` is not "given". ``at`` and ``replaced_at`` are UTC; the latter None for what counts."""

    period: str
    pack: str
    question: str
    field: str
    state: str
    value: Any
    at: datetime
    replaced_at: datetime | None = None
    approximate: bool = False
    proxy: bool = False
    person_id: int | None = None


OutlierCode = Literal[
    "part_over_whole", "stock_fell", "flow_equals_stock", "far_from_own", "far_from_siblings"
]


@dataclass(frozen=True, slots=True)
class Outlier:
    """A value that needs a look. ``code`` names the reason (its words: texts key ``outlier.<code>``),
    ``params`` what the words need: value, whole, before, median, low, high (numbers, as stored)."""

    area: Area
    field: str
    period: str
    code: OutlierCode
    params: Mapping[str, Number] = made(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day on which something about a unit changed: renamed, moved, merged (``other`` the unit)."""

    day: date
    kind: Literal["began", "renamed", "moved", "merged_from", "merged_into", "ended"]
    other: Area | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """One unit through time: its reports, what it said (newest period first), and how it changed."""

    area: Area
    values: tuple[PastValue, ...]
    milestones: tuple[Milestone, ...]
    reports: tuple[tuple[str, str, datetime | None, bool], ...] = ()


def rounded(value: Number, places: int = 1) -> Decimal:
    """A number as it is shown: half up, without needless zeros (``84.7``, ``100``)."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(value.numerator) / value.denominator
    unit = Decimal(1).scaleb(-places)
    shown = exact.quantize(unit, ROUND_HALF_UP)
    return shown.to_integral_value() if shown == shown.to_integral_value() else shown.normalize()
