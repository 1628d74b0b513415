"""Zalo's webhooks: 200 within two seconds whatever the turn does, and nothing lost or taken twice."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.zalo_bot import SECRET_HEADER, ZaloBot
from bot.channels.zalo_oa import SIGNATURE_HEADER, ZaloOa
from bot.sender import Lane
from bot.spool import Spool
from bot.web.webhooks import kept_first, webhook
from scheduler.clock import ManualClock
from storage.domain.effects import (
    ChatHeard,
    MessageQueued,
    PushesPlanned,
    PushesQueued,
    PushesReleased,
    SeatLinked,
    UnitsImported,
)
from storage.domain.messages import Address, Outbound
from storage.domain.problems import DatabaseProblem, Finding
from storage.domain.pushes import NewPush
from tests.channels.conftest import NOW, House
from tests.channels.test_sender import running
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.fakes.zalo_oa import APP_ID, OA_KEY, FakeZaloOa
from tests.pictures import jpeg
from tests.storage.conftest import TREE
from tests.zalo.conftest import Fast

SECRET = "s3cret-of-8"
Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def served(house: House, channel: ZaloOa | ZaloBot, handling: bool = True) -> AsyncIterator[Client]:
    """The web server and the loop behind it. ``handling``: whether that loop runs."""
    receiver = house.receiver(channel)  # type: ignore[arg-type]
    spool = Spool(house.database, house.writer, channel, receiver, house.clock, tick=0.05)
    app = web.Application()
    app.add_routes(webhook(channel, kept_first(channel, receiver, spool), house.clock.now))
    task = asyncio.create_task(spool.run()) if handling else None
    try:
        async with TestClient(TestServer(app)) as client:
            yield client
    finally:
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def url_of(client: Client, channel: ZaloOa | ZaloBot) -> str:
    return str(client.make_url(channel.path))


async def until_taken(house: House, texts: list[str]) -> None:
    async with asyncio.timeout(10):
        while sorted(inbound.text for inbound in house.taken) != sorted(texts):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("stamp", ["body", "header"])
async def test_events_are_brought_and_handled_once(
    house: House, oa: ZaloOa, platform: FakeZaloOa, stamp: str
) -> None:
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa), stamp=stamp)
        for number in range(5):
            platform.says("hoa", str(number), msg_id=f"m{number}")
        platform.says("hoa", "1", msg_id="m1")
        await asyncio.to_thread(platform.wait, attempts=6)
        await until_taken(house, [str(number) for number in range(5)])
        await house.until("SELECT count(*) FROM spool", [(0,)])
    assert {attempt["status"] for attempt in platform.ledger()["attempts"]} == {200}
    assert house.rows("SELECT count(*) FROM outbox") == [(5,)]


async def test_a_slow_turn_does_not_delay_the_200(house: House, oa: ZaloOa, platform: FakeZaloOa) -> None:
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa))
        platform.script("download", status=503, times=2)
        platform.sends_photo("hoa", jpeg())
        ledger = await asyncio.to_thread(platform.wait, attempts=1)
        assert [attempt["status"] for attempt in ledger["attempts"]] == [200]
        async with asyncio.timeout(10):
            while not house.taken:
                await asyncio.sleep(0.01)
    [inbound] = house.taken
    assert inbound.attachment is not None
    assert (house.folder / "photos" / inbound.attachment.path).exists()


async def test_what_was_acknowledged_survives_a_crash(house: House, oa: ZaloOa, platform: FakeZaloOa) -> None:
    async with served(house, oa, handling=False) as client:
        platform.mode(webhook=url_of(client, oa))
        platform.says("hoa", "một")
        platform.says("hoa", "hai")
        await asyncio.to_thread(platform.wait, attempts=2)
    assert (house.taken, house.rows("SELECT count(*) FROM spool")) == ([], [(2,)])
    async with served(house, oa):
        await until_taken(house, ["một", "hai"])


async def test_what_cannot_be_committed_is_brought_again(
    house: House, oa: ZaloOa, platform: FakeZaloOa, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = [DatabaseProblem(Finding("house.db", "ổ đĩa đã đầy"))] * 2
    write = house.writer.run

    async def run(key: str, decide: Any) -> Any:
        if key.startswith("spool:") and troubles:
            raise troubles.pop()
        return await write(key, decide)

    monkeypatch.setattr(house.writer, "run", run)
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa))
        platform.says("hoa", "một")
        ledger = await asyncio.to_thread(platform.wait, attempts=3)
        await until_taken(house, ["một"])
    assert [attempt["status"] for attempt in ledger["attempts"]] == [503, 503, 200]
    assert not platform.ledger()["disabled"]


async def test_receipts_and_echoes_are_acknowledged_and_not_answered(
    house: House, oa: ZaloOa, platform: FakeZaloOa
) -> None:
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa))
        platform.user("hoa")
        for word in ("một", "hai"):
            await oa.send(outbound("hoa", word))
        ledger = await asyncio.to_thread(platform.wait, attempts=6)
        await house.until("SELECT count(*) FROM spool", [(0,)])
    assert {attempt["status"] for attempt in ledger["attempts"]} == {200}
    assert house.taken == []


async def test_a_push_that_arrived_is_delivered(house: House, oa: ZaloOa, platform: FakeZaloOa) -> None:
    address, at = Address("zalo_oa", "hoa"), NOW
    linked = (UnitsImported(TREE, at), SeatLinked(address, 1, at, ""))
    await house.writer.run("units", lambda reader: linked)
    push = NewPush("k", "note", 1, 1, at, at + timedelta(hours=1))
    queued = PushesQueued(
        (1,), MessageQueued(Outbound(address, "Dạ"), at, "push"), at.date().isoformat(), None
    )
    planned = (PushesPlanned((push,), at), ChatHeard(address, at), PushesReleased((queued,)))
    platform.user("hoa")
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa))
        await house.writer.run("plan", lambda reader: planned)
        async with running(Lane(house.database, house.writer, oa, house.clock, Fast())):
            await house.until("SELECT state FROM pushes", [("delivered",)])


async def test_a_form_and_a_follow_open_the_window(
    house: House, oa: ZaloOa, platform: FakeZaloOa, clock: ManualClock
) -> None:
    heard = "SELECT COUNT(*), MAX(phone) FROM chats"
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa))
        platform.push("lan", "follow")
        platform.push("hoa", "user_submit_info", phone="84912345678")
        await house.until(heard, [(2, "")])
    assert [inbound.text for inbound in house.taken] == ["start"]


async def test_who_unfollows_is_unreachable_until_she_writes(
    house: House, oa: ZaloOa, platform: FakeZaloOa
) -> None:
    await house.link("hoa")
    await house.writer.run("test", lambda reader: ())
    async with served(house, oa) as client:
        platform.mode(webhook=url_of(client, oa))
        # The test house links Telegram accounts; this one is of Zalo.
        with house.database.connect_for_writing() as connection, connection.begin():
            connection.exec_driver_sql("UPDATE accounts SET channel = 'zalo_oa'")
        platform.push("hoa", "unfollow")
        await house.until("SELECT reachable FROM accounts", [(0,)])
        platform.says("hoa", "chào")
        await house.until("SELECT reachable FROM accounts", [(1,)])


async def test_a_stranger_is_turned_away(house: House, oa: ZaloOa) -> None:
    body = json.dumps({"event_name": "user_send_text", "timestamp": str(int(NOW.timestamp() * 1000))})
    async with served(house, oa) as client:
        for headers in ({}, {SIGNATURE_HEADER: "mac=00"}, signature(body.encode(), "another")):
            answer = await client.post(oa.path, data=body, headers=headers)
            assert answer.status == 403
    assert house.rows("SELECT count(*) FROM spool") == [(0,)]


async def test_what_is_no_event_is_passed_over(house: House, oa: ZaloOa) -> None:
    stamp = str(int(NOW.timestamp() * 1000))
    async with served(house, oa) as client:
        for event in ({}, {"event_name": "user_send_text"}, {"event_name": 7}, {"event_name": "follow"}):
            body = json.dumps({**event, "timestamp": stamp}).encode()
            answer = await client.post(oa.path, data=body, headers=signature(body))
            assert answer.status == 200, event


def signature(body: bytes, key: str = OA_KEY) -> dict[str, str]:
    stamp = json.loads(body)["timestamp"]
    mac = hashlib.sha256(APP_ID.encode() + body + stamp.encode() + key.encode()).hexdigest()
    return {SIGNATURE_HEADER: f"mac={mac}"}


def outbound(account: str, text: str) -> Any:
    from storage.domain.messages import Address, Outbound

    return Outbound(Address("zalo_oa", account), text)


# --- Zalo Bot


@pytest.mark.parametrize("flat", [True, False])
async def test_the_bots_updates_wrapped_or_flat(house: House, fake: FakeZaloBot, flat: bool) -> None:
    fake.mode(flat=flat)
    channel = ZaloBot(TOKEN, fake.api, inlet="webhook", secret=SECRET)
    async with served(house, channel) as client:
        fake.says("hoa", "trước")
        await channel.announce(url_of(client, channel))
        fake.says("hoa", "một", message_id="a1")
        fake.says("hoa", "một", message_id="a1")
        fake.push("hoa", "unsupported")
        ledger = await asyncio.to_thread(fake.wait, attempts=5)
        await until_taken(house, ["trước", "một", ""])
    assert {attempt["id"] for attempt in ledger["attempts"]} >= {"webhook-test", "a1"}
    assert {attempt["status"] for attempt in ledger["attempts"]} == {200}
    await channel.close()


def keeping(texts: list[str]) -> web.Application:
    """A house that keeps Hoa's texts as they come, and leaves Lan without her 200 until Hoa was heard."""
    heard = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        message = (await request.json()).get("result", {}).get("message", {})
        if message.get("chat", {}).get("id") == "lan":
            await heard.wait()
        elif message:
            texts.append(message["text"])
            heard.set()
        return web.Response()

    app = web.Application()
    app.add_routes([web.post(ZaloBot.path, take)])
    return app


