"""The figures of an export as plain data: CSV for spreadsheets, JSON for programs. One row a figure."""

import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from handlers.reports.gathered import Gathered
from handlers.reports.words import clean, safe_cell
from storage.domain.figures import Figure, IndicatorFigures, Number, TableRow

COLUMNS = (
    "period", "unit", "unit_name", "unit_kind", "indicator", "field", "state", "value", "percent",
    "numerator", "denominator", "reached", "not_reached", "not_reported", "asked", "answered", "estimate",
    "hidden", "to_date", "last_year", "target", "achievement", "verdict",
)  # fmt: skip


def write_csv(path: Path, gathered: Gathered) -> None:
    """UTF-8 with the mark that makes Excel read it as such; texts that look like formulas are defused."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for row in rows(gathered):
            table.writerow({key: safe_cell(_cell(value)) for key, value in row.items()})


def write_json(path: Path, gathered: Gathered) -> None:
    """An object with the period, the unit and a list of rows; UTF-8 without a mark (RFC 8259, 8.1)."""
    head = {
        "plan": gathered.plan.id,
        "period": gathered.period,
        "unit": gathered.top.code,
        "made_at": gathered.made_at.isoformat(timespec="seconds"),
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "figures": [')
        for place, row in enumerate(rows(gathered)):
            file.write(f"{',' if place else ''}\n{json.dumps(row, ensure_ascii=False)}")
        file.write("\n]}\n")


def rows(gathered: Gathered) -> Iterator[dict[str, Any]]:
    """The unit's own figures first, then those of the units below in administrative order."""
    whole = TableRow(gathered.top, gathered.whole)
    for each in (whole, *(line.row for line in gathered.lines())):
        for indicator in each.figures.values():
            yield from _rows(gathered.period, indicator)


def _rows(period: str, row: IndicatorFigures) -> Iterator[dict[str, Any]]:
    """The indicator's own figure, compared, and those of its fields."""
    yield {
        **_figure(period, row, row.main, ""),
        "to_date": _value(row.to_date),
        "last_year": _value(row.last_year),
        "target": _plain(row.target),
        "achievement": _plain(row.achievement),
        "verdict": row.verdict,
    }
    empty = dict.fromkeys(("to_date", "last_year", "target", "achievement", "verdict"))
    for figure in row.fields:
        yield {**_figure(period, row, figure, figure.field), **empty}


def _figure(period: str, row: IndicatorFigures, figure: Figure, field: str) -> dict[str, Any]:
    counts = None if figure.hidden else figure.counts
    return {
        "period": period,
        "unit": row.area.code,
        "unit_name": clean(row.area.name),
        "unit_kind": row.area.kind,
        "indicator": row.indicator,
        "field": field,
        "state": figure.state,
        "value": _value(figure),
        "percent": figure.percent,
        "numerator": None if figure.hidden else _plain(figure.numerator),
        "denominator": None if figure.hidden else _plain(figure.denominator),
        "reached": counts.reached if counts else None,
        "not_reached": counts.not_reached if counts else None,
        "not_reported": counts.not_reported if counts else None,
        "asked": figure.asked,
        "answered": figure.answered,
        "estimate": figure.estimate,
        "hidden": figure.hidden,
    }


def _value(figure: Figure | None) -> int | float | None:
    return None if figure is None or figure.hidden else _plain(figure.value)


def _plain(value: Number | None) -> int | float | None:
    """Whole numbers whole, fractions as the nearest double."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def _cell(value: Any) -> Any:
    """Nothing as nothing, true and false as in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
