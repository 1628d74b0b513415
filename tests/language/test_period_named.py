"""Periods that staff name behind an indicator."""

from datetime import date

import pytest

from handlers.language.period_named import period_named

TODAY = date(2024, 5, 14)


@pytest.mark.parametrize(
    ("text", "words", "period"),
    [
        ("CT25 quý 1", "ct25", "2024-Q1"),
        ("CT25 quý IV", "ct25", "2023-Q4"),
        ("nv 24 tháng 3", "nv 24", "2024-03"),
        ("máy tính, tháng 12", "may tinh", "2023-12"),
        ("CT25 tháng 03/2023", "ct25", "2023-03"),
        ("CT25 quý 2 năm 2023", "ct25", "2023-Q2"),
        ("3 sạch 6 tháng đầu năm", "3 sach", "2024-H1"),
        ("CT25 cả năm", "ct25", "2024"),
        ("CT25 năm 2023", "ct25", "2023"),
        ("CT25", "CT25", ""),
        ("tháng 3", "tháng 3", ""),
        ("CT25 tháng 13", "CT25 tháng 13", ""),
        ("xóm Quý 1a", "xóm Quý 1a", ""),
    ],
)
def test_the_period_at_the_end(text: str, words: str, period: str) -> None:
    assert period_named(text, TODAY) == (words, period)
