"""What units said of a field, as arrays: a row an answer, in the order of the rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from storage.plan.model import TimeRollup
from storage.plan.rollups.asked import Asked, Span, exact
from storage.plan.rollups.land import Array

#: Whole numbers below this can be added up for every unit and day of a year as int64.
_SAFE = 1 << 40


@dataclass(frozen=True, slots=True)
class Column:
    """``asked``: the round's place in `Asking`; ``unit``: the unit's in `Land`; ``whole`` NaN and ``word``
    -1 where there is none, else the word's place in the list of words."""

    asked: Array
    unit: Array
    number: Array
    whole: Array
    word: Array

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, rows: Array) -> "Column":
        """Some of the rows: a mask, or their numbers."""
        return Column(self.asked[rows], self.unit[rows], self.number[rows], self.whole[rows], self.word[rows])


def joined(columns: Sequence[Column]) -> Column:
    """One below the other."""
    if len(columns) == 1:
        return columns[0]
    if not columns:
        none, nothing = np.zeros(0, np.int64), np.zeros(0)
        return Column(none, none, nothing, nothing, none)
    names = ("asked", "unit", "number", "whole", "word")
    return Column(*(np.concatenate([getattr(one, name) for one in columns]) for name in names))


class Asking:
    """The rounds of a plan in the order in which they count, as arrays."""

    def __init__(self, rounds: Sequence[Asked]) -> None:
        """In order (`storage.plan.rollups.asked.rounds_of`)."""
        self.rounds = tuple(rounds)
        periods = {period: n for n, period in enumerate(sorted({one.period for one in rounds}))}
        self.period = np.array([periods[one.period] for one in rounds], np.int64)
        self.first = np.array([one.first.toordinal() for one in rounds], np.int64)
        self.last = np.array([one.last.toordinal() for one in rounds], np.int64)
        self.estimate = np.array([one.estimate for one in rounds], bool)

    def holds(self, span: Span, time: TimeRollup) -> Array:
        """By round whether its figures belong to the span (`Span.holds`)."""
        first, last = span.first.toordinal(), span.last.toordinal()
        if time == "once":
            return (self.first <= last) & (self.last >= first)
        return (self.first >= first) & (self.last <= last)

    @cached_property
    def opened(self) -> list[int]:
        """The rounds' places, the first opened first."""
        rounds = self.rounds
        return sorted(range(len(rounds)), key=lambda n: (rounds[n].opens_at, rounds[n].id))

    def one_a_period(self, column: Column) -> Column:
        """A unit has one figure a field and period: of several rounds the last in order counts, which is
        the final where there is one. The rows of each round lie together, rounds in order."""
        if not self._twice(column):
            return column
        return column.take(last_of((column.unit, self.period[column.asked])))

    def series_a_period(self, series: "Series") -> "Series":
        """The same of each entry of a list."""
        column, entry = series.column, series.entry
        if not self._twice(column):
            return series
        rows = last_of((column.unit, self.period[column.asked], entry))
        return Series(column.take(rows), entry[rows])

    def _twice(self, column: Column) -> bool:
        """Whether several rounds asked for one period."""
        asked = np.flatnonzero(np.bincount(column.asked, minlength=1))
        return len(np.unique(self.period[asked])) < len(asked)


def last_of(keys: Sequence[Array]) -> Array:
    """The numbers of the last row of each group of rows that agree in all keys, ascending."""
    if not len(keys[0]):
        return np.zeros(0, np.int64)
    order = np.lexsort(keys)  # stable: rows of a group stay in order
    ends = np.zeros(len(order), bool)
    ends[-1] = True
    for key in keys:
        ends[:-1] |= key[order][1:] != key[order][:-1]
    return np.sort(order[ends])


def exact_numbers(values: Array) -> Array:
    """Stored numbers as they were said: int64 where all are whole, else ints and fractions."""
    whole = np.rint(values)
    if np.array_equal(whole, values) and (not len(values) or np.abs(values).max() < _SAFE):
        return whole.astype(np.int64)
    return np.array([exact(value) for value in values.tolist()], object)


@dataclass(frozen=True, slots=True)
class Series:
    """A repeated question's answers: ``entry`` says of each row which entry of the list it is about."""

    column: Column
    entry: Array


class Facts(Protocol):
    """What was said, by field."""

    @property
    def words(self) -> Sequence[str]:
        """The words rows stand for."""

    def column(self, name: str) -> Column:
        """The answers of a field, one a unit and period."""

    def series(self, name: str) -> Series:
        """Those of a repeated question."""

    def texts(self, name: str, rows: Column) -> list[str]:
        """What was written, of each row; "" for nothing."""
