"""Nobody works out a small figure from what is shown: readers try on random trees and on a whole year."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.domain.figures import Figure, Number
from storage.domain.people import Unit
from storage.domain.tree import Tree
from storage.plan.rollups.hiding import hidden_cells
from storage.queries.figures import figure_table
from tests.rollups.generated import plan

DAY = date(2024, 3, 31)

#: More than this no withheld figure is thought to be.
MOST = 40


def _tree(shape: list[list[int]]) -> Tree:
    """A province of districts of communes with so many branches each."""
    above: dict[int, int | None] = {1: None}
    kinds = {1: "TI"}
    for communes in shape:
        district = len(above) + 1
        above[district], kinds[district] = 1, "HU"
        for branches in communes:
            commune = len(above) + 1
            above[commune], kinds[commune] = district, "XA"
            for _ in range(branches):
                above[len(above) + 1] = commune
    units = [
        Unit(n, f"{n:03}", f"Đơn vị {n}", kinds.get(n, "CH"), "", parent, DAY, None)  # type: ignore[arg-type]
        for n, parent in above.items()
    ]
    return Tree.on(DAY, units, {}, {})


def _summed(tree: Tree, leaves: list[int]) -> dict[int, Number]:
    values: dict[int, Number] = dict.fromkeys(tree.parents, 0)
    for leaf, value in zip((u for u in tree.parents if u not in tree.children), leaves, strict=False):
        for above in tree.paths[leaf]:
            values[above] += value
    return values


class Reader:
    """Knows that "<3" is 1 or 2, "…" any number, and that totals are sums; what else she can tell."""

    def __init__(self, tree: Tree, values: Mapping[int, Number], hidden: Mapping[int, bool]) -> None:
        self.tree = tree
        self.possible: dict[int, set[int]] = {}
        for area in sorted(tree.parents, key=lambda unit: -len(tree.paths[unit])):
            own = {int(values[area])} if area not in hidden else {1, 2} if hidden[area] else set(range(MOST))
            inside = tree.children.get(area, ())
            if inside:
                own &= self._sums([self.possible[each] for each in inside])
            self.possible[area] = own
        self._down(next(unit for unit, parent in tree.parents.items() if parent is None))

    @staticmethod
    def _sums(parts: list[set[int]]) -> set[int]:
        return list(accumulate(parts, lambda a, b: {x + y for x in a for y in b}, initial={0}))[-1]

    def _down(self, area: int) -> None:
        inside = self.tree.children.get(area, ())
        for each in inside:
            others = self._sums([self.possible[other] for other in inside if other != each])
            self.possible[each] = {
                x for x in self.possible[each] if any(total - x in others for total in self.possible[area])
            }
        for each in inside:
            self._down(each)


shapes = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=3), min_size=1, max_size=3)
small = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 5])


@settings(max_examples=300, deadline=None)
@given(shapes, st.lists(small, min_size=27, max_size=27))
def test_no_small_cell_of_any_tree_can_be_worked_out(shape: list[list[int]], leaves: list[int]) -> None:
    tree = _tree(shape)
    values = _summed(tree, leaves)
    hidden = hidden_cells(values, tree)
    seen = Reader(tree, values, hidden)
    for area, value in values.items():
        assert value in seen.possible[area]  # she is never told a wrong figure
        assert not hidden.get(area) or 0 < value < 3
        if 0 < value < 3:
            assert area in hidden
            assert len(seen.possible[area]) > 1, (area, hidden, values)


def test_what_is_large_is_shown() -> None:
    tree = _tree([[3, 3], [2]])
    values = _summed(tree, [5, 4, 9, 1, 7, 30, 0, 12])
    assert hidden_cells(values, tree) == {8: True, 9: False}


# --- over time


Cell = tuple[int, str]


def _told(province: Database, name: str) -> tuple[dict[Cell, Figure], list[list[Cell]]]:
    """What the province is shown of a year's periods (main, to date, field), and which cells add up to
    which (the first of each is the total)."""
    told: dict[Cell, Figure] = {}
    sums: list[list[Cell]] = []
    months = [f"2024-{month:02}" for month in range(1, 13)]
    inside = {
        **{f"2024-Q{n + 1}": months[3 * n : 3 * n + 3] for n in range(4)},
        **{f"2024-H{n + 1}": months[6 * n : 6 * n + 6] for n in range(2)},
        "2024": months,
        **{f"to {month}": months[: n + 1] for n, month in enumerate(months)},
    }
    with province.reading() as reader:
        for period in [*months, *(p for p in inside if not p.startswith("to "))]:
            table = figure_table(reader, plan(), period, 1, "all", ["NV26f"], viewer=1)
            for row in (*table.rows, table.total):
                made = row.figures["NV26f"]
                figure = made.figure(name) if name else made.main
                assert figure is not None
                told[row.area.id, period] = figure
                if not name and made.to_date is not None and period in months:
                    told[row.area.id, f"to {period}"] = made.to_date
    for whole, parts in inside.items():
        for area in {area for area, _ in told}:
            sums.append([(area, whole), *((area, part) for part in parts)])
    return told, sums


def _trees(province: Database, told: Mapping[Cell, Figure]) -> Iterator[list[Cell]]:
    """What lies right below each area in each period; where something above was said instead, nothing."""
    with province.reading() as reader:
        periods = {period for _, period in told}
        for period in periods:
            day = f"{period.removeprefix('to ')}"
            table = figure_table(reader, plan(), day, 1, "all", ["NV26f"], False)
            below: dict[int, list[Cell]] = {}
            for row in table.rows:
                below.setdefault(row.area.parent_id or 0, []).append((row.area.id, period))
            yield from ([(area, period), *cells] for area, cells in below.items())


def _real(province: Database, name: str) -> dict[Cell, Number | None]:
    """The same figures as their communes see them, found without hiding."""
    open_ = plan().model_copy(
        update={"indicators": tuple(i.model_copy(update={"sensitive": False}) for i in plan().indicators)}
    )
    found: dict[Cell, Number | None] = {}
    with province.reading() as reader:
        for period in [*(f"2024-{m:02}" for m in range(1, 13)), *(f"2024-Q{q}" for q in range(1, 5)),
                       "2024-H1", "2024-H2", "2024"]:  # fmt: skip
            table = figure_table(reader, open_, period, 1, "all", ["NV26f"])
            for row in (*table.rows, table.total):
                made = row.figures["NV26f"]
                figure = made.figure(name) if name else made.main
                found[row.area.id, period] = figure.value if figure else None
                if made.to_date is not None and not name:
                    found[row.area.id, f"to {period}"] = made.to_date.value
    return found


@pytest.mark.parametrize("name", ["", "NV26f", "NV26f.xa.biet"])
def test_no_small_figure_of_a_year_can_be_worked_out_over_time(province: Database, name: str) -> None:
    """She solves all equations at once: what hidden cell do they fix?"""
    told, sums = _told(province, name)
    real = _real(province, name)
    equations = [
        cells
        for cells in [*sums, *_trees(province, told)]
        if all(cell in real for cell in cells)
        and real[cells[0]] == sum((real[cell] or 0) for cell in cells[1:])
    ]
    unknown = {cell: place for place, cell in enumerate(c for c, figure in told.items() if figure.hidden)}
    matrix = np.zeros((len(equations), len(unknown)))
    for row, cells in enumerate(equations):
        for cell in cells:
            if cell in unknown:
                matrix[row, unknown[cell]] += -1 if cell == cells[0] else 1
    small = [cell for cell in unknown if 0 < (real[cell] or 0) < 3]
    assert small
    assert all(told[cell].hidden for cell, value in real.items() if cell in told and 0 < (value or 0) < 3)
    free = _null_space(matrix)
    fixed = [cell for cell in small if not np.abs(free[:, unknown[cell]]).max(initial=0) > 1e-6]
    assert fixed == []


def _null_space(matrix: "np.typing.NDArray[np.float64]") -> "np.typing.NDArray[np.float64]":
    """The directions in which the unknown cells can move together."""
    _, sizes, rows = np.linalg.svd(matrix)
    rank = int((sizes > 1e-9).sum())
    return rows[rank:]
