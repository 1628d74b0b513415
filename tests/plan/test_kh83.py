"""The real plan: KH 83/KH-BTV for 2024, whole."""

import re
from collections import Counter
from datetime import date

import pytest

from scheduler.rules.rounds import Rules
from storage.plan.expressions import render
from storage.plan.messages import HARD_LIMIT, message, message_length
from storage.plan.model import Pack, Question
from tests.kh83 import kh83

PLAN = kh83()
QUESTIONS = [(pack, question) for pack in PLAN.packs for question in pack.questions]

#: The packs of domain guide 1.12 and the identifiers each must ask for.
PACKS = {
    "CH-T": "MH33.2 NEN.5 MH11.2 MH11.6 NV26f NV26e",
    "CH-Q": "NEN.1 CT22b NV12a NV12b NV25a NV23b NV23c NV13a",
    "CH-6T": "NEN.2 NEN.3 NV24c NV24a NV24b MH33.1 MH33.3 MH33.4 MH33.5 MH33.6",
    "CH-N": "CT25 NV22d",
    "XA-T": "CT21b NV26f",
    "XA-Q": "CT21a CT22a CT23 CT24 CT25 NV21a MH11.1 MH11.3 MH11.4 MH11.5 NV21c NV25b "
    "NV25d NV25e NV25f NV27b",
    "XA-6T": "NEN.4 NV13b NV22a NV24c NV24e NV25c NV26a NV26b NV26d NV27a",
    "XA-N": "CT11 CT12a CT12b CT12c NV22e NV23a",
}
EVENT_ROWS = ["HD41", "HD42", "HD43", "HD44", "HD45", "HD46a", "HD46b", "HD48a", "HD48b"]
MILESTONES = ["NV11", "NV24d", "TC1", "TC2", "HD47", "NV26c"]


def asked(pack: Pack) -> set[str]:
    return {name for question in pack.questions for name in question.indicators}


def question(pack_id: str, name: str) -> Question:
    return next(q for pack, q in QUESTIONS if pack.id == pack_id and q.name == name)


def test_76_rows_by_section() -> None:
    heads = Counter("NEN" if not row.item else row.item[:1] for row in PLAN.indicators)

    assert len(PLAN.indicators) == 76
    assert heads == {"NEN": 5, "1": 1, "2": 11, "3": 47, "4": 10, "5": 2}


def test_the_numbers_the_document_sets() -> None:
    targets = {row.id: (row.comparator, row.target) for row in PLAN.indicators if row.target is not None}

    assert targets == {
        **dict.fromkeys(("CT21a", "CT23", "CT24", "CT25", "NV21a", "NV21b", "NV21c"), ("=", 100)),
        "NV24c": (">=", 90),
        "NV26c": (">=", 1),
    }
    nv24c = next(row for row in PLAN.indicators if row.id == "NV24c")
    assert (nv24c.target_year, nv24c.rollup.test) == (2025, "${value} >= 95")


def test_every_numbered_item_of_the_document_is_there_and_covered() -> None:
    document = ["1", "2(1)", "2(2)a", "2(2)b", "2(2)c", "2(2)d", "3(1)"]
    document += [f"3(2)2.{n}" for n in range(1, 8)] + [f"4.{n}" for n in range(1, 9)] + ["5.1", "5.2"]
    covered = {row.item for row in PLAN.indicators} | {event.item for event in PLAN.events}

    assert list(PLAN.items) == document
    assert set(document) <= covered


@pytest.mark.parametrize(("pack_id", "names"), PACKS.items())
def test_a_pack_asks_for_what_the_guide_names(pack_id: str, names: str) -> None:
    pack = PLAN.pack(pack_id)

    assert pack is not None
    assert set(names.split()) <= asked(pack)


def test_events_and_milestones_have_packs() -> None:
    events = {name for pack in PLAN.packs if pack.event or pack.id.startswith("SK-") for name in asked(pack)}
    milestones = {name for pack in PLAN.packs if pack.frequency == "MOC" for name in asked(pack)}

    assert set(EVENT_ROWS) <= events
    assert set(MILESTONES) <= milestones


@pytest.mark.parametrize(("pack", "row"), QUESTIONS, ids=lambda value: getattr(value, "name", ""))
def test_every_question_can_be_said(pack: Pack, row: Question) -> None:
    said = message(row, pack, PLAN)

    assert not re.search(r"\$\{|[\[\]{}]", said), said
    assert "chưa có" not in said.split("\n")[0], said
    assert message_length(row, pack, PLAN) <= HARD_LIMIT


