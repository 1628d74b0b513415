"""Each question type: what is kept, how it is said back, what is asked again. The registry is walked."""

from typing import Any

import pytest

from handlers.dialogue.questions import QUESTION_TYPES
from storage.plan.model import Choice, Pack, Part, Question, Warn
from tests.dialogue.person import Person, questionnaire

CHOICES = (
    Choice(name="exceeded", label="Vượt"),
    Choice(name="reached", label="Đạt"),
    Choice(name="not", label="Chưa đạt"),
)
QUESTIONS = {
    "yes_no": Question(
        name="q", type="yes_no", label="Có họp chưa ạ?", summary="Họp", date_field="q.ngay", tense="past"
    ),
    "integer": Question(
        name="q", type="integer", label="Mấy người ạ?", summary="Người", unit="người", minimum=0, maximum=30,
        example="12",
    ),
    "money": Question(name="q", type="money", label="Bao nhiêu tiền ạ?", summary="Tiền", example="500k"),
    "ratio": Question(
        name="q", type="ratio", label="Bao nhiêu chị dự ạ?", summary="Dự", unit="chị", total="${NEN.1}",
        example="41",
    ),
    "percent": Question(name="q", type="percent", label="Bao nhiêu phần trăm ạ?", summary="Tỷ lệ"),
    "select_one": Question(
        name="q", type="select_one", label="Kết quả thế nào ạ?", summary="Kết quả", choices=CHOICES
    ),
    "select_multiple": Question(
        name="q", type="select_multiple", label="Những việc nào ạ?", summary="Việc", choices=CHOICES
    ),
    "date": Question(
        name="q", type="date", label="Ngày nào ạ?", summary="Ngày", tense="past", example="8/3"
    ),
    "text": Question(name="q", type="text", label="Kiến nghị gì ạ?", summary="Kiến nghị"),
    "url": Question(
        name="q", type="url", label="Đường dẫn ạ?", summary="Link", example="https://facebook.com/hoi"
    ),
    "image": Question(name="q", type="image", label="Ảnh ạ?", summary="Ảnh", required=False, max_photos=2),
}  # fmt: skip
LAST = Question(name="last", type="integer", label="Câu cuối ạ?", summary="Cuối")


def asked(question: Question) -> Person:
    """Somebody asked this question and one more after it."""
    pack = Pack(id="P", title="P", level="CH", frequency="T", questions=(question, LAST))
    person = Person(questionnaire(pack))
    person.greeted()
    person.says("bắt đầu")
    return person


#: type, what she types, what is kept, what the reply begins with.
TAKEN: list[tuple[str, str, Any, str]] = [
    ("yes_no", "rồi", {"q": True}, "Dạ, em ghi: có."),
    ("yes_no", "2", {"q": False}, "Dạ, em ghi: chưa."),
    ("yes_no", "r, hôm mùng 8/3", {"q": True, "q.ngay": "2024-03-08"}, "Dạ, em ghi: có (08/3)."),
    ("integer", "mười hai chị", {"q": 12}, "Em ghi 12 người ạ."),
    ("integer", "không", {"q": 0}, "Dạ, em ghi 0."),
    ("integer", "khoảng 20", {"q": 20}, '"Khoảng 20" em ghi là khoảng 20 nhé.'),
    ("money", "1tr2", {"q": 1_200_000}, "Em ghi 1.200.000đ ạ."),
    ("money", "350k", {"q": 350_000}, "Em ghi 350.000đ ạ."),
    ("ratio", "45 trên 62", {"q": [45, 62]}, "Em ghi 45/62 chị ạ."),
    ("ratio", "bốn mươi mốt", {"q": [41, 62]}, "Em ghi 41/62 chị ạ."),
    ("percent", "95,5%", {"q": 95.5}, "Em ghi 95,5% ạ."),
    ("select_one", "2", {"q": "reached"}, "Dạ, em ghi: Đạt."),
    ("select_one", "vượt", {"q": "exceeded"}, "Dạ, em ghi: Vượt."),
    ("select_multiple", "1,3", {"q": ["exceeded", "not"]}, "Dạ, em ghi: Vượt, Chưa đạt."),
    ("date", "8/3", {"q": "2024-03-08"}, "Dạ, em ghi: 08/3."),
    ("text", "đường xóm mưa là ngập", {"q": "đường xóm mưa là ngập"}, "Em ghi lại rồi ạ."),
    ("text", "không", {"q": ""}, "Dạ, em ghi là không có ạ."),
    ("url", "https://facebook.com/hoipn", {"q": "https://facebook.com/hoipn"}, "Em ghi lại rồi ạ."),
]


