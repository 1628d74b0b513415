"""The year's plan as staff look it up: indicators, packs with their questions, deadlines."""

from fractions import Fraction

from aiohttp import web

from bot.web.staff.visit import Visit
from bot.web.staff.words import DASH, number
from storage.domain.figures import rounded
from storage.plan.model import Indicator


def target_of(indicator: Indicator) -> str:
    """What the plan asks of an indicator: its number, else its words."""
    if indicator.target is None:
        return indicator.aim or DASH
    unit = indicator.target_unit
    value = number(rounded(Fraction(str(indicator.target))))
    sign = {"=": "", "none": "", ">=": "≥ ", ">": "> ", "<=": "≤ ", "<": "< "}[indicator.comparator]
    return f"{sign}{value}{'' if unit.startswith('%') else ' '}{unit}".strip()


async def show(visit: Visit) -> web.Response:
    """``/staff/plan``."""
    frequencies = {deadline.code: deadline.name for deadline in visit.plan.deadlines}
    return visit.show(
        "plan.html", plan=visit.plan, target_of=target_of, frequencies=frequencies, unit=None, period=""
    )
