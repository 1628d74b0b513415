"""Working days of Vietnam: Monday to Friday without the public holidays.

NĐ 356/2025 gives two working days to answer somebody who asks for her rights (domain.md 6.2). The
holidays, Tết included, come from the library ``holidays``; days off moved by a yearly decision of the
government are not in it before they are published.
"""

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

import holidays

#: The end of an office day.
END_OF_DAY = time(17, 0)


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("VN", years=year))


def is_working_day(day: date) -> bool:
    """Whether offices work on ``day``."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_days_after(moment: datetime, days: int) -> datetime:
    """17:00 of the ``days``-th working day after ``moment`` (aware, local; its zone is kept)."""
    return datetime.combine(_after(moment.date(), days), END_OF_DAY, moment.tzinfo)


@lru_cache(maxsize=64)
def _after(day: date, days: int) -> date:
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day
