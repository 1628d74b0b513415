"""HỎI XÓM 2: one figure asked back, corrected or kept, everything else untouched (domain guide 8.7)."""

import pytest

from storage.queries import answers, rounds
from tests.scheduler.conftest import Province, at
from tests.staff.conftest import BINH, DAO, HOA, LAN, TAM, THU, XUAN, pushed


async def given(house: Province, code: str) -> None:
    """Her report is in; the pushes of opening and the like are behind us."""
    await house.say(code, "bắt đầu")
    await house.report(code)
    await house.say(code, "bỏ qua")


async def asked_back(house: Province, by: str = LAN, place: str = "xóm 5", reason: str = "1") -> None:
    """Staff ask the second figure of a unit back."""
    for words in (f"hỏi {place}", "2", reason, "1"):
        await house.say(by, words)


def value(house: Province, code: str, question: str = "MH33.2.du") -> object:
    asked = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert asked is not None
    return house.ask(answers.answers, house.seat(code).id, asked.id)[question].values


@pytest.mark.on_postgres
async def test_the_whole_way_in_words(house: Province) -> None:
    await given(house, HOA)
    first = house.rows("SELECT submitted_at FROM submissions WHERE status = 'submitted'")
    assert (await house.say(LAN, "HỎI XÓM 5"))[0].startswith(
        "Chi hội xóm 5, số tháng 3. Chị muốn hỏi lại câu số mấy ạ?\n1. Sinh hoạt: "
    )
    assert (await house.say(LAN, "2"))[0] == (
        "Chị cần hỏi lại Dự vì sao ạ? Chọn số, hoặc ghi ngắn một câu:\n"
        "1 số này nhiều hơn tổng số của đơn vị · 2 số này khác nhiều so với kỳ trước · "
        "3 số này chưa khớp với sổ"
    )
    preview = (await house.say(LAN, "có tính cả chị em chưa vào Hội không"))[0]
    assert preview == (
        "Em hỏi lại Chi hội xóm 5:\n2. Dự: 30/62\nLý do: có tính cả chị em chưa vào Hội không.\n"
        "Đúng chưa ạ?\n1 Gửi · 2 Lý do khác · 3 Thôi"
    )
    done = (await house.say(LAN, "1"))[0]
    assert done.startswith("Dạ em sẽ hỏi lại Hoa (Chi hội xóm 5)")
    assert (await pushed(house, HOA)).startswith(
        "Chị Hoa ơi, chị Lan ở Xã Nam Hoa nhờ em hỏi lại một số trong số tháng 3: Dự chị báo 30/62 chị. "
        "Có tính cả chị em chưa vào Hội không. Chị nhắn lại giúp em, hoặc nhắn GIỮ nếu 30/62 chị là đúng. "
        "Số cũ em vẫn lưu ạ."
    )
    house.clock.set(at("14/3", "20:05"))
    said = (await house.say(HOA, "28"))[0]
    assert said == (
        "Em đã sửa: Dự (số tháng 3) từ 30/62 chị thành 28/62 chị, lúc 20:05 ngày 14/3. "
        "Chị Lan ở Xã Nam Hoa cũng thấy số mới rồi ạ. Em cảm ơn chị."
    )
    assert value(house, HOA) == {"MH33.2.du": [28, 62]}
    assert house.rows("SELECT submitted_at FROM submissions WHERE status = 'submitted'") == first
    history = house.rows("SELECT question, field_values FROM answer_history")
    assert [(row[0], "30" in str(row[1])) for row in history] == [("MH33.2.du", True)]
    told = await pushed(house, LAN)
    assert "Chi hội xóm 5 đã sửa Dự (số tháng 3) từ 30/62 chị thành 28/62 chị" in told
    assert [row[0] for row in house.rows("SELECT state FROM report_returns")] == ["changed"]
    what = [row[0] for row in house.rows("SELECT what FROM audit")]
    assert what.count("report_returned") == what.count("return_settled") == 1


