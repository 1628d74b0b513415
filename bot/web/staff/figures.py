"""What the pages ask of the figures: a thin seam, so that pages are functions of these values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.domain.figures import (
    FigureTable,
    IndicatorFigures,
    Outlier,
    Progress,
    ReportingTable,
    UnitHistory,
)
from storage.plan.model import Level, Plan
from storage.queries import figures
from storage.queries.figures import By, Compared
from storage.queries.reporting import progress_of_periods
from storage.writer import Reader


class Figures(Protocol):
    """See `storage.queries.figures` for each; the plan is known."""

    def table(
        self,
        reader: Reader,
        period: str,
        top: int,
        by: By = "children",
        indicators: Sequence[str] | None = None,
        compare: bool | Sequence[Compared] = True,
        viewer: int | None = None,
        texts: bool = True,
    ) -> FigureTable:
        """Figures of the units below ``top``, and of ``top``."""

    def row(
        self, reader: Reader, indicator: str, period: str, unit: int, viewer: int | None = None
    ) -> IndicatorFigures:
        """One indicator of one unit."""

    def reporting(
        self, reader: Reader, period: str, top: int, by: By = "children", level: Level = "CH",
        packs: Sequence[str] | None = None,
    ) -> ReportingTable:  # fmt: skip
        """How far reports are."""

    def progress(
        self, reader: Reader, periods: Sequence[str], top: int, level: Level = "CH"
    ) -> dict[str, Progress]:
        """By period how far all reports of a level below ``top`` are."""

    def history(self, reader: Reader, unit: int, fields: Sequence[str] | None = None) -> UnitHistory:
        """One unit through time."""

    def outliers(self, reader: Reader, period: str, top: int) -> Sequence[Outlier]:
        """Values that need a look."""


@dataclass(frozen=True)
class StoredFigures:
    """The figures of the database."""

    plan: Plan

    def prepare(self, reader: Reader) -> None:
        """Read at the start what would make the first pages slow."""
        figures.prepare(reader, self.plan)

    def table(
        self,
        reader: Reader,
        period: str,
        top: int,
        by: By = "children",
        indicators: Sequence[str] | None = None,
        compare: bool | Sequence[Compared] = True,
        viewer: int | None = None,
        texts: bool = True,
    ) -> FigureTable:
        """See `Figures`."""
        return figures.figure_table(reader, self.plan, period, top, by, indicators, compare, viewer, texts)

    def row(
        self, reader: Reader, indicator: str, period: str, unit: int, viewer: int | None = None
    ) -> IndicatorFigures:
        """See `Figures`."""
        return figures.indicator_row(reader, self.plan, indicator, period, unit, viewer)

    def reporting(
        self, reader: Reader, period: str, top: int, by: By = "children", level: Level = "CH",
        packs: Sequence[str] | None = None,
    ) -> ReportingTable:  # fmt: skip
        """See `Figures`."""
        return figures.reporting_table(reader, self.plan, period, top, by, level, packs)

    def progress(
        self, reader: Reader, periods: Sequence[str], top: int, level: Level = "CH"
    ) -> dict[str, Progress]:
        """See `Figures`."""
        return progress_of_periods(reader, self.plan, periods, top, level)

    def history(self, reader: Reader, unit: int, fields: Sequence[str] | None = None) -> UnitHistory:
        """See `Figures`."""
        return figures.unit_history(reader, self.plan, unit, fields)

    def outliers(self, reader: Reader, period: str, top: int) -> Sequence[Outlier]:
        """See `Figures`."""
        return figures.outliers(reader, self.plan, period, top)
