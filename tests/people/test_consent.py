"""Nothing is kept before she agrees, and nobody is tied in silence."""

import asyncio
import re
from datetime import UTC, timedelta

import pytest

from handlers.texts import catalogue
from storage.domain.codes import ALPHABET, code_sha256, is_code, spaced_code
from storage.domain.messages import Address, Inbound
from storage.queries import consent, people
from tests.people.conftest import CODE, House, Phone, everything

ACCOUNT = "84912345678"
STRANGE = ("Phan Thị Quỳnh", "0987654321", "xóm 5 Nam Hoa", "hong quang", "/start", "❤", "1", "2")


@pytest.mark.on_postgres
async def test_the_path_of_domain_8_2(house: House) -> None:
    await house.issue("13999-05")
    hoa = house.phone(ACCOUNT, "zalo")
    assert await hoa.says("ch-7k4 m3q 9af") == (
        "Em chào chị Hoa ạ. Em là Trợ lý báo cáo của Hội LHPN tỉnh. "
        "Chị Lan, Chủ tịch Hội xã, đã thêm chị là Chi hội trưởng xóm 5.\n"
        "Em xin lưu: tên, chức vụ, Chi hội, tài khoản Zalo và số liệu chị gửi, chỉ để tổng hợp báo cáo của "
        "Hội. Chị được xem, sửa, xóa: nhắn XEM, SỬA, XÓA.\n"
        "Chị đồng ý không ạ? 1 Đồng ý · 2 Không · 3 Đọc thêm"
    )
    assert house.ask(people.seats_of, hoa.address) == []
    assert await hoa.says("chị đồng ý") == (
        "Dạ em cảm ơn chị. Em gọi mình là gì cho phải ạ?\n1 Chị · 2 Cô · 3 Bác"
    )
    assert await hoa.says("2") == (
        "Dạ em cảm ơn cô Hoa. Tài khoản này từ nay báo số cho Chi hội xóm 5 ạ.\n"
        "Khi nào sẵn sàng cô nhắn BẮT ĐẦU giúp em nhé."
    )
    assert (await hoa.says("bắt đầu")).startswith("Em chào cô Hoa ạ!")
    (line,) = house.ask(lambda reader: list(consent.consent_log(reader)))
    assert (line.said, line.version, line.seat, line.name) == (
        "agreed", catalogue()["consent.version"], "13999-05", "Nguyễn Thị Hoa",
    )  # fmt: skip
    assert ACCOUNT not in line.subject


@pytest.mark.parametrize("answer", ["2", "không", "chị không đồng ý"])
async def test_no_keeps_the_paper_route_and_nothing_else(house: House, answer: str) -> None:
    await house.issue("13999-05")
    before = house.rows("SELECT count(*) FROM accounts"), house.rows("SELECT count(*) FROM matters")
    phone = house.phone(ACCOUNT, "zalo")
    await phone.starts(CODE)
    assert await phone.says(answer) == (
        "Dạ không sao ạ. Em chưa lưu gì của chị. Chị cứ báo cáo bằng giấy với Hội xã như trước nhé. "
        "Khi nào muốn dùng, chị nhắn BẮT ĐẦU."
    )
    assert (house.rows("SELECT count(*) FROM accounts"), house.rows("SELECT count(*) FROM matters")) == before
    assert house.ask(lambda reader: list(consent.consent_log(reader))) == []
    await phone.starts(CODE)  # the code is still good
    assert "Em gọi mình" in await phone.says("1")


@pytest.mark.parametrize(
    "unclear", ["ok chắc vậy", "dạ", "hả", "có phải nộp không em", "❤", "xem", "ừm để xem"]
)
async def test_only_clear_words_are_consent(house: House, unclear: str) -> None:
    await house.issue("13999-05")
    phone = house.phone(ACCOUNT)
    await phone.starts(CODE)
    assert "Chị đồng ý không ạ?" in await phone.says(unclear)
    assert house.ask(people.seats_of, phone.address) == []


async def test_without_consent_nothing_personal_is_in_tables_or_files(house: House) -> None:
    await house.issue("13999-05")
    phone = house.phone(ACCOUNT, "zalo")
    for words in STRANGE:
        await phone.says(words)
    await phone.starts(CODE)
    await phone.says("3")
    await phone.says("Phan Thị Quỳnh đây, số chị 0987654321")
    await phone.sends_photo("2024/03/quynh.jpg")
    await phone.says("2")
    await phone.says("XÓA")
    found = everything(house)
    assert "MessageReceived" not in found
    for trace in (ACCOUNT, "Quỳnh", "0987654321", "quynh.jpg", CODE, CODE[3:], "7K4 M3Q"):
        assert trace not in found, trace
    assert house.rows("SELECT DISTINCT substr(account, 1, 1) FROM inbox") == [("#",)]
    assert len(house.rows("SELECT id FROM outbox WHERE account LIKE '#%%'")) == len(
        house.rows("SELECT id FROM outbox")
    )


