"""On which days those above are told how a round stands (domain guide 8.6)."""

from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.rules.rounds import Window
from storage.plan.model import Level, Pack

#: Whose week is looked back on: Monday morning (the guide says weekly, not when).
WEEKDAY = 0

#: The level whose monthly reports are counted, and the one whose quarterly targets are.
MONTHLY, QUARTERLY = ("CH", "T"), ("XA", "Q")


def digests_on(pack: Pack, window: Window, day: date) -> Iterator[tuple[tuple[Level, ...], str]]:
    """To which levels which digest ("month", "targets") of a round goes on a local day."""
    due, closes = window.due.date(), window.closes.date()
    if (pack.level, pack.frequency) == MONTHLY and window.opens.date() < day:
        weekly = day.weekday() == WEEKDAY
        if weekly or due < day <= closes:
            yield ("TI",), "month"
        if weekly or day == due + timedelta(days=1):
            yield ("XA", "HU"), "month"
    if (pack.level, pack.frequency) == QUARTERLY and day == closes:
        yield ("TI",), "targets"
