"""A report that was submitted stays submitted while it is corrected: what counts is always what the answers
say (docs/figures.md), whichever way a figure is changed.
"""

from storage.queries import summaries
from tests.scheduler.conftest import Province
from tests.staff.conftest import HOA, LAN, pushed
from tests.staff.test_returns import given


def counted(house: Province) -> dict[str, tuple[float, float | None]]:
    """What her unit counts for by field, after `chihoi summaries verify` found nothing."""
    count, odd = house.ask(summaries.differences)
    assert odd == []
    rows = house.rows(
        "SELECT field, number, whole FROM unit_figures WHERE unit_id = :unit", unit=house.seat(HOA).unit.id
    )
    assert len(rows) == count
    return {row.field: (row.number, row.whole) for row in rows}


async def test_summaries_follow_every_way_back_into_a_report(house: Province) -> None:
    await house.say(HOA, "bắt đầu", "1")
    assert counted(house) == {}, "a draft counts nothing"
    await given(house, HOA)
    assert counted(house)["MH33.2.du"] == (30, 62)

    await house.say(HOA, "sửa 2")
    assert counted(house)["MH33.2.du"] == (30, 62), "the old figure counts until there is a new one"
    await house.say(HOA, "28", "đúng")
    assert counted(house)["MH33.2.du"] == (28, 62)

    for words in ("hỏi xóm 5", "2", "1", "1"):
        await house.say(LAN, words)
    assert "hỏi lại một số" in await pushed(house, HOA)
    assert counted(house)["MH33.2.du"] == (28, 62)
    await house.say(HOA, "25")
    assert counted(house)["MH33.2.du"] == (25, 62)

    await house.say(HOA, "làm lại từ đầu", "1")
    counted(house)
    await given(house, HOA)
    counted(house)
    status = house.rows("SELECT DISTINCT status FROM submissions WHERE seat_id = :id", id=house.seat(HOA).id)
    assert [row.status for row in status] == ["submitted"]
