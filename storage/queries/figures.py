"""Figures of areas: what the plan counts, added up over units and time (docs/figures.md).

Everything here is a synchronous function of a connection that only reads. Units are those of the tree
as of the period's last day. ``period`` is "2024-03", "2024-Q1", "2024-H1", "2024" or a day. Whoever asks
has been allowed to see ``top`` (`storage.scope.reaches`); ``viewer`` says from where it is looked at: the
unit of her seat. Figures of sensitive indicators under 3 are hidden unless she sits in the commune that
owns them, or below it; without a viewer they are hidden.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from sqlalchemy import Connection, func, select

from storage.domain.figures import Area, Figure, FigureTable, IndicatorFigures, TableRow
from storage.domain.tree import Tree
from storage.plan.model import Indicator, Plan
from storage.plan.periods import period_span
from storage.plan.rollups.amounts import Stocks
from storage.plan.rollups.asked import Asked, Span, before, span_of, to_date, year_before
from storage.plan.rollups.catalogue import FieldInfo, fields_of
from storage.plan.rollups.reckoning import Reckoning
from storage.plan.rollups.verdicts import achievement, target_of, verdict
from storage.queries.facts import (
    asked_rounds,
    needed_fields,
    read_facts,
    read_stocks,
    read_texts,
    stocks_of,
    touching,
)
from storage.queries.forest import By, Forest, forest_of, rows_below
from storage.queries.history import unit_history
from storage.queries.outliers import outliers
from storage.queries.reporting import reporting_table
from storage.queries.withheld import OWN, Withheld
from storage.scope import units_below
from storage.tables.people import units
from storage.tables.rounds import rounds as rounds_table
from storage.tables.summaries import unit_figures

__all__ = [
    "By", "area", "field_totals", "figure_table", "indicator_row", "outliers", "reporting_table",
    "unit_history",
]  # fmt: skip

#: The commune: the lowest unit above the branches, and the last that sees small cells of its own.
OWNER = "XA"

_Cells: TypeAlias = dict[int, Figure]

#: What a figure may be compared with: the year up to then, the period before, the same period a year ago.
Compared: TypeAlias = Literal["to_date", "before", "last_year"]
ALL_COMPARED: tuple[Compared, ...] = ("to_date", "before", "last_year")


def figure_table(
    reader: Connection,
    plan: Plan,
    period: str,
    top: int,
    by: By = "children",
    indicators: Sequence[str] | None = None,
    compare: bool | Sequence[Compared] = True,
    viewer: int | None = None,
) -> FigureTable:
    """The figures of every unit ``by`` names below ``top`` (a unit id), in administrative order, and of
    ``top`` itself as the total. ``indicators``: ids, all of the plan by default. ``compare=False`` leaves
    out to_date, before and last_year (a third of the time), names only the others. ``viewer``: unit id.
    Raises KeyError for an indicator or a unit that is not there on the period's last day."""
    desk = _Desk(reader, plan)
    tree = desk.forest.on(period_span(period)[1])
    shown = rows_below(tree, top, by)
    names = tuple(indicators) if indicators is not None else tuple(desk.indicators)
    wanted = {top, *(area.id for area in shown)}
    made = desk.figures([desk.indicators[name] for name in names], period, top, wanted, compare, viewer)
    rows = tuple(TableRow(area, _placed(made, names, area)) for area in shown)
    whole = tree.area(top)
    return FigureTable(period, names, rows, TableRow(whole, _placed(made, names, whole)))


def indicator_row(
    reader: Connection, plan: Plan, indicator: str, period: str, unit: int, viewer: int | None = None
) -> IndicatorFigures:
    """One indicator of one unit, compared. Raises KeyError as `figure_table`."""
    desk = _Desk(reader, plan)
    area_ = desk.forest.on(period_span(period)[1]).area(unit)
    made = desk.figures([desk.indicators[indicator]], period, unit, {unit}, True, viewer)
    return replace(made[unit][indicator], area=area_)


