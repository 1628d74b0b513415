"""Approval, hand-over, NHẬP HỘ, two seats, two channels, a shared phone."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from storage.domain.effects import UnitsImported
from storage.queries import answers, people, pushes, rounds
from tests.people.conftest import CODE, START, TREE, House, Phone, unit


async def asks(house: House, account: str, place: str, name: str, channel: str = "telegram") -> Phone:
    """Somebody without a code asks for a seat, up to the end."""
    phone = house.phone(account, channel)
    await phone.says("bắt đầu")
    await phone.says(place)
    for words in ("1", "1", name, "1"):
        await phone.says(words)
    return phone


async def test_a_stray_is_approved_with_one_number(house: House) -> None:
    lan = await house.linked("13999", "111")
    hoa = await asks(house, "222", "xom 5 nam hoa", "Nguyễn Thị Hoa")
    assert "đã nhờ chị Lan xác nhận" in hoa.last()
    assert house.ask(people.seats_of, hoa.address) == []
    assert lan.last() == (
        "Chị Lan ơi, Nguyễn Thị Hoa xin báo số cho Chi hội xóm 5, đúng tên trong danh sách. "
        "Chị xác nhận giúp em?\n"
        "1 Đồng ý · 2 Không phải"
    )
    assert "đã nối tài khoản của Nguyễn Thị Hoa" in await lan.says("1")
    assert "Tài khoản này từ nay báo số cho Chi hội xóm 5" in hoa.last()
    assert [seat.code for seat in house.ask(people.seats_of, hoa.address)] == ["13999-05"]
    assert house.rows("SELECT outcome, account, name FROM seat_requests") == [("approved", "", "")]


async def test_one_tap_works_too_and_an_old_button_does_nothing(house: House) -> None:
    lan = await house.linked("13999", "111")
    hoa = await asks(house, "222", "xóm 5 xã Nam Hoa", "Nguyễn Thị Hoa")
    await lan.taps(1)
    assert len(house.ask(people.seats_of, hoa.address)) == 1
    thu = await asks(house, "333", "xóm 4 Nam Hoa", "Lê Thị Mười")
    await lan.says("chào em")
    await lan.says("1")
    assert house.ask(people.seats_of, thu.address) == [], (
        "a number typed after something else approves nobody"
    )
    assert "Lê Thị Mười xin báo số" in await lan.says("duyệt")
    assert "đã báo Lê Thị Mười là chưa được" in await lan.says("2")
    assert "chưa xác nhận" in thu.last()
    assert "Lê Thị Mười" not in str(house.rows("SELECT * FROM seat_requests"))
    assert "không có ai chờ" in await lan.says("DUYỆT")


async def test_a_request_does_not_break_into_a_report(house: House) -> None:
    """The president answers her own questions: a "1" then must not approve anybody."""
    both = replace(TREE[7], head="Trần Thị Lan")
    await house.write(UnitsImported((both,), START.astimezone(UTC)))
    lan = await house.linked("13999", "111")
    await house.issue("13999-05")
    await lan.starts(CODE)
    await lan.says("1")
    await lan.says("1")
    await lan.says("bắt đầu")
    await lan.says("1")
    phone = await asks(house, "333", "xóm 4 Nam Hoa", "Lê Thị Mười")
    assert "Chị báo số xong thì nhắn DUYỆT" in lan.last()
    assert "Câu 2/7" in await lan.says("1")
    assert house.ask(people.seats_of, phone.address) == []


async def test_without_anybody_to_approve_nothing_is_kept(house: House) -> None:
    phone = house.phone("222")
    await phone.says("bắt đầu")
    await phone.says("xom 5 nam hoa")
    assert "chưa nhờ ai xác nhận được" in await phone.says("1")
    assert "Chị Lan, Chủ tịch Hội xã" in phone.last()
    assert house.rows("SELECT * FROM seat_requests") == []


async def test_the_next_above_who_can_be_reached_approves(house: House) -> None:
    mai = await house.linked("36", "111")
    await asks(house, "222", "xom 5 nam hoa", "Nguyễn Thị Hoa")
    assert mai.last().startswith("Chị Mai ơi, Nguyễn Thị Hoa xin báo số")


async def test_a_request_can_be_taken_back(house: House) -> None:
    await house.linked("13999", "111")
    phone = await asks(house, "222", "xom 5 nam hoa", "Lê Thị Mười")
    assert "đang chờ Hội xã" in await phone.says("alo em")
    assert "xóa hết thông tin" in await phone.says("hủy")
    assert "Lê Thị Mười" not in str(house.rows("SELECT * FROM seat_requests"))
    assert "222" not in str(house.rows("SELECT account FROM seat_requests"))


@pytest.mark.parametrize(
    ("words", "unit_name"),
    [
        ("xom 5 nam hoa", "Chi hội xóm 5, Xã Nam Hoa"),
        ("Chi hội xóm 5 xã Hồng Quang", "Chi hội xóm 5, Xã Hồng Quang"),
        ("xóm 5 hồng quangg", "Chi hội xóm 5, Xã Hồng Quang"),
        ("chị ở xã nam hoa xóm 5 em ạ", ""),
        ("xóm 15 nam hoa", ""),
        ("xóm 5 nam định", ""),
    ],
)
async def test_places_are_found_by_what_people_write(house: House, words: str, unit_name: str) -> None:
    phone = house.phone("222")
    await phone.says("bắt đầu")
    said = await phone.says(words)
    if unit_name:
        assert said.startswith(f"Chị ở {unit_name} phải không ạ?")
    else:
        assert "phải không ạ?" not in said or "xóm 5, Xã Nam Hoa" in said


async def test_a_name_that_repeats_is_shown_with_its_parent(house: House) -> None:
    phone = house.phone("222")
    await phone.says("bắt đầu")
    assert await phone.says("xóm 5") == (
        "Em thấy mấy nơi tên như vậy. Chị nhắn số của nơi mình:\n"
        "1. Chi hội xóm 5, Xã Nam Hoa\n2. Chi hội xóm 5, Xã Hồng Quang"
    )


async def test_a_hand_over_in_the_middle_of_a_draft(house: House) -> None:
    lan, hoa = await house.linked("13999", "111"), await house.linked("13999-05", "222")
    await hoa.says("bắt đầu")
    for words in ("1", "rồi", "41"):
        await hoa.says(words)
    assert await lan.says("BÀN GIAO XÓM 5") == (
        "Chi hội trưởng xóm 5 đang là Nguyễn Thị Hoa. Ai thay ạ? Chị nhắn họ tên đầy đủ. "
        "Chưa có ai thì nhắn CHƯA."
    )
    assert "Từ hôm nay Lê Thị Mai là Chi hội trưởng xóm 5" in await lan.says("lê thị mai")
    assert "Số đã báo và câu đang trả lời dở vẫn giữ" in await lan.says("đúng")
    assert "chị đã bàn giao Chi hội xóm 5" in hoa.last()

    mai = await asks(house, "333", "xóm 5 nam hoa", "Lê Thị Mai")
    await lan.says("1")
    shown = await mai.says("xem")
    assert "Dự: 41/62" in shown
    assert "Câu 3/7" in shown
    assert "Câu 4/7" in await mai.says("2 chị, 1 chị chuyển đi")

    for words in ("xem", "tiếp", "sửa 2", "41"):
        said = await hoa.says(words)
        assert "41/62" not in said
        assert "Câu" not in said
    seat = house.seat("13999-05")
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    assert len(house.ask(answers.answers, seat.id, march.id)) == 3
    who = house.rows(
        "SELECT DISTINCT p.name FROM answers a JOIN persons p ON p.id = a.person_id ORDER BY p.name"
    )
    assert who == [("Lê Thị Mai",), ("Nguyễn Thị Hoa",)], "answers say who gave them"


async def test_a_head_who_leaves(house: House) -> None:
    lan, hoa = await house.linked("13999", "111"), await house.linked("13999-05", "222")
    assert "thôi làm Chi hội trưởng xóm 5 phải không" in await hoa.says("chị nghỉ chi hội trưởng rồi")
    assert "đã báo chị Lan, Chủ tịch Hội xã" in await hoa.says("1")
    assert lan.last() == (
        "Chị Lan ơi, chị Hoa (Chi hội xóm 5) nhắn em là đã thôi việc. "
        "Có người thay thì chị nhắn BÀN GIAO XÓM 5 giúp em ạ."
    )
    seat = house.seat("13999-05")
    assert house.ask(pushes.asked_off, [seat.id])
    assert house.rows("SELECT kind FROM tasks") == [("role_ended",)]
    assert "Nguyễn Thị Hoa" in await lan.says("BÀN GIAO XÓM 5")
    assert "để trống, đúng không" in await lan.says("chưa có ai")
    await lan.says("1")
    assert house.seat("13999-05").person is None


async def test_entering_for_a_branch_is_marked_so(house: House) -> None:
    lan = await house.linked("13999", "111")
    said = await lan.says("NHẬP HỘ XÓM 5")
    assert said.startswith("Dạ, em hỏi chị số của Chi hội xóm 5, ghi là nhập hộ chị Hoa.")
    assert "Câu 1/7" in said
    for words in ("rồi", "41", "2 chị, 1 chị chuyển đi", "0", "0", "không", "bỏ qua"):
        await lan.says(words)
    assert "Xong rồi ạ! Em đã gửi số tháng 3 của Chi hội xóm 5" in await lan.says("1")
    assert {row[0] for row in house.rows("SELECT proxy FROM answers")} == {1}
    rows = house.ask(lambda reader: list(answers.export_rows(reader, 1)))
    assert {(row["person"], row["proxy"]) for row in rows} == {("Trần Thị Lan", True)}
    noted = house.rows("SELECT seat_id FROM audit WHERE what = 'report_opened_for'")
    assert noted == [(house.seat("13999-05").id,)]
    hoa = await house.linked("13999-05", "222")
    assert "đã nhận số tháng 3" in await hoa.says("đã gửi chưa em")
    await hoa.says("sửa 2")
    await hoa.says("42")
    own = "SELECT person_id IS NOT NULL FROM answers WHERE NOT proxy"
    assert house.rows(own) == [(1,)], "what she corrects herself is no longer marked"
    assert "quay về Xã Nam Hoa" in await lan.says("thôi nhập hộ")


async def test_a_branch_of_the_list_may_be_named(house: House) -> None:
    lan = await house.linked("13999", "111")
    assert "1 Chi hội xóm" in await lan.says("NHẬP HỘ XÓM")
    assert (await lan.says("xóm 5")).startswith("Dạ, em hỏi chị số của Chi hội xóm 5, ghi là nhập hộ")


async def test_one_person_two_seats_is_asked_which(house: House) -> None:
    both = replace(TREE[6], head="Nguyễn Thị Hoa")
    await house.write(UnitsImported((both,), START.astimezone(UTC)))
    hoa = await house.linked("13999-04", "222")
    await house.linked("13999-05", "222")
    assert await hoa.says("bắt đầu") == ("Chị báo cho Chi hội nào ạ?\n1 Chi hội xóm 4 · 2 Chi hội xóm 5")
    assert "em hỏi chị số của Chi hội xóm 5" in await hoa.says("2")
    await hoa.says("chưa")
    assert "Chi hội nào" in await hoa.says("đổi chi hội")
    said = await hoa.says("1")
    assert "số của Chi hội xóm 4" in said
    assert "Câu 1/" in said


async def test_two_channels_carry_on_one_report(house: House) -> None:
    zalo, telegram = await house.linked("13999-05", "z1", "zalo"), await house.linked("13999-05", "t1")
    await zalo.says("bắt đầu")
    await zalo.says("1")
    await zalo.says("rồi")
    assert "Câu 2/7" in await telegram.says("tiếp")
    await telegram.says("41")
    assert "Dự: 41/62" in await zalo.says("xem")


async def test_after_a_long_silence_it_is_asked_who_answers(house: House) -> None:
    hoa = await house.linked("13999-05", "222")
    await hoa.says("bắt đầu")
    await hoa.says("1")
    await hoa.says("rồi")
    house.clock.advance(timedelta(days=59))
    assert "Câu 2/7" in await hoa.says("alo")
    house.clock.advance(timedelta(days=61))
    assert await hoa.says("41") == (
        "Lâu rồi em chưa gặp. Em đang nói chuyện với chị Hoa, Chi hội xóm 5 phải không ạ?\n"
        "1 Đúng · 2 Người khác"
    )
    assert "cảm ơn" in await hoa.says("1")
    assert "Câu 3/7" in await hoa.says("41")
    house.clock.advance(timedelta(days=61))
    await hoa.says("0")
    assert "mã trên thư mời" in await hoa.says("2")
    assert "Chị ở Chi hội xóm 4, Xã Nam Hoa phải không" in await hoa.says("xóm 4 nam hoa")


@pytest.mark.on_postgres
async def test_a_president_enrols_her_heads_and_hands_over_a_seat_by_chat_alone(house: House) -> None:
    letters = "abcdefgh"
    more = tuple(
        unit(f"13999-{n:02}", f"Chi hội xóm {n}", "CH", "13999", f"Bùi Thị Lá{letters[n - 7]}")
        for n in range(7, 15)
    )
    await house.write(UnitsImported(more, START.astimezone(UTC)))
    lan = await house.linked("13999", "111")
    heads = [seat for seat in house.ask(people.find_seats, "nam hoa", ["CH"], 30) if seat.person]
    assert len(heads) == 13
    for number, seat in enumerate(heads):
        name = seat.person.name if seat.person else ""
        phone = await asks(house, f"2{number:03}", f"{seat.unit.name} nam hoa", name)
        await lan.says("1")
        assert [held.code for held in house.ask(people.seats_of, phone.address)] == [seat.code]
    for words in ("bàn giao xóm 6", "Đinh Thị Sen", "1"):
        await lan.says(words)
    sen = await asks(house, "2999", "xóm 6 nam hoa", "Đinh Thị Sen")
    await lan.says("1")
    assert [held.code for held in house.ask(people.seats_of, sen.address)] == ["13999-06"]
    assert house.ask(people.seats_not_linked) == [
        house.seat(code) for code in ("14000", "14000-05", "36", "361")
    ]
