"""Every figure of the product is the one of the slow path: 76 indicators, all levels, all tree shapes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from storage.database import Database
from storage.domain.figures import Figure, FigureTable, IndicatorFigures, Number
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


def _shown(figure: Figure | None) -> tuple[Number | None, tuple[int, int, int] | None]:
    """Value and states; nothing where there is no figure or nobody reported."""
    if figure is None or figure.state != "reported":
        return None, None
    return figure.value, _counts(figure)


class Compared:
    """The figures of a period by the product and by the slow path, with all they are compared with."""

    def __init__(self, reader: Connection, period: str) -> None:
        self.reader, self.period = reader, period
        self.now = Slow(reader, _packs(), period)
        self.then = {
            "main": self.now,
            "to_date": Slow(reader, _packs(), period, to_date=True),
            "before": Slow(reader, _packs(), *_EARLIER[period][:1]),
            "last_year": Slow(reader, _packs(), *_EARLIER[period][1:]),
        }
        tree = Forest(reader).on(period_span(period)[1])
        self.top = next(unit for unit, parent in tree.parents.items() if parent is None)

    def table(self, top: int, *names: str) -> FigureTable:
        """The product's, as somebody of ``top`` sees it."""
        return figure_table(self.reader, plan(), self.period, top, "all", names or None, viewer=top)

    def rows(self) -> Iterator[tuple[str, int, IndicatorFigures]]:
        """Each indicator of each area; where it is hidden from the province, as its commune sees it."""
        table = self.table(self.top)
        owners = {
            row.area.id: self.table(row.area.id, "NV26f") for row in table.rows if row.area.kind == "XA"
        }
        for name in table.indicators:
            for row in (*table.rows, table.total):
                own = owners.get(row.area.id) if name == "NV26f" else None
                yield name, row.area.id, (own.total if own else row).figures[name]

    def differing(self) -> Iterator[str]:
        """What is not the same."""
        slow = {
            (which, name): then.main(name)
            for which, then in self.then.items()
            for name in (indicator.id for indicator in plan().indicators)
        }
        estimated = {each.id: self.now.estimated(each.id) for each in plan().indicators}
        for name, area, made in self.rows():
            for which in self.then:
                figure: Figure | None = getattr(made, which)
                expected = slow[which, name].get(area, (None, None))
                shown = _shown(figure) if which in ("before", "last_year") else (
                    (figure.value, _counts(figure)) if figure else (None, None))  # fmt: skip
                if which in ("before", "last_year") and expected[0] is None:
                    expected = (None, None)
                if not (figure and figure.hidden) and shown != expected:
                    yield f"{which} {name} {area}: {shown}, slow {expected}"
            if not made.main.hidden and made.main.estimate != (area in estimated[name]):
                yield f"estimate {name} {area}: {made.main.estimate}"

    def hiding(self) -> Iterator[str]:
        """What the province is shown of small cells, and what it is told is small and is not."""
        rows = (*(table := self.table(self.top, "NV26f")).rows, table.total)
        for which, then in self.then.items():
            slow = then.main("NV26f")
            for row in rows:
                figure: Figure | None = getattr(row.figures["NV26f"], which)
                small = 0 < (slow.get(row.area.id, (None, None))[0] or 0) < 3
                if figure is not None and (figure.small or not figure.hidden) and figure.small != small:
                    yield f"{which} {row.area.code}: hidden {figure.hidden}, small {figure.small}"


#: The period before, and the same a year ago, written out.
_EARLIER = {
    "2024": ("2023", "2023"), "2024-Q1": ("2023-Q4", "2023-Q1"), "2024-H2": ("2024-H1", "2023-H2"),
    "2024-06": ("2024-05", "2023-06"), "2024-07": ("2024-06", "2023-07"), "2024-12": ("2024-11", "2023-12"),
}  # fmt: skip


@pytest.mark.parametrize("period", _EARLIER)
def test_every_figure_is_that_of_the_slow_path(province: Database, period: str) -> None:
    with province.reading() as reader:
        compared = Compared(reader, period)
        assert list(compared.differing()) == []
        assert list(compared.hiding()) == []


def test_summaries_are_what_the_answers_give(province: Database) -> None:
    with province.reading() as reader:
        rows, odd = differences(reader)
    assert rows > 2_000
    assert odd == []
