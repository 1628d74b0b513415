"""Two communes of a district with their staff, the real plan, the clock, a real file."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from storage.domain.effects import RoundOpened
from tests.kh83 import kh83
from tests.scheduler.conftest import Province, at, province_in, unit

MAI, BINH, LAN, XUAN = "36", "361", "13999", "14000"
HOA, DAO, TAM, THU = "13999-05", "13999-09", "13999-02", "14000-05"

TREE = (
    unit(MAI, "Hội LHPN tỉnh Nam Định", "TI", None, "Phạm Thị Mai"),
    unit(BINH, "Huyện Nam Trực", "HU", MAI, "Lê Thị Bình"),
    unit(LAN, "Xã Nam Hoa", "XA", BINH, "Trần Thị Lan"),
    unit(TAM, "Chi hội xóm 2", "CH", LAN, "Bùi Thị Tám", members=60),
    unit(HOA, "Chi hội xóm 5", "CH", LAN, "Nguyễn Thị Hoa", members=62),
    unit(DAO, "Chi hội xóm 9", "CH", LAN, "Vũ Thị Đào", members=40),
    unit(XUAN, "Xã Hồng Quang", "XA", BINH, "Phạm Thị Xuân"),
    unit(THU, "Chi hội xóm 5", "CH", XUAN, "Lê Thị Thu", members=50),
)

#: A Thursday in the closing week of March's figures.
START = at("14/3", "09:00")


def monthly() -> RoundOpened:
    """March's figures of the branches, opened on the 12th, due on the 18th."""
    opens, due = at("12/3", "07:30"), at("18/3", "20:30")
    return RoundOpened("CH-T", "2024-03", opens.astimezone(UTC), due.astimezone(UTC))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Province]:
    """Everybody has an account on the page; March's round is open."""
    found = await province_in(tmp_path, kh83(), START, TREE)
    await found.link(*(record.code for record in TREE))
    await found.write(monthly())
    yield found
    await found.writer.close()
    found.database.close()


async def pushed(house: Province, code: str) -> str:
    """What the clock brings her now, beside what it planned before: a minute later, within the slots."""
    await house.tick(house.clock.now() + timedelta(minutes=1))
    return "\n".join(heard.text for heard in house.heard if heard.to == code and heard.priority == "push")


def last(house: Province, code: str) -> str:
    """The last thing she heard."""
    return next(heard.text for heard in reversed(house.heard) if heard.to == code)