async def test_what_waited_for_the_webhook_is_not_overtaken_in_its_chat(fake: FakeZaloBot) -> None:
    """In the fake itself: what waited stood in one line for all chats, and a script came mixed up."""
    texts: list[str] = []
    channel = ZaloBot(TOKEN, fake.api, inlet="webhook", secret=SECRET)
    async with TestClient(TestServer(keeping(texts))) as client:
        fake.says("lan", "chào")
        fake.says("hoa", "trước")
        await channel.announce(url_of(client, channel))
        await channel.close()
        fake.says("hoa", "sau")
        await asyncio.to_thread(fake.wait, attempts=4)
    assert texts == ["trước", "sau"]


async def post(client: Client, path: str, body: bytes, secret: str) -> ClientResponse:
    return await client.post(path, data=body, headers={SECRET_HEADER: secret})


async def test_the_bots_webhook_takes_only_what_is_json_and_zalos(house: House, fake: FakeZaloBot) -> None:
    channel = ZaloBot(TOKEN, fake.api, inlet="webhook", secret=SECRET)
    async with served(house, channel) as client:
        assert (await post(client, channel.path, b"{}", "wrong")).status == 403
        assert (await post(client, channel.path, b"{", SECRET)).status == 400
        for odd in (b"[]", b"1", b'"a"', b'{"event_name": "message.text.received"}'):
            assert (await post(client, channel.path, odd, SECRET)).status == 200
    await channel.close()


