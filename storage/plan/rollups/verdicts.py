"""Where an area stands against the plan's number."""

from fractions import Fraction

from storage.domain.figures import Figure, Number, Verdict
from storage.plan.model import Indicator
from storage.plan.rollups.asked import exact


def target_of(indicator: Indicator, figure: Figure) -> Number | None:
    """The plan's number, where it is about this area: one that counts units, only where there are any."""
    if indicator.target is None:
        return None
    counted = indicator.rollup.units in ("pct_units", "any")
    return None if counted and figure.counts is None else exact(indicator.target)


def achievement(indicator: Indicator, figure: Figure) -> Fraction | None:
    """What is reached of the target, in percent."""
    target, value = target_of(indicator, figure), _measured(indicator, figure)
    return None if target is None or value is None or not target else Fraction(100 * value) / target


def verdict(indicator: Indicator, figure: Figure) -> Verdict:
    """Reached is reached whoever is silent; while those who are silent could still reach it, it is not
    reported; else it is not reached."""
    target = target_of(indicator, figure)
    if target is None:
        return "no_target"
    value = _measured(indicator, figure)
    if value is not None and _met(indicator.comparator, value, target):
        return "exceeded" if indicator.comparator in (">=", ">") and value > target else "reached"
    best = _best(indicator, figure)
    if value is None or (best is not None and _met(indicator.comparator, best, target)):
        return "not_reported"
    return "not_reached"


def _measured(indicator: Indicator, figure: Figure) -> Number | None:
    counts = figure.counts
    if counts is None:
        return figure.value
    if counts.reached + counts.not_reached == 0:
        return None
    return counts.reached if indicator.rollup.units == "any" else counts.percent


def _best(indicator: Indicator, figure: Figure) -> Number | None:
    """What it would be if everybody who is silent reached it."""
    counts = figure.counts
    if counts is None or not counts.not_reported:
        return None
    reached = counts.reached + counts.not_reported
    return reached if indicator.rollup.units == "any" else Fraction(100 * reached, counts.total)


def _met(comparator: str, value: Number, target: Number) -> bool:
    return {
        ">=": value >= target, ">": value > target, "=": value == target,
        "<=": value <= target, "<": value < target,
    }[comparator]  # fmt: skip
