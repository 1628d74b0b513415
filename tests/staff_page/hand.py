"""Figures made by hand behind the page's seam: what a page shows is known without computing anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction

from storage.domain.figures import (
    Area,
    Counts,
    Figure,
    FigureTable,
    IndicatorFigures,
    Milestone,
    Outlier,
    PastValue,
    Progress,
    ReportingRow,
    ReportingTable,
    Said,
    TableRow,
    UnitHistory,
    Verdict,
)
from storage.plan.model import Indicator, Level, Plan
from storage.queries import people
from storage.queries.figures import By, Compared
from storage.writer import Reader

VERDICTS: tuple[Verdict, ...] = ("reached", "not_reached", "exceeded", "not_reported")

#: What a unit's history says; a test may put something nasty here.
SAID = "đường xóm mưa là ngập"


@dataclass
class HandFigures:
    """Numbers that follow from a unit's place in the list. ``asked`` are the calls, as (what, period);
    ``more`` what a unit said beside the usual."""

    plan: Plan
    said: str = SAID
    asked: list[tuple[str, str]] = field(default_factory=list)
    more: tuple[PastValue, ...] = ()

    def _areas(self, reader: Reader, top: int) -> tuple[Area, list[Area]]:
        units = [unit for unit in people.all_units(reader) if top in (unit.id, unit.parent_id)]
        areas = [Area(unit.id, unit.code, unit.name, unit.kind, "", unit.parent_id, 1) for unit in units]
        return next(a for a in areas if a.id == top), [a for a in areas if a.id != top]

    def table(
        self, reader: Reader, period: str, top: int, by: By = "children",
        indicators: Sequence[str] | None = None, compare: bool | Sequence[Compared] = True,
        viewer: int | None = None, texts: bool = True,
    ) -> FigureTable:  # fmt: skip
        self.asked.append(("table", period))
        whole, areas = self._areas(reader, top)
        known = {each.id: each for each in self.plan.indicators}
        names = tuple(indicators if indicators is not None else known)
        rows = [self._row(area, n, [known[name] for name in names], period) for n, area in enumerate(areas)]
        return FigureTable(period, names, tuple(rows), self._row(whole, 7, [known[n] for n in names], period))

    def _row(self, area: Area, n: int, indicators: Sequence[Indicator], period: str) -> TableRow:
        return TableRow(area, {each.id: self._figures(area, n, each, period) for each in indicators})

    def _figures(self, area: Area, n: int, indicator: Indicator, period: str) -> IndicatorFigures:
        main = self._main(n, indicator)
        target = None if indicator.target is None else Fraction(str(indicator.target))
        verdict = VERDICTS[n % 4] if target is not None else "no_target"
        texts = (Said(area.id, period, self.said),)
        fields = (main, Figure("chu", "reported", 1, texts=texts, asked=4, answered=3))
        before = Figure(main.field, "reported", Fraction(1, 3), main.percent)
        return IndicatorFigures(
            indicator.id, area, period, main, fields, main, before, None, target, indicator.target_unit,
            Fraction(847, 10) if target is not None else None, verdict,
        )  # fmt: skip

    def _main(self, n: int, indicator: Indicator) -> Figure:
        name = indicator.id
        if n % 5 == 3:
            return Figure(name, "not_reported", asked=4)
        if indicator.sensitive:
            return Figure(name, "reported", None, hidden=True, small=True, asked=4, answered=4)
        if indicator.rollup.units == "pct_units":
            counts = Counts(3 + n, 2, 1)
            return Figure(name, "reported", counts.percent, True, counts=counts, asked=6, answered=5)
        return Figure(name, "reported", 1812 + n, asked=4, answered=4, estimate=n % 5 == 4)

    def row(
        self, reader: Reader, indicator: str, period: str, unit: int, viewer: int | None = None
    ) -> IndicatorFigures:
        return self.table(reader, period, unit, indicators=[indicator]).total.figures[indicator]

    def reporting(
        self, reader: Reader, period: str, top: int, by: By = "children", level: Level = "CH",
        packs: Sequence[str] | None = None,
    ) -> ReportingTable:  # fmt: skip
        self.asked.append(("reporting", period))
        whole, areas = self._areas(reader, top)
        pack = {"CH": "CH-T", "XA": "XA-T"}.get(level, "")
        known = (pack,) if pack else ()
        rows = [self._progress(area, Progress(10, max(10 - 3 * n, 0), max(8 - 3 * n, 0)), known)
                for n, area in enumerate(areas)]  # fmt: skip
        total = sum((row.progress for row in rows), Progress())
        missing = tuple(areas[-2:]) if level == "CH" else ()
        return ReportingTable(period, known, tuple(rows), self._progress(whole, total, known), missing)

    def _progress(self, area: Area, progress: Progress, packs: Sequence[str]) -> ReportingRow:
        return ReportingRow(area, progress, dict.fromkeys(packs, progress))

    def progress(
        self, reader: Reader, periods: Sequence[str], top: int, level: Level = "CH"
    ) -> dict[str, Progress]:
        return {period: self.reporting(reader, period, top, level=level).total.progress for period in periods}

    def history(self, reader: Reader, unit: int, fields: Sequence[str] | None = None) -> UnitHistory:
        whole, _ = self._areas(reader, unit)
        sent = datetime(2024, 3, 14, 12, 30, tzinfo=UTC)
        later = datetime(2024, 3, 15, 2, 0, tzinfo=UTC)

        def past(question: str, field: str, value: object, replaced: datetime | None = None) -> PastValue:
            at = sent if replaced else later
            return PastValue("2024-03", "CH-T", question, field, "given", value, at, replaced)

        values = (
            past("MH33.1", "MH33.1", True),
            past("MH33.2", "MH33.2", 41),
            past("MH33.2", "MH33.2", 40, later),
            past("TTXH", "TTXH", self.said),
            PastValue("2024-03", "CH-T", "NEN.5", "NEN.5.ket_nap", "unknown", None, later, proxy=True),
        )
        milestones = (
            Milestone(date(2021, 1, 1), "began"),
            Milestone(date(2023, 5, 1), "renamed", None, "Xóm 5"),
        )
        reports = (("CH-T", "2024-03", sent, True), ("CH-T", "2024-02", None, False))
        return UnitHistory(whole, (*values, *self.more), milestones, reports)

    def outliers(self, reader: Reader, period: str, top: int) -> list[Outlier]:
        _, areas = self._areas(reader, top)
        params = {"value": 410, "median": 41}
        return [Outlier(area, "MH33.2", period, "far_from_own", params) for area in areas[:1]]
