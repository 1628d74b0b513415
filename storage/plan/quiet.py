"""When pushes are kind and when they are not, as data of the plan (``quiet.yaml``; domain guide 5.9).

Times are local (Asia/Ho_Chi_Minh). A day is written "8/3" (every year), "2024-05-04" (that day) or
"28/12 âm" (lunar, day/month). A span of days is two of these with "..": "25/5..15/6".
Every field has the guide's value where the file leaves it out.
"""

import re
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

LUNAR = " âm"

_SPAN = re.compile(r"([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Times(_Frozen):
    """When in the day each kind goes out: "08:30". In a farm peak ``peak`` takes the place of ``nudge``."""

    opening: str = "07:30"
    nudge: str = "08:30"
    peak: str = "19:30"
    event: str = "08:30"
    morning: str = "07:30"
    escalation: str = "08:30"
    digest: str = "08:00"


class Limits(_Frozen):
    """How many messages nobody asked for a person may get: ``day`` a day, ``week`` in any 7 days."""

    day: int = 1
    week: int = 3


class Peak(_Frozen):
    """A time of hard work in the fields: rounds of branch heads open ``open_earlier`` days before, and
    nudges come in the evening."""

    name: str
    days: str
    open_earlier: int = 0


class UnitQuiet(_Frozen):
    """Quiet times of some units only, by code (all below them too): ``days`` as above, ``events`` of
    events.yaml with size quiet that hold here only, ``sunday_morning`` no push before ``sunday_from``.
    A plain setting of the schedule; it says nothing about anybody's belief."""

    units: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    sunday_morning: bool = False


class Quiet(_Frozen):
    """The whole of it.

    - ``outer``: no message nobody asked for outside it, whatever else is said; ``slots``: when they go.
    - ``tet``: no pushes but one greeting (lunar days); ``tet_eve``: from then on only deadlines.
    - ``tet_shift``: a deadline in Tết moves to this working day after it (1 the first).
    - ``greeting_days``: greetings, no nudges. ``quiet_days``: nothing. ``solemn_days``: no emoji, no
      greeting; also ``mourning`` (spans staff add).
    - ``rest_days``/``work_days``: days off and worked by yearly official swaps, beside the calendar's own.
    - ``month_starts``: 1 for calendar months, 15 for months that run from the 15th to the 14th.
    - ``escalate_after``: days after a level's deadline on which the level above is given the list.
    """

    outer: str = "07:00-22:00"
    slots: tuple[str, ...] = ("07:30-10:45", "14:00-16:45", "19:30-20:45")
    sunday_from: str = "14:00"
    tet: str = "28/12 âm..6/1 âm"
    tet_eve: str = "23/12 âm"
    tet_shift: int = 4
    greeting_days: tuple[str, ...] = ("8/3", "20/10")
    quiet_days: tuple[str, ...] = ("14/1 âm", "15/1 âm", "15/7 âm")
    solemn_days: tuple[str, ...] = ("27/7",)
    mourning: tuple[str, ...] = ()
    rest_days: tuple[date, ...] = ()
    work_days: tuple[date, ...] = ()
    peaks: tuple[Peak, ...] = ()
    units: tuple[UnitQuiet, ...] = ()
    times: Times = Times()
    limits: Limits = Limits()
    limits_of: dict[str, Limits] = Field(default_factory=dict)
    month_starts: int = 1
    escalate_after: int = 4


def faults(quiet: Quiet) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong in ``quiet.yaml``: the place in the file and what, in Vietnamese."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    spans: list[tuple[str, str]] = [("outer", quiet.outer), *(("slots", slot) for slot in quiet.slots)]
    found += [
        ((name,), f'không hiểu "{text}"; ví dụ "07:30-10:45"') for name, text in spans if not _is_slot(text)
    ]
    times = [("sunday_from", quiet.sunday_from), *quiet.times.model_dump().items()]
    found += [
        ((name,), f'không hiểu "{text}"; ví dụ "08:30"') for name, text in times if not _TIME.fullmatch(text)
    ]
    days = [("tet", quiet.tet), ("tet_eve", quiet.tet_eve), *(("peaks", peak.days) for peak in quiet.peaks)]
    for name in ("greeting_days", "quiet_days", "solemn_days", "mourning"):
        days += [(name, text) for text in getattr(quiet, name)]
    days += [("units", text) for unit in quiet.units for text in unit.days]
    found += [
        ((name,), f'không hiểu "{text}"; ví dụ "8/3", "14/1 âm", "25/5..15/6"')
        for name, text in days
        if not is_days(text)
    ]
    if quiet.month_starts not in (1, 15):
        found.append((("month_starts",), "phải là 1 hoặc 15"))
    return found


def _is_slot(text: str) -> bool:
    match = _SPAN.fullmatch(text)
    return match is not None and match[1] < match[2] <= "23:59"


def is_days(text: str) -> bool:
    """Whether a day or a span of days is written as described at the top."""
    return 1 <= len(text.split("..")) <= 2 and all(_is_day(part) for part in text.split(".."))


def _is_day(text: str) -> bool:
    plain = text.removesuffix(LUNAR)
    try:
        if "/" in plain:
            day, month = map(int, plain.split("/"))
            return 1 <= day <= 30 if plain != text else date(2024, month, day) is not None
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
