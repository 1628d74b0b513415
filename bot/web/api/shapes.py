"""What the interface answers: the terms are DHIS2's. The OpenAPI document is made of these models."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """A part of an answer; names go out in camelCase, as DHIS2's do."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class DataElement(Shape):
    """An indicator of the plan."""

    id: str
    name: str
    item: str = Field(description="Its number in the plan document.")
    levels: list[str] = Field(description="The kinds of units that are asked.")
    unit: str
    target: float | None
    target_unit: str
    aggregation: str = Field(description="How figures of units are added up; see docs/figures.md.")
    sensitive: bool = Field(description="Figures under 3 are hidden above the commune.")


class OrganisationUnit(Shape):
    """A unit of the tree; the token's own unit has no parent here."""

    id: str = Field(description="Its code.")
    name: str
    kind: str = Field(description="TI province, HU district, XA commune, CH branch, TT, BAN.")
    level: int = Field(description="0 is the token's unit.")
    parent: str | None


class Period(Shape):
    """A period with at least one round, or a whole year."""

    id: str
    dhis2: str = Field(description="The same as DHIS2 writes it: 202403, 2024Q1, 2024S1, 2024.")
    start_date: date
    end_date: date


class DataValue(Shape):
    """A figure of a unit in a period. null is never 0: nobody reported, or it is hidden."""

    data_element: str
    field: str = Field(description="The indicator's id for its own figure, else a question field.")
    period: str
    org_unit: str
    value: float | int | None
    numerator: float | int | None
    denominator: float | int | None
    expected: int = Field(description="Units that are asked.")
    answered: int
    state: Literal["reported", "not_reported", "not_asked"]
    estimate: bool
    hidden: bool


class ReportingRate(Shape):
    """How many reports of a level were expected below a unit, came, and came in time."""

    org_unit: str
    period: str
    level: str
    expected_reports: int
    actual_reports: int
    actual_reports_on_time: int
    reporting_rate: float | None = Field(description="Percent; null where nothing is expected.")
    reporting_rate_on_time: float | None


class Pager(Shape):
    """Which part of the whole this is."""

    page: int
    page_size: int
    page_count: int
    total: int


class ReportEventData(Shape):
    """Which report an event is about, and the figures it feeds as they are when the event is sent."""

    org_unit: str
    data_set: str = Field(description="The pack of questions.")
    period: str
    question: str | None = Field(description="Of a returned report: the question that is asked again.")
    data_values: list[DataValue]


class ReportEvent(Shape):
    """A report was submitted; a figure of a submitted one was corrected; one was returned."""

    type: Literal["report.submitted", "report.corrected", "report.returned"]
    timestamp: datetime = Field(description="When it happened, UTC.")
    data: ReportEventData


class ReportsEventData(Shape):
    """Which reports were approved: those below a unit."""

    org_unit: str
    data_set: str
    period: str
    actual_reports: int | None = Field(description="How many were in; null where approval is taken back.")
    expected_reports: int | None


class ReportsEvent(Shape):
    """A unit approved the reports below it, or took that back."""

    type: Literal["reports.approved", "reports.unapproved"]
    timestamp: datetime
    data: ReportsEventData


class PingData(Shape):
    """Whose events would come."""

    org_unit: str


class Ping(Shape):
    """A try by hand (``chihoi webhook test``); nothing happened."""

    type: Literal["webhook.test"] = "webhook.test"
    timestamp: datetime
    data: PingData
