"""Figures made by hand for tests of papers: a tree from a file of units, and numbers that add up.

Numbers of a commune come from a seed; those of districts and the province are sums of them, as the real
roll-ups' are. One commune in seven has not reported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from random import Random

from handlers.reports.gathered import EventResult, Gathered
from storage.domain.figures import (
    Area,
    Counts,
    Figure,
    FigureState,
    FigureTable,
    IndicatorFigures,
    Progress,
    ReportingRow,
    ReportingTable,
    Said,
    TableRow,
    Verdict,
)
from storage.plan.model import Indicator, Level, Plan
from storage.plan.periods import VIETNAM
from storage.unit_files import read_units
from tests.kh83 import ROOT, kh83

MADE_AT = datetime(2024, 6, 7, 16, 30, tzinfo=VIETNAM)


@dataclass(frozen=True)
class Tree:
    """Areas of a sample: the province, its districts (none since 2025), its communes, branches by commune."""

    top: Area
    children: tuple[Area, ...]
    communes: tuple[Area, ...]
    branches: Mapping[int, tuple[Area, ...]]

    def below(self, area: Area) -> tuple[Area, ...]:
        """The communes of an area."""
        if area.id == self.top.id:
            return self.communes
        return tuple(each for each in self.communes if area.id in (each.id, each.parent_id))


@cache
def tree(name: str = "nam-dinh-2024", most: int = 1000) -> Tree:
    """The tree of a sample file, ids from 1 in the file's order; ``most`` communes in each district."""
    records = read_units(ROOT / "samples" / f"{name}.csv", lambda done, total: None)
    ids = {record.code: place for place, record in enumerate(records, start=1)}
    areas = {
        record.code: Area(
            ids[record.code], record.code, record.name, record.kind, record.area_kind,
            ids.get(record.parent or ""), {"TI": 0, "HU": 1, "TT": 1, "XA": 2, "CH": 3}[record.kind],
        )
        for record in records
    }  # fmt: skip
    kinds: dict[str, list[Area]] = {}
    for area in sorted(areas.values(), key=lambda area: area.code):
        kinds.setdefault(area.kind, []).append(area)
    branches: dict[int, tuple[Area, ...]] = {}
    for area in kinds["CH"]:
        branches[area.parent_id or 0] = (*branches.get(area.parent_id or 0, ()), area)
    top = kinds["TI"][0]
    seen: dict[int | None, int] = {}
    communes = []
    for area in kinds["XA"]:
        seen[area.parent_id] = seen.get(area.parent_id, 0) + 1
        communes += [area] if seen[area.parent_id] <= most else []
    below = tuple(area for area in (*kinds.get("HU", ()), *communes) if area.parent_id == top.id)
    return Tree(top, below, tuple(communes), branches)


def silent(area: Area) -> bool:
    """Whether this commune has not reported."""
    return int("".join(filter(str.isdigit, area.code))) % 7 == 3


def gathered(name: str = "nam-dinh-2024", period: str = "2024-H1", text: str = "", most: int = 4) -> Gathered:
    """All of a province, ``most`` communes a district. ``text`` stands where communes write of their own."""
    plan, there = kh83(), tree(name, most)
    make = _Maker(plan, there, period, text)
    tables = [make.table(there.children)]
    if there.children != there.communes:
        tables.append(make.table(there.communes))
    compared = make.compared(there.top)
    tables[0] = replace(tables[0], total=TableRow(there.top, compared))
    held = next(event for event in plan.events if event.id == "N-0803")
    events = (EventResult(held, date(2024, 3, 8), make.table(there.children, ("HD41",))),)
    reporting: dict[str, tuple[ReportingTable, ...]] = {
        "XA": tuple(make.reporting(table, "XA") for table in tables),
        "CH": tuple(make.reporting(table, "CH") for table in tables),
    }
    names = {row.area.id: row.area for table in tables for row in table.rows}
    return Gathered(plan, period, there.top, None, MADE_AT, compared, tuple(tables), reporting, events, names)


