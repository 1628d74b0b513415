"""Figures of areas: what the plan counts, added up over units and time (docs/figures.md).

Everything here is a synchronous function of a connection that only reads. Units are those of the tree
as of the period's last day. ``period`` is "2024-03", "2024-Q1", "2024-H1", "2024" or a day. Whoever asks
has been allowed to see ``top`` (`storage.scope.reaches`); ``viewer`` says from where it is looked at: the
unit of her seat. Figures of sensitive indicators under 3 are hidden unless she sits in the commune that
owns them, or below it; without a viewer they are hidden.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from sqlalchemy import Connection, func, select

from storage.domain.figures import Area, Figure, FigureTable, IndicatorFigures, TableRow
from storage.domain.tree import Tree
from storage.plan.model import Indicator, Plan
from storage.plan.periods import period_span
from storage.plan.rollups.asked import Span, before, span_of, to_date, year_before
from storage.plan.rollups.ground import Cells
from storage.plan.rollups.land import Land
from storage.plan.rollups.reckoning import Reckoning
from storage.plan.rollups.verdicts import achievement, target_of, verdict
from storage.queries.facts import HeldFacts
from storage.queries.forest import By, Forest, rows_below
from storage.queries.held import held_of
from storage.queries.history import unit_history
from storage.queries.outliers import outliers
from storage.queries.reporting import expect_all, reporting_table
from storage.queries.withheld import OWN, Withheld
from storage.scope import units_below
from storage.tables.people import units
from storage.tables.rounds import rounds as rounds_table
from storage.tables.summaries import unit_figures

__all__ = [
    "By", "area", "field_totals", "figure_table", "indicator_row", "outliers", "prepare", "reporting_table",
    "unit_history",
]  # fmt: skip

#: The commune: the lowest unit above the branches, and the last that sees small cells of its own.
OWNER = "XA"

#: What a figure may be compared with: the year up to then, the period before, the same period a year ago.
Compared: TypeAlias = Literal["to_date", "before", "last_year"]
ALL_COMPARED: tuple[Compared, ...] = ("to_date", "before", "last_year")


def prepare(reader: Connection, plan: Plan) -> None:
    """Read what figures are made of, before anybody asks for one: about a second for a province's year."""
    facts = HeldFacts.of(reader, plan)
    expect_all(reader, facts.asking.rounds)
    for name, info in facts.fields.items():
        column = facts.column(name)
        if info.kind == "text":
            facts.texts(name, column)
    if facts.asking.rounds:
        desk = _Desk(reader, plan)
        years = [span_of(str(year)) for year in sorted({one.last.year for one in facts.asking.rounds})]
        withheld = Withheld(facts, desk.reckon(years))
        for indicator in plan.indicators:
            if indicator.sensitive:
                for year in years:
                    withheld.prepare(indicator, year)


def figure_table(
    reader: Connection,
    plan: Plan,
    period: str,
    top: int,
    by: By = "children",
    indicators: Sequence[str] | None = None,
    compare: bool | Sequence[Compared] = True,
    viewer: int | None = None,
    texts: bool = True,
) -> FigureTable:
    """The figures of every unit ``by`` names below ``top`` (a unit id), in administrative order, and of
    ``top`` itself as the total. ``indicators``: ids, all of the plan by default. ``compare=False`` leaves
    out to_date, before and last_year (half of the time), names only the others. ``viewer``: unit id.
    ``texts=False`` leaves out what lists hold in words.
    Raises KeyError for an indicator or a unit that is not there on the period's last day."""
    desk = _Desk(reader, plan)
    tree = desk.forest.on(period_span(period)[1])
    shown, whole = rows_below(tree, top, by), tree.area(top)
    names = tuple(indicators) if indicators is not None else tuple(desk.indicators)
    wanted = [desk.indicators[name] for name in names]
    made = desk.figures(wanted, period, (whole, *shown), compare, viewer, texts)
    rows = tuple(TableRow(area, made[area.id]) for area in shown)
    return FigureTable(period, names, rows, TableRow(whole, made[top]))


def indicator_row(
    reader: Connection, plan: Plan, indicator: str, period: str, unit: int, viewer: int | None = None
) -> IndicatorFigures:
    """One indicator of one unit, compared. Raises KeyError as `figure_table`."""
    desk = _Desk(reader, plan)
    area_ = desk.forest.on(period_span(period)[1]).area(unit)
    return desk.figures([desk.indicators[indicator]], period, (area_,), True, viewer)[unit][indicator]


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
    return held_of(reader).forest.on(period_span(period)[1]).area(unit)


