"""Where the training clock may jump to: the moments at which something happens to a report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from storage.plan.model import Deadline, Pack, Plan
from storage.plan.periods import period_of, round_window

#: When a working day's reminders and counts are out (domain guide 8.4, "Đến 08:30 hôm nay").
MORNING = time(8, 30)

#: Far enough to see every deadline of a plan year, near enough that no sweep has years to catch up with.
FARTHEST = timedelta(days=366)

HOURS: Mapping[str, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}

#: Days from the due day, by the moment's key.
BESIDE_DUE: Mapping[str, int] = {"before_3": -3, "before_1": -1, "after_1": +1}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to jump to: ``key`` names it in texts.yaml, ``at`` is aware, local."""

    key: str
    at: datetime


def moments(plan: Plan, level: str, now: datetime) -> tuple[Moment, ...]:
    """The next opening, 3 days and 1 day before the deadline and 1 day after it, of the pack this level
    is asked most often; in the order in which they come. None if the plan asks it nothing by calendar."""
    asked = _most_often(plan, level)
    if asked is None:
        return ()
    found: dict[str, datetime] = {}
    for opens, due in _windows(*asked, now):
        for key, at in _around(opens.astimezone(now.tzinfo), due.astimezone(now.tzinfo)):
            if at > now:
                found.setdefault(key, at)
    return tuple(sorted((Moment(key, at) for key, at in found.items()), key=lambda moment: moment.at))


def _most_often(plan: Plan, level: str) -> tuple[Pack, Deadline] | None:
    """Deadlines stand in the plan from the shortest period to the longest."""
    for deadline in plan.deadlines:
        for pack in plan.packs:
            dated = bool(deadline.due.get(pack.level))
            if dated and pack.level == level and pack.frequency == deadline.code not in ("SK", "MOC"):
                return pack, deadline
    return None


def _windows(pack: Pack, deadline: Deadline, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The windows of the period before, this one and those of the year to come."""
    periods: list[str] = []
    for months in range(-1, 14):
        month = _month(now.date(), months)
        period = period_of(pack.frequency, month)
        wanted = pack.months or deadline.months
        if period not in periods and (not wanted or month.month in wanted):
            periods.append(period)
            yield round_window(deadline, period, pack.level)


def _month(day: date, by: int) -> date:
    """The first day of the month ``by`` months on."""
    years, month = divmod(day.month - 1 + by, 12)
    return date(day.year + years, month + 1, 1)


def _around(opens: datetime, due: datetime) -> Iterator[tuple[str, datetime]]:
    yield "opens", opens
    for key, days in BESIDE_DUE.items():
        yield key, datetime.combine(due.date() + timedelta(days=days), MORNING, due.tzinfo)


def target(form: Mapping[str, str], now: datetime, known: tuple[Moment, ...]) -> datetime | None:
    """The moment a form of the page asks for: ``by`` hour or day, ``moment`` a key, or ``to`` a local
    date and time ("2024-03-18T08:00"); None if it asks for none of these."""
    if form.get("by") in HOURS:
        return now + HOURS[form["by"]]
    if "moment" in form:
        return next((moment.at for moment in known if moment.key == form["moment"]), None)
    try:
        naive = datetime.fromisoformat(form.get("to", ""))
    except ValueError:
        return None
    return naive.replace(tzinfo=now.tzinfo) if naive.tzinfo is None else naive
