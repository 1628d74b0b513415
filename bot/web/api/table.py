"""The table of the interface: every address with its parameters, what it answers, and how.

Routes (`bot.web.api.door`) and the OpenAPI document (`bot.web.api.document`) are both made of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, cast, get_args

from aiohttp import web

from bot.web.api.shapes import DataElement, DataValue, OrganisationUnit, Period, ReportingRate, Shape
from bot.web.server import refuse
from bot.web.staff.backend import StaffBackend
from bot.web.staff.exporting import rows_of
from bot.web.staff.visit import all_periods, default_period
from storage.domain.figures import ReportingRow, rounded
from storage.domain.people import Unit
from storage.domain.sign_in import ApiToken
from storage.plan.model import Level
from storage.plan.periods import period_span
from storage.queries import people
from storage.queries.forest import By, rows_below
from storage.queries.held import held_of
from storage.scope import inside
from storage.writer import Reader

ROOT = "/api/v1"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value of the address; ``schema`` as OpenAPI writes it. ``many``: it may be repeated."""

    name: str
    description: str
    schema: dict[str, Any]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A request with a good token. ``given`` holds known parameters only; ``now`` aware, local."""

    backend: StaffBackend
    token: ApiToken
    given: dict[str, list[str]]
    now: datetime

    def first(self, name: str) -> str:
        """The value of a parameter, "" if it was not given."""
        return self.given.get(name, [""])[0]

    def period(self, reader: Reader) -> str:
        """The period asked for, else the latest month with a round; 400 for what is none."""
        wanted = self.first("period")
        try:
            period_span(wanted or "2024")
        except (ValueError, IndexError, OverflowError):
            raise refuse(web.HTTPBadRequest, "api.period") from None
        return wanted or default_period(reader, self.now)

    def unit(self, reader: Reader, period: str) -> Unit:
        """The unit asked for, else the token's own; 404 unless it lies in the token's subtree today or on
        the period's last day."""
        unit = people.unit_by_code(reader, self.first("orgUnit") or self.token.unit_code)
        today = self.now.date()
        days: set[date] = {today, min(period_span(period)[1], today)}
        if unit is None or not any(inside(reader, unit.id, self.token.unit_id, day) for day in days):
            raise refuse(web.HTTPNotFound, "api.not_found")
        return unit

    def rows(self, whole: Any, rows: Sequence[Any]) -> Sequence[Any]:
        """The unit's own row, and those below where they are asked for too."""
        return (whole, *rows) if self.first("children") == "true" else (whole,)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address: ``name`` is also the key of its list; ``answer`` a query of a reader."""

    name: str
    summary: str
    shape: type[Shape]
    answer: Callable[[Call, Reader], Sequence[Shape]]
    parameters: tuple[Parameter, ...] = ()

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{ROOT}/{self.name}"


def data_elements(call: Call, reader: Reader) -> Sequence[Shape]:
    """The plan's indicators."""
    return [
        DataElement(
            id=each.id, name=each.name, item=each.item, levels=list(each.levels), unit=each.unit,
            target=each.target, target_unit=each.target_unit, aggregation=each.rollup.units,
            sensitive=each.sensitive,
        )
        for each in call.backend.plan.indicators
    ]  # fmt: skip


def organisation_units(call: Call, reader: Reader) -> Sequence[Shape]:
    """The unit and all below it as the tree was on the period's last day, today by default."""
    period = call.period(reader) if call.first("period") else ""
    unit = call.unit(reader, period or call.now.date().isoformat())
    tree = held_of(reader).forest.on(period_span(period)[1] if period else call.now.date())
    if unit.id not in tree:
        raise refuse(web.HTTPNotFound, "api.not_found")
    areas = [tree.area(unit.id), *rows_below(tree, unit.id, "all")]
    codes = {area.id: area.code for area in areas}
    return [
        OrganisationUnit(
            id=area.code, name=area.name, kind=area.kind, level=area.depth,
            parent=codes.get(area.parent_id or 0),
        )
        for area in areas
    ]  # fmt: skip


def known_periods(call: Call, reader: Reader) -> Sequence[Shape]:
    """The periods rounds were opened for."""
    found = []
    for period in all_periods(reader, call.now):
        first, last = period_span(period)
        dhis2 = period.replace("-Q", "Q").replace("-H", "S").replace("-", "")
        found.append(Period(id=period, dhis2=dhis2, start_date=first, end_date=last))
    return found


