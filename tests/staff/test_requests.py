"""A change after closing: asked for, decided by who has the right, told (domain guide 8.7)."""

from datetime import UTC

import pytest

from storage.domain.effects import RoundClosed
from storage.queries import answers, rounds
from tests.scheduler.conftest import Province, at
from tests.staff.conftest import BINH, HOA, LAN, MAI, THU, pushed
from tests.staff.test_returns import given, value


async def closed(house: Province) -> None:
    """Cô Hoa's report is in, and the province has closed March."""
    await given(house, HOA)
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    await house.write(RoundClosed(march.id, at("14/3", "10:00").astimezone(UTC)))
    house.clock.set(at("15/3", "10:00"))


@pytest.fixture
async def asked(house: Province) -> Province:
    """March is closed; cô Hoa wants 28 in the place of 30."""
    await closed(house)
    said = (await house.say(HOA, "sửa 2", "28"))[-1]
    assert "đề nghị sửa Dự từ 30/62 chị thành 28/62 chị" in said
    return house


@pytest.mark.on_postgres
async def test_the_province_is_told_grants_it_and_she_is_told(asked: Province) -> None:
    assert "Có 1 đề nghị sửa số đang chờ chị xem. Chị nhắn ĐỀ NGHỊ" in await pushed(asked, MAI)
    assert (await asked.say(MAI, "de nghi sua"))[0] == (
        "1 đề nghị sửa số. Chị nhắn số để xem từng cái:\n"
        "1. Chi hội xóm 5, Xã Nam Hoa, số tháng 3: Dự từ 30/62 chị thành 28/62 chị"
    )
    assert (await asked.say(MAI, "1"))[0].endswith("1 Đồng ý · 2 Không đồng ý · 3 Để sau")
    assert value(asked, HOA) == {"MH33.2.du": [30, 62]}
    assert (await asked.say(MAI, "1"))[0].startswith("Dạ em đã sửa Dự (số tháng 3) của Chi hội xóm 5")
    assert value(asked, HOA) == {"MH33.2.du": [28, 62]}
    row = asked.rows("SELECT person_id, proxy FROM answers WHERE question = 'MH33.2.du'")[0]
    person = asked.seat(HOA).person
    assert person is not None
    assert tuple(row) == (person.id, 0)
    march = asked.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    earlier = asked.ask(answers.history, asked.seat(HOA).id, march.id)
    assert [each.answer.values for each in earlier] == [{"MH33.2.du": [30, 62]}]
    sums = asked.ask(answers.sums_below, asked.seat(LAN).unit.id, "2024-03")
    assert sums["NEN.5.ket_nap"] == 2
    told = await pushed(asked, HOA)
    assert "Đề nghị của chị được đồng ý rồi ạ: em đã sửa Dự (số tháng 3) từ 30/62 chị thành 28/62 chị" in told
    assert "không có đề nghị" in (await asked.say(MAI, "đề nghị"))[0]
    decided = asked.rows("SELECT granted, decided_by FROM correction_requests")
    assert [tuple(row) for row in decided] == [(1, asked.seat(MAI).id)]


async def test_a_refusal_says_why(asked: Province) -> None:
    await asked.say(MAI, "đề nghị", "1")
    assert "ghi lý do ngắn" in (await asked.say(MAI, "2"))[0]
    assert "đừng ghi tên" in (await asked.say(MAI, "gọi 0912345678"))[0]
    await asked.say(MAI, "số đã báo Trung ương")
    assert value(asked, HOA) == {"MH33.2.du": [30, 62]}
    told = await pushed(asked, HOA)
    assert "chưa được đồng ý ạ. Lý do: số đã báo Trung ương. Số 30/62 chị vẫn giữ." in told


async def test_who_has_no_right_decides_nothing(asked: Province) -> None:
    for code in (LAN, BINH):
        assert "không có đề nghị" in (await asked.say(code, "đề nghị", "1", "1"))[0]
    for code in (HOA, THU):
        assert "Chi hội xóm 5, Xã Nam Hoa" not in "".join(await asked.say(code, "đề nghị", "1", "1"))
    assert value(asked, HOA) == {"MH33.2.du": [30, 62]}


async def test_a_message_sent_twice_and_a_second_word_change_nothing_more(asked: Province) -> None:
    await asked.say(MAI, "đề nghị", "1", "1")
    asked.count -= 1
    assert await asked.say(MAI, "1") == []
    await asked.say(MAI, "1")
    assert len(asked.rows("SELECT * FROM answer_history")) == 1
    for _ in range(3):
        await asked.tick()
    notes = [heard for heard in asked.heard if heard.to == MAI and "đề nghị sửa số đang chờ" in heard.text]
    assert len(notes) <= 1


async def test_what_no_longer_applies_is_asked_for_as_such(house: Province) -> None:
    """ "Chưa sinh hoạt" after all: the number who came is no longer part of the report."""
    await closed(house)
    await house.say(HOA, "sửa 1", "chưa")
    rows = house.rows("SELECT question, after_state FROM correction_requests ORDER BY id")
    assert [tuple(row) for row in rows][:2] == [("MH33.2", "given"), ("MH33.2.du", "not_applicable")]
    await house.say(MAI, "đề nghị", "1", "1")
    await house.say(MAI, "đề nghị", "1", "1")
    states = house.rows("SELECT question, state FROM answers WHERE question LIKE 'MH33.2%'")
    assert dict(tuple(row) for row in states)["MH33.2.du"] == "not_applicable"
