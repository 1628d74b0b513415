"""TIẾN ĐỘ, CHƯA, LỆCH and a unit's name: numbers pick, LẠI goes up, MENU leaves."""

from datetime import UTC, date

import pytest

from storage.domain.effects import RoundClosed, UnitsImported
from storage.queries import rounds, staff
from tests.scheduler.conftest import Province, at, unit
from tests.staff.conftest import HOA, LAN, MAI, THU, TREE, XUAN
from tests.staff.test_returns import given


async def close_others(house: Province) -> None:
    """Only March's figures stay open."""
    for asked in house.ask(rounds.all_rounds):
        if asked.pack != "CH-T":
            await house.write(RoundClosed(asked.id, house.clock.now().astimezone(UTC)))


async def test_a_president_sees_her_branches_and_picks_one(house: Province) -> None:
    house.clock.set(at("14/3", "19:42"))
    await given(house, HOA)
    assert (await house.say(LAN, "tiến độ"))[0] == (
        "Xã Nam Hoa, số tháng 3: 1/3 đã gửi\n1. Chi hội xóm 2: chưa gửi\n"
        "2. Chi hội xóm 5: đã gửi 19:42 14/3\n3. Chi hội xóm 9: chưa gửi\n"
        "Nhắn số để xem tiếp, LẠI để quay lên."
    )
    card = (await house.say(LAN, "2"))[0]
    assert card.startswith(
        "Chi hội xóm 5, Xã Nam Hoa\nChi hội trưởng: Nguyễn Thị Hoa\n"
        "Số tháng 3: đã gửi 19:42 14/3\n1. Sinh hoạt: "
    )
    assert "2. Dự: 30/62" in card
    assert card.endswith("Cần hỏi lại một số, chị nhắn HỎI XÓM 5 ạ.")
    assert (await house.say(LAN, "lại"))[0].startswith("Xã Nam Hoa, số tháng 3: 1/3 đã gửi")
    assert "Chi hội xóm 2" in (await house.say(LAN, "1"))[0]
    assert "câu số mấy" in (await house.say(LAN, "hỏi 2"))[0]
    assert [row[0] for row in house.rows("SELECT what FROM audit WHERE what = 'report_shown'")] == [
        "report_shown"
    ]


@pytest.mark.on_postgres
async def test_the_province_goes_down_and_up_the_tree(house: Province) -> None:
    await given(house, HOA)
    assert "1. Huyện Nam Trực: 1/4" in (await house.say(MAI, "TIẾN ĐỘ"))[0]
    assert "1. Xã Nam Hoa: 1/3\n2. Xã Hồng Quang: 0/1" in (await house.say(MAI, "1"))[0]
    assert "1. Chi hội xóm 5: chưa gửi" in (await house.say(MAI, "2"))[0]
    assert "Lê Thị Thu" in (await house.say(MAI, "1"))[0]
    for expected in ("Chi hội xóm 5: chưa gửi", "Xã Nam Hoa: 1/3", "Huyện Nam Trực: 1/4"):
        assert expected in (await house.say(MAI, "lại"))[0]
    await house.say(MAI, "9")
    assert "Chi hội" not in (await house.say(MAI, "1"))[0], "the list was left"


async def test_several_rounds_are_picked_first(house: Province) -> None:
    await house.tick(at("20/3", "08:00"))
    said = (await house.say(LAN, "tien do"))[0]
    assert said.startswith("Các kỳ đang mở:\n1. ")
    number = next(line[0] for line in said.splitlines() if "Số quý I (chi hội)" in line)
    assert "Xã Nam Hoa, số quý I: 0/3 đã gửi" in (await house.say(LAN, number))[0]


async def test_a_units_name_shows_the_unit(house: Province) -> None:
    await given(house, THU)
    said = (await house.say(MAI, "xã Hồng Quang"))[0]
    assert said.startswith("Xã Hồng Quang, Huyện Nam Trực\nChủ tịch Hội: Phạm Thị Xuân")
    assert "Bên dưới, số tháng 3: 1/1 đã gửi\n1. Chi hội xóm 5: đã gửi" in said
    assert "Lê Thị Thu" in (await house.say(MAI, "1"))[0]
    both = (await house.say(MAI, "xom 5"))[0]
    assert both.endswith("1 Chi hội xóm 5, Xã Nam Hoa · 2 Chi hội xóm 5, Xã Hồng Quang")
    assert "Nguyễn Thị Hoa" in (await house.say(MAI, "1"))[0]
    assert "Vũ Thị Đào" in (await house.say(LAN, "xóm 9"))[0]


async def test_nobody_sees_what_is_not_hers(house: Province) -> None:
    await given(house, HOA)
    for words in ("xóm 9", "xóm 5 nam hoa", "tiến độ xã nam hoa"):
        assert "Nguyễn Thị Hoa" not in (await house.say(XUAN, words))[0]
    for words in ("tiến độ", "xóm 9", "chưa"):
        assert "Vũ Thị Đào" not in (await house.say(HOA, words))[0]
        assert "Chi hội xóm 9" not in (await house.say(HOA, words))[0]


@pytest.mark.on_postgres
async def test_missing_and_odd_lists_are_numbered_and_pick(house: Province) -> None:
    await close_others(house)
    await given(house, HOA)
    said = (await house.say(LAN, "CHƯA"))[0]
    assert said.splitlines()[1:] == [
        "1. Chi hội xóm 2", "2. Chi hội xóm 9", "Nhắn số để xem đơn vị đó ạ.",
    ]  # fmt: skip
    assert "Vũ Thị Đào" in (await house.say(LAN, "2"))[0]
    await house.say(HOA, "sửa 2", "98", "đúng")
    assert "1. Chi hội xóm 5: 98/62" in (await house.say(LAN, "lệch"))[0]
    assert "Nguyễn Thị Hoa" in (await house.say(LAN, "1"))[0]


async def test_a_number_in_her_own_report_is_an_answer(house: Province) -> None:
    """What was asked last is what a number answers."""
    await close_others(house)
    await house.say(LAN, "tiến độ")
    await house.say(LAN, "chào em")
    assert "Chi hội" not in (await house.say(LAN, "1"))[0]


async def test_the_tree_is_that_of_the_period(house: Province) -> None:
    """A branch moved to the other commune in April stands in March's list where it was."""
    moved = unit("13999-09", "Chi hội xóm 9", "CH", XUAN, "Vũ Thị Đào", members=40)
    day = date(2024, 4, 1)
    house.clock.set(at("2/4", "09:00"))
    await house.write(UnitsImported((*TREE[:5], *TREE[6:], moved), at("1/4").astimezone(UTC), day))
    asked = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert asked is not None
    names = [row.unit.name for row in house.ask(staff.below, asked, "CH", house.seat(LAN).unit.id)]
    assert names == ["Chi hội xóm 2", "Chi hội xóm 5", "Chi hội xóm 9"]
