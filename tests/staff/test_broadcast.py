"""THÔNG BÁO to a subtree: look, confirm, kind hours, and what became of it."""

from datetime import timedelta

import pytest

from storage.domain.effects import ChannelLimitsSet, MessagesCounted
from storage.domain.messages import Address
from tests.scheduler.conftest import Province, at
from tests.staff.conftest import BINH, DAO, HOA, LAN, MAI, TAM, THU, XUAN

TEXT = "Chiều thứ Bảy 16/3, 14 giờ, mời các chị họp ở nhà văn hóa xã"


async def cast(house: Province, code: str, audience: str = "1") -> list[str]:
    return await house.say(code, "THÔNG BÁO", TEXT, audience, "1")


def heard(house: Province, code: str) -> list[str]:
    return [
        each.text for each in house.heard if each.to == code and TEXT in each.text and each.priority == "push"
    ]


@pytest.mark.on_postgres
async def test_a_president_tells_her_branch_heads(house: Province) -> None:
    asks, whom, preview, done = await cast(house, LAN)
    assert asks.startswith("Chị nhắn nội dung thông báo")
    assert whom == "Chị gửi cho ai ạ? (số người nhận được tin)\n1 Chi hội (3)"
    assert preview == (
        f"Em sẽ gửi tới 3 người:\nChủ tịch Hội (Xã Nam Hoa) nhắn: {TEXT}\nTheo kênh: web 3.\n"
        "1 Gửi · 2 Viết lại · 3 Thôi"
    )
    assert "KẾT QUẢ THÔNG BÁO" in done
    await house.until(at("16/3", "12:00"))
    for code in (HOA, DAO, TAM):
        assert len(heard(house, code)) == 1
    assert heard(house, THU) == []
    result = (await house.say(LAN, "kết quả thông báo"))[0]
    assert "Đã gửi: 3" in result
    assert "Chưa nhận" not in result
    audit = house.rows("SELECT details FROM audit WHERE what = 'broadcast_made'")
    assert len(audit) == 1
    assert "nhà văn hóa" not in str(audit)


async def test_audiences_by_level_and_what_the_plan_has_left(house: Province) -> None:
    await house.write(
        ChannelLimitsSet("web", 3000, None), MessagesCounted(Address("web", HOA), "2024-03", 2450)
    )
    said = await house.say(MAI, "thông báo", TEXT)
    assert said[-1].endswith(
        "1 Chi hội (4) · 2 Hội LHPN cơ sở (2) · 3 Hội LHPN huyện, thành phố (1) · 4 Tất cả (7)"
    )
    assert "web: tháng này 2.450/3.000 tin" in (await house.say(MAI, "2"))[0]
    await house.say(MAI, "1")
    await house.until(at("16/3", "12:00"))
    assert [len(heard(house, code)) for code in (LAN, XUAN, HOA, BINH)] == [1, 1, 0, 0]


@pytest.mark.on_postgres
async def test_who_did_not_get_it_is_named_with_why(house: Province) -> None:
    await house.say(HOA, "tắt")
    await house.say(TAM, "rút", "1")
    await cast(house, LAN)
    waiting = (await house.say(LAN, "kết quả thông báo"))[0]
    assert "Đang chờ giờ gửi: 2" in waiting
    await house.until(at("16/3", "12:00"))
    result = (await house.say(LAN, "kết quả thông báo"))[0]
    assert "Đã gửi: 1\nKhông gửi (đã tắt nhắc, hoặc quá lâu): 1\nChưa có tài khoản: 1" in result
    assert "1. Chi hội xóm 2: chưa có tài khoản\n2. Chi hội xóm 5: đã tắt nhắc" in result


async def test_it_waits_for_kind_hours_and_goes_once(house: Province) -> None:
    house.clock.set(at("14/3", "21:30"))
    await house.say(LAN, "thông báo", TEXT, "1")
    before = house.count
    await house.say(LAN, "1")
    house.count = before
    assert await house.say(LAN, "1") == []
    night = await house.until(at("15/3", "07:00"))
    assert not [each for each in night if TEXT in each.text and each.to != LAN]
    await house.until(at("17/3", "20:00"))
    assert len(heard(house, DAO)) == 1
    assert len(house.rows("SELECT * FROM broadcasts")) == 1


async def test_who_may_not_sends_nothing(house: Province) -> None:
    await cast(house, HOA)
    assert house.rows("SELECT * FROM broadcasts") == []
    await cast(house, XUAN)
    await house.until(house.clock.now() + timedelta(days=2))
    assert len(heard(house, THU)) == 1
    assert heard(house, HOA) == []


async def test_it_is_rewritten_left_and_refused_where_it_holds_numbers_of_people(house: Province) -> None:
    said = await house.say(LAN, "thông báo", "ngắn", "Chuyển về số tài khoản 0123456789012 Vietcombank", TEXT)
    assert "từ 10 đến 350" in said[1]
    assert "không chuyển số CCCD" in said[2]
    assert "nội dung thông báo" in (await house.say(LAN, "1", "2"))[-1]
    assert "em thôi ạ" in (await house.say(LAN, "thôi"))[0]
    assert house.rows("SELECT * FROM broadcasts") == []
