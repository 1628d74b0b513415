"""What the commune is asked to confirm: the sum of what its branches said last, of stocks within the year."""

from datetime import UTC

import pytest

from storage.domain.effects import RoundClosed, RoundOpened
from storage.queries import rounds
from tests.scheduler.conftest import Province, at
from tests.staff.conftest import HOA, LAN, TAM
from tests.staff.test_indicators import asked

CONFIRM = "Em có {sum}/3 chị Chi hội trưởng báo đã tập huấn. Đúng không chị?"


async def said_in_quarter(house: Province, period: str) -> str:
    """All that the commune is asked, every question passed over."""
    opens, due = at("12/12").astimezone(UTC), at("31/12").astimezone(UTC)
    for one in house.ask(rounds.all_rounds):
        await house.write(RoundClosed(one.id, opens))
    house.clock.set(at("13/12", "09:00"))
    await house.write(RoundOpened("XA-Q", period, opens, due))
    said = await house.say(LAN, "bắt đầu", "1")
    for _ in range(30):
        said += await house.say(LAN, "bỏ qua")
    return "\n".join(said)


@pytest.mark.parametrize(("values", "total"), [((True, True), 2), ((True, False), 1)])
async def test_the_quarter_offers_what_the_branches_said_in_november(
    house: Province, values: tuple[bool, bool], total: int
) -> None:
    await asked(house, "CH-N", "2024", {HOA: {"CT25": values[0]}, TAM: {"CT25": values[1]}})
    assert CONFIRM.format(sum=total) in await said_in_quarter(house, "2024-Q4")


async def test_what_was_said_for_a_later_period_or_another_year_is_not_offered(house: Province) -> None:
    await asked(house, "CH-N", "2023", {HOA: {"CT25": True}})
    await asked(house, "CH-N", "2024", {TAM: {"CT25": True}})
    assert "Chi hội trưởng báo đã tập huấn" not in await said_in_quarter(house, "2024-Q3")