#: Messages of whom and what nobody can tell, without any id.
UNREADABLE = tuple(
    json.dumps({"event_name": "message.text.received", "message": {"date": date}}).encode() for date in (1, 2)
)


async def test_what_cannot_be_read_is_kept_once_each(house: House, fake: FakeZaloBot) -> None:
    channel = ZaloBot(TOKEN, fake.api, inlet="webhook", secret=SECRET)
    async with served(house, channel) as client:
        for body in (*UNREADABLE, UNREADABLE[0]):
            assert (await post(client, channel.path, body, SECRET)).status == 200
        await house.until("SELECT count(*) FROM spool", [(0,)])
        await house.until("SELECT count(*), count(DISTINCT message_id) FROM dead_letters", [(2, 2)])
        assert (await post(client, channel.path, UNREADABLE[1], SECRET)).status == 200
        await house.until("SELECT count(*) FROM spool", [(0,)])
    assert house.rows("SELECT channel, account, content FROM dead_letters")[0][:2] == ("zalo_bot", "")
    assert house.rows("SELECT count(*) FROM dead_letters") == [(2,)]
    await channel.close()


async def test_an_event_of_the_account_that_cannot_be_read_is_kept(house: House, oa: ZaloOa) -> None:
    stamp = str(int(NOW.timestamp() * 1000))
    body = json.dumps({"event_name": "user_send_text", "timestamp": stamp}).encode()
    async with served(house, oa) as client:
        assert (await client.post(oa.path, data=body, headers=signature(body))).status == 200
        await house.until("SELECT channel, account FROM dead_letters", [("zalo_oa", "")])
        await house.until("SELECT count(*) FROM spool", [(0,)])


async def test_polled_updates_without_an_id_do_not_hide_each_other(house: House, bot: ZaloBot) -> None:
    receiver = house.receiver(bot)  # type: ignore[arg-type]
    labels = set()
    for body in UNREADABLE:
        update = json.loads(body)
        labels.add(bot.label(update))
        await receiver.take(bot, receiver.open(bot, update))
    assert len(labels) == 2
    assert house.rows("SELECT count(*) FROM dead_letters") == [(2,)]


def test_the_house_is_far_from_zalos_patience() -> None:
    assert ZaloOa.patience < 2.0
    assert timedelta(seconds=ZaloBot.patience) < timedelta(seconds=5)
