"""Periods, their names, and when rounds open and close."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.plan.model import Deadline, Frequency, Level
from storage.plan.periods import is_day, period_label, period_of, period_span, round_window
from tests.kh83 import kh83

DEADLINES = {deadline.code: deadline for deadline in kh83().deadlines}


@pytest.mark.parametrize(
    ("frequency", "day", "period", "label"),
    [
        ("T", date(2024, 3, 14), "2024-03", "tháng 3"),
        ("T", date(2024, 12, 31), "2024-12", "tháng 12"),
        ("Q", date(2024, 3, 31), "2024-Q1", "quý I"),
        ("Q", date(2024, 4, 1), "2024-Q2", "quý II"),
        ("Q", date(2024, 11, 5), "2024-Q4", "quý IV"),
        ("6T", date(2024, 6, 30), "2024-H1", "6 tháng đầu năm"),
        ("6T", date(2024, 7, 1), "2024-H2", "6 tháng cuối năm"),
        ("N", date(2024, 11, 5), "2024", "năm 2024"),
        ("N+", date(2024, 12, 28), "2024", "năm 2024"),
        ("N+", date(2025, 1, 5), "2024", "năm 2024"),
        ("SK", date(2024, 3, 8), "2024-03-08", "ngày 08/3"),
        ("SK", date(2024, 1, 5), "2024-01-05", "ngày 05/01"),
        ("MOC", date(2024, 5, 5), "2024", "năm 2024"),
    ],
)
def test_the_period_of_a_day(frequency: Frequency, day: date, period: str, label: str) -> None:
    assert period_of(frequency, day) == period
    assert period_label(period) == label


@given(
    st.sampled_from(["T", "Q", "6T", "N", "SK", "MOC"]),
    st.dates(date(2000, 1, 1), date(2100, 12, 31)),
)
def test_a_day_lies_in_its_period(frequency: Frequency, day: date) -> None:
    first, last = period_span(period_of(frequency, day))

    assert first <= day <= last
    assert period_of(frequency, first) == period_of(frequency, last) == period_of(frequency, day)


@pytest.mark.parametrize(
    ("code", "period", "level", "opens", "due"),
    [
        ("T", "2024-03", "CH", "2024-03-12", "2024-03-18"),
        ("T", "2024-02", "XA", "2024-02-19", "2024-02-20"),
        ("T", "2024-12", "TI", "2024-12-23", "2024-12-25"),
        ("Q", "2024-Q1", "CH", "2024-03-06", "2024-03-12"),
        ("Q", "2024-Q2", "XA", "2024-05-29", "2024-06-01"),
        ("Q", "2024-Q3", "XA", "2024-09-13", "2024-09-15"),
        ("Q", "2024-Q4", "TI", "2024-11-21", "2024-11-25"),
        ("6T", "2024-H1", "CH", "2024-05-18", "2024-05-28"),
        ("6T", "2024-H2", "CH", "2024-11-01", "2024-11-10"),
        ("N", "2024", "XA", "2024-11-11", "2024-11-15"),
        ("N+", "2024", "CH", "2024-12-28", "2025-01-05"),
        ("N+", "2024", "TI", "2025-01-11", "2025-01-15"),
        ("SK", "2024-06-28", "CH", "2024-06-29", "2024-06-30"),
        ("SK", "2024-02-28", "HU", "2024-02-29", "2024-03-04"),
        ("MOC", "2024", "XA", "2024-01-01", "2024-12-31"),
    ],
)  # fmt: skip
def test_the_window_of_a_round(code: Frequency, period: str, level: Level, opens: str, due: str) -> None:
    begins, ends = round_window(DEADLINES[code], period, level)

    assert begins == datetime.fromisoformat(f"{opens}T07:30:00+07:00")
    assert ends == datetime.fromisoformat(f"{due}T20:30:00+07:00")
    assert begins.utcoffset() == timedelta(hours=7)


def test_a_level_that_is_not_named_has_the_whole_period() -> None:
    begins, ends = round_window(Deadline(code="T", name="Tháng", opens="12"), "2024-02", "CH")

    assert (begins.date(), ends.date()) == (date(2024, 2, 12), date(2024, 2, 29))


@pytest.mark.parametrize("period", ["2024-13", "2024-Q5", "2024-X1", "nay", "2024-02-30"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        period_span(period)


def test_how_a_day_may_be_written() -> None:
    assert all(is_day(text) for text in ("", "18", "28/5", "28/5; 10/11", "05/01+1", "+2"))
    assert not any(is_day(text) for text in ("30", "31/2", "x", "1/13", "28/5;", "+", "-1", "5/1+x"))
