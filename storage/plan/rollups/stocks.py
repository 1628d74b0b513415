"""What a unit's stock was known to be when a round asked: its last answer before, moved by the flows since,
else the figure of the units file. The same number that stood in the question she answered."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from storage.plan.model import Move
from storage.plan.rollups.columns import Asking, Column, exact_numbers
from storage.plan.rollups.land import Array

#: Numbers by unit's place, and where they are known.
Known: TypeAlias = tuple[Array, Array]


class Stocks:
    """Stocks of all units at all rounds, drawn once a field."""

    def __init__(
        self,
        asking: Asking,
        said: Callable[[str], Column],
        moves: Mapping[str, Move],
        baselines: Mapping[str, Known],
        size: int,
    ) -> None:
        """``said``: the answers of a field, one a unit and period; ``size``: how many units there are."""
        self._asking, self._said, self._moves = asking, said, moves
        self._baselines, self._size = baselines, size
        self._lines: dict[str, tuple[list[Known], list[Known]]] = {}

    def at(self, field: str, column: Column) -> Known:
        """The stock ``field`` of each row's unit when the row was asked; what the same round says of it
        counts."""
        return _picked(self._line(field)[0], column)

    def before(self, field: str, column: Column) -> Known:
        """The same, without what the round itself says."""
        return _picked(self._line(field)[1], column)

    def _line(self, field: str) -> tuple[list[Known], list[Known]]:
        line = self._lines.get(field)
        if line is None:
            line = self._lines[field] = self._drawn(field)
        return line

    def _drawn(self, field: str) -> tuple[list[Known], list[Known]]:
        """By round the stocks of all units, with what the round itself says and without."""
        said, flows = self._said(field), self._flows(field)
        numbers = exact_numbers(said.number)
        none = (np.zeros(self._size, np.int64), np.zeros(self._size, bool))
        number, known = self._baselines.get(field) or none
        number = number.astype(np.result_type(number.dtype, numbers.dtype, *(one.dtype for _, one in flows)))
        at, before = (
            [(number, known)] * len(self._asking.rounds),
            [(number, known)] * len(self._asking.rounds),
        )
        for one in self._asking.opened:
            before[one] = (number, known)
            mine = _rows_of(said, one)
            units = said.unit[mine]
            if len(units):
                known = known.copy()
                known[units] = True
            at[one] = (_changed(number, units, numbers[mine]), known)
            for column, signed in flows:
                theirs = _rows_of(column, one)
                if theirs.stop > theirs.start:
                    number = number.copy()
                    np.add.at(number, column.unit[theirs], signed[theirs])
            number = _changed(number, units, numbers[mine])
        return at, before

    def _flows(self, field: str) -> list[tuple[Column, Array]]:
        move = self._moves.get(field)
        found = []
        for name, sign in ((move.plus, 1), (move.minus, -1)) if move else ():
            column = self._said(name)
            found.append((column, sign * exact_numbers(column.number)))
        return found


def _changed(number: Array, units: Array, numbers: Array) -> Array:
    """The same array where nobody said anything."""
    if not len(units):
        return number
    found = number.copy()
    found[units] = numbers
    return found


def _rows_of(column: Column, asked: int) -> slice:
    """A round's rows, which lie together; rounds in order."""
    start, stop = np.searchsorted(column.asked, [asked, asked + 1]).tolist()
    return slice(start, stop)


def _picked(line: list[Known], column: Column) -> Known:
    asked, row = np.unique(column.asked, return_inverse=True)
    if not len(asked):
        return np.zeros(0, np.int64), np.zeros(0, bool)
    numbers = np.stack([line[one][0] for one in asked.tolist()])
    known = np.stack([line[one][1] for one in asked.tolist()])
    return numbers[row, column.unit], known[row, column.unit]
