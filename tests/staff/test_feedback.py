"""After closing, a branch head sees her own figures beside her commune's average: kindly, no ranking."""

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest

from storage.domain.effects import RoundClosed, UnitsImported
from storage.queries import rounds
from tests.kh83 import kh83
from tests.scheduler.conftest import Province, at, province_in, unit
from tests.staff.conftest import DAO, HOA, LAN, START, TAM, THU, TREE, monthly
from tests.staff.test_returns import given


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Province]:
    """The province, with a plan in which March's figures come back."""
    packs = tuple(pack.model_copy(update={"feedback": pack.id == "CH-T"}) for pack in kh83().packs)
    found = await province_in(tmp_path, kh83().model_copy(update={"packs": packs}), START, TREE)
    await found.link(*(record.code for record in TREE))
    await found.write(monthly())
    yield found
    await found.writer.close()
    found.database.close()


async def closed(house: Province, *codes: str) -> list[str]:
    """These report, March is closed, days pass; what they were told of it, with who was told."""
    for code in codes:
        await given(house, code)
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    house.clock.set(at("25/3", "20:31"))
    await house.write(RoundClosed(march.id, at("25/3", "20:30").astimezone(UTC)))
    new = await house.until(at("29/3", "12:00"))
    return [f"{heard.to} {heard.text}" for heard in new if "trung bình" in heard.text]


@pytest.mark.on_postgres
async def test_her_figures_beside_the_average(house: Province) -> None:
    await given(house, HOA)
    await house.say(HOA, "sửa 2", "42")
    told = await closed(house, DAO, TAM, THU)
    mine = [text for text in told if text.startswith(HOA)]
    assert len(mine) == 1
    assert (
        "Số tháng 3 đã chốt, em cảm ơn chị đã gửi ạ. "
        "Số của Chi hội mình, bên cạnh trung bình các Chi hội trong xã:\n"
        "- Dự: 42 (trung bình 34)\n- Thêm/chuyển, thêm: 2 (trung bình 2)"
    ) in mine[0]
    assert "Vụ việc" not in mine[0]
    for name in ("xóm 9", "xóm 2", "Đào", "Tám"):
        assert name not in mine[0]
    assert not [text for text in told if text.startswith(THU)], "one branch alone is no average"
    assert len([text for text in told if text.startswith(DAO)]) == 1


async def test_fewer_than_three_reports_are_no_average(house: Province) -> None:
    assert await closed(house, HOA, DAO) == []


async def test_who_has_not_reported_is_not_told(house: Province) -> None:
    fourth = unit("13999-11", "Chi hội xóm 11", "CH", LAN, "Đặng Thị Nga", members=50)
    await house.write(UnitsImported((*TREE, fourth), house.clock.now().astimezone(UTC)))
    await house.link("13999-11")
    told = await closed(house, HOA, DAO, TAM)
    assert {text.split()[0] for text in told} == {HOA, DAO, TAM}