@dataclass
class _Desk:
    """One look at the database."""

    reader: Connection
    plan: Plan

    @cached_property
    def facts(self) -> HeldFacts:
        return HeldFacts.of(self.reader, self.plan)

    @property
    def forest(self) -> Forest:
        return self.facts.held.forest

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return {indicator.id: indicator for indicator in self.plan.indicators}

    def reckon(self, spans: Sequence[Span]) -> Callable[[Land, Span], Reckoning]:
        """Counts over one of these spans, or one within."""
        facts, stocks = self.facts, self.facts.stocks(spans)
        return lambda land, span: Reckoning(
            facts.fields, self.indicators, land, span, facts.asking, facts, stocks
        )

    def figures(
        self,
        indicators: Sequence[Indicator],
        period: str,
        wanted: Sequence[Area],
        compare: bool | Sequence[Compared],
        viewer: int | None,
        texts: bool = True,
    ) -> dict[int, dict[str, IndicatorFigures]]:
        """By area (id) and indicator."""
        job = _Job(self, period, wanted, compare, viewer, texts)
        found: dict[int, dict[str, IndicatorFigures]] = {area.id: {} for area in wanted}
        for indicator in indicators:
            for area_, made in job.made(indicator).items():
                found[area_][indicator.id] = made
        return found


@dataclass
class _Job:
    """A period, with what it is compared with."""

    desk: _Desk
    period: str
    wanted: Sequence[Area]
    compare: bool | Sequence[Compared]
    viewer: int | None
    texts: bool

    @cached_property
    def times(self) -> dict[str, tuple[Land, Span]]:
        """The trees and spans looked at: of the period itself, and what it is compared with."""
        land, span = self.desk.forest.land(period_span(self.period)[1]), span_of(self.period)
        found = {"main": (land, span)}
        wanted = ALL_COMPARED if self.compare is True else self.compare or ()
        if "to_date" in wanted:
            found["to_date"] = (land, to_date(self.period))
        if set(wanted) - {"to_date"}:
            for name, other in (("before", before(self.period)), ("last_year", year_before(self.period))):
                if other is not None and name in wanted:
                    then = span_of(other)
                    found[name] = (self.desk.forest.land(then.last), then)
        return found

    @cached_property
    def reckon(self) -> Callable[[Land, Span], Reckoning]:
        """Counts over a span within those looked at."""
        return self.desk.reckon([span for _, span in self.times.values()])

    @cached_property
    def reckonings(self) -> dict[str, Reckoning]:
        """One for each of the times."""
        main, span = self.times["main"]
        found = {
            name: self.reckon(land, then)
            for name, (land, then) in self.times.items()
            if name == "main" or (land, then) != (main, span)  # a year is the year to date
        }
        return {**found, "main": replace(found["main"], with_texts=self.texts)}

    @cached_property
    def withheld(self) -> Withheld:
        """What of sensitive indicators is not shown."""
        return Withheld(self.desk.facts, self.reckon)

    def made(self, indicator: Indicator) -> dict[int, IndicatorFigures]:
        """An indicator's figures by area."""
        cells = {
            name: self._shown(indicator, name, each.main(indicator)) for name, each in self.reckonings.items()
        }
        fields = [
            self._shown(indicator, "main", made, field)
            for field, made in self.reckonings["main"].by_field(indicator).items()
        ]
        return {area.id: self._row(indicator, area, cells, fields) for area in self.wanted}

    def _shown(self, indicator: Indicator, name: str, cells: Cells, field: str = OWN) -> Cells:
        """Without what may not be seen from where she sits. What is hidden is decided on the whole tree:
        what is hidden in one table is hidden in all."""
        if not indicator.sensitive:
            return cells
        land, span = self.times[name]
        hidden, tree = self.withheld.hidden(indicator, field, cells, land, span), land.tree
        own = _own_commune(tree, self.viewer)

        def veil(area: int, figure: Figure) -> Figure:
            seen = area not in hidden or (own is not None and own in tree.paths[area])
            return figure if seen else _veiled(figure, hidden[area])

        return cells.changed(veil)

    def _row(
        self, indicator: Indicator, area: Area, cells: Mapping[str, Cells], fields: Sequence[Cells]
    ) -> IndicatorFigures:
        main = cells["main"][area.id]
        then = {
            name: made[area.id]
            for name in ("to_date", "before", "last_year")
            if name in self.times and area.id in (made := cells.get(name, cells["main"]))
        }
        year = then.get("to_date") or main
        return IndicatorFigures(
            indicator.id, area, self.period, main, tuple(made[area.id] for made in fields),
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
