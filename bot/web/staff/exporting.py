"""What can be taken out of the page: a small registry; a further file is one more `Export`."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.web.staff.figures import Figures
from handlers.reports.cells import safe_cell
from storage.domain.figures import Figure, IndicatorFigures, TableRow, rounded
from storage.domain.people import Unit
from storage.plan.model import Plan
from storage.writer import Reader


@dataclass(frozen=True)
class Asked:
    """What is asked for: the figures of ``unit`` and the units directly below it in ``period``, as seen
    from the unit ``viewer``. ``now`` aware, local."""

    reader: Reader
    plan: Plan
    figures: Figures
    unit: Unit
    period: str
    viewer: int
    now: datetime


@dataclass(frozen=True)
class Export:
    """A file: ``name`` and ``suffix`` in its address, its title in texts.yaml (``exports.NAME``), and what
    makes its bytes."""

    name: str
    suffix: str
    media_type: str
    make: Callable[[Asked], bytes]


_COLUMNS = (
    "unit_code", "unit", "kind", "period", "indicator", "field", "value", "numerator", "denominator",
    "asked", "answered", "state", "estimate", "hidden",
)  # fmt: skip


def _rows(asked: Asked) -> Iterator[dict[str, Any]]:
    table = asked.figures.table(
        asked.reader, asked.period, asked.unit.id, compare=False, viewer=asked.viewer, texts=False
    )
    for row in (table.total, *table.rows):
        yield from rows_of(row, table.indicators)


def rows_of(row: TableRow, indicators: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The figures of a unit that its rounds ask for, one row a figure; fractions to four decimals, nothing
    of what is hidden."""
    for indicator in indicators:
        found = row.figures.get(indicator)
        if found is not None:
            yield from _of(found)


def _of(found: IndicatorFigures) -> Iterator[dict[str, Any]]:
    area = found.area
    for figure in (found.main, *(each for each in found.fields if each.field != found.main.field)):
        if figure.state != "not_asked":
            head = (area.code, area.name, area.kind, found.period, found.indicator)
            yield dict(zip(_COLUMNS, (*head, *_values(figure)), strict=True))


def _values(figure: Figure) -> tuple[Any, ...]:
    shown = (None, None, None) if figure.hidden else (figure.value, figure.numerator, figure.denominator)
    plain = tuple(None if value is None else _plain(value) for value in shown)
    return (
        figure.field, *plain, figure.asked, figure.answered, figure.state, figure.estimate, figure.hidden
    )  # fmt: skip


def _plain(value: Any) -> int | float:
    return value if isinstance(value, int) else float(rounded(value, 4))


def figures_csv(asked: Asked) -> bytes:
    """One row a figure, for spreadsheets: UTF-8 with a mark, as Excel wants it."""
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, _COLUMNS)
    table.writeheader()
    for row in _rows(asked):
        table.writerow({name: safe_cell(value) for name, value in row.items()})
    return out.getvalue().encode("utf-8-sig")


def figures_json(asked: Asked) -> bytes:
    """The same rows for programs."""
    whole = {"plan": asked.plan.id, "unit": asked.unit.code, "period": asked.period,
             "made_at": asked.now.isoformat(), "figures": list(_rows(asked))}  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


#: The files this page makes itself.
BUILT_IN = (
    Export("so-lieu", "csv", "text/csv", figures_csv),
    Export("so-lieu", "json", "application/json", figures_json),
)
