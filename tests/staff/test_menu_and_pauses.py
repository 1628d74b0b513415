"""MENU of staff, and pauses of her own scope."""

import pytest

from tests.scheduler.conftest import Province, at
from tests.staff.conftest import DAO, HOA, LAN, MAI, THU, XUAN
from tests.staff.test_progress import close_others
from tests.staff.test_returns import given


async def test_the_menu_lists_what_she_may_do_and_a_number_does_it(house: Province) -> None:
    await close_others(house)
    said = (await house.say(LAN, "MENU"))[0]
    assert said.startswith("Chị muốn làm gì ạ?\n1. TIẾN ĐỘ: ai đã gửi, ai chưa\n2. CHƯA: ")
    assert "NHẬP HỘ XÓM 5" in said
    assert "Xã Nam Hoa, số tháng 3: 0/3 đã gửi" in (await house.say(LAN, "1"))[0]
    for entry, expected in (
        ("CHƯA", "3 đơn vị chưa gửi"), ("LỆCH", "chưa thấy số nào lệch"), ("HỎI", "HỎI XÓM 2"),
        ("DUYỆT SỐ", "không có báo cáo nào"), ("ĐỀ NGHỊ", "không có đề nghị"),
        ("THÔNG BÁO", "nội dung thông báo"), ("KẾT QUẢ THÔNG BÁO", "chưa gửi thông báo nào"),
        ("PHIẾU HỎI", "đặt tên phiếu"), ("KẾT QUẢ", "chưa gửi phiếu nào"),
        ("DUYỆT", "không có ai chờ"), ("LỊCH", "Lịch sắp tới"), ("QUYỀN", "có quyền với thông tin"),
    ):  # fmt: skip
        menu = (await house.say(LAN, "menu"))[0].splitlines()
        number = next(line.split(".")[0] for line in menu if line.partition(". ")[2].startswith(f"{entry}:"))
        assert expected in (await house.say(LAN, number))[0], entry


async def test_a_branch_head_has_her_own_menu(house: Province) -> None:
    await house.say(HOA, "bắt đầu", "1")
    said = (await house.say(HOA, "menu"))[0]
    assert "1 Trả lời tiếp" in said
    assert "TIẾN ĐỘ" not in said


async def test_the_menu_of_an_open_question_is_that_of_the_report(house: Province) -> None:
    await house.tick(at("20/3", "08:00"))
    await house.say(LAN, "bắt đầu", "1")
    assert "1 Trả lời tiếp" in (await house.say(LAN, "menu"))[0]


@pytest.mark.on_postgres
async def test_a_pause_of_one_branch_by_its_commune(house: Province) -> None:
    said = (await house.say(LAN, "tạm dừng xóm 5 đến 16/3"))[0]
    assert said.startswith("Dạ em tạm dừng tin nhắc cho Chi hội xóm 5 và bên dưới từ 14/3 đến hết ngày 16/3.")
    new = await house.until(at("16/3", "23:00"))
    assert {heard.to for heard in new} & {HOA, DAO} == {DAO}
    new = await house.until(at("17/3", "20:00"))
    assert HOA in {heard.to for heard in new}


async def test_a_pause_of_all_below_ends_early(house: Province) -> None:
    await house.say(LAN, "TẠM DỪNG đến 20/3")
    assert not {heard.to for heard in await house.until(at("15/3", "09:00"))} & {HOA, DAO}
    assert THU in {heard.to for heard in house.heard}
    assert (await house.say(LAN, "nhắc lại"))[0] == "Dạ em nhắc lại như thường: Xã Nam Hoa."
    assert "không có nơi nào" in (await house.say(LAN, "nhắc lại"))[0]
    assert {heard.to for heard in await house.until(at("16/3", "20:00"))} >= {HOA, DAO}


async def test_a_pause_that_begins_later(house: Province) -> None:
    said = (await house.say(LAN, "tạm dừng nhắc xóm 9 từ 15/3 đến 16/3"))[0]
    assert "từ 15/3 đến hết ngày 16/3" in said
    assert DAO in {heard.to for heard in await house.until(at("14/3", "22:00"))}
    assert DAO not in {heard.to for heard in await house.until(at("16/3", "22:00"))}


async def test_the_province_pauses_everything_as_before_and_a_unit_by_its_name(house: Province) -> None:
    assert "mọi tin nhắc đến hết ngày 20/3" in (await house.say(MAI, "tạm dừng nhắc đến 20/3"))[0]
    assert "Dạ em nhắc lại như thường" in (await house.say(MAI, "nhắc lại"))[0]
    assert house.rows("SELECT * FROM pauses WHERE ended_at IS NULL") == []
    assert "cho Xã Nam Hoa" in (await house.say(MAI, "tạm dừng xã nam hoa đến 20/3"))[0]
    both = await house.say(MAI, "tạm dừng xóm 5 đến 20/3", "2")
    assert "cho Chi hội xóm 5" in both[1]
    units = house.rows("SELECT unit_id FROM pauses WHERE ended_at IS NULL ORDER BY id")
    assert [row[0] for row in units] == [house.seat(LAN).unit.id, house.seat(THU).unit.id]


@pytest.mark.parametrize("words", ["tạm dừng xóm 5 đến 20/3", "tạm dừng đến 20/3"])
async def test_who_may_not_pauses_nothing(house: Province, words: str) -> None:
    await house.say(HOA, words)
    await house.say(XUAN, "tạm dừng xóm 9 đến 20/3")
    assert house.rows("SELECT * FROM pauses") == []


async def test_a_day_that_makes_no_sense_is_asked_again(house: Province) -> None:
    for words in ("tạm dừng xóm 5 đến hôm nào đó", "tạm dừng xóm 5", "tạm dừng xóm 5 đến 20/12"):
        assert "chưa rõ dừng đến ngày nào" in (await house.say(LAN, words))[0]
    assert house.rows("SELECT * FROM pauses") == []


@pytest.mark.parametrize("order", ["thông báo", "phiếu hỏi", "hỏi xóm 5"])
async def test_her_rights_and_the_menu_lead_out_of_every_question(house: Province, order: str) -> None:
    await given(house, HOA)
    asks = ["hỏi xóm 5", "2"] if order.startswith("hỏi") else [order]
    for words, expected in (("xóa", "xóa tài khoản"), ("menu", "TIẾN ĐỘ"), ("tắt", "tắt nhắc rồi")):
        await house.say(LAN, *asks)
        assert expected in (await house.say(LAN, words))[0]
        await house.say(LAN, "thôi")