@pytest.mark.parametrize("words", ["GIỮ", "giu nguyen nhe"])
async def test_keeping_changes_nothing_and_is_told(house: Province, words: str) -> None:
    await given(house, HOA)
    await asked_back(house)
    await pushed(house, HOA)
    assert (await house.say(HOA, words))[0].startswith("Dạ, em giữ Dự (số tháng 3) là 30/62 chị")
    assert value(house, HOA) == {"MH33.2.du": [30, 62]}
    assert house.rows("SELECT * FROM answer_history") == []
    assert "xem lại và giữ Dự (số tháng 3) là 30/62 chị" in await pushed(house, LAN)
    assert "đã gửi rồi" in (await house.say(HOA, "giữ"))[0]


async def test_only_that_question_is_open_and_a_strange_figure_is_doubted(house: Province) -> None:
    await given(house, HOA)
    await asked_back(house)
    await pushed(house, HOA)
    assert "Em chưa hiểu ý chị" in (await house.say(HOA, "ừm thì"))[0]
    assert "98 nhiều hơn 62" in (await house.say(HOA, "98"))[0]
    assert (await house.say(HOA, "đúng"))[0].startswith("Em đã sửa: Dự (số tháng 3) từ 30/62 chị thành 98/62")
    assert len(house.rows("SELECT * FROM answer_history")) == 1


async def test_later_asks_again_at_that_time(house: Province) -> None:
    await given(house, HOA)
    await asked_back(house)
    await pushed(house, HOA)
    assert "nhắc lại" in (await house.say(HOA, "để sau"))[0]
    new = await house.tick(at("14/3", "19:31"))
    # One message a day that she did not ask for: it comes the day after.
    new += await house.until(at("15/3", "20:00"))
    assert any("nhờ em hỏi lại một số" in heard.text for heard in new if heard.to == HOA)


async def test_several_questions_queue(house: Province) -> None:
    await given(house, HOA)
    await asked_back(house)
    for words in ("hỏi xóm 5", "1", "3", "1"):
        await house.say(LAN, words)
    assert "đang hỏi lại rồi" in (await house.say(LAN, "hỏi xóm 5", "1"))[-1]
    await pushed(house, HOA)
    said = (await house.say(HOA, "28"))[0]
    assert "Em đã sửa: Dự" in said
    assert "nhờ em hỏi lại một số trong số tháng 3: Sinh hoạt" in said
    assert "1 Rồi · 2 Chưa" in said
    assert (await house.say(HOA, "giữ"))[0].startswith("Dạ, em giữ Sinh hoạt")
    assert [row[0] for row in house.rows("SELECT state FROM report_returns")] == ["changed", "kept"]


async def test_a_restart_and_a_message_sent_twice_change_nothing(house: Province) -> None:
    await given(house, HOA)
    for words in ("hỏi xóm 5", "2", "1"):
        await house.say(LAN, words)
    before = house.count
    await house.say(LAN, "1")
    house.count = before
    assert await house.say(LAN, "1") == []
    assert len(house.rows("SELECT * FROM report_returns")) == 1
    await house.tick()
    await house.tick()
    await pushed(house, HOA)
    asked = [heard for heard in house.heard if heard.to == HOA and "hỏi lại một số" in heard.text]
    assert len(asked) == 1


async def test_quiet_hours_hold(house: Province) -> None:
    await given(house, HOA)
    house.clock.set(at("14/3", "21:10"))
    await asked_back(house)
    new = await house.until(at("15/3", "07:00"))
    assert not [heard for heard in new if heard.to == HOA]
    new = await house.until(at("15/3", "09:00"))
    assert any("hỏi lại một số" in heard.text for heard in new if heard.to == HOA)


async def test_a_name_that_is_two_units_is_asked_by_number(house: Province) -> None:
    await given(house, THU)
    said = (await house.say(BINH, "hỏi xóm 5"))[0]
    assert said == (
        "Em thấy mấy nơi tên như vậy. Chị nhắn số của nơi cần hỏi:\n"
        "1 Chi hội xóm 5, Xã Nam Hoa · 2 Chi hội xóm 5, Xã Hồng Quang"
    )
    assert (await house.say(BINH, "2"))[0].startswith("Chi hội xóm 5, số tháng 3. Chị muốn hỏi lại")
    assert "chưa gửi số kỳ nào" in (await house.say(BINH, "hỏi xóm 5", "1"))[-1]


