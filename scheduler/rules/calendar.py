"""The calendar people live by: working days, public holidays with their yearly swaps, Tết, lunar days.

Days are local dates (Asia/Ho_Chi_Minh). Holidays come from the ``holidays`` package (Bộ luật Lao động
2019, Điều 112, and each year's official swaps, as far as it knows them); what it does not know stands
in the plan's quiet.yaml (`storage.plan.quiet`).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, cached_property

import holidays

from handlers.language import lunar
from storage.plan.quiet import LUNAR, Quiet

_DAY = timedelta(days=1)


@cache
def _official() -> holidays.HolidayBase:
    return holidays.country_holidays("VN")


@cache
def days_of(text: str, year: int) -> frozenset[date]:
    """The days of a solar year that a text of quiet.yaml means: "8/3", "14/1 âm", "25/5..15/6", or a
    span over the lunar new year. A day that a year does not have (30/12 of a short month) is left out."""
    first, _, last = text.partition("..")
    found: set[date] = set()
    for start in _starts(first, year):
        end = next((day for day in _starts(last, year) if day >= start), start) if last else start
        found.update(day for day in _span(start, end) if day.year == year)
    return frozenset(found)


def _starts(text: str, year: int) -> list[date]:
    """The days a single text means in the years around one, in order."""
    plain = text.removesuffix(LUNAR)
    if "/" not in plain:
        return [date.fromisoformat(plain)]
    day, month = map(int, plain.split("/"))
    years = range(year - 2, year + 2)
    if plain != text:
        return [found for each in years if (found := lunar.solar(day, month, each)) is not None]
    return [date(each, month, day) for each in years if _exists(each, month, day)]


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day) is not None
    except ValueError:
        return False


def _span(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


class Calendar:
    """Questions about days. ``quiet`` is the plan's."""

    def __init__(self, quiet: Quiet) -> None:
        self._quiet = quiet

    @cached_property
    def _rest(self) -> frozenset[date]:
        return frozenset(self._quiet.rest_days)

    @cached_property
    def _work(self) -> frozenset[date]:
        return frozenset(self._quiet.work_days)

    def holiday(self, day: date) -> bool:
        """Whether it is a public holiday, or a day off by an official swap (Saturdays are neither)."""
        return day not in self._work and (day in self._rest or day in _official())

    def rest_day(self, day: date) -> bool:
        """Whether offices are closed: Saturday, Sunday, holiday, unless it is worked by a swap."""
        if day in self._work:
            return False
        return day in self._rest or not _official().is_working_day(day)

    def preceding_working_day(self, day: date) -> date:
        """``day`` itself if it is worked, else the last one before it that is."""
        while self.rest_day(day):
            day -= _DAY
        return day

    def following_working_day(self, day: date) -> date:
        """``day`` itself if it is worked, else the first one after it that is."""
        while self.rest_day(day):
            day += _DAY
        return day

    def working_day_after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (1 the first)."""
        for _ in range(count):
            day = self.following_working_day(day + _DAY)
        return day

    def within(self, text: str, day: date) -> bool:
        """Whether a text of quiet.yaml means this day."""
        return day in days_of(text, day.year)

    def tet(self, day: date) -> tuple[date, date] | None:
        """The first and last day of the Tết pause that ``day`` lies in; None if it lies in none."""
        if not self.within(self._quiet.tet, day):
            return None
        first = last = day
        while self.within(self._quiet.tet, first - _DAY):
            first -= _DAY
        while self.within(self._quiet.tet, last + _DAY):
            last += _DAY
        return first, last

    def tet_eve(self, day: date) -> bool:
        """Whether it is between 23 tháng Chạp and the Tết pause, when only deadlines are spoken of."""
        first, _, _ = self._quiet.tet.partition("..")
        return self.within(f"{self._quiet.tet_eve}..{first}", day) and self.tet(day) is None

    def solemn(self, day: date) -> bool:
        """Whether no emoji and no good wishes are in place."""
        return any(self.within(text, day) for text in (*self._quiet.solemn_days, *self._quiet.mourning))
