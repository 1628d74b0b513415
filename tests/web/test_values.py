"""Stored values as the panel shows them, a row a question type; 0, unknown and nothing never mixed up."""

from typing import Any

import pytest

from bot.web.values import photos_in, said
from storage.domain.answers import Answer
from storage.plan.model import Choice, Part, Question

CHOICES = (Choice(name="a", label="Đạt"), Choice(name="b", label="Chưa đạt"))


def question(kind: Any, **fields: Any) -> Question:
    """A question of a type."""
    return Question(name="q", type=kind, label="Hỏi?", summary="Hỏi", **fields)


@pytest.mark.parametrize(
    ("asked", "values", "expected"),
    [
        (question("yes_no"), {"q": True}, "có"),
        (question("yes_no"), {"q": False}, "chưa"),
        (question("yes_no", date_field="d"), {"q": True, "d": "2024-03-08"}, "có (08/3)"),
        (question("integer"), {"q": 0}, "0"),
        (question("integer", unit="chị"), {"q": 1250}, "1.250 chị"),
        (
            question("integer", parts=(Part(name="x", label="thêm"), Part(name="y", label="chuyển đi"))),
            {"x": 2, "y": 0},
            "thêm 2, chuyển đi 0",
        ),
        (
            question("integer", parts=(Part(name="x", label="thêm"), Part(name="y", label="chuyển đi"))),
            {"x": 2},
            "thêm 2",
        ),
        (question("money"), {"q": 350000}, "350.000đ"),
        (question("ratio", unit="chị"), {"q": [41, 62]}, "41/62 chị"),
        (question("percent"), {"q": 95.5}, "95,5%"),
        (question("select_one", choices=CHOICES), {"q": "b"}, "Chưa đạt"),
        (question("select_multiple", choices=CHOICES), {"q": ["a", "b"]}, "Đạt, Chưa đạt"),
        (question("select_multiple", choices=CHOICES), {"q": []}, "không có"),
        (question("date"), {"q": "2024-03-08"}, "08/3"),
        (question("text"), {"q": "đường xóm mưa là ngập"}, "đường xóm mưa là ngập"),
        (question("text"), {"q": ""}, "không có"),
        (question("url"), {"q": "https://hoi.vn/a"}, "https://hoi.vn/a"),
        (question("image"), {"q": ["2024/03/a.jpg", "2024/03/b.jpg"]}, "2 ảnh"),
    ],
)  # fmt: skip
def test_a_value_in_vietnamese_form(asked: Question, values: dict[str, Any], expected: str) -> None:
    assert said(asked, Answer("q", "given", values)) == expected


@pytest.mark.parametrize("state", ["unknown", "skipped", "not_applicable"])
def test_a_state_has_no_value(state: Any) -> None:
    assert said(question("integer"), Answer("q", state)) == ""
    assert photos_in(question("image"), Answer("q", state)) == ()