async def test_who_may_not_asks_nothing_back(house: Province) -> None:
    await given(house, HOA)
    for code in (DAO, THU):
        await house.say(code, "hỏi xóm 5", "2", "1", "1")
    assert "chưa tìm thấy đơn vị này trong địa bàn" in (await house.say(XUAN, "hỏi xóm 5 nam hoa"))[0]
    assert house.rows("SELECT * FROM report_returns") == []


async def test_the_right_is_looked_at_with_every_message(house: Province) -> None:
    await given(house, HOA)
    for words in ("hỏi xóm 5", "2", "1"):
        await house.say(LAN, words)
    for words in ("bàn giao xã nam hoa", "Lê Thị Mới", "1"):
        await house.say(BINH, words)
    await house.say(LAN, "1")
    assert house.rows("SELECT * FROM report_returns") == []


async def test_a_reason_holds_nobodys_name_or_number(house: Province) -> None:
    await given(house, HOA)
    await house.say(LAN, "hỏi xóm 5", "2")
    assert "đừng ghi tên hay chuyện riêng" in (await house.say(LAN, "gọi 0912345678 hỏi lại"))[0]
    assert "Lý do: xem lại giúp chị" in (await house.say(LAN, "xem lại giúp chị"))[0]


async def test_leaving_and_going_back(house: Province) -> None:
    await given(house, HOA)
    await house.say(LAN, "hỏi xóm 5", "2")
    assert "câu số mấy" in (await house.say(LAN, "lại"))[0]
    assert "em thôi ạ" in (await house.say(LAN, "thôi"))[0]
    await house.say(LAN, "2")
    assert house.rows("SELECT * FROM report_returns") == []


async def test_small_sensitive_figures_are_not_shown_above_the_commune(house: Province) -> None:
    await given(house, HOA)
    assert "5. Vụ việc: 0" in (await house.say(LAN, "hỏi xóm 5"))[0]
    assert "5. Vụ việc: dưới 3" in (await house.say(BINH, "hỏi xóm 5 nam hoa"))[0]


async def test_an_answer_that_opens_another_question_asks_that_too(house: Province) -> None:
    await house.say(HOA, "bắt đầu", "1", "chưa", "0", "0", "0", "không", "bỏ qua", "1")
    for words in ("hỏi xóm 5", "1", "3", "1"):
        await house.say(LAN, words)
    await pushed(house, HOA)
    said = (await house.say(HOA, "1"))[0]
    assert "Em đã sửa: Sinh hoạt (số tháng 3) từ chưa thành" in said
    assert "bao nhiêu chị dự" in said
    await house.say(HOA, "30")
    assert value(house, HOA) == {"MH33.2.du": [30, 62]}


async def test_tiep_comes_back_to_it(house: Province) -> None:
    await given(house, HOA)
    await asked_back(house)
    assert "nhờ em hỏi lại một số" in (await house.say(HOA, "tiếp"))[0]
    assert "Em đã sửa" in (await house.say(HOA, "29"))[0]
    assert "hỏi lại" not in await pushed(house, HOA), "what is settled is not asked any more"


async def test_the_commune_is_asked_back_by_the_district_through_enter_for(house: Province) -> None:
    """NHẬP HỘ settles it too: who asked is told."""
    await given(house, HOA)
    await asked_back(house, by=BINH, place="xóm 5 nam hoa")
    await house.say(LAN, "nhập hộ xóm 5")
    await house.say(LAN, "sửa 2", "27")
    assert value(house, HOA) == {"MH33.2.du": [27, 62]}
    assert "đã sửa Dự" in await pushed(house, BINH)


async def test_an_unreachable_head_is_said_so(house: Province) -> None:
    await given(house, TAM)
    for words in ("rút", "1"):
        await house.say(TAM, words)
    assert "chưa ai nhận tin được" in (await house.say(LAN, "hỏi xóm 2"))[0]
