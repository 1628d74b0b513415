"""Tokens of the account: one renewal among all processes, kept before use, never lost, warned of."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channel import NotNow, Pair, Unauthorised
from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_oa_tokens import OaTokens
from bot.token_store import StoredTokens
from scheduler.clock import ManualClock
from storage.domain.messages import Address, Outbound
from storage.migrations import open_database
from storage.queries.channels import tokens
from storage.sealing import Seal
from storage.writer.opening import writer_of
from tests.channels.cases import MemoryTokens
from tests.channels.conftest import NOW, House
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FIRST_REFRESH, FakeZaloOa
from tests.zalo.conftest import account, closing

HOA = Address("zalo_oa", "hoa")


def stored(house: House, first: str = FIRST_REFRESH) -> StoredTokens:
    return StoredTokens(house.database, house.writer, house.clock, "zalo_oa", first, seal_of(house))


def seal_of(house: House) -> Seal:
    return Seal(house.database.path.with_suffix(".key"))


@asynccontextmanager
async def tokens_of(
    store: object, platform: FakeZaloOa, clock: ManualClock, secret: str = APP_SECRET
) -> AsyncIterator[OaTokens]:
    http = ZaloHttp(read_seconds=5)
    made = OaTokens(store, http, clock.now, platform.api, APP_ID, secret, lease_seconds=5)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()
        await http.close()


async def test_the_first_token_is_used_once_and_the_pair_is_kept(
    house: House, platform: FakeZaloOa, clock: ManualClock, log: io.StringIO
) -> None:
    async with tokens_of(stored(house), platform, clock) as first:
        access = await first.access()
        assert await first.access() == access
    async with tokens_of(stored(house), platform, clock) as restarted:
        assert await restarted.access() == access
    assert platform.ledger()["renewals"] == [FIRST_REFRESH]
    kept = house.ask(tokens, "zalo_oa")
    assert kept is not None
    assert (seal_of(house).open_up(kept.access), kept.access_until - NOW) == (access, timedelta(hours=25))
    assert house.rows("SELECT what FROM audit") == [("tokens_renewed",)]


async def test_a_copy_of_the_database_gives_no_token_away(
    house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    async with tokens_of(stored(house), platform, clock) as first:
        access = await first.access()
    house.database.checkpoint()
    copied = await asyncio.to_thread(house.database.path.read_bytes)
    assert access.encode() not in copied
    assert FIRST_REFRESH.encode() not in copied
    key = house.database.path.with_suffix(".key")
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()  # restored on another machine: what is there opens no more, a chain begins anew
    assert await stored(house).current() is None
    leased = await stored(house).lease(5)
    assert leased is not None
    assert leased.refresh == FIRST_REFRESH


async def test_it_is_renewed_before_its_end_with_the_second_token(
    house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    async with tokens_of(stored(house), platform, clock) as made:
        first = await made.access()
        clock.advance(timedelta(hours=11))
        await made.look()
        assert await made.access() == first
        clock.advance(timedelta(hours=2))
        await made.look()  # about twice a day
        second = await made.access()
        assert second != first
        clock.advance(timedelta(hours=24, minutes=56))
        assert await made.access() not in (first, second)
    assert len(platform.ledger()["renewals"]) == len(set(platform.ledger()["renewals"])) == 3
    [(previous,)] = house.rows("SELECT previous_access FROM channel_tokens")
    assert seal_of(house).open_up(str(previous)) == second


async def test_many_in_two_processes_renew_once(
    tmp_path: Path, house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'house.db'}")
    writer = writer_of(database)
    other = StoredTokens(database, writer, clock, "zalo_oa", FIRST_REFRESH, seal_of(house))
    platform.script("oauth", seconds=0.3, action="slow")
    try:
        async with tokens_of(stored(house), platform, clock) as one, tokens_of(other, platform, clock) as two:
            asked = [made.access() for made in (one, two) for _ in range(10)]
            got = await asyncio.gather(*asked)
    finally:
        await writer.close()
        database.close()
    assert len(set(got)) == 1
    assert platform.ledger()["renewals"] == [FIRST_REFRESH]


async def test_an_error_with_http_200_overwrites_nothing(
    house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    async with tokens_of(stored(house), platform, clock) as made:
        access = await made.access()
        before = house.rows("SELECT access_token, refresh_token FROM channel_tokens")
        clock.advance(timedelta(hours=20))
        for answer in (
            {"error_name": "Busy", "error_reason": "try later"},
            {"access_token": "only-half"},
            {"access_token": None, "refresh_token": None},
            {"access_token": "", "refresh_token": ""},
            {"error": -1, "message": "Internal"},
        ):
            platform.script("oauth", answer=answer)
            with pytest.raises(NotNow):
                await made.look()
            assert house.rows("SELECT access_token, refresh_token FROM channel_tokens") == before
        assert await made.access() == access
        await made.look()
        assert await made.access() != access


async def test_a_wrong_secret_or_a_used_token_needs_a_person(
    house: House, platform: FakeZaloOa, clock: ManualClock, log: io.StringIO
) -> None:
    async with tokens_of(stored(house), platform, clock, secret="another") as made:
        with pytest.raises(Unauthorised, match=r"docs/zalo\.md"):
            await made.access()
    async with tokens_of(stored(house, "used-long-ago"), platform, clock) as made:
        with pytest.raises(Unauthorised, match="used or has expired"):
            await made.access()


async def test_without_any_token_it_says_which_is_missing(
    house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    async with tokens_of(stored(house, ""), platform, clock) as made:
        with pytest.raises(Unauthorised, match="CHIHOI_ZALO_OA_REFRESH_TOKEN"):
            await made.access()


async def test_a_new_consent_begins_a_new_chain(
    house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    async with tokens_of(stored(house, "lost-and-used"), platform, clock) as made:
        with pytest.raises(Unauthorised):
            await made.access()
    async with tokens_of(stored(house, FIRST_REFRESH), platform, clock) as made:
        access = await made.access()
    async with tokens_of(stored(house, ""), platform, clock) as made:
        assert await made.access() == access  # the setting may be taken out afterwards


async def test_nobody_who_stops_waiting_loses_the_pair(
    house: House, platform: FakeZaloOa, clock: ManualClock
) -> None:
    platform.script("oauth", seconds=0.3, action="slow")
    async with tokens_of(stored(house), platform, clock) as made:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(made.access(), 0.1)
    kept = house.ask(tokens, "zalo_oa")
    assert kept is not None
    assert seal_of(house).open_up(kept.refresh) == platform.ledger()["refresh"]


async def test_a_dead_renewer_is_waited_out(house: House, platform: FakeZaloOa, clock: ManualClock) -> None:
    dead = stored(house)
    assert await dead.lease(60) is not None
    heir = stored(house)
    assert await heir.lease(60) is None
    clock.advance(timedelta(seconds=61))
    async with tokens_of(heir, platform, clock) as made:
        assert await made.access()


@pytest.mark.parametrize("how", ["end", "another"])
async def test_a_token_refused_is_renewed_once_and_the_message_goes(platform: FakeZaloOa, how: str) -> None:
    platform.user("hoa")
    channel = account(platform.api)
    async with closing(channel):
        await channel.send(Outbound(HOA, "một"))
        platform.control("expire", {"how": how})
        await channel.send(Outbound(HOA, "hai"))
        platform.script("v3.0/oa/message/cs", answer={"error": -216, "message": "bad"}, times=2)
        with pytest.raises(NotNow):
            await channel.send(Outbound(HOA, "ba"))
    assert platform.texts("hoa") == ["một", "hai"]


async def test_the_end_of_the_consent_is_said_a_week_before(
    platform: FakeZaloOa, clock: ManualClock, log: io.StringIO
) -> None:
    store = MemoryTokens(Pair("x", "y", NOW + timedelta(hours=20), NOW + timedelta(days=7, seconds=1)))
    async with tokens_of(store, platform, clock) as made:
        await made.look()
        assert "oa_consent_ends" not in log.getvalue()
        clock.advance(timedelta(seconds=2))
        await made.look()
    assert "level=error event=oa_consent_ends" in log.getvalue()


async def test_tending_never_ends(
    platform: FakeZaloOa, clock: ManualClock, log: io.StringIO, house: House
) -> None:
    platform.script("oauth", answer={"error_name": "Busy"}, times=1)
    async with tokens_of(stored(house), platform, clock) as made:
        task = asyncio.create_task(made.tend())
        while "oa_tokens_not_renewed" not in log.getvalue():
            await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