class _Maker:
    def __init__(self, plan: Plan, tree: Tree, period: str, text: str) -> None:
        self._plan, self._tree, self._period, self._text = plan, tree, period, text
        self._kept: dict[tuple[str, str, str], int] = {}

    def table(self, areas: Sequence[Area], only: Sequence[str] = ()) -> FigureTable:
        rows = tuple(TableRow(area, self.figures(area, only)) for area in areas)
        ids = tuple(only) or tuple(indicator.id for indicator in self._plan.indicators)
        return FigureTable(
            self._period, ids, rows, TableRow(self._tree.top, self.figures(self._tree.top, only))
        )

    def figures(self, area: Area, only: Sequence[str] = ()) -> dict[str, IndicatorFigures]:
        return {
            indicator.id: self._indicator(indicator, area)
            for indicator in self._plan.indicators
            if not only or indicator.id in only
        }

    def compared(self, area: Area) -> dict[str, IndicatorFigures]:
        return {name: self._compare(name, row) for name, row in self.figures(area).items()}

    def _compare(self, name: str, row: IndicatorFigures) -> IndicatorFigures:
        indicator = next(each for each in self._plan.indicators if each.id == name)
        target = None if indicator.target is None else int(indicator.target)
        value = row.main.value
        achieved = Fraction(100 * value) / target if target and value is not None else None
        before = replace(row.main, value=Fraction(9, 10) * value) if value is not None else None
        if value is not None and isinstance(value, int):
            before = replace(row.main, value=int(value * 9 // 10))
        verdict: Verdict = (
            "no_target" if target is None else "not_reported" if value is None else "not_reached"
        )
        if achieved is not None and achieved >= 100:
            verdict = "reached" if achieved == 100 else "exceeded"
        return replace(
            row, to_date=row.main, last_year=before, target=target, target_unit=indicator.target_unit,
            achievement=achieved, verdict="no_target" if target is None else verdict,
        )  # fmt: skip

    def _indicator(self, indicator: Indicator, area: Area) -> IndicatorFigures:
        main = self._main(indicator, area)
        fields = tuple(self._field(indicator, field, area) for field in indicator.fields)
        return IndicatorFigures(indicator.id, area, self._period, main, fields)

    def _main(self, indicator: Indicator, area: Area) -> Figure:
        said = [each for each in self._tree.below(area) if not silent(each)]
        asked = len(self._tree.below(area))
        if indicator.rollup.units in ("none", "derived") or indicator.frequency == ("N",):
            return Figure(indicator.id, "not_asked")
        if indicator.rollup.units in ("pct_units", "any"):
            reached = sum(self._number(indicator.id, each, 9) > 0 for each in said)
            counts = Counts(reached, len(said) - reached, asked - len(said))
            state: FigureState = "reported" if said else "not_reported"
            percent = counts.percent if said else None
            return Figure(indicator.id, state, percent, True, counts=counts, asked=asked, answered=len(said))
        field = indicator.fields[0] if indicator.fields else indicator.id
        if indicator.rollup.units == "wpct":
            return self._weighted(indicator, area)
        return self._field(indicator, field, area)

    def _weighted(self, indicator: Indicator, area: Area) -> Figure:
        said = [each for each in self._tree.below(area) if not silent(each)]
        if not said:
            return Figure(indicator.id, "not_reported", percent=True)
        whole = sum(self._number("NEN.1", each, 900) for each in said) or 1
        part = sum(self._number("NEN.1", each, 900) * 2 // 3 for each in said)
        return Figure(indicator.id, "reported", Fraction(100 * part, whole), True, part, whole)

    def _field(self, indicator: Indicator, field: str, area: Area) -> Figure:
        said = [each for each in self._tree.below(area) if not silent(each)]
        asked = len(self._tree.below(area))
        if indicator.rollup.units in ("none", "derived") or indicator.frequency == ("N",):
            return Figure(field, "not_asked")
        if not said:
            return Figure(field, "not_reported", asked=asked)
        if field.endswith((".link", ".ten")):
            texts = tuple(
                Said(each.id, self._period, self._text or f"https://www.facebook.com/hoi{each.code}")
                for each in said
            )
            return Figure(field, "reported", len(texts), texts=texts, asked=asked, answered=len(said))
        most = 9_000_000 if field in _MONEY else 900 if indicator.levels[:1] == ("CH",) else 9
        if indicator.sensitive:
            most = 4
        value = sum(self._number(field, each, most) for each in said)
        if indicator.sensitive and 0 < value < 3 and area.kind != "CH":
            return Figure(field, "reported", hidden=True, small=True, asked=asked, answered=len(said))
        choices = {"own": len(said) // 2, "shared": len(said) - len(said) // 2}
        figure = Figure(field, "reported", value, asked=asked, answered=len(said))
        if field == "NV24a":
            return replace(figure, numerator=value, denominator=value + 100 * len(said))
        return replace(figure, choices=choices) if field == "CT23.loai" else figure

    def _number(self, field: str, area: Area, most: int) -> int:
        key = (field, area.code, str(most))
        if key not in self._kept:
            self._kept[key] = Random("|".join(key)).randint(0, most)  # noqa: S311
        return self._kept[key]

    def reporting(self, table: FigureTable, level: Level) -> ReportingTable:
        rows = tuple(
            ReportingRow(row.area, progress := self._progress(row.area, level), {"CH-T": progress})
            for row in table.rows
        )
        whole = sum((row.progress for row in rows), Progress())
        total = ReportingRow(self._tree.top, whole, {"CH-T": whole})
        late = [each for each in self._tree.communes if silent(each)]
        missing = (
            tuple(late) if level == "XA" else tuple(b for each in late for b in self._tree.branches[each.id])
        )
        return ReportingTable(self._period, ("CH-T",), rows, total, missing)

    def _progress(self, area: Area, level: Level) -> Progress:
        found = Progress()
        for each in self._tree.below(area):
            expected = 1 if level == "XA" else len(self._tree.branches.get(each.id, ()))
            actual = 0 if silent(each) else expected
            found += Progress(expected, actual, actual - actual // 5)
        return found


_MONEY = frozenset({"NV25f", "MH33.3.tien", "HD46a", "HD46b.tien"})
