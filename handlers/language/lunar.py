"""Lunar days of the Vietnamese calendar (UTC+7) to solar dates.

Tables with Chinese time are a day off in some years (domain rules, trap 11), so lunar-vn is always asked
for time zone 7.
"""

from datetime import date, timedelta
from functools import lru_cache

from lunar_vn import convert_lunar_to_solar, convert_solar_to_lunar

_ZONE = 7.0


@lru_cache(maxsize=2048)
def solar(day: int, month: int, year: int) -> date | None:
    """The solar date of a lunar day, or None when there is no such day."""
    if not (1 <= day <= 30 and 1 <= month <= 12 and 1901 <= year <= 2098):
        return None
    try:
        found: date = convert_lunar_to_solar(day, month, year, 0, _ZONE)
    except (ValueError, OverflowError):
        return None
    return found if day < 30 or lunar_of(found)[0] == 30 else None


@lru_cache(maxsize=2048)
def lunar_of(when: date) -> tuple[int, int, int]:
    """``(day, month, year)`` in the lunar calendar."""
    found = convert_solar_to_lunar(when.day, when.month, when.year, _ZONE)
    return found.day, found.month, found.year


def each_year(day: int, month: int, today: date) -> list[date]:
    """That lunar day in the years around today, in order. The thirtieth of a short month is its last day."""
    days: list[date] = []
    for year in range(today.year - 2, today.year + 2):
        found = solar(day, month, year) or (solar(29, month, year) if day == 30 else None)
        if found is not None:
            days.append(found)
    return days


def of_month(day: int, today: date, shift: int) -> date | None:
    """That lunar day in the lunar month of today, the one before (-1) or after (1)."""
    inside = today if shift == 0 else _inside_other_month(today, shift)
    _, month, year = lunar_of(inside)
    return solar(day, month, year)


def _inside_other_month(today: date, shift: int) -> date:
    day = lunar_of(today)[0]
    return today - timedelta(days=day + 5) if shift < 0 else today + timedelta(days=35 - day)
