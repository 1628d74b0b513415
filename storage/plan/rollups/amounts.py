"""What each unit of the day says over a span: its own answers, and those of units that became part of it.

Flows of a unit that is gone count where it went. Its stocks count there only while its successor has not
answered since the merger; those of a unit that was closed do not count any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from storage.domain.figures import Number
from storage.plan.model import TimeRollup
from storage.plan.rollups.asked import Span
from storage.plan.rollups.columns import Asking, Column, Series, exact_numbers
from storage.plan.rollups.land import Array, Land


@dataclass(frozen=True, slots=True)
class Measured:
    """What rows count as: a number and, of ratios and percents, its whole; ``counts`` and ``has_whole``
    say where there is one."""

    number: Array
    counts: Array
    whole: Array
    has_whole: Array


#: What the rows of a column count as.
Measure: TypeAlias = Callable[[Column], Measured]


def as_said(column: Column) -> Measured:
    """The rows' own numbers."""
    has_whole = ~np.isnan(column.whole)
    whole = exact_numbers(np.where(has_whole, column.whole, 0))
    return Measured(exact_numbers(column.number), np.ones(len(column), bool), whole, has_whole)


@dataclass(slots=True)
class Amounts:
    """By slot: ``present`` it has a figure, ``answered`` by itself; ``said`` there is a number. ``word``
    and ``last`` (the last day of the latest period counted) are those of its own answers."""

    present: Array
    answered: Array
    said: Array
    number: Array
    has_whole: Array
    whole: Array
    estimate: Array
    word: Array
    last: Array


@dataclass(frozen=True, slots=True)
class Slots:
    """What figures are kept for: units, or entries of a unit's list. ``of`` is each row's slot, ``unit``
    each slot's unit, ``home`` the slot in which it counts (-1 nowhere)."""

    of: Array
    unit: Array
    home: Array

    @classmethod
    def units(cls, column: Column, land: Land) -> "Slots":
        """One a unit."""
        return cls(column.unit, np.arange(land.size), land.home)

    @classmethod
    def entries(cls, series: Series, land: Land) -> "Slots":
        """One an entry of a unit's list."""
        size, unit = land.size, series.column.unit
        keys, home = series.entry * size + unit, land.home[unit]
        moved = (series.entry * size + home)[home >= 0]
        known = np.unique(np.concatenate([keys, moved]))
        units, entries = known % size, known // size
        homes = np.where(land.home[units] >= 0, entries * size + land.home[units], -1)
        at = np.where(homes >= 0, np.searchsorted(known, homes), -1)
        return cls(np.searchsorted(known, keys), units, at)


def amounts(
    column: Column,
    slots: Slots,
    land: Land,
    asking: Asking,
    span: Span,
    time: TimeRollup,
    measure: Measure = as_said,
    own_only: bool = False,
) -> Amounts:
    """By slot of a unit of the day, what it says of a field over the span; ``own_only`` leaves out what
    units that are gone said."""
    inside = asking.holds(span, time)[column.asked]
    there = land.there[slots.unit]
    if own_only:
        inside &= there[slots.of]
    found = _over_time(column.take(inside), slots.of[inside], len(slots.unit), asking, time, measure)
    gone = np.flatnonzero(found.present & ~there)
    found.answered = found.present & there
    if len(gone):
        _join(found, gone[_still_counts(found, gone, slots, land, time)], slots)
        for each in (found.present, found.said, found.has_whole, found.estimate):
            each[gone] = False
    return found


def _over_time(
    column: Column, slot: Array, size: int, asking: Asking, time: TimeRollup, measure: Measure
) -> Amounts:
    """The rows of each slot as one amount."""
    latest = np.full(size, -1, np.int64)
    latest[slot] = np.arange(len(slot))  # of several rows of a slot the last is kept
    present = latest >= 0
    word = np.full(size, -1, np.int64)
    word[present] = column.word[latest[present]]
    if time not in ("sum", "max", "mean"):
        rows = latest[present]
        column, slot = column.take(rows), slot[rows]
    estimate, last = np.zeros(size, bool), np.zeros(size, np.int64)
    estimate[slot[asking.estimate[column.asked]]] = True
    np.maximum.at(last, slot, asking.last[column.asked])
    measured = measure(column)
    at = slot[measured.counts]
    times = np.bincount(at, minlength=size)
    number = _folded(measured.number[measured.counts], at, size, time)
    has_whole, whole = _wholes(measured, slot, size)
    if time == "mean":
        number = _means(number, times, has_whole)
    return Amounts(present, present, times > 0, number, has_whole, whole, estimate, word, last)


def _folded(numbers: Array, slot: Array, size: int, time: TimeRollup) -> Array:
    if time != "max":
        total = np.zeros(size, numbers.dtype)
        np.add.at(total, slot, numbers)
        return total
    order = np.lexsort((numbers, slot)) if numbers.dtype != object else _sorted(numbers, slot)
    most = np.zeros(size, numbers.dtype)
    most[slot[order]] = numbers[order]
    return most


def _sorted(numbers: Array, slot: Array) -> Array:
    return np.array(sorted(range(len(slot)), key=lambda row: (slot[row], numbers[row])), np.int64)


def _wholes(measured: Measured, slot: Array, size: int) -> tuple[Array, Array]:
    rows = measured.counts & measured.has_whole
    whole = np.zeros(size, measured.whole.dtype)
    np.add.at(whole, slot[rows], measured.whole[rows])
    return np.bincount(slot[rows], minlength=size) > 0, whole


def _means(total: Array, times: Array, has_whole: Array) -> Array:
    """Of what has no whole the mean, exact; what has one is added (Σa of Σb)."""
    rows = np.flatnonzero((times > 1) & ~has_whole)
    if not len(rows):
        return total
    found = total.astype(object)
    for row in rows.tolist():
        found[row] = whole_or_fraction(Fraction(found[row]) / int(times[row]))
    return found


def _still_counts(found: Amounts, gone: Array, slots: Slots, land: Land, time: TimeRollup) -> Array:
    """Whether what a slot's unit that is gone said counts where it went: flows always, a stock while the
    unit it is part of has not said its own since."""
    home = slots.home[gone]
    if time in ("sum", "mean"):
        return home >= 0
    merged_on = land.merged_on[slots.unit[gone]]
    since = found.answered[home] & (found.last[home] >= merged_on)
    return (home >= 0) & (merged_on > 0) & ~since


def _join(into: Amounts, gone: Array, slots: Slots) -> None:
    """Add what they said to the slots they count in."""
    home = slots.home[gone]
    for total, has in ((into.number, into.said), (into.whole, into.has_whole)):
        rows = has[gone]
        np.add.at(total, home[rows], total[gone[rows]])
        has[home[rows]] = True
    into.estimate[home[into.estimate[gone]]] = True
    into.present[home] = True


def whole_or_fraction(number: Fraction) -> Number:
    """An int where it is one."""
    return int(number) if number.denominator == 1 else number
