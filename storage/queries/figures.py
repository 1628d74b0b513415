"""Figures of areas: what the plan counts, added up over units and time (docs/figures.md).

Everything here is a synchronous function of a connection that only reads. Units are those of the tree
as of the period's last day. ``period`` is "2024-03", "2024-Q1", "2024-H1", "2024" or a day. Whoever asks
has been allowed to see ``top`` (`storage.scope.reaches`); ``viewer`` says from where it is looked at:
figures of sensitive indicators under 3 are hidden unless the viewer's unit is the commune that owns
them, or below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from storage.domain.figures import (
    Area,
    FigureTable,
    IndicatorFigures,
    Outlier,
    ReportingTable,
    UnitHistory,
)
from storage.plan.model import Level, Plan

#: Which units make the rows: those directly below the top, all below it, or those of a level.
By: TypeAlias = Literal["children", "all"] | Level


def figure_table(
    reader: Connection,
    plan: Plan,
    period: str,
    top: int,
    by: By = "children",
    indicators: Sequence[str] | None = None,
    compare: bool = True,
    viewer: int | None = None,
) -> FigureTable:
    """The figures of every unit ``by`` names below ``top`` (a unit id), in administrative order, and of
    ``top`` itself as the total. ``indicators``: ids, all of the plan by default. ``compare=False`` leaves
    out to_date, before and last_year (a third of the time). ``viewer``: unit id, ``top`` by default.
    Raises KeyError for an indicator or a unit that is not there on the period's last day."""
    raise NotImplementedError


def indicator_row(
    reader: Connection, plan: Plan, indicator: str, period: str, unit: int, viewer: int | None = None
) -> IndicatorFigures:
    """One indicator of one unit, compared. Raises KeyError as `figure_table`."""
    raise NotImplementedError


def field_totals(
    reader: Connection, plan: Plan, period: str, top: int, fields: Iterable[str]
) -> Mapping[str, int]:
    """For a digest: by field, the sum over submitted reports of the period of all units below ``top``;
    yes and texts count as 1. Fast: a province's month takes a few milliseconds."""
    raise NotImplementedError


def reporting_table(
    reader: Connection,
    plan: Plan,
    period: str,
    top: int,
    by: By = "children",
    level: Level = "CH",
    packs: Sequence[str] | None = None,
) -> ReportingTable:
    """How far the reports of ``level`` are for the rounds within ``period`` (all packs asked of that
    level, or only ``packs``), by area. A unit is expected if it is there for the whole period, or took
    the place of such units in it (`storage.queries.expected`)."""
    raise NotImplementedError


def unit_history(
    reader: Connection, plan: Plan, unit: int, fields: Sequence[str] | None = None
) -> UnitHistory:
    """What one unit said over all rounds, earlier versions included, and how the unit changed. Texts
    that were erased are "". ``fields``: all by default."""
    raise NotImplementedError


def outliers(
    reader: Connection, plan: Plan, period: str, top: int, fields: Sequence[str] | None = None
) -> list[Outlier]:
    """Values of units below ``top`` that need a look, by unit code: a part above its whole, a stock that
    fell, a flow equal to last month's stock, far from the unit's own history or from its siblings
    (median and MAD). Sensitive fields are left out."""
    raise NotImplementedError


def area(reader: Connection, unit: int, period: str) -> Area:
    """A unit as it was on the period's last day. Raises KeyError if it was not there."""
    raise NotImplementedError