@pytest.mark.parametrize(("kind", "typed", "kept", "said"), TAKEN)
def test_a_reply_is_kept_and_said_back(kind: str, typed: str, kept: Any, said: str) -> None:
    person = asked(QUESTIONS[kind])
    reply = person.says(typed)
    if person.state.stage == "checking":
        reply = person.says("đúng")
    assert person.values() == kept
    assert reply.startswith(said), reply
    assert "Câu 2/2. Câu cuối ạ?" in reply


#: type, what she types, a piece of what is asked again.
ASKED_AGAIN: list[tuple[str, str, str]] = [
    ("yes_no", "dạ", "số 1 hoặc số 2"),
    ("integer", "nhiều lắm", "ví dụ 12"),
    ("integer", "1,250", "dấu phẩy"),
    ("integer", "30-35", "một con số"),
    ("integer", "31", "từ 0 đến 30"),
    ("money", "5", "bao nhiêu đồng"),
    ("ratio", "620", "620 nhiều hơn 62"),
    ("select_one", "7", "số đứng trước"),
    ("date", "30/2", "không có ngày đó"),
    ("url", "bit.ly/abc", "bắt đầu bằng http"),
    ("text", "x" * 301, "300 chữ cái"),
]


@pytest.mark.parametrize(("kind", "typed", "piece"), ASKED_AGAIN)
def test_what_cannot_be_is_asked_again_and_not_kept(kind: str, typed: str, piece: str) -> None:
    person = asked(QUESTIONS[kind])
    assert piece in person.says(typed)
    assert person.values() == {}
    assert person.state.asking == "q"


def test_every_type_has_its_rows() -> None:
    names = {kind.name for kind in QUESTION_TYPES}
    assert names == set(QUESTIONS)
    assert names - {"image"} == {kind for kind, *_ in TAKEN}


def test_photos_are_added_up_to_the_plans_number() -> None:
    person = asked(QUESTIONS["image"])
    assert person.sends("photo", "a.jpg").startswith("Em nhận được ảnh rồi ạ.")
    assert "mục Ảnh" in person.sends("photo", "b.jpg")
    assert "nhận đủ 2 ảnh" in person.sends("photo", "c.jpg")
    assert person.values() == {"q": ["a.jpg", "b.jpg"]}


def test_a_photo_that_cannot_be_opened_is_asked_for_again() -> None:
    person = asked(QUESTIONS["image"])
    assert "mở không được" in person.sends("photo", "")
    assert person.values() == {}


def test_several_numbers_in_one_reply() -> None:
    parts = (
        Part(name="branches", label="chi hội", unit="chi hội", maximum=80),
        Part(name="groups", label="tổ", unit="tổ", maximum=400),
    )
    person = asked(
        Question(name="q", type="integer", label="Mấy chi hội, mấy tổ ạ?", summary="Số", parts=parts)
    )
    person.says("12 chi hội, 40 tổ")
    assert person.values() == {"branches": 12, "groups": 40}


def test_a_warning_is_confirmed_by_the_same_number_or_by_a_word() -> None:
    warned = QUESTIONS["integer"].model_copy(
        update={"warnings": (Warn(when=". > 20", message="Em thấy ${q} nhiều ạ. Đúng không ạ?"),)}
    )
    for confirmation in ("25", "đúng", "ừ"):
        person = asked(warned)
        assert person.says("25").startswith("Em thấy 25 nhiều ạ.")
        assert person.values() == {}
        person.says(confirmation)
        assert person.values() == {"q": 25}, confirmation


def test_no_to_a_warning_is_not_a_zero() -> None:
    warned = QUESTIONS["integer"].model_copy(update={"warnings": (Warn(when=". > 20", message="Nhiều ạ?"),)})
    person = asked(warned)
    person.says("25")
    assert "nhắn lại" in person.says("không")
    assert person.values() == {}
    person.says("15")
    assert person.values() == {"q": 15}
