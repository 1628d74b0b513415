"""Odd values of the units below a unit, from the summaries."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, overload

import numpy as np
from sqlalchemy import Connection, and_, func, select

from storage.domain.figures import Area, Number, Outlier, OutlierCode
from storage.plan.model import Plan
from storage.plan.names import is_count
from storage.plan.periods import period_span
from storage.plan.rollups.asked import Asked, exact, span_of
from storage.plan.rollups.catalogue import NUMBERS, FieldInfo, fields_of, stock_fields
from storage.plan.rollups.columns import exact_numbers, last_of
from storage.plan.rollups.ground import groups
from storage.plan.rollups.land import Array, Land
from storage.plan.rollups.outliers import (
    ENOUGH,
    NONE,
    Finding,
    far,
    far_from,
    flow_equals_stock,
    part_over_whole,
    stock_fell,
)
from storage.plan.rollups.stocks import Known, Stocks
from storage.plan.rollups.tally import exact_at
from storage.queries.facts import HeldFacts, asked_rounds
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
) -> Sequence[Outlier]:
    """Values of units below ``top`` (and its own) that need a look, by unit code: a part above its whole, a
    stock that fell, a flow equal to last month's stock, far from the unit's own history or from its
    siblings (median and MAD). Sensitive fields are left out. ``codes`` only these reasons: "part_over_whole"
    alone reads no history. Raises KeyError if ``top`` is not there on the period's last day."""
    info = fields_of(plan)
    now = [one for one in asked_rounds(reader, plan) if span_of(period).holds(one, "sum")]
    names = [name for name in _numbers(info, {one.pack for one in now}) if fields is None or name in fields]
    back = codes is None or not set(codes) <= AT_ONCE
    if not back and all(info[name].kind == "ratio" for name in names):
        return _parts_over(reader, names, now, top, period_span(period)[1])
    facts = HeldFacts.of(reader, plan)
    land = facts.held.forest.land(period_span(period)[1])
    if top not in land.tree:
        raise KeyError(top)
    opened = [one.opens_at for one in now]
    known = [one for one in facts.asking.rounds if opened and one.opens_at <= max(opened)]
    stocks, kept = facts.stocks_of(known), stock_fields(plan, info)
    look = _Look(plan, land, facts, stocks, _wholes(plan, names), now, back, land.place[top], kept)
    inside = np.zeros(land.size, bool)
    inside[land.below(land.place[top])] = True
    rounds = [*_earlier(facts.asking.rounds, now, period, back), *now]
    found = [odd for name in names for odd in look.field(name, rounds, inside, codes)]
    return Outliers(sorted(found, key=lambda odd: odd.key))


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


class Outliers(Sequence[Outlier]):
    """Odd values in order, each described when it is looked at: of thousands a page shows eight."""

    def __init__(self, odd: Sequence["_Odd"]) -> None:
        """In order."""
        self._odd = odd

    def __len__(self) -> int:
        return len(self._odd)

    @overload
    def __getitem__(self, index: int) -> Outlier: ...
    @overload
    def __getitem__(self, index: slice) -> list[Outlier]: ...
    def __getitem__(self, index: int | slice) -> Outlier | list[Outlier]:
        if isinstance(index, slice):
            return [odd.outlier() for odd in self._odd[index]]
        return self._odd[index].outlier()


@dataclass(frozen=True, slots=True)
class _Odd:
    """A row of a field and what is odd about it; ``key`` its place in the list."""

    key: tuple[str, str, str]
    field: "_Field"
    row: int
    code: OutlierCode

    def outlier(self) -> Outlier:
        look, last = self.field.look, self.field.last
        area = look.land.tree.area(look.land.ids[last.unit[self.row]])
        finding = self.field.finding(self.row, self.code)
        return Outlier(area, self.field.name, self.key[2], self.code, finding.params)


@dataclass
class _Look:
    plan: Plan
    land: Land
    facts: HeldFacts
    stocks: Stocks
    wholes: Mapping[str, str]
    now: Sequence[Asked]
    compared: bool
    top: int
    kept: Collection[str]

    def field(
        self, name: str, rounds: Sequence[Asked], inside: Array, codes: Collection[OutlierCode] | None
    ) -> Iterator[_Odd]:
        """The odd ones of a field's last values in the period."""
        field, units = _Field(self, name, rounds), self.land.tree.units
        of, asked = field.last.unit.tolist(), field.last.asked.tolist()
        for code, odd in field.odd():
            for row in (
                np.flatnonzero(odd & inside[field.last.unit]).tolist()
                if codes is None or code in codes
                else ()
            ):
                key = (units[self.land.ids[of[row]]].code, name, self.facts.asking.rounds[asked[row]].period)
                yield _Odd(key, field, row, code)


