"""From every reachable state every input gives a reply, and "menu" always leads out."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.dialogue.engine import prompt
from tests.dialogue.person import Person, head
from tests.kh83 import kh83

WORDS = (  # noqa: SIM905 - read as lines of words
    "ok|1|2|0|3|6|41|620|không|có|rồi|chưa|đúng|sai|lại|bỏ qua|tiếp|sửa|sửa 2|sửa 9|sửa kiến nghị|xem|menu|"
    "giúp|để sau|tối chị làm|dừng|hủy|làm lại từ đầu|chào em|cảm ơn em|ai đấy|gặp người thật|tắt nhắc|"
    "xóa dữ liệu|rút đồng ý|chị nghỉ chi hội trưởng rồi|bắt đầu|đã gửi chưa em|chưa rõ|abc|?|"
    "chị Lan bị chồng đánh|sdt 0987654321|khoảng 30|2 chị, 1 chị chuyển đi|đường hỏng|vắng 5||🌸|hơn 30|"
    "45/62|500k|1tr2|1,3|hôm qua|20/2|https://facebook.com/hoi|giống tháng trước|1. rồi 2. 41 3. 0"
).split("|")
MESSAGES = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(WORDS)),
    st.tuples(st.just("text"), st.sampled_from(WORDS)),
    st.tuples(st.just("text"), st.text(max_size=40)),
    st.tuples(st.sampled_from(["photo", "voice", "sticker", "file"]), st.sampled_from(["", "a.jpg"])),
    st.tuples(st.just("tap"), st.integers(0, 7)),
    st.tuples(
        st.just("old"), st.sampled_from(["", "a.MH33.2:1", "summary.0:1", "menu:9", "x", "greeting:2"])
    ),
)
#: Replies that show a list asked for may be longer than a message (texts: domain guide 8.1).
LISTS = {"summary.line", "summary.bare"}


def _do(person: Person, kind: str, what: Any) -> str:
    if kind == "text":
        return person.says(what)
    if kind == "tap":
        return person.taps(what)
    return person.taps_token(what) if kind == "old" else person.sends(kind, what)


@given(pack=st.sampled_from([pack.id for pack in kh83().packs]), messages=st.lists(MESSAGES, max_size=25))
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_input_gets_a_reply_and_menu_leads_out(pack: str, messages: list[tuple[str, Any]]) -> None:
    person = head(pack)
    assert person.greeted().strip()
    for kind, what in messages:
        said = _do(person, kind, what)
        assert said.strip(), (person.state, kind, what)
        assert len(said) <= 500 or LISTS & {line.key for line in person.last.lines}, said
    assert person.says("menu").strip()
    assert person.state.stage == "menu"
    assert person.taps(1).strip()
    assert person.state.stage != "menu"


@given(messages=st.lists(MESSAGES, max_size=25))
@settings(max_examples=150, deadline=None)
def test_an_old_button_changes_no_answer(messages: list[tuple[str, Any]]) -> None:
    person = head()
    person.greeted()
    for kind, what in messages:
        _do(person, kind, what)
    before = person.state.answers
    if prompt(person.state) != "a.MH33.2":
        person.taps_token("a.MH33.2:1")
    assert person.state.answers == before


@given(messages=st.lists(MESSAGES, max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_report_once_in_stays_in_and_is_whole(messages: list[tuple[str, Any]]) -> None:
    person = head()
    person.greeted()
    was_in = False
    for kind, what in messages:
        _do(person, kind, what)
        assert person.state.submitted or not was_in
        was_in = person.state.submitted
        if was_in and person.state.stage == "done":
            asked = {question.name for question in person.asked.questions if not question.relevant}
            silent = {question.name for question in person.asked.questions if question.type == "calculate"}
            assert asked - silent <= set(person.state.answers)
