"""Of several processes one sends; another takes over when it ends, and hears what the others queue."""

import asyncio

from bot.leading import lead
from storage.domain.effects import MessageQueued
from storage.domain.messages import Address, Outbound
from storage.postgres import PostgresSchema, Role
from tests.postgres.test_same import START, House

QUEUED = MessageQueued(Outbound(Address("web", "hanh"), "Dạ"), START)


def _schema(house: House) -> PostgresSchema:
    assert isinstance(house.database.place, PostgresSchema)
    return house.database.place


async def test_one_has_the_role_and_the_next_gets_it(url: str) -> None:
    house = House(url)
    first, second, other = (Role(_schema(house), name) for name in ("sender", "sender", "polling"))
    assert first.take()
    assert not second.take()
    assert other.take()
    first.leave()
    assert second.take()
    for role in (second, other):
        role.leave()
    await house.close()


async def test_provinces_do_not_wait_for_each_other(url: str) -> None:
    north, south = House(url), House(f"{url}_south")
    roles = [Role(_schema(house), "sender") for house in (north, south)]
    assert [role.take() for role in roles] == [True, True]
    await south.do(QUEUED)
    await north.do()
    heard = [0, 0]

    def told(place: int) -> None:
        heard[place] += 1

    roles[0].keep(0.1, lambda: told(0))
    roles[1].keep(0.1, lambda: told(1))
    assert heard == [0, 1]
    for role in roles:
        role.leave()
    for house in (north, south):
        await house.close()


async def test_who_leads_is_woken_by_what_another_process_queues(url: str) -> None:
    house, woken, ended = House(url), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    started = asyncio.Event()
    leading = asyncio.create_task(lead(house.database, "sender", work, woken.set))
    await asyncio.wait_for(started.wait(), 10)
    await house.do(QUEUED)
    await asyncio.wait_for(woken.wait(), 10)
    leading.cancel()
    await asyncio.wait([leading])
    assert ended.is_set()
    role = Role(_schema(house), "sender")
    assert role.take()
    role.leave()
    await house.close()
