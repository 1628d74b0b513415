"""Whatever a stranger, a head or a president types or presses, she is answered, once and briefly."""

import random

import pytest

from tests.people.conftest import CODE, House, Phone

WORDS = [
    "bắt đầu",
    "xom 5 nam hoa",
    "xóm 5",
    "nam hoa",
    "1",
    "2",
    "3",
    "0",
    "9",
    "đồng ý",
    "không",
    "đọc thêm",
    "Lê Thị Mai",
    "nguyễn thị hoa",
    "chị",
    "cô",
    "CH-7K4M3Q9AF",
    "CH-3333 33333",
    "xem",
    "xem thông tin",
    "sửa",
    "sửa thông tin",
    "tắt",
    "bật nhắc",
    "rút",
    "xóa",
    "xóa luôn",
    "thôi",
    "hủy",
    "quyền",
    "duyệt",
    "bàn giao xóm 5",
    "bàn giao",
    "nhập hộ xóm 5",
    "nhập hộ xóm 3",
    "nhập hộ xã",
    "thôi nhập hộ",
    "đổi chi hội",
    "chị nghỉ chi hội trưởng rồi",
    "chưa",
    "menu",
    "giúp",
    "ai đấy",
    "alo",
    "❤",
    "",
    "41",
    "rồi",
    "tiếp",
    "sửa 2",
    "chị Lan bị chồng đánh",
    "sdt 0987654321",
    "dừng",
    "lại",
    "để sau",
    "gặp người thật",
    "xã Nam Hoa xóm bốn",
    "14000-05",
    "%",
    "'; drop table",
    "abc",
]


async def _something(phone: Phone, chance: random.Random) -> str:
    pressed = [o for o in phone.house.sent if o.address == phone.address and o.choices]
    if pressed and chance.random() < 0.2:  # a button, perhaps an old one
        choice = chance.choice(chance.choice(pressed).choices)
        return await phone.says("", choice=choice.token)
    if chance.random() < 0.05:
        return await phone.sends_photo("2024/03/a.jpg")
    return await phone.says(chance.choice(WORDS))


@pytest.mark.parametrize("seed", range(6))
async def test_everybody_is_always_answered(house: House, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    await house.issue("13999-05", CODE)
    phones = [
        house.phone("901"), house.phone("902", "zalo"), await house.linked("13999-04", "903"),
        await house.linked("13999", "904"), await house.linked("361", "905"),
    ]  # fmt: skip
    for _ in range(90):
        said = await _something(chance.choice(phones), chance)
        assert said.strip()
        assert len(said) <= 1100, said
    waiting = house.rows("SELECT id FROM outbox WHERE state = 'waiting'")
    assert waiting == []
