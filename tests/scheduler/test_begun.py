"""A push whose sending began: what may have arrived is never said again, whatever happens meanwhile."""

from datetime import UTC, timedelta

import pytest

from storage.domain.effects import MessageFailed, MessageSent, SendBegun
from storage.queries import outbox
from storage.queries.outbox import Waiting
from tests.scheduler.conftest import HOA, Province, at

MORNING = at("12/3", "07:30")
ANSWERS = ("tiếp", "1", "30", "2 chị, 1 chị chuyển đi", "0", "0", "không", "bỏ qua", "1")


async def _begin(province: Province) -> Waiting:
    """The greeting goes out to Hoa this moment."""
    province.clock.set(MORNING)
    await province.scheduler.tick()
    waiting = province.ask(outbox.waiting, "web", MORNING, 100)
    message = next(each for each in waiting if each.outbound.address.account == HOA)
    begun = SendBegun(message.id, MORNING.astimezone(UTC))
    await province.writer.run("test", lambda reader: (begun,))
    return message


def _states(province: Province, message: Waiting) -> set[str]:
    found = province.rows("select state from pushes where outbox_id = :id", id=message.id)
    return {row[0] for row in found}


@pytest.mark.on_postgres
async def test_killed_then_and_the_slot_over_it_is_not_planned_again(province: Province) -> None:
    message = await _begin(province)
    noon = at("12/3", "10:50")
    province.clock.set(noon)
    await province.scheduler.tick()
    assert _states(province, message) == {"queued"}
    doubtful = [each for each in province.ask(outbox.waiting, "web", noon, 100) if each.id == message.id]
    assert [each.begun for each in doubtful] == [True]  # the sender sees it, and gives it up


async def test_it_is_sent_though_she_reported_meanwhile(province: Province) -> None:
    message = await _begin(province)
    for text in ANSWERS:
        await province.say_only(HOA, text)
    sent = MessageSent(message.id, MORNING.astimezone(UTC), "1")
    await province.writer.run("test", lambda reader: (sent,))
    assert _states(province, message) == {"sent"}


async def test_surely_not_sent_and_she_reported_meanwhile_it_does_not_go(province: Province) -> None:
    message = await _begin(province)
    for text in ANSWERS:
        await province.say_only(HOA, text)
    later = MORNING.astimezone(UTC) + timedelta(seconds=2)
    failed = MessageFailed(message.id, MORNING.astimezone(UTC), "503", later)
    await province.writer.run("test", lambda reader: (failed,))
    states = province.rows("select state from outbox where id = :id", id=message.id)
    assert [row[0] for row in states] == ["cleared"]
