"""Several answers in one message are each kept, checked and said back."""

from typing import Any

import pytest

from tests.dialogue.person import head

HELD = {"MH33.2": True}


@pytest.mark.parametrize(
    ("typed", "kept", "next_question"),
    [
        ("1. rồi 2. 41", {**HELD, "MH33.2.du": [41, 62]}, "NEN.5"),
        ("có em, sinh hoạt 1 buổi 32 chị", {**HELD, "MH33.2.du": [32, 62]}, "NEN.5"),
        ("rồi", HELD, "MH33.2.du"),
    ],
)
def test_values_go_to_their_questions(typed: str, kept: dict[str, Any], next_question: str) -> None:
    person = head()
    person.greeted()
    person.says("ok")
    said = person.says(typed)
    assert person.values() == kept
    assert person.state.asking == next_question
    assert said.startswith("Dạ, em ghi: có sinh hoạt.")


def test_a_value_that_is_odd_stops_there() -> None:
    person = head()
    person.greeted()
    person.says("ok")
    said = person.says("1. rồi 2. 620")
    assert "Em thấy 620 nhiều hơn 62" in said
    assert person.values() == HELD
    assert person.state.asking == "MH33.2.du"


def test_a_no_makes_the_rest_of_no_use() -> None:
    person = head()
    person.greeted()
    person.says("ok")
    person.says("1. chưa 2. 0")
    assert person.values() == {"MH33.2": False}
    assert person.state.asking == "NEN.5"


def test_a_yes_and_the_amount_behind_it() -> None:
    person = head("CH-6T")
    person.greeted()
    for words in ("ok", "120", "96", "90", "85/92", "40", "5"):
        person.says(words)
    assert person.state.asking == "MH33.3"
    said = person.says("có, khoảng 3 triệu")
    assert "khoảng 3.000.000đ" in said
    assert person.state.answers["MH33.3.tien"].approximate
    assert person.values()["MH33.3"] is True
    assert person.values()["MH33.3.tien"] == 3_000_000
