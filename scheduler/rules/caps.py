"""How often is kind: at most so many messages nobody asked for a person, a day and in any seven days.

The guide (5.9) allows one a day and three a week. A week is any seven days in a row, which keeps both
readings of the rule. Events and notes leave the last place of the week free for deadlines.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from storage.domain.pushes import PushKind
from storage.plan.quiet import Limits

#: Kinds that may take the last place of a week.
FIRST: frozenset[PushKind] = frozenset({"open", "nudge", "escalation", "news", "reminder"})


def fits(sent: Mapping[date, int], day: date, limits: Limits, last_place: bool) -> bool:
    """Whether one more may go on ``day`` when so many went on which days."""
    if sent.get(day, 0) >= limits.day:
        return False
    week = sum(count for each, count in sent.items() if day - timedelta(days=7) < each <= day)
    return week < (limits.week if last_place or limits.week == 1 else limits.week - 1)


def first_day(sent: Mapping[date, int], day: date, limits: Limits, last_place: bool) -> date:
    """``day`` or the first day after it on which one more fits; a week on it always does."""
    for days in range(8):
        later = day + timedelta(days=days)
        if fits(sent, later, limits, last_place):
            return later
    return day + timedelta(days=8)