class _Field:
    """A field's values: ``last`` are those looked at, one a unit, and ``past`` those before them."""

    def __init__(self, look: _Look, name: str, rounds: Sequence[Asked]) -> None:
        """Of these rounds."""
        self.look, self.name, asking = look, name, look.facts.asking
        self.info = look.facts.fields[name]
        ids, now = {one.id for one in rounds}, {one.id for one in look.now}
        column = look.facts.column(name)
        there = look.land.there[column.unit]
        column = column.take(there & np.array([one.id in ids for one in asking.rounds], bool)[column.asked])
        is_now = np.array([one.id in now for one in asking.rounds], bool)[column.asked]
        self.last = column.take(np.flatnonzero(is_now)[last_of((column.unit[is_now],))])
        ends = np.full(look.land.size, -1, np.int64)
        ends[self.last.unit] = self.last.asked
        self.past = column.take(column.asked < ends[column.unit])
        self.values = exact_numbers(self.last.number)

    # --- which are odd

    def odd(self) -> Iterator[tuple[OutlierCode, Array]]:
        """By reason the rows for which it holds."""
        whole, known = self._wholes
        yield "part_over_whole", known & (self.values > whole)
        if self._is_stock:
            before, known = self.look.stocks.before(self.name, self.last)
            yield "stock_fell", known & (self.values < before)
        else:
            yield "flow_equals_stock", self._equals_stock()
        if self.look.compared:
            yield "far_from_own", far_from(self.values, self._own_past())
            yield "far_from_siblings", self._far_from_siblings()

    @cached_property
    def _wholes(self) -> Known:
        own = ~np.isnan(self.last.whole)
        whole = exact_numbers(np.where(own, self.last.whole, 0))
        stock = self.look.wholes.get(self.name)
        if stock is None:
            return whole, own
        number, known = self.look.stocks.at(stock, self.last)
        return np.where(own, whole, number), own | known

    @property
    def _is_stock(self) -> bool:
        return self.name in self.look.kept and self.info.kind == "number"

    def _equals_stock(self) -> Array:
        found = np.zeros(len(self.last), bool)
        for total, known in self._totals:
            found |= known & (self.values == total)
        spoke = np.bincount(self.past.unit, minlength=self.look.land.size) > 0
        return found & spoke[self.last.unit] & (self.values > 1)

    @cached_property
    def _totals(self) -> list[Known]:
        """What a flow may be mixed up with: its own total of the year before this period, made of at least
        two periods, and the stock it moves."""
        moved = [
            stock for stock, move in self.look.plan.moves.items() if self.name in (move.plus, move.minus)
        ]
        return [self._year(), *(self.look.stocks.before(stock, self.last) for stock in moved)]

    def _year(self) -> Known:
        asking, size = self.look.facts.asking, self.look.land.size
        years = np.array([one.last.year for one in asking.rounds], np.int64)
        of = np.zeros(size, np.int64)
        of[self.last.unit] = years[self.last.asked]
        rows = (years[self.past.asked] == of[self.past.unit]) & (self.past.number != 0)
        numbers = exact_numbers(self.past.number[rows])
        total = np.zeros(size, numbers.dtype)
        np.add.at(total, self.past.unit[rows], numbers)
        many = np.bincount(self.past.unit[rows], minlength=size) > 1
        return total[self.last.unit], many[self.last.unit]

    def _own_past(self) -> Array:
        """Each row's earlier values."""
        asked, round_at = np.unique(self.past.asked, return_inverse=True)
        numbers = exact_numbers(self.past.number)
        found = _none((self.look.land.size, len(asked)), numbers.dtype)
        found[self.past.unit, round_at] = numbers
        return found[self.last.unit]

    def _far_from_siblings(self) -> Array:
        """Beside units of the same kind below the same unit, in the same round; the top stands alone."""
        land, last, found = self.look.land, self.last, np.zeros(len(self.last), bool)
        kinds = np.unique(land.kinds, return_inverse=True)[1]
        rows = np.flatnonzero((land.parent[last.unit] >= 0) & (last.unit != self.look.top))
        family, _ = groups(
            [land.parent[last.unit[rows]], kinds[last.unit[rows]], last.asked[rows]], len(rows)
        )
        rows, family = rows[np.argsort(family, kind="stable")], np.sort(family)
        widths = np.bincount(family, minlength=1)
        for width in np.unique(widths[widths > ENOUGH]).tolist():
            some = rows[widths[family] == width].reshape(-1, width)
            others = np.repeat(self.values[some][:, None, :], width, axis=1)
            alone = ~np.eye(width, dtype=bool)
            beside = others[:, alone].reshape(-1, width - 1)
            found[some.reshape(-1)] = far_from(self.values[some.reshape(-1)], beside)
        return found

    # --- and why

    def finding(self, row: int, code: OutlierCode) -> Finding:
        """The reason with its numbers."""
        value, unit = exact_at(self.values, row), self.last.unit[row]
        if code == "part_over_whole":
            return next(part_over_whole(value, exact_at(self._wholes[0], row)))
        if code == "stock_fell":
            before, _ = self.look.stocks.before(self.name, self.last)
            return next(stock_fell(value, exact_at(before, row)))
        if code == "flow_equals_stock":
            return next(flow_equals_stock(value, [value]))
        if code == "far_from_own":
            return next(far(code, value, _listed(exact_numbers(self.past.number[self.past.unit == unit]))))
        land, last = self.look.land, self.last
        beside = (
            (land.parent[last.unit] == land.parent[unit])
            & (land.kinds[last.unit] == land.kinds[unit])
            & (last.asked == last.asked[row]) & (last.unit != unit)
        )  # fmt: skip
        return next(far(code, value, _listed(self.values[beside])))


def _listed(numbers: Array) -> list[Number]:
    return [exact_at(numbers, n) for n in range(len(numbers))]


def _none(shape: tuple[int, int], kind: "np.dtype[Any]") -> Array:
    return np.full(shape, NONE, kind)
