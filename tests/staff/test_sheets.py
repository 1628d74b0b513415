"""PHIẾU HỎI: a few questions made in chat, asked by the ordinary dialogue, counted by KẾT QUẢ."""

from datetime import UTC

import pytest

from handlers.turn import Turns
from scheduler.run import Scheduler
from storage.domain.effects import RoundClosed
from storage.queries import rounds
from tests.kh83 import kh83
from tests.scheduler.conftest import HOTLINES, Province, at
from tests.staff.conftest import BINH, DAO, HOA, LAN, MAI, TAM, THU, XUAN

WORDS = (
    "phiếu hỏi", "Máy tính ở thôn", "Nhà văn hóa thôn mình có mấy máy tính dùng được ạ?", "1", "1",
    "Chi hội đã có nhóm Zalo chưa ạ?", "2", "1", "Chị em muốn học gì nhất ạ?", "4", "Zalo, Excel, Canva",
)  # fmt: skip


@pytest.fixture
async def quiet(house: Province) -> Province:
    """No other round is open."""
    for asked in house.ask(rounds.all_rounds):
        await house.write(RoundClosed(asked.id, at("13/3").astimezone(UTC)))
    return house


async def made(house: Province, by: str = LAN, audience: str = "1") -> list[str]:
    return await house.say(by, *WORDS, audience, "20/3", "1")


async def answered(house: Province, code: str, *words: str) -> str:
    greeted = "1 Bắt đầu" in (await house.say(code, "bắt đầu"))[0]
    return (await house.say(code, *(["1"] if greeted else []), *words, "1"))[-1]


@pytest.mark.on_postgres
async def test_made_asked_answered_and_counted(quiet: Province) -> None:
    said = await made(quiet)
    assert said[0].startswith("Chị đặt tên phiếu")
    assert said[3] == "Em ghi rồi ạ. Chị hỏi thêm câu nữa không?\n1 Thêm câu · 2 Đủ rồi"
    assert said[-3] == "Hạn trả lời ngày nào ạ? Từ ngày mai, trong 60 ngày, ví dụ 25/3."
    assert said[-2] == (
        "PHIẾU HỎI: Máy tính ở thôn\n"
        "1. Nhà văn hóa thôn mình có mấy máy tính dùng được ạ? (Một con số)\n"
        "2. Chi hội đã có nhóm Zalo chưa ạ? (Rồi hoặc chưa)\n"
        "3. Chị em muốn học gì nhất ạ? (1 Zalo · 2 Excel · 3 Canva)\n"
        "Hỏi Chi hội (3 người nhận được tin), hạn 20:30 ngày 20/3. Chị gửi không ạ?\n"
        "1 Gửi · 2 Làm lại · 3 Thôi"
    )
    new = await quiet.until(at("14/3", "15:00"))
    greeted = {heard.to for heard in new if "phiếu Máy tính ở thôn" in heard.text}
    assert {HOA, DAO, TAM} <= greeted
    assert THU not in greeted
    assert "phiếu Máy tính ở thôn" in await answered(quiet, HOA, "2", "1", "3")
    await answered(quiet, DAO, "1", "2", "excel")
    result = (await quiet.say(LAN, "kết quả"))[0]
    assert result == (
        "Phiếu Máy tính ở thôn: 2/3 đã trả lời\n"
        "1. Nhà văn hóa thôn mình có mấy máy tính dùng được ạ?: tổng 3 (2 nơi trả lời)\n"
        "2. Chi hội đã có nhóm Zalo chưa ạ?: có 1, chưa 1\n"
        "3. Chị em muốn học gì nhất ạ?: Zalo 0, Excel 1, Canva 1"
    )
    assert "Phiếu Máy tính ở thôn (chi hội): 2/3" in (await quiet.say(LAN, "tiến độ"))[0]
    assert "chưa gửi phiếu nào" in (await quiet.say(XUAN, "kết quả"))[0]
    assert len(quiet.rows("SELECT * FROM audit WHERE what = 'chat_pack_made'")) == 1