def field_totals(
    reader: Connection, plan: Plan, period: str, top: int, fields: Iterable[str]
) -> Mapping[str, int]:
    """For a digest: by field, the sum over submitted reports of the period of all units below ``top``;
    yes and texts count as 1, what nobody said as 0. A province's month takes a few milliseconds."""
    names = list(fields)
    day = period_span(period)[1]
    asked = select(rounds_table.c.id).where(
        rounds_table.c.period == period, rounds_table.c.pack.in_([pack.id for pack in plan.packs])
    )
    statement = (
        select(unit_figures.c.field, func.sum(unit_figures.c.number))
        .where(
            unit_figures.c.round_id.in_(list(reader.execute(asked).scalars())),
            unit_figures.c.field.in_(names),
        )
        .group_by(unit_figures.c.field)
    )
    if not _is_root(reader, top):
        below = list(reader.execute(units_below(top, day)).scalars())
        statement = statement.where(unit_figures.c.unit_id.in_(below))
    said = {field: int(total) for field, total in reader.execute(statement)}
    return {name: said.get(name, 0) for name in names}


def _is_root(reader: Connection, top: int) -> bool:
    row = reader.execute(select(units.c.parent_id).where(units.c.id == top)).first()
    return row is not None and row.parent_id is None


def area(reader: Connection, unit: int, period: str) -> Area:
    """A unit as it was on the period's last day. Raises KeyError if it was not there."""
    return forest_of(reader).on(period_span(period)[1]).area(unit)


def _placed(
    made: Mapping[int, Mapping[str, IndicatorFigures]], names: Sequence[str], where: Area
) -> dict[str, IndicatorFigures]:
    return {name: replace(made[where.id][name], area=where) for name in names}


@dataclass
class _Desk:
    """One look at the database: everything read once."""

    reader: Connection
    plan: Plan

    @cached_property
    def forest(self) -> Forest:
        return forest_of(self.reader)

    @cached_property
    def fields(self) -> dict[str, FieldInfo]:
        return fields_of(self.plan)

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return {indicator.id: indicator for indicator in self.plan.indicators}

    @cached_property
    def rounds(self) -> tuple[Asked, ...]:
        return asked_rounds(self.reader, self.plan)

    def figures(
        self,
        indicators: Sequence[Indicator],
        period: str,
        top: int,
        wanted: set[int],
        compare: bool | Sequence[Compared],
        viewer: int | None,
    ) -> dict[int, dict[str, IndicatorFigures]]:
        """By area and indicator. Sensitive ones are made of the whole tree: what is hidden in one table is
        hidden in all."""
        open_, guarded = [i for i in indicators if not i.sensitive], [i for i in indicators if i.sensitive]
        found: dict[int, dict[str, IndicatorFigures]] = {area: {} for area in wanted}
        for some, whole in ((open_, False), (guarded, True)):
            if some:
                job = _Job(self, some, period, top, wanted, compare, viewer, whole)
                for area_, made in job.run().items():
                    found[area_].update(made)
        return found


