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
        self._lines: dict[str, tuple[Known, Known]] = {}

    def at(self, field: str, column: Column) -> Known:
        """The stock ``field`` of each row's unit when the row was asked; what the same round says of it
        counts."""
        (number, known), _ = self._line(field)
        return number[column.asked, column.unit], known[column.asked, column.unit]

    def before(self, field: str, column: Column) -> Known:
        """The same, without what the round itself says."""
        _, (number, known) = self._line(field)
        return number[column.asked, column.unit], known[column.asked, column.unit]

    def _line(self, field: str) -> tuple[Known, Known]:
        line = self._lines.get(field)
        if line is None:
            line = self._lines[field] = self._drawn(field)
        return line

    def _drawn(self, field: str) -> tuple[Known, Known]:
        """By round and unit, with what the round itself says and without."""
        said, flows = self._said(field), self._flows(field)
        numbers = exact_numbers(said.number)
        number, known = self._baselines.get(field) or (
            np.zeros(self._size, np.int64),
            np.zeros(self._size, bool),
        )
        kind = np.result_type(number.dtype, numbers.dtype, *(one.dtype for _, one in flows))
        shape = (len(self._asking.rounds), self._size)
        at, before = (
            (np.zeros(shape, kind), np.zeros(shape, bool)),
            (np.zeros(shape, kind), np.zeros(shape, bool)),
        )
        number, known = number.astype(kind), known.copy()
        for one in self._asking.opened:
            before[0][one], before[1][one] = number, known
            mine = said.asked == one
            units = said.unit[mine]
            moved = number.copy()
            for column, signed in flows:
                theirs = column.asked == one
                np.add.at(moved, column.unit[theirs], signed[theirs])
            number[units], known[units] = numbers[mine], True
            at[0][one], at[1][one] = number, known
            moved[units] = numbers[mine]
            number = moved
        return at, before

    def _flows(self, field: str) -> list[tuple[Column, Array]]:
        move = self._moves.get(field)
        found = []
        for name, sign in ((move.plus, 1), (move.minus, -1)) if move else ():
            column = self._said(name)
            found.append((column, sign * exact_numbers(column.number)))
        return found
