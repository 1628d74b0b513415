"""The charts of an export: reporting rate by area, targets in three states, targets by area."""

from collections.abc import Iterator

from handlers.reports.chart import AreaRow, TargetBar, areas_chart, rates_chart, targets_chart
from handlers.reports.gathered import NO_AREA, Gathered
from handlers.reports.words import clean, number, period_words, say, unit_name
from storage.domain.figures import Figure, IndicatorFigures

#: The level whose reports the rate is of: branches, where they report.
LEVELS = ("CH", "XA")


def charts(gathered: Gathered) -> Iterator[tuple[str, bytes]]:
    """By short name ("TyLe"), PNG bytes; those there is nothing to draw of are left out."""
    period, unit = period_words(gathered.period), unit_name(gathered.top)
    level = next((each for each in LEVELS if gathered.areas(each)), None)
    if level is not None:
        yield "TyLe", _rates(gathered, level, period, unit)
    rows = [row for row in _targets(gathered) if row.main.counts is not None and row.main.counts.total]
    if rows:
        legend = [say(f"chart.{state}") for state in ("reached", "not_reached", "not_reported")]
        bars = [TargetBar(_name(gathered, row), _shares(row)) for row in rows]
        title = say("chart.targets", period=period)
        yield "ChiTieu", targets_chart(title, say("chart.targets.sub", unit=unit), bars, legend)
    ids = {row.indicator: _name(gathered, row) for row in _targets(gathered) if row.main.percent}
    areas = [row for row in gathered.tables[0].rows if row.area.kind not in NO_AREA]
    if ids and areas:
        tiles = [
            AreaRow(clean(row.area.name), tuple(_percent(row.figures[name].main) for name in ids))
            for row in areas
        ]
        title = say("chart.areas", period=period)
        yield "DiaBan", areas_chart(title, say("chart.areas.sub", unit=unit), ids, tiles)


def _rates(gathered: Gathered, level: str, period: str, unit: str) -> bytes:
    whole = gathered.reports_of(level, gathered.top)
    rate = number(whole.reporting_rate or 0)
    parts = [(clean(row.area.name), row.progress) for row in gathered.areas(level)]
    said = say(
        "chart.rate.sub", unit=unit, actual=number(whole.actual), expected=number(whole.expected), rate=rate
    )
    return rates_chart(say("chart.rate", period=period), said, parts)


def _targets(gathered: Gathered) -> Iterator[IndicatorFigures]:
    for indicator in gathered.plan.indicators:
        row = gathered.whole.get(indicator.id)
        if row is not None and row.target is not None:
            yield row


def _name(gathered: Gathered, row: IndicatorFigures) -> str:
    return next(each.name for each in gathered.plan.indicators if each.id == row.indicator)


def _shares(row: IndicatorFigures) -> tuple[float, float, float]:
    counts = row.main.counts
    assert counts is not None  # noqa: S101 - only those with counts are drawn
    parts = (counts.reached, counts.not_reached, counts.not_reported)
    reached, not_reached, silent = (100 * part / counts.total for part in parts)
    return reached, not_reached, silent


def _percent(figure: Figure) -> float | None:
    return None if figure.value is None or figure.hidden else float(figure.value)
