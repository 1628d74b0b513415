"""Codes guessed from many accounts, and what erasing takes along."""

from datetime import UTC, timedelta

import pytest

from storage.domain.effects import DeadLetterKept
from storage.domain.messages import Inbound
from tests.people.conftest import House

FEW = 12


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test needs no 200 people."""
    monkeypatch.setattr("handlers.turn.MOST_WRONG_CODES", FEW)


async def _guess(house: House) -> None:
    """Each from an account of its own, so that no account's own count is reached."""
    for number in range(FEW):
        said = await house.phone(f"guess{number}").says(f"CH-A7K4M3Q{'34679ACDEFHJ'[number]}F")
        assert "Mã này em chưa tìm thấy" in said


async def test_after_many_wrong_codes_the_right_one_waits_an_hour(
    house: House,
) -> None:
    code = await house.issue("13999-05")
    await _guess(house)
    hoa = house.phone("222")
    assert "tạm chưa nhận mã" in await hoa.says(code)
    assert house.rows("SELECT count(*) FROM accounts") == [(0,)]
    house.clock.advance(timedelta(hours=1))
    assert "Chị đồng ý không ạ?" in await hoa.says(code)


async def test_without_a_code_the_commune_can_still_be_asked(house: House) -> None:
    await _guess(house)
    assert "Chi hội xóm 5" in await house.phone("222").says("xóm 5 nam hoa")


async def test_erasing_takes_the_dead_letters_too(house: House) -> None:
    hoa = await house.linked("13999-05", "222")
    at = house.clock.now().astimezone(UTC)
    kept = DeadLetterKept(Inbound(hoa.address, "m:222:9", at, "bốn mốt chị"), at, "KeyError at engine.py:1")
    await house.write(kept)
    assert house.rows("SELECT count(*) FROM dead_letters") == [(1,)]
    await hoa.says("xóa")
    await hoa.says("xóa luôn")
    assert house.rows("SELECT count(*) FROM dead_letters") == [(0,)]