def data_values(call: Call, reader: Reader) -> Sequence[Shape]:
    """Figures, as the staff page shows them to somebody of the token's unit."""
    period = call.period(reader)
    unit = call.unit(reader, period)
    known = {each.id for each in call.backend.plan.indicators}
    wanted = call.given.get("dataElement") or None
    if wanted and not known.issuperset(wanted):
        raise refuse(web.HTTPNotFound, "api.not_found")
    by: By = "children" if call.first("children") == "true" else "none"
    table = call.backend.figures.table(
        reader, period, unit.id, by, wanted, compare=False, viewer=call.token.unit_id, texts=False
    )
    return [
        value_of(row)
        for each in call.rows(table.total, table.rows)
        for row in rows_of(each, table.indicators)
    ]


#: What an export and the interface call by one name.
_SAME = ("field", "period", "value", "numerator", "denominator", "answered", "state", "estimate", "hidden")


def value_of(row: Mapping[str, Any]) -> DataValue:
    """A figure as it goes out; ``row`` is one of `bot.web.staff.exporting.rows_of`."""
    return DataValue(
        data_element=row["indicator"], org_unit=row["unit_code"], expected=row["asked"],
        **{name: row[name] for name in _SAME},
    )  # fmt: skip


def reporting_rates(call: Call, reader: Reader) -> Sequence[Shape]:
    """How far reports are."""
    period = call.period(reader)
    unit = call.unit(reader, period)
    level = cast(Level, call.first("level") or "CH")
    table = call.backend.figures.reporting(reader, period, unit.id, level=level)
    return [_rate(row, period, level) for row in call.rows(table.total, table.rows)]


def _rate(row: ReportingRow, period: str, level: Level) -> ReportingRate:
    done = row.progress
    return ReportingRate(
        org_unit=row.area.code, period=period, level=level, expected_reports=done.expected,
        actual_reports=done.actual, actual_reports_on_time=done.on_time,
        reporting_rate=_percent(done.reporting_rate), reporting_rate_on_time=_percent(done.on_time_rate),
    )  # fmt: skip


def _percent(rate: Fraction | None) -> float | None:
    return None if rate is None else float(rounded(rate, 4))


_TEXT = {"type": "string", "maxLength": 80}
_UNIT = Parameter("orgUnit", "A unit's code; the token's own unit by default.", _TEXT)
#: A year, half year, quarter, month, or the day of an event (`storage.plan.periods`).
_SPAN = {
    "type": "string",
    "maxLength": 10,
    "pattern": "^[0-9]{4}(-H[12]|-Q[1-4]|-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
}
_PERIOD = Parameter("period", "2024-03, 2024-Q1, 2024-H1, 2024; the latest month by default.", _SPAN)
_CHILDREN = Parameter(
    "children", "Also the units directly below.", {"type": "string", "enum": ["true", "false"]}
)
_LEVEL = Parameter(
    "level", "Whose reports: branches by default.", {"type": "string", "enum": list(get_args(Level))}
)
_ELEMENT = Parameter("dataElement", "Only this indicator; may be repeated.", _TEXT, many=True)
_DAY = Parameter("period", "The tree as of its last day; today's by default.", _SPAN)

#: Every address that needs a token.
ENDPOINTS = (
    Endpoint("dataElements", "Indicators of the plan", DataElement, data_elements),
    Endpoint(
        "organisationUnits", "Units of the subtree", OrganisationUnit, organisation_units, (_UNIT, _DAY)
    ),
    Endpoint("periods", "Periods with rounds, the latest first", Period, known_periods),
    Endpoint(
        "dataValueSets", "Figures", DataValue, data_values, (_UNIT, _PERIOD, _CHILDREN, _ELEMENT)
    ),
    Endpoint(
        "reportingRates", "Reporting rates", ReportingRate, reporting_rates,
        (_UNIT, _PERIOD, _CHILDREN, _LEVEL),
    ),
)  # fmt: skip

#: What every list takes.
MOST = 1000
USUAL = 200
_SIZE = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
PAGING = (
    Parameter("page", "From 1.", {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1}),
    Parameter(
        "pageSize", "Rows a page.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    ),
)
