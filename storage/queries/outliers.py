"""Odd values of the units below a unit, from the summaries."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, and_, func, select

from storage.domain.figures import Area, Number, Outlier, OutlierCode
from storage.domain.tree import Tree
from storage.plan.model import Plan
from storage.plan.names import is_count
from storage.plan.periods import period_span
from storage.plan.rollups.amounts import Stocks
from storage.plan.rollups.asked import Asked, Entry, exact, span_of
from storage.plan.rollups.catalogue import NUMBERS, FieldInfo, fields_of, stock_fields
from storage.plan.rollups.outliers import (
    Finding,
    far,
    flow_equals_stock,
    part_over_whole,
    stock_fell,
)
from storage.queries.facts import Read, asked_rounds, read_facts, read_stocks
from storage.queries.forest import forest_of
from storage.scope import placed_on, units_below
from storage.tables.people import unit_placements, units
from storage.tables.summaries import unit_figures

#: How far back a unit is compared with itself.
HISTORY = timedelta(days=400)

#: Reasons that need no other round and no other unit.
AT_ONCE: frozenset[OutlierCode] = frozenset({"part_over_whole"})


def outliers(
    reader: Connection,
    plan: Plan,
    period: str,
    top: int,
    fields: Sequence[str] | None = None,
    codes: Collection[OutlierCode] | None = None,
) -> list[Outlier]:
    """Values of units below ``top`` (and its own) that need a look, by unit code: a part above its whole, a
    stock that fell, a flow equal to last month's stock, far from the unit's own history or from its
    siblings (median and MAD). Sensitive fields are left out. ``codes`` only these reasons: "part_over_whole"
    alone reads no history. Raises KeyError if ``top`` is not there on the period's last day."""
    rounds, info = asked_rounds(reader, plan), fields_of(plan)
    now = [one for one in rounds if span_of(period).holds(one, "sum")]
    names = [name for name in _numbers(info, {one.pack for one in now}) if fields is None or name in fields]
    back = codes is None or not set(codes) <= AT_ONCE
    if not back and all(info[name].kind == "ratio" for name in names):
        return _parts_over(reader, names, now, top, period_span(period)[1])
    tree = forest_of(reader).on(period_span(period)[1])
    if top not in tree:
        raise KeyError(top)
    inside = None if tree.parents[top] is None else {unit for unit, path in tree.paths.items() if top in path}
    facts = read_facts(reader, info, names, [*_earlier(rounds, now, period, back), *now], inside)
    wholes = _wholes(plan, names)
    kept = stock_fields(plan, info)
    stocks = set(wholes.values()) | {name for name in names if back and name in kept}
    stocks |= {stock for stock, move in plan.moves.items() if back and {move.plus, move.minus} & set(names)}
    known = [one for one in rounds if now and one.opens_at <= max(each.opens_at for each in now)]
    said, baselines = read_stocks(reader, plan, info, stocks, known, inside)
    this = {one.id for one in now}
    look = _Look(plan, tree, info, facts, Stocks(said, plan.moves, baselines), wholes, this, back, kept)
    found = [one for one in look.all() if codes is None or one.code in codes]
    return sorted(found, key=lambda one: (one.area.code, one.field, one.period))


def _parts_over(
    reader: Connection, names: Collection[str], now: Sequence[Asked], top: int, day: date
) -> list[Outlier]:
    """Ratios whose part is above their whole: the database finds them, and mostly there are few."""
    place = and_(unit_placements.c.unit_id == units.c.id, placed_on(day))
    statement = (
        select(
            units.c.id, units.c.code, func.coalesce(unit_placements.c.name, units.c.name), units.c.kind,
            units.c.area_kind, func.coalesce(unit_placements.c.parent_id, units.c.parent_id),
            unit_figures.c.field, unit_figures.c.round_id, unit_figures.c.number, unit_figures.c.whole,
        )
        .join(units, units.c.id == unit_figures.c.unit_id)
        .outerjoin(unit_placements, place)
        .where(
            unit_figures.c.round_id.in_([one.id for one in now]), unit_figures.c.field.in_(names),
            unit_figures.c.number > unit_figures.c.whole, units.c.id.in_(units_below(top, day)),
        )
        .order_by(units.c.code, unit_figures.c.field)
    )  # fmt: skip
    periods = {one.id: one.period for one in now}
    return [
        Outlier(Area(*row[:6]), row[6], periods[row[7]], "part_over_whole",
                {"value": exact(row[8]), "whole": exact(row[9])})
        for row in reader.execute(statement)
    ]  # fmt: skip


