"""The day said beside yes or no."""

from datetime import timedelta

import pytest

from handlers.language.reading import Expectation
from handlers.language.understand import understand
from tests.language.rows import CONTEXT, NOW

ASKED = Expectation("yes_no", optional_date=True, tense="past")
TOLD = ["{} có họp", "có, {}", "{} chị em có gặp mặt", "rồi em, {}", "đã sinh hoạt {}", "{} sinh hoạt rồi"]
NOT_HELD = ["{} không họp được", "chưa, để {}", "{} chưa sinh hoạt", "không, {} mưa quá"]


@pytest.mark.parametrize("way", TOLD)
def test_a_day_before_is_kept_and_a_day_to_come_is_not(way: str) -> None:
    for shift in (*range(-60, 0), *range(1, 60)):
        day = NOW.date() + timedelta(days=shift)
        reading = understand(way.format(f"{day.day}/{day.month}"), ASKED, CONTEXT)
        if shift < 0:
            assert (reading.kind, reading.value, reading.date) == ("answer", True, day.isoformat())
        else:
            assert reading.kind == "ask"
            assert reading.date is None


@pytest.mark.parametrize("way", NOT_HELD)
def test_no_day_is_kept_of_what_was_not_held(way: str) -> None:
    for shift in (*range(-60, 0), *range(1, 60)):
        day = NOW.date() + timedelta(days=shift)
        reading = understand(way.format(f"{day.day}/{day.month}"), ASKED, CONTEXT)
        assert reading.date is None
        assert reading.value is not True


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("hôm qua có họp", "2024-03-12"), ("tối qua sinh hoạt r em", "2024-03-12"),
        ("chủ nhật có sinh hoạt", "2024-03-10"), ("mùng 8 vừa rồi họp rồi", "2024-03-08"),
        ("hom qua co hop", "2024-03-12"), ("hôm qua họp", "2024-03-12"), ("8/3", "2024-03-08"),
    ],
)  # fmt: skip
def test_days_by_their_names(text: str, date: str) -> None:
    reading = understand(text, ASKED, CONTEXT)
    assert (reading.value, reading.date) == (True, date)


@pytest.mark.parametrize("text", ["tối nay họp", "mai họp", "chiều nay có họp", "chủ nhật này có sinh hoạt"])
def test_what_is_still_to_come_is_asked(text: str) -> None:
    assert understand(text, ASKED, CONTEXT).kind in ("ask", "later")