async def test_a_message_brought_again_changes_nothing_even_over_the_moment_of_consent(house: House) -> None:
    await house.issue("13999-05")
    address, at = Address("zalo", ACCOUNT), house.clock.now().astimezone(UTC)
    for number, text in enumerate([CODE, "1"]):
        for _ in range(2):
            await house.take(Inbound(address, f"{ACCOUNT}:{number}", at, text))
    assert len(house.sent) == 2
    assert len(house.ask(lambda reader: list(consent.consent_log(reader)))) == 1


async def test_five_wrong_codes_then_an_hours_pause(house: House) -> None:
    await house.issue("13999-05")
    phone = house.phone(ACCOUNT)
    for _ in range(4):
        assert "chưa tìm thấy hoặc đã dùng" in await phone.says("CH-3333 33333")
    assert "tạm dừng nhận đến 20:31" in await phone.says("CH-3333 33333")
    assert "tạm dừng" in await phone.says(CODE), "the right code does not help during the pause"
    house.clock.advance(timedelta(minutes=62))
    assert "Chị đồng ý không ạ?" in await phone.says(CODE)


async def test_two_people_with_one_code_at_the_same_instant(house: House) -> None:
    await house.issue("13999-05")
    phones = [house.phone(f"1000{n}") for n in range(8)]
    for phone in phones:
        await phone.starts(CODE)
    at = house.clock.now().astimezone(UTC)
    await asyncio.gather(*(
        house.writer.run(str(p.address), house.turns(Inbound(p.address, f"{p.address.account}:x", at, "1")))
        for p in phones
    ))  # fmt: skip
    tied = [phone for phone in phones if house.ask(people.seats_of, phone.address)]
    assert len(tied) == 1
    await house.deliver()
    assert sum("vừa có người dùng" in phone.last() for phone in phones) == 7
    assert len(house.rows("SELECT id FROM consents")) == 1


def test_a_code_is_long_unmistakable_and_is_no_place() -> None:
    assert len(ALPHABET) ** 9 - (len(ALPHABET) - 5) ** 9 > 2**40
    assert not set(ALPHABET) & set("0O1IL2Z5S8BUV")
    assert spaced_code(CODE) == "CH-7K4 M3Q 9AF"
    for written in (CODE, "ch 7k4 m3q 9af", "CH7K4M3Q9AF", " ch-7k4-m3q-9af ", "CH-7K4M3Q"):
        assert is_code(written), written
        assert code_sha256(written) == code_sha256(written.upper())
    for place in ("xa nam hanh", "chào em nhé", "xóm 5", "xã Nam Hà", "to 7", "chi hoi xom 5", "tt gam"):
        assert not is_code(place), place


async def test_no_message_kept_holds_a_code(house: House) -> None:
    await house.issue("13999-05")
    hoa = house.phone(ACCOUNT)
    await hoa.starts(CODE)
    await hoa.says("1")
    await hoa.says("1")
    await hoa.says(CODE)  # once more, from a tied account
    assert not re.search("7K4 ?M3Q", everything(house).upper())


async def test_an_empty_seat_asks_for_her_name_after_consent(house: House) -> None:
    await house.issue("13999-06")
    phone = house.phone(ACCOUNT)
    assert "mời chị báo số cho Chi hội trưởng xóm 6" in await phone.starts(CODE)
    assert "họ tên đầy đủ" in await phone.says("1")
    assert "chưa đọc được tên" in await phone.says("?")
    assert "gọi mình là gì" in await phone.says("chị tên là đinh thị sen ạ")
    assert "cảm ơn bác Sen" in await phone.says("bác")
    seat = house.seat("13999-06")
    assert seat.person is not None
    assert (seat.person.name, seat.person.address_form) == ("Đinh Thị Sen", "bác")


async def test_a_lost_phone_is_replaced_and_told(house: House) -> None:
    old = await house.linked("13999-05", "111")
    zalo = await house.linked("13999-05", "222", "zalo")
    await house.issue("13999-05")
    new = house.phone("333")
    await new.starts(CODE)
    await new.says("1")
    assert "tài khoản này em thôi nhận" in old.last()
    assert house.ask(people.seats_of, old.address) == []
    assert house.ask(people.seats_of, new.address) == house.ask(people.seats_of, zalo.address) != []


async def test_an_account_in_use_is_asked_before_it_speaks_for_another(house: House) -> None:
    hoa: Phone = await house.linked("13999-05", "111")
    await house.issue("13999-04")
    assert "Chị đồng ý không ạ?" in await hoa.says(CODE)
    assert "giữ nguyên như cũ" in await hoa.says("2")
    assert [seat.code for seat in house.ask(people.seats_of, hoa.address)] == ["13999-05"]
