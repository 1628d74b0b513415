"""A person named with her story is refused whatever is asked; a count is not."""

import itertools

import pytest

from handlers.language.reading import Expectation, Expects
from handlers.language.understand import understand
from tests.language.rows import CONTEXT
from tests.language.test_properties import EXPECTS, bare

NAMES = ("Minh", "Thắm", "Nhung", "Hoa", "Duyên")
STORIES = {
    "cháu {} mồ côi lớp 3": "personal_data",
    "cháu {} bố mẹ mất": "personal_data",
    "bé {} học lớp 5 bị khuyết tật": "personal_data",
    "chị {} xóm 4 bị ung thư": "personal_data",
    "chị {} bị chồng bỏ đánh": "violence_case",
    "em {} bị bố dượng xâm hại": "violence_case",
}
COUNTS = [
    ("2 cháu mồ côi", "cháu"), ("có 2 cháu mồ côi ở xóm 5", "cháu"), ("2 cháu khuyết tật", "cháu"),
    ("có 2 vụ bạo lực", "vụ"), ("2 vụ bạo lực gia đình", "vụ"), ("2 vụ chồng đánh vợ", "vụ"),
    ("2 chị đơn thân", "người"), ("2 hộ có hoàn cảnh khó khăn", "hộ"), ("2 chị bị bệnh", "người"),
    ("2 cháu gái bố mẹ mất", "cháu"), ("Chị Hoa bảo có 2 cháu mồ côi", "cháu"),
]  # fmt: skip


@pytest.mark.parametrize("expects", EXPECTS)
def test_a_named_story_is_refused_whatever_is_asked(expects: Expects) -> None:
    expectation = Expectation(expects, choices=("Rồi", "Chưa"), total=62, unit="cháu")
    for (story, reason), name in itertools.product(STORIES.items(), NAMES):
        for text in (story.format(name), bare(story.format(name)), story.format(name) + ", 2 cháu"):
            reading = understand(text, expectation, CONTEXT)
            assert (reading.kind, reading.reason) == ("refused", reason), text


@pytest.mark.parametrize(("text", "unit"), COUNTS)
def test_a_count_of_such_people_is_a_count(text: str, unit: str) -> None:
    for said in (text, bare(text), text.lower(), text.upper()):
        reading = understand(said, Expectation("integer", unit=unit), CONTEXT)
        assert (reading.kind, reading.value) == ("answer", 2), said


def test_a_name_in_small_letters_is_refused_when_its_case_follows() -> None:
    for text in ("chau minh mo coi", "chi tham bi chong danh", "cháu duyên bố mẹ mất", "be nhung bi bo danh"):
        assert understand(text, Expectation("integer", unit="cháu"), CONTEXT).kind == "refused", text


@pytest.mark.parametrize(
    "text",
    [
        "mẹ đỡ đầu cho cháu mồ côi", "hỗ trợ chị đơn thân nuôi con", "thăm chị em hội viên ốm nặng",
        "giúp bà con neo đơn", "bà con nông dân khó khăn", "chi hoi bi danh gia yeu",
        "tuyên truyền phòng chống bạo lực gia đình", "tặng quà cho cháu nghèo học lớp 5",
    ],
)  # fmt: skip
def test_what_the_union_does_for_such_people_is_kept(text: str) -> None:
    assert understand(text, Expectation("text"), CONTEXT).value == text