async def test_the_other_commune_is_not_asked(quiet: Province) -> None:
    await made(quiet)
    assert "chưa có kỳ nào" in (await quiet.say(THU, "bắt đầu"))[0]


async def test_communes_are_asked_by_the_district_texts_are_listed(quiet: Province) -> None:
    await quiet.say(
        BINH, "phiếu hỏi", "Khó khăn", "Xã mình đang vướng việc gì nhất ạ?", "3", "2", "2", "20/3", "1"
    )
    await answered(quiet, LAN, "thiếu máy chiếu")
    assert (await quiet.say(BINH, "kết quả"))[0].endswith(
        "1. Xã mình đang vướng việc gì nhất ạ?: 1\n- Xã Nam Hoa: thiếu máy chiếu"
    )


async def test_a_restart_finds_it_again(quiet: Province) -> None:
    await made(quiet)
    quiet.turns = Turns(kh83(), quiet.clock.now, HOTLINES)
    quiet.scheduler = Scheduler(kh83(), quiet.writer, quiet.clock, quiet.turns)
    new = await quiet.until(at("14/3", "15:00"))
    assert HOA in {heard.to for heard in new if "phiếu Máy tính ở thôn" in heard.text}
    await answered(quiet, HOA, "2", "1", "3")
    assert "1/3 đã trả lời" in (await quiet.say(LAN, "kết quả"))[0]
    assert kh83().pack("PH-1") is None, "the plan itself stays as it is"


async def test_it_is_reminded_of_once_more_and_closes(quiet: Province) -> None:
    await made(quiet)
    new = await quiet.until(at("20/3", "12:00"))
    mine = [heard.text for heard in new if heard.to == TAM and "Máy tính ở thôn" in heard.text]
    assert any("phiếu Máy tính ở thôn của Chi hội xóm 2 còn 3 câu, hạn 20/3" in text for text in mine)
    await quiet.until(at("28/3", "12:00"))
    closed = quiet.rows("SELECT closed_at FROM rounds WHERE pack = 'PH-1'")
    assert closed[0][0] is not None


async def test_who_may_not_and_what_is_sent_twice(quiet: Province) -> None:
    await made(quiet, by=HOA)
    assert quiet.rows("SELECT * FROM chat_packs") == []
    await quiet.say(LAN, *WORDS, "1", "20/3")
    before = quiet.count
    await quiet.say(LAN, "1")
    quiet.count = before
    assert await quiet.say(LAN, "1") == []
    assert len(quiet.rows("SELECT * FROM chat_packs")) == 1


async def test_two_sheets_are_picked_by_number(quiet: Province) -> None:
    await made(quiet)
    await quiet.say(
        LAN, "phiếu", "Lịch họp", "Chi hội họp được chiều thứ Bảy không ạ?", "2", "2", "1", "20/3", "1"
    )
    said = (await quiet.say(LAN, "kết quả"))[0]
    assert said == "Chị xem phiếu nào ạ?\n1. Lịch họp: 0/3\n2. Máy tính ở thôn: 0/3"
    assert (await quiet.say(LAN, "2"))[0].startswith("Phiếu Máy tính ở thôn: 0/3")


async def test_signs_of_the_plan_and_odd_words_are_no_harm(quiet: Province) -> None:
    said = await quiet.say(
        MAI, "phiếu hỏi", "Thử", "Có ${last.NEN.1} và {chị} [x] bao nhiêu ạ?", "1", "2", "1", "1/1"
    )
    assert said[-1].startswith("Hạn trả lời ngày nào"), "a day that is past is asked again"
    assert "Có last.NEN.1 và chị x bao nhiêu ạ?" in (await quiet.say(MAI, "20/3"))[0]
    assert "em thôi ạ" in (await quiet.say(MAI, "thôi"))[0]
    assert quiet.rows("SELECT * FROM chat_packs") == []