@dataclass
class _Job:
    """Some indicators of one period, with what they are compared with."""

    desk: _Desk
    indicators: Sequence[Indicator]
    period: str
    top: int
    wanted: set[int]
    compare: bool | Sequence[Compared]
    viewer: int | None
    guarded: bool

    def run(self) -> dict[int, dict[str, IndicatorFigures]]:
        found: dict[int, dict[str, IndicatorFigures]] = {area: {} for area in self.wanted}
        for indicator in self.indicators:
            for area_, made in self._made(indicator).items():
                found[area_][indicator.id] = made
        return found

    @cached_property
    def times(self) -> dict[str, tuple[Tree, Span]]:
        """The trees and spans looked at: of the period itself, and what it is compared with."""
        tree, span = self.desk.forest.on(period_span(self.period)[1]), span_of(self.period)
        found = {"main": (tree, span)}
        wanted = ALL_COMPARED if self.compare is True else self.compare or ()
        if "to_date" in wanted:
            found["to_date"] = (tree, to_date(self.period))
        if set(wanted) - {"to_date"}:
            for name, other in (("before", before(self.period)), ("last_year", year_before(self.period))):
                if other is not None and name in wanted:
                    then = span_of(other)
                    found[name] = (self.desk.forest.on(then.last), then)
        return found

    @cached_property
    def units(self) -> set[int] | None:
        """The units whose answers can count in ``top``, on any of the days; None: all."""
        if self.guarded:
            return None
        found: set[int] = set()
        for tree, _ in self.times.values():
            here = {u for u in tree.units if (h := tree.home(u)) is not None and self.top in tree.paths[h]}
            found |= here.union(*(tree.ever_under(unit) for unit in here))
        return found

    @cached_property
    def reckon(self) -> Callable[[Tree, Span], Reckoning]:
        """Counts over a span, with what is read once for all."""
        desk, spans = self.desk, [span for _, span in self.times.values()]
        names = needed_fields(self.indicators, desk.indicators)
        rounds = touching(desk.rounds, spans)
        facts = read_facts(desk.reader, desk.fields, names, rounds, self.units)
        last = max((one.opens_at for one in rounds), default=None)
        known = [one for one in desk.rounds if last is not None and one.opens_at <= last]
        stocks = self._stocks(known)
        return lambda tree, span: Reckoning(
            desk.fields, desk.indicators, tree, span, desk.rounds, facts, stocks, self._areas(tree)
        )

    @cached_property
    def reckonings(self) -> dict[str, Reckoning]:
        """One for each of the times."""
        found = {name: self.reckon(tree, span) for name, (tree, span) in self.times.items()}
        return {**found, "main": replace(found["main"], texts=self._texts())}

    @cached_property
    def withheld(self) -> Withheld:
        """What of sensitive indicators is not shown."""
        return Withheld(self.desk.fields, self.desk.rounds, self.desk.forest.on, self.reckon)

    def _stocks(self, known: Sequence[Asked]) -> Stocks:
        desk = self.desk
        names = stocks_of(self.indicators, desk.indicators)
        facts, baselines = read_stocks(desk.reader, desk.plan, desk.fields, names, known, self.units)
        return Stocks(facts, desk.plan.moves, baselines)

    def _texts(self) -> dict[str, dict[int, list[tuple[Asked, str]]]]:
        desk = self.desk
        names = {name for indicator in self.indicators for name in indicator.fields}
        rounds = touching(desk.rounds, [self.times["main"][1]])
        return read_texts(desk.reader, desk.fields, names, rounds, self.units)

    def _areas(self, tree: Tree) -> Collection[int]:
        if self.guarded:
            return set(tree.parents)
        return {area for area in self.wanted if area in tree}

    def _made(self, indicator: Indicator) -> dict[int, IndicatorFigures]:
        cells = {
            name: self._shown(name, each.main(indicator), indicator) for name, each in self.reckonings.items()
        }
        fields = {
            name: self._shown("main", made, indicator, name)
            for name, made in self.reckonings["main"].by_field(indicator).items()
        }
        return {area: self._row(indicator, area, cells, fields) for area in self.wanted}

    def _shown(self, time: str, cells: _Cells, indicator: Indicator, field: str = OWN) -> _Cells:
        """Without what may not be seen from where she sits."""
        if not self.guarded:
            return cells
        tree, span = self.times[time]
        hidden = self.withheld.hidden(indicator, field, cells, tree, span)
        own = _own_commune(tree, self.viewer)
        return {
            area: _veiled(figure, hidden[area])
            if area in hidden and not (own is not None and own in tree.paths[area])
            else figure
            for area, figure in cells.items()
        }

    def _row(
        self, indicator: Indicator, area: int, cells: Mapping[str, _Cells], fields: Mapping[str, _Cells]
    ) -> IndicatorFigures:
        tree, _ = self.times["main"]
        main = cells["main"][area]
        then = {name: cells[name].get(area) for name in ("to_date", "before", "last_year") if name in cells}
        year = then.get("to_date") or main
        return IndicatorFigures(
            indicator.id, tree.area(area), self.period, main, tuple(made[area] for made in fields.values()),
            then.get("to_date"), _known(then.get("before")), _known(then.get("last_year")),
            target_of(indicator, year), indicator.target_unit, achievement(indicator, year),
            verdict(indicator, year),
        )  # fmt: skip


def _known(figure: Figure | None) -> Figure | None:
    return figure if figure is not None and figure.state == "reported" else None


def _veiled(figure: Figure, small: bool) -> Figure:
    return replace(
        figure, value=None, numerator=None, denominator=None, counts=None, texts=(), hidden=True, small=small
    )


def _own_commune(tree: Tree, viewer: int | None) -> int | None:
    """The commune the viewer sits in, or below."""
    path = tree.paths.get(viewer, ()) if viewer is not None else ()
    return next((unit for unit in path if tree.units[unit].kind == OWNER), None)
