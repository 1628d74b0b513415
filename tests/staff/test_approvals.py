"""DUYỆT SỐ from the bottom up, where the plan wants it; what is confirmed is changed by request only."""

from datetime import UTC

import pytest

from storage.domain.effects import RoundClosed, RoundOpened
from storage.queries import answers, rounds
from tests.scheduler.conftest import Province, at
from tests.staff.conftest import BINH, DAO, HOA, LAN, MAI, TAM, THU, XUAN, pushed

ANSWERS = (
    ("Đúng thì nhắn 1", "1"), ("Bắt đầu", "1"), ("đúng không", "đúng"), ("bao nhiêu hội viên", "40"),
    ("khoe", "bỏ qua"), ("", "0"),
)  # fmt: skip


@pytest.fixture
async def quarter(house: Province) -> Province:
    """Only the quarter's round is open; cô Hoa, cô Tám and cô Thu have reported."""
    opens, due = at("10/3", "07:30"), at("20/3", "20:30")
    await house.write(RoundOpened("CH-Q", "2024-Q1", opens.astimezone(UTC), due.astimezone(UTC)))
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    await house.write(RoundClosed(march.id, at("13/3", "10:00").astimezone(UTC)))
    for code in (HOA, TAM, THU):
        await report(house, code)
    return house


async def report(house: Province, code: str) -> None:
    said = (await house.say(code, "bắt đầu"))[0]
    for _ in range(20):
        if said.startswith("Xong rồi"):
            return
        answer = (
            "1" if "Đúng thì nhắn 1" in said or "Bắt đầu" in said else "đúng" if "đúng không" in said else ""
        )
        answer = answer or ("40" if "bao nhiêu hội viên" in said else "bỏ qua" if "khoe" in said else "0")
        said = (await house.say(code, answer))[0]
    raise AssertionError(said)


def members(house: Province, code: str) -> object:
    asked = house.ask(rounds.round_of, "CH-Q", "2024-Q1")
    assert asked is not None
    return house.ask(answers.answers, house.seat(code).id, asked.id)["NEN.1"].values


@pytest.mark.on_postgres
async def test_commune_district_province(quarter: Province) -> None:
    said = await quarter.say(LAN, "DUYỆT SỐ", "1")
    assert said[0] == (
        "Số quý I (chi hội): 2/3 đã gửi. Chưa gửi: Chi hội xóm 9. "
        "Duyệt rồi thì bên dưới muốn sửa phải gửi đề nghị. Chị duyệt không ạ?\n1 Duyệt · 2 Thôi"
    )
    assert "Dạ em ghi chị đã duyệt: Số quý I (chi hội): 2/3" in said[1]
    assert "Còn chờ Xã Hồng Quang duyệt trước" in (await quarter.say(BINH, "duyệt số"))[0]
    assert "Còn chờ Huyện Nam Trực duyệt trước" in (await quarter.say(MAI, "duyệt số"))[0]
    for code in (XUAN, BINH, MAI):
        assert "đã duyệt" in (await quarter.say(code, "duyet", "1"))[-1]
    rows = quarter.rows("SELECT unit_id, sent, expected FROM approvals ORDER BY id")
    assert [tuple(row)[1:] for row in rows] == [(2, 3), (1, 1), (3, 4), (3, 4)]
    assert len(quarter.rows("SELECT * FROM audit WHERE what = 'reports_approved'")) == 4
    assert "không có báo cáo nào chờ" in (await quarter.say(LAN, "duyệt số"))[0]


async def test_progress_marks_who_has_confirmed(quarter: Province) -> None:
    before = (await quarter.say(BINH, "tiến độ"))[0]
    await quarter.say(LAN, "DUYỆT SỐ", "1")
    after = (await quarter.say(BINH, "tiến độ"))[0]
    assert "đã duyệt" not in before
    assert "Xã Nam Hoa: 2/3 (đã duyệt)" in after
    assert after.count("đã duyệt") == 1


async def test_what_is_confirmed_becomes_a_request_that_its_unit_decides(quarter: Province) -> None:
    await quarter.say(LAN, "duyệt số", "1")
    said = (await quarter.say(HOA, "sửa 1", "39"))[-1]
    assert said.startswith("Số quý I Xã Nam Hoa đã duyệt ngày 14/3 nên em chưa đổi thẳng được ạ.")
    assert members(quarter, HOA) == {"NEN.1": 40}
    assert "đề nghị sửa số đang chờ" in await pushed(quarter, LAN)
    assert "không có đề nghị" in (await quarter.say(MAI, "đề nghị"))[0]
    await quarter.say(LAN, "đề nghị", "1", "1")
    assert members(quarter, HOA) == {"NEN.1": 39}


async def test_a_first_report_is_no_change(quarter: Province) -> None:
    await quarter.say(LAN, "duyệt số", "1")
    await report(quarter, DAO)
    assert members(quarter, DAO) == {"NEN.1": 40}


@pytest.mark.on_postgres
async def test_it_is_undone_from_the_top_down(quarter: Province) -> None:
    for code in (LAN, XUAN, BINH):
        await quarter.say(code, "duyệt số", "1")
    assert "Huyện Nam Trực đã duyệt rồi" in (await quarter.say(LAN, "hủy duyệt"))[0]
    await quarter.say(BINH, "hủy duyệt", "1")
    assert "Bên dưới sửa được rồi" in (await quarter.say(LAN, "hủy duyệt", "1"))[1]
    await quarter.say(HOA, "sửa 1", "39", "đúng")
    assert members(quarter, HOA) == {"NEN.1": 39}
    assert len(quarter.rows("SELECT * FROM audit WHERE what = 'approval_undone'")) == 2
    assert "Dạ em ghi chị đã duyệt" in (await quarter.say(LAN, "duyệt số", "1"))[1]


async def test_who_may_not_confirms_nothing(quarter: Province) -> None:
    for code in (HOA, TAM):
        await quarter.say(code, "duyệt số", "1")
        await quarter.say(code, "hủy duyệt", "1")
    assert quarter.rows("SELECT * FROM approvals") == []
    await quarter.say(LAN, "duyệt số")
    before = quarter.count
    await quarter.say(LAN, "1")
    quarter.count = before
    assert await quarter.say(LAN, "1") == []
    assert len(quarter.rows("SELECT * FROM approvals")) == 1


async def test_monthly_figures_are_not_confirmed(house: Province) -> None:
    assert "không có báo cáo nào chờ" in (await house.say(LAN, "duyệt số"))[0]
    assert "không có ai chờ duyệt" in (await house.say(LAN, "duyệt"))[0]
