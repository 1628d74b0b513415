"""An indicator by its name or code: three states, down the tree by numbers, LẠI up, MENU out."""

from collections.abc import Mapping
from datetime import UTC

import pytest

from storage.domain.answers import Answer, Value
from storage.domain.effects import AnswerRecorded, ReportSubmitted, RoundOpened
from storage.domain.messages import Address
from storage.queries import rounds
from tests.kh83 import kh83
from tests.scheduler.conftest import Province, at
from tests.staff.conftest import BINH, DAO, HOA, LAN, MAI, TAM, THU
from tests.staff.test_returns import given


async def asked(house: Province, pack: str, period: str, given: Mapping[str, Mapping[str, Value]]) -> None:
    """A round that is open, and what was said in it, by seat and question."""
    await house.write(RoundOpened(pack, period, at("10/3").astimezone(UTC), at("20/3").astimezone(UTC)))
    this = house.ask(rounds.round_of, pack, period)
    assert this is not None
    now = house.clock.now().astimezone(UTC)
    for code, values in given.items():
        seat = house.seat(code)
        for name, value in values.items():
            answer = Answer(name, "given", {name: value})
            await house.write(AnswerRecorded(seat.id, this.id, now, answer, Address("web", code), "m"))
        await house.write(ReportSubmitted(seat.id, this.id, now))


@pytest.mark.on_postgres
async def test_a_commune_figure_goes_down_the_tree_and_back(house: Province) -> None:
    await asked(house, "XA-Q", "2024-Q1", {LAN: {"CT23": 2}})
    district = (
        "Máy tính ở Hội cơ sở (CT23)\nQuý I năm 2024, Huyện Nam Trực: 1/2 đạt (50%), 0 chưa đạt, 1 chưa báo\n"
        "Chỉ tiêu 100% cơ sở: chưa báo đủ\n1. Xã Nam Hoa: đạt, 2 máy\n2. Xã Hồng Quang: chưa báo\n"
        "Nhắn số để xem tiếp, LẠI để quay lên, MENU để ra."
    )
    assert "1. Huyện Nam Trực: 1/2 đạt (50%)" in (await house.say(MAI, "máy tính"))[0]
    assert await house.say(MAI, "1") == [district]
    assert (await house.say(MAI, "1"))[0] == (
        "Máy tính ở Hội cơ sở (CT23)\nQuý I năm 2024, Xã Nam Hoa: đạt, 2 máy\n"
        "Kỳ trước (quý IV năm 2023): chưa có số\nNhắn LẠI để quay lên, MENU để ra."
    )
    assert await house.say(MAI, "lại") == [district]
    assert "Hội LHPN tỉnh Nam Định: 1/2 đạt" in (await house.say(MAI, "LẠI"))[0]
    assert "TIẾN ĐỘ" in (await house.say(MAI, "menu"))[0]
    assert "Máy tính" not in (await house.say(MAI, "1"))[0], "the list was left"


async def test_zero_is_not_reached_and_silence_is_not_reported(house: Province) -> None:
    await asked(house, "XA-Q", "2024-Q1", {LAN: {"CT23": 0}})
    said = (await house.say(BINH, "ct 23"))[0]
    assert "Huyện Nam Trực: 0/2 đạt (0%), 1 chưa đạt, 1 chưa báo\nChỉ tiêu 100% cơ sở: chưa đạt" in said
    assert "1. Xã Nam Hoa: chưa đạt, 0 máy\n2. Xã Hồng Quang: chưa báo" in said


async def test_several_that_fit_are_picked_by_number(house: Province) -> None:
    await asked(
        house, "CH-6T", "2024-H1",
        {HOA: {"NV24c": 90, "NEN.3": 95}, TAM: {"NV24c": 50, "NEN.3": 50}},
    )  # fmt: skip
    assert (await house.say(LAN, "3 sạch"))[0].splitlines()[1:] == [
        "1. Gia đình 5 không, 3 sạch (NV24a)", "2. Gia đình 5 có, 3 sạch (NV24b)",
        "3. Xã có từ 95% hộ đạt 3 sạch (NV24c)",
    ]  # fmt: skip
    said = (await house.say(LAN, "3"))[0]
    assert "6 tháng đầu năm 2024, Xã Nam Hoa: đạt, 96,6% (140/145)" in said
    assert "2. Chi hội xóm 5: 94,7% (90/95)\n3. Chi hội xóm 9: chưa báo" in said
    assert "Chi hội xóm 5: 94,7% (90/95)" in (await house.say(LAN, "2"))[0]


