"""Values that need a look, each with its reason: rules first, then robust statistics.

Median and MAD (median absolute deviation) stand still where a mean would follow the odd value itself; the
modified z-score and its bound of 3.5 are those of Iglewicz and Hoaglin (1993).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

import numpy as np

from storage.domain.figures import Number, OutlierCode
from storage.plan.rollups.amounts import whole_or_fraction
from storage.plan.rollups.land import Array

#: As many earlier values a unit must have, and as many siblings must have answered, to be compared with.
ENOUGH = 5
#: 3.5 / 0.6745: a modified z-score of 3.5, in MADs.
BOUND = Fraction(35_000, 6_745)
#: Where more than half of the values are equal the MAD is 0: then only a value this many times as large
#: (or as small) as the median is odd.
TIMES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, with the numbers its words need."""

    code: OutlierCode
    params: Mapping[str, Number] = field(default_factory=dict)


def part_over_whole(value: Number, whole: Number | None) -> Iterator[Finding]:
    """A part cannot be more than its whole."""
    if whole is not None and value > whole:
        yield Finding("part_over_whole", {"value": value, "whole": whole})


def stock_fell(value: Number, before: Number | None) -> Iterator[Finding]:
    """What counts up to now rarely becomes less; ``before`` has the known flows in it."""
    if before is not None and value < before:
        yield Finding("stock_fell", {"value": value, "before": before})


def flow_equals_stock(value: Number, stocks: Sequence[Number]) -> Iterator[Finding]:
    """ "lũy kế" given for "phát sinh": a month's number that is the total up to the month before."""
    if value > 1 and value in stocks:
        yield Finding("flow_equals_stock", {"value": value, "before": value})


#: Stands for no value among `far_from`'s others.
NONE = 1 << 60


def far_from(values: Array, others: Array) -> Array:
    """By row whether `far` finds something: each value against the others of its row (`NONE`: no value).
    Whole numbers throughout, so that it is exact: medians are doubled, deviations from them twice so."""
    many = np.sum(others != NONE, axis=1)
    middle = _medians(others, many)  # twice the median
    apart = np.where(others == NONE, NONE, abs(2 * others - middle[:, None]))
    spread = _medians(apart, many)  # four times the MAD
    away = abs(2 * values - middle)
    bound, times = BOUND.numerator, BOUND.denominator
    odd = np.where(
        spread > 0,
        2 * times * away > bound * spread,
        (middle > 0) & ((2 * TIMES * values < middle) | (2 * values > TIMES * middle)),
    )
    found: Array = (many >= ENOUGH) & odd.astype(bool)
    return found


def _medians(rows: Array, many: Array) -> Array:
    """Twice the median of each row's first ``many`` numbers once they are sorted, `NONE` last."""
    if not rows.shape[1]:
        return np.zeros(len(rows), rows.dtype)
    ordered, at, last = np.sort(rows, axis=1), np.arange(len(rows)), np.maximum(many, 1)
    return ordered[at, (last - 1) // 2] + ordered[at, last // 2]  # type: ignore[no-any-return]


def far(code: OutlierCode, value: Number, others: Sequence[Number]) -> Iterator[Finding]:
    """Far from the others' median, in MADs."""
    if len(others) < ENOUGH:
        return
    middle: Fraction = median([Fraction(other) for other in others])
    spread: Fraction = median([abs(other - middle) for other in others])
    low, high = middle - BOUND * spread, middle + BOUND * spread
    if not spread:
        low, high = middle / TIMES, middle * TIMES
        if not middle:
            return
    if value < low or value > high:
        params = {"value": value, "median": middle, "low": max(low, Fraction(0)), "high": high}
        yield Finding(code, {name: whole_or_fraction(Fraction(number)) for name, number in params.items()})
