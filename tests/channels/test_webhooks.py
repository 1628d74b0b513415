"""The webhook: only the platform's updates, answered after the commit."""

import asyncio
import io
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.telegram import SECRET_HEADER, Telegram
from bot.web.webhooks import BODY_LIMIT, in_turn, webhook
from storage.domain.problems import DatabaseProblem, Finding
from tests.channels.conftest import House
from tests.fakes.telegram import FakeTelegram
from tests.storage.test_writer import Gate

SECRET = "s3cret_of-the-webhook"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(telegram: Telegram, house: House) -> AsyncIterator[Client]:
    """The web server on a port."""
    app = web.Application()
    telegram.secret = SECRET
    app.add_routes(webhook(telegram, in_turn(telegram, house.receiver(telegram)), house.clock.now))
    async with TestClient(TestServer(app)) as client:
        yield client


async def post(client: Client, body: bytes, secret: str = SECRET) -> ClientResponse:
    headers = {SECRET_HEADER: secret, "Content-Type": "application/json"}
    return await client.post(Telegram.path, data=io.BytesIO(body), headers=headers)


async def listen(client: Client, telegram: Telegram) -> None:
    """Have the fake bring its updates here."""
    await telegram.set_webhook(str(client.make_url(Telegram.path)), SECRET)


UPDATE = {
    "update_id": 1,
    "message": {"message_id": 1, "date": 1, "chat": {"id": 42, "type": "private"}, "text": "một"},
}


async def test_updates_are_brought_and_committed(
    client: Client, telegram: Telegram, house: House, fake: FakeTelegram
) -> None:
    await listen(client, telegram)
    made = [fake.says(42, "một"), fake.presses(42, "q1:1"), fake.says(42, "hai")]
    ledger = await asyncio.to_thread(fake.wait, confirmed=3)
    assert sorted(ledger["confirmed"]) == made
    assert [inbound.text for inbound in house.taken if inbound.text] == ["một", "hai"]
    assert [inbound.choice for inbound in house.taken if inbound.choice] == ["q1:1"]


async def test_what_cannot_be_committed_is_brought_again(
    client: Client, telegram: Telegram, house: House, fake: FakeTelegram
) -> None:
    house.troubles.extend([DatabaseProblem(Finding("house.db", "ổ đĩa đã đầy"))] * 2)
    await listen(client, telegram)
    fake.says(42, "một")
    fake.says(42, "hai")
    ledger = await asyncio.to_thread(fake.wait, confirmed=2)
    assert [attempt["status"] for attempt in ledger["attempts"]] == [503, 503, 200, 200]
    assert [inbound.text for inbound in house.taken] == ["một", "hai"]


async def test_above_the_limit_an_update_is_refused_and_nothing_is_lost(
    telegram: Telegram, house: House
) -> None:
    """The writer is held; three wait for it, the fourth is told to come again, and is taken then."""
    app = web.Application()
    telegram.secret = SECRET
    take = in_turn(telegram, house.receiver(telegram))
    app.add_routes(webhook(telegram, take, house.clock.now, most_waiting=3))
    gate = Gate()
    bodies = [
        json.dumps({**UPDATE, "message": {**UPDATE["message"], "message_id": n}}).encode()  # type: ignore[dict-item]
        for n in range(1, 5)
    ]
    async with TestClient(TestServer(app)) as client:
        held = await gate.hold(house.writer)
        waiting = [asyncio.create_task(post(client, body)) for body in bodies]
        refused = await next(asyncio.as_completed(waiting))
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        gate.open()
        await held
        answers = await asyncio.gather(*waiting)
        assert sorted(answer.status for answer in answers) == [200, 200, 200, 503]
        again = [body for body, answer in zip(bodies, answers, strict=True) if answer.status == 503]
        assert (await post(client, again[0])).status == 200
    assert house.rows("SELECT count(*) FROM inbox") == [(4,)]


async def test_a_closing_house_takes_nothing(client: Client, house: House) -> None:
    await house.writer.close()
    assert (await post(client, json.dumps(UPDATE).encode())).status == 503
    assert house.rows("SELECT count(*) FROM inbox") == [(0,)]


async def test_the_same_update_twice_is_taken_once(client: Client, house: House) -> None:
    for _ in range(2):
        assert (await post(client, json.dumps(UPDATE).encode())).status == 200
    assert [inbound.text for inbound in house.taken] == ["một"]


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "đ"])
async def test_a_stranger_is_turned_away(client: Client, house: House, secret: str) -> None:
    assert (await post(client, json.dumps(UPDATE).encode(), secret)).status == 403
    assert house.taken == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"update_id": 1'])
async def test_what_is_not_json_is_a_clear_400(client: Client, body: bytes) -> None:
    answer = await post(client, body)
    assert (answer.status, await answer.text()) == (400, "not JSON")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"chao"', b'{"update_id": 5, "message": {"text": 1}}'])
async def test_what_is_no_update_is_passed_over(client: Client, house: House, body: bytes) -> None:
    assert (await post(client, body)).status == 200  # else the platform would bring it for a day
    assert house.taken == []


async def test_a_body_over_the_limit_is_not_read(client: Client) -> None:
    assert (await post(client, b" " * BODY_LIMIT + json.dumps(UPDATE).encode())).status == 413


async def test_only_post_is_answered(client: Client) -> None:
    assert (await client.get(Telegram.path)).status == 405


async def test_without_a_secret_nobody_is_believed(client: Client, telegram: Telegram, house: House) -> None:
    telegram.secret = ""
    assert (await post(client, json.dumps(UPDATE).encode(), "")).status == 403
    assert house.taken == []
