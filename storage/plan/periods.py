"""Periods of asking and when their rounds open and close, in Asia/Ho_Chi_Minh.

A period is a text: ``2024-03`` a month, ``2024-Q1`` a quarter, ``2024-H1`` a half year, ``2024`` a
year (also of a milestone), ``2024-03-08`` the day of an event.

Deadlines fall at 20:30 local (domain guide 1.0). Moving one off rest days and out of Tết is not done
here: it needs the calendar and belongs to the rules of the scheduler.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.plan.model import Deadline, Frequency, Level

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

#: The last minute to answer (domain guide 1.0) and the first sending slot of the day (5.9).
DUE_TIME = time(20, 30)
OPENING_TIME = time(7, 30)

_QUARTERS = ("I", "II", "III", "IV")
_DAY_MONTH = re.compile(r"(\d{1,2})/(\d{1,2})(?:\+(\d))?")


def period_of(frequency: Frequency, day: date) -> str:
    """The period a day belongs to: ``("T", 14/3/2024)`` gives ``2024-03``, Q ``2024-Q1``, 6T
    ``2024-H1``, N and MOC ``2024``, SK the day itself. N+ (final figures, asked around New Year)
    gives until June the year before."""
    if frequency == "T":
        return f"{day:%Y-%m}"
    if frequency == "Q":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if frequency == "6T":
        return f"{day.year}-H{1 if day.month <= 6 else 2}"
    if frequency == "SK":
        return day.isoformat()
    return str(day.year - 1 if frequency == "N+" and day.month <= 6 else day.year)


def period_label(period: str) -> str:
    """The period in words: "tháng 3", "quý I", "6 tháng đầu năm", "năm 2024", "ngày 08/3"."""
    first, _ = period_span(period)
    if period.count("-") == 2:
        month = f"{first.month:02}" if first.month < 3 else str(first.month)
        return f"ngày {first.day:02}/{month}"
    if "-Q" in period:
        return f"quý {_QUARTERS[(first.month - 1) // 3]}"
    if "-H" in period:
        return f"6 tháng {'đầu' if first.month == 1 else 'cuối'} năm"
    return f"tháng {first.month}" if "-" in period else f"năm {period}"


def period_span(period: str) -> tuple[date, date]:
    """The first and the last day of a period. Raises ValueError for what is no period."""
    year, _, rest = period.partition("-")
    if not rest:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    if rest.count("-") == 1:
        day = date.fromisoformat(period)
        return day, day
    first, months = _months(rest)
    end = int(year) * 12 + first - 1 + months
    return date(int(year), first, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)


def figures_span(period: str, month_starts: int = 1) -> tuple[date, date]:
    """The days a period's figures are of: calendar months, or where ``month_starts`` is 15 those from the
    15th of the month before to the 14th. Inclusive; a day and a year stay as they are."""
    first, last = period_span(period)
    if month_starts == 1 or period.count("-") != 1:
        return first, last
    return (first - timedelta(days=1)).replace(day=15), last.replace(day=14)


def _months(rest: str) -> tuple[int, int]:
    """The first month of "03", "Q1", "H2" and how many there are."""
    if rest[0] == "Q":
        return int(rest[1:]) * 3 - 2, 3
    if rest[0] == "H":
        return int(rest[1:]) * 6 - 5, 6
    return int(rest), 1


def round_window(deadline: Deadline, period: str, level: Level) -> tuple[datetime, datetime]:
    """When a level's round of a period opens (07:30) and is due (20:30): aware, Asia/Ho_Chi_Minh.

    A level that the deadline does not name, or whose day staff set, has until the period's last day,
    from its first.
    """
    first, last = period_span(period)
    opens = deadline.opens if isinstance(deadline.opens, str) else deadline.opens.get(level, "")
    due_day = _day(deadline.due.get(level, ""), first, last) or last
    open_day = _day(opens, first, last) or min(first, due_day)
    return (
        datetime.combine(open_day, OPENING_TIME, VIETNAM),
        datetime.combine(due_day, DUE_TIME, VIETNAM),
    )


def is_day(written: str) -> bool:
    """Whether a deadline's day is written as `round_window` reads it ("" is: staff set it)."""
    texts = written.replace(" ", "").split(";")
    return written == "" or all(_is_one_day(text) for text in texts)


def _is_one_day(text: str) -> bool:
    if text.isdecimal():
        return text.isascii() and 1 <= int(text) <= 28
    if text[:1] == "+":
        return text[1:].isdecimal() and len(text) <= 4
    found = _DAY_MONTH.fullmatch(text)
    try:
        return found is not None and date(2023, int(found[2]), int(found[1])) is not None
    except ValueError:
        return False


def _day(written: str, first: date, last: date) -> date | None:
    """The day meant by "18", "28/5; 10/11", "05/01+1" or "+2" for a period; None for ""."""
    for text in written.replace(" ", "").split(";"):
        if text.startswith("+"):
            return first + timedelta(days=int(text))
        if text.isdecimal():
            return date(last.year, last.month, int(text))
        found = _DAY_MONTH.fullmatch(text)
        if found:
            day = date(last.year + int(found[3] or 0), int(found[2]), int(found[1]))
            if found[3] or first <= day <= last:
                return day
    return None
