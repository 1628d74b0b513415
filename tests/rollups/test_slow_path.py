"""Every figure of the product is the one of the slow path: 76 indicators, all levels, all tree shapes."""

from collections.abc import Iterator

import pytest

from storage.database import Database
from storage.domain.figures import Figure
from storage.plan.periods import period_span
from storage.queries.figures import figure_table
from storage.queries.forest import Forest
from storage.queries.summaries import differences
from tests.rollups.generated import plan
from tests.rollups.slow import Slow


def _packs() -> dict[str, tuple[str, str, frozenset[str]]]:
    return {
        pack.id: (
            pack.level,
            pack.frequency,
            frozenset(name for question in pack.questions for name in (question.name, *question.fields)),
        )
        for pack in plan().packs
    }


def _counts(figure: Figure) -> tuple[int, int, int] | None:
    counts = figure.counts
    return None if counts is None else (counts.reached, counts.not_reached, counts.not_reported)


def _differing(province: Database, period: str) -> Iterator[str]:
    with province.reading() as reader:
        slow = Slow(reader, _packs(), period)
        tree = Forest(reader).on(period_span(period)[1])
        top = next(unit for unit, parent in tree.parents.items() if parent is None)
        table = figure_table(reader, plan(), period, top, "all", compare=False, viewer=top)
        owners = {
            row.area.id: figure_table(
                reader, plan(), period, row.area.id, "all", ["NV26f"], False, row.area.id
            )
            for row in table.rows
            if row.area.kind == "XA"
        }
        for name in table.indicators:
            expected = slow.main(name)
            for row in (*table.rows, table.total):
                figure = row.figures[name].main
                value, counts = expected.get(row.area.id, (None, None))
                if figure.hidden:
                    own = owners.get(row.area.id)
                    figure = own.total.figures[name].main if own else figure
                if not figure.hidden and (figure.value, _counts(figure)) != (value, counts):
                    yield f"{name} {row.area.code}: {figure.value} {_counts(figure)}, slow {value} {counts}"


@pytest.mark.parametrize("period", ["2024", "2024-Q1", "2024-H2", "2024-06", "2024-07"])
def test_every_figure_is_that_of_the_slow_path(province: Database, period: str) -> None:
    assert list(_differing(province, period)) == []


def test_summaries_are_what_the_answers_give(province: Database) -> None:
    with province.reading() as reader:
        rows, odd = differences(reader)
    assert rows > 2_000
    assert odd == []