def _numbers(info: Mapping[str, FieldInfo], packs: Collection[str]) -> list[str]:
    """The fields that hold numbers, may be looked at, and were asked."""
    return [
        name
        for name, one in info.items()
        if one.kind in NUMBERS and not one.sensitive and not one.repeated and one.packs & set(packs)
    ]


def _earlier(rounds: Sequence[Asked], now: Sequence[Asked], period: str, back: bool) -> list[Asked]:
    """The rounds of the same packs before this period."""
    first, packs = period_span(period)[0], {one.pack for one in now}
    if not back:
        return []
    return [one for one in rounds if one.pack in packs and first - HISTORY <= one.last < first]


def _wholes(plan: Plan, names: Collection[str]) -> dict[str, str]:
    """By part the field of its whole, as the weighted percents of the plan have it."""
    found = {}
    for indicator in plan.indicators:
        part, whole = indicator.rollup.numerator, indicator.rollup.denominator
        if part in names and part is not None and whole is not None and not is_count(whole):
            found[part] = whole
    return found


@dataclass
class _Look:
    plan: Plan
    tree: Tree
    info: Mapping[str, FieldInfo]
    facts: Read
    stocks: Stocks
    wholes: Mapping[str, str]
    now: Collection[int]
    compared: bool
    kept: Collection[str]

    def all(self) -> Iterator[Outlier]:
        for field, entries in self.facts.items():
            said = self._said_now(entries)
            for unit, (entry, earlier) in said.items():
                siblings = [
                    exact(other.fact.number)
                    for each in self._siblings(unit)
                    if (pair := said.get(each)) is not None
                    for other in [pair[0]]
                    if other.asked.id == entry.asked.id
                ]
                for finding in self._odd(field, unit, entry, earlier, siblings):
                    yield Outlier(
                        self.tree.area(unit), field, entry.asked.period, finding.code, finding.params
                    )

    def _said_now(self, units: Mapping[int, Sequence[Entry]]) -> dict[int, tuple[Entry, Sequence[Entry]]]:
        """By unit its last value of the period, and those before it."""
        found = {}
        for unit, entries in units.items():
            places = [n for n, entry in enumerate(entries) if entry.asked.id in self.now]
            if places and unit in self.tree:
                found[unit] = (entries[places[-1]], entries[: places[-1]])
        return found

    def _siblings(self, unit: int) -> Sequence[int]:
        parent = self.tree.parents[unit]
        kind = self.tree.units[unit].kind
        beside = self.tree.children.get(parent, ()) if parent is not None else ()
        return [each for each in beside if each != unit and self.tree.units[each].kind == kind]

    def _odd(
        self, field: str, unit: int, entry: Entry, earlier: Sequence[Entry], siblings: Sequence[Number]
    ) -> Iterator[Finding]:
        value, stock = exact(entry.fact.number), field in self.kept
        yield from part_over_whole(value, self._whole(field, unit, entry))
        past = [exact(one.fact.number) for one in earlier]
        if stock and self.info[field].kind == "number":
            yield from stock_fell(value, self.stocks.before(field, unit, entry.asked))
        elif past:
            yield from flow_equals_stock(value, self._totals(field, unit, entry, earlier))
        if not self.compared:
            return
        yield from far("far_from_own", value, past)
        yield from far("far_from_siblings", value, siblings)

    def _whole(self, field: str, unit: int, entry: Entry) -> Number | None:
        if entry.fact.whole is not None:
            return exact(entry.fact.whole)
        stock = self.wholes.get(field)
        return self.stocks.at(stock, unit, entry.asked) if stock else None

    def _totals(self, field: str, unit: int, entry: Entry, earlier: Sequence[Entry]) -> list[Number]:
        """What a flow may be mixed up with: its own total of the year before this period, made of at least
        two periods, and the stock it moves."""
        year = [one for one in earlier if one.asked.last.year == entry.asked.last.year]
        numbers = [exact(one.fact.number) for one in year if one.fact.number]
        totals: list[Number] = [sum(numbers)] if len(numbers) > 1 else []
        for stock, move in self.plan.moves.items():
            if field in (move.plus, move.minus):
                known = self.stocks.before(stock, unit, entry.asked)
                totals += [] if known is None else [known]
        return totals