async def test_a_branch_is_shown_with_the_period_before(house: Province) -> None:
    await asked(house, "CH-T", "2024-02", {HOA: {"NEN.5": 0, "MH33.2": True}})
    await given(house, HOA)
    assert "1/3 đạt (33,3%), 0 chưa đạt, 2 chưa báo" in (await house.say(LAN, "MH33.2"))[0]
    assert "Chi hội xóm 5: đạt, 1 tháng\nKỳ trước (tháng 2 năm 2024): đạt\n" in (await house.say(LAN, "2"))[0]
    noted = house.rows("SELECT what FROM audit WHERE what = 'figure_shown'")
    assert len(noted) == 1


@pytest.mark.parametrize("words", ["CT25", "chi hội trưởng tập huấn", "chi hoi truong duoc tap huan", "ct25"])
async def test_words_name_the_indicator(house: Province, words: str) -> None:
    await asked(house, "XA-Q", "2024-Q1", {LAN: {"CT25.xa": 2}})
    said = (await house.say(MAI, words))[0]
    assert "(CT25)" in said
    assert "tỉnh Nam Định: 2/4 đạt (50%), 1 chưa đạt, 1 chưa báo" in said


async def test_branches_that_were_not_asked_are_not_called_silent(house: Province) -> None:
    """CT25 is asked of branches in November only; before that the commune says it."""
    await asked(house, "XA-Q", "2024-Q1", {LAN: {"CT25.xa": 2}})
    said = (await house.say(LAN, "CT25"))[0]
    assert "Xã Nam Hoa: 2/3 đạt (66,7%), 1 chưa đạt, 0 chưa báo" in said
    assert "Chi hội xóm" not in said


async def test_a_unit_that_is_named_stays_a_unit(house: Province) -> None:
    await given(house, HOA)
    assert "Chi hội trưởng: Nguyễn Thị Hoa" in (await house.say(LAN, "xóm 5"))[0]
    assert "(" not in (await house.say(MAI, "cảm ơn em"))[0]


async def test_what_she_types_in_her_own_report_is_its_answer(house: Province) -> None:
    await house.say(HOA, "bắt đầu")
    for words in ("CT25", "máy tính", "3 sạch"):
        assert "chưa báo" not in (await house.say(HOA, words))[0]
    await asked(house, "XA-Q", "2024-Q1", {})
    await house.say(LAN, "bắt đầu", "1")
    assert "(CT21a)" not in (await house.say(LAN, "fanpage"))[0]


async def test_small_sensitive_figures_are_hidden_above_the_commune(house: Province) -> None:
    for code in (HOA, TAM, DAO, THU):
        await given(house, code)
    this = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert this is not None
    answer = Answer("NV26f", "given", {"NV26f": 1})
    now = house.clock.now().astimezone(UTC)
    await house.write(AnswerRecorded(house.seat(HOA).id, this.id, now, answer, Address("web", HOA), "m"))
    assert "1. Xã Nam Hoa: dưới 3" in (await house.say(BINH, "NV26f"))[0]
    assert "Xã Nam Hoa: 1 vụ" in (await house.say(LAN, "NV26f"))[0]


async def test_every_indicator_answers_to_its_code_and_its_title(house: Province) -> None:
    """What the digest of targets calls it can be typed back."""
    named = [(each.id, words) for each in kh83().indicators for words in (each.id, each.title)]
    missed = [words for code, words in named if f"({code})" not in (await house.say(MAI, words))[0]]
    assert missed == []


@pytest.mark.parametrize(
    "words", ["CT23 quý 1", "máy tính quý I năm 2024", "ct23 6 tháng đầu năm", "CT23 cả năm"]
)
async def test_a_period_may_be_named(house: Province, words: str) -> None:
    await asked(house, "XA-Q", "2024-Q1", {LAN: {"CT23": 2}})
    assert "Xã Nam Hoa: đạt" in (await house.say(LAN, words))[0]


async def test_a_period_that_was_not_asked_says_so(house: Province) -> None:
    await asked(house, "XA-Q", "2024-Q1", {LAN: {"CT23": 2}})
    said = (await house.say(LAN, "CT23 tháng 3"))[0]
    assert "(CT23)" in said
    assert "Tháng 3" in said
    assert "đạt" not in said.replace("chưa đạt", "")
