"""Working days, moved deadlines, quiet times, limits: against the guide's own examples."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.clock import VIETNAM
from scheduler.rules.calendar import Calendar, days_of
from scheduler.rules.caps import first_day, fits
from scheduler.rules.ladder import escalation, event_steps, round_steps
from scheduler.rules.quiet_hours import Place, Tone
from scheduler.rules.rounds import Rules
from storage.domain.pushes import EventChange, Pause
from storage.plan.quiet import Limits, Quiet, faults
from tests.kh83 import kh83

RULES = Rules(kh83())
CALENDAR = Calendar(kh83().quiet)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("day", "rest"),
    [
        ("2024-04-29", True),  # a day off for a Saturday worked
        ("2024-05-04", False),  # that Saturday
        ("2024-05-18", True), ("2024-05-17", False), ("2024-02-14", True), ("2024-04-18", True),
        ("2024-09-03", True), ("2024-03-18", False),
    ],
)  # fmt: skip
def test_rest_days_with_the_years_swaps(day: str, rest: bool) -> None:
    assert CALENDAR.rest_day(date.fromisoformat(day)) is rest


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [
        (2024, "2024-02-07", "2024-02-15"), (2025, "2025-01-27", "2025-02-03"),
        (2026, "2026-02-15", "2026-02-22"), (2027, "2027-02-04", "2027-02-11"),
        (2028, "2028-01-24", "2028-01-31"),
    ],
)  # fmt: skip
def test_tet_is_as_the_guide_computed_it(year: int, first: str, last: str) -> None:
    days = sorted(days_of(kh83().quiet.tet, year))
    assert (days[0].isoformat(), days[-1].isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("pack", "period", "opens", "due", "closes"),
    [
        ("CH-T", "2024-03", "2024-03-12", "2024-03-18", "2024-03-25"),
        ("CH-T", "2024-05", "2024-05-12", "2024-05-17", "2024-05-24"),  # a Saturday: the Friday before
        ("CH-T", "2024-10", "2024-10-09", "2024-10-18", "2024-10-25"),  # harvest: 3 days earlier
        ("CH-T", "2026-02", "2026-02-12", "2026-02-26", "2026-03-05"),  # in Tết: 4th working day after it
        ("XA-T", "2026-02", "2026-02-19", "2026-02-27", "2026-03-05"),  # moved by as much, then off Saturday
        ("CH-6T", "2024-H1", "2024-05-15", "2024-05-28", "2024-06-07"),
    ],
)
def test_windows_are_moved_as_the_guide_says(
    pack: str, period: str, opens: str, due: str, closes: str
) -> None:
    asked = kh83().pack(pack)
    assert asked is not None
    window = RULES.window(asked, period)
    assert window is not None
    assert [moment.date().isoformat() for moment in (window.opens, window.due, window.closes)] == [
        opens, due, closes,
    ]  # fmt: skip


def test_the_steps_of_march_are_the_guides() -> None:
    pack = kh83().pack("CH-T")
    assert pack is not None
    window = RULES.window(pack, "2024-03")
    assert window is not None
    steps = {step.name: f"{step.due:%d/%m %H:%M}" for step in round_steps(RULES, pack, window)}
    assert steps == {
        "open": "12/03 07:30", "T-3": "15/03 08:30", "T-1": "17/03 08:30", "T+1": "19/03 08:30",
        "T+3": "21/03 08:30",
    }  # fmt: skip
    listed = escalation(RULES, pack, window)
    assert listed is not None
    assert f"{listed.due:%d/%m %H:%M}" == "22/03 08:30"


def test_a_month_may_run_from_the_15th_to_the_14th() -> None:
    plan = kh83().model_copy(update={"quiet": kh83().quiet.model_copy(update={"month_starts": 15})})
    assert Rules(plan).span("2024-03") == (date(2024, 2, 15), date(2024, 3, 14))
    assert Rules(kh83()).span("2024-03") == (date(2024, 3, 1), date(2024, 3, 31))
    assert Rules(plan).span("2024-01") == (date(2023, 12, 15), date(2024, 1, 14))


@pytest.mark.parametrize(
    ("moment", "tone", "reason"),
    [
        ("2024-03-15T08:30", "deadline", ""),
        ("2024-03-15T12:00", "deadline", "hour"),
        ("2024-03-15T06:59", "deadline", "hour"),
        ("2024-03-15T20:45", "deadline", "hour"),
        ("2024-02-10T08:30", "deadline", "tet"),
        ("2024-02-03T08:30", "event", "tet_eve"),
        ("2024-02-03T08:30", "deadline", ""),
        ("2024-03-08T07:30", "deadline", "greeting_day"),
        ("2024-03-08T07:30", "greeting", ""),
        ("2024-10-20T08:30", "event", "greeting_day"),
        ("2024-02-24T08:30", "deadline", "quiet_day"),  # rằm tháng Giêng
        ("2024-08-18T19:30", "deadline", "quiet_day"),  # rằm tháng Bảy
        ("2024-04-30T08:30", "deadline", "holiday"),
        ("2024-03-17T08:30", "deadline", "sunday_morning"),
        ("2024-03-17T08:30", "urgent", ""),
        ("2024-03-17T14:00", "deadline", ""),
        ("2024-07-27T07:30", "greeting", "solemn"),
        ("2024-02-10T23:00", "asked", ""),  # she asked for it
    ],
)
def test_silence_holds_when_it_should(moment: str, tone: Tone, reason: str) -> None:
    assert RULES.quiet.reason(local(moment), tone, Place()) == reason


def test_a_unit_may_have_quiet_times_of_its_own() -> None:
    vu_ban = Place(frozenset({1}), frozenset({"13888-01", "13888", "359", "36"}))
    assert RULES.quiet.reason(local("2024-04-12T08:30"), "deadline", vu_ban) == "quiet_day"
    assert RULES.quiet.reason(local("2024-04-12T08:30"), "deadline", Place()) == ""


def test_a_pause_of_a_unit_holds_below_it_only() -> None:
    pause = Pause(7, local("2024-09-07T00:00"), local("2024-09-12T00:00"))
    inside, outside = Place(frozenset({7, 1})), Place(frozenset({8, 1}))
    moment = local("2024-09-09T08:30")
    assert RULES.quiet.reason(moment, "deadline", inside, [pause]) == "pause"
    assert RULES.quiet.reason(moment, "deadline", outside, [pause]) == ""
    assert RULES.quiet.next_allowed(moment, "deadline", inside, [pause]) == local("2024-09-12T07:30")


MINUTES = (local("2028-10-01T00:00") - local("2024-01-01T00:00")) // timedelta(minutes=1)
MOMENTS = st.integers(0, MINUTES).map(lambda n: local("2024-01-01T00:00") + timedelta(minutes=n))


@given(MOMENTS, st.sampled_from(["deadline", "urgent", "event", "greeting"]))
def test_the_next_allowed_moment_is_allowed_and_no_quiet_one_is_passed_over(
    moment: datetime, tone: Tone
) -> None:
    found = RULES.quiet.next_allowed(moment, tone, Place())
    assert found is not None
    assert found >= moment
    assert RULES.quiet.reason(found, tone, Place()) == ""
    if found > moment:
        assert RULES.quiet.reason(found - timedelta(minutes=1), tone, Place()) != ""


DAYS = st.lists(st.integers(0, 40), max_size=30)


@given(DAYS)
def test_the_limits_hold_however_the_wishes_fall(wishes: list[int]) -> None:
    start, limits = date(2024, 3, 1), Limits()
    sent: dict[date, int] = {}
    for wish in sorted(wishes):
        day = first_day(sent, start + timedelta(days=wish), limits, last_place=True)
        if fits(sent, day, limits, last_place=True):
            sent[day] = sent.get(day, 0) + 1
    for day in sent:
        assert sent[day] <= 1
        assert sum(n for each, n in sent.items() if timedelta(0) <= day - each < timedelta(days=7)) <= 3


def test_a_date_set_by_staff_counts_and_a_postponed_event_has_none() -> None:
    event = RULES.events["HD44"]
    assert RULES.day_of(event, 2024, {}) is None
    fixed = {"HD44": EventChange("HD44", "fixed", "2024-05-18")}
    assert RULES.day_of(event, 2024, fixed) == date(2024, 5, 18)
    assert RULES.day_of(event, 2024, {"HD44": EventChange("HD44", "postponed")}) is None
    names = [step.name for step in event_steps(RULES, event, date(2024, 5, 18))]
    assert names == ["T-30", "T-14", "T-7", "T-1"]


def test_what_is_wrong_in_quiet_yaml_is_named() -> None:
    wrong = Quiet(slots=("7-9",), quiet_days=("31/2",), month_starts=3)
    assert [path[0] for path, _ in faults(wrong)] == ["slots", "quiet_days", "month_starts"]
    assert faults(kh83().quiet) == []