@pytest.mark.parametrize(("pack", "row"), QUESTIONS, ids=lambda value: getattr(value, "name", ""))
def test_a_question_can_be_said_where_nothing_is_known_yet(pack: Pack, row: Question) -> None:
    """A branch with no earlier figures is never told "chưa có hội viên"."""
    if row.relevant is None and row.type != "calculate":
        facts = {"period": "tháng 3", "unit": "Chi hội xóm 5", "item": "Chi hội xóm 2"}
        assert "chưa có" not in render(row.label, facts.get)


def test_the_sample_conversation_has_its_words() -> None:
    pack = PLAN.pack("CH-T")
    assert pack is not None
    counted = [row for row in pack.questions if row.type != "calculate" and not row.after_submit]

    assert [message(row, pack, PLAN, "") for row in counted] == [
        "Tháng này Chi hội mình đã sinh hoạt hoặc làm việc gì chung chưa ạ?\n1 Rồi · 2 Chưa",
        "Hôm đó có bao nhiêu chị dự ạ? (Chi hội mình có 62 hội viên)",
        "Tháng này Chi hội kết nạp thêm mấy chị ạ? Không có thì nhắn 0.",
        "Tháng này có thêm mấy hội viên khó khăn được chị em nhận giúp ạ? "
        "Chị nhắn số thôi, không cần ghi tên.",
        "Tháng này trong xóm có mấy việc phụ nữ, trẻ em bị bạo lực, xâm hại mà Hội biết ạ? "
        "Chị chỉ nhắn con số, đừng ghi tên. Việc gấp chị gọi 113 hoặc 111 và báo chị Chủ tịch xã ngay nhé.",
        "Chị em có điều gì muốn kiến nghị lên trên không ạ? "
        "Chị ghi ngắn, không ghi tên ai. Không có thì nhắn Không.",
        "Chị có tấm ảnh buổi 8/3 thì gửi em một tấm (chụp xa, không rõ mặt các cháu). "
        "Không có thì nhắn Bỏ qua.",
    ]
    assert [row.summary for row in counted] == [
        "Sinh hoạt", "Dự", "Thêm/chuyển", "Nhận giúp", "Vụ việc", "Kiến nghị", "Ảnh"
    ]  # fmt: skip


def test_sensitive_questions_take_no_photos_and_call_for_a_telephone() -> None:
    case = question("CH-T", "NV26f")

    assert case.sensitive
    assert case.task == "call_branch_head"
    assert case.evidence.photo == "refused"
    assert question("XA-Q", "NV25d").evidence.message.startswith("{Chị} không gửi tên hay ảnh các cháu nhé")


def test_every_periodic_pack_opens_in_its_periods_of_the_year() -> None:
    windows = Rules(PLAN).by_calendar(date(2024, 1, 1), date(2024, 12, 31))
    opened = {(found.pack, found.period) for found in windows}

    assert opened == {
        *((pack, f"2024-{month:02}") for pack in ("CH-T", "XA-T") for month in range(1, 13)),
        *(("CH-Q", f"2024-Q{quarter}") for quarter in (1, 3)),
        *(("XA-Q", f"2024-Q{quarter}") for quarter in (1, 2, 3, 4)),
        *((pack, f"2024-H{half}") for pack in ("CH-6T", "XA-6T") for half in (1, 2)),
        *((pack, "2024") for pack in ("CH-N", "XA-N")),
    }


def test_the_calendar() -> None:
    events = {event.id: event for event in PLAN.events}

    assert [(events[f"HD4{n}"].month, events[f"HD4{n}"].precision) for n in (2, 3, 4, 7, 8)] == [
        (2, "month"), (3, "month"), (5, "month"), (10, "month"), (10, "month")
    ]  # fmt: skip
    assert (events["HD45"].day, events["HD45"].month, events["HD45"].precision) == (28, 6, "day")
    assert events["HD47"].place == "tỉnh Bến Tre"
    assert {event.id for event in PLAN.events if event.lunar} == {
        "N-KHAI-AN", "N-RAM-GIENG", "N-PHU-DAY", "N-GIO-TO"
    }  # fmt: skip
    assert all(not event.reminders for event in PLAN.events if event.size in ("quiet", "off"))
