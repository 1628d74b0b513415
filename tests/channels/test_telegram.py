"""Telegram: what is read in its updates, what is sent, what its errors mean."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import error as ptb
from telegram.error import TelegramError

from bot.channel import (
    TIME_UNKNOWN,
    Identity,
    NotNow,
    Refused,
    SendError,
    Sent,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from bot.channels.telegram import Telegram, send_error
from bot.channels.telegram_request import AiohttpRequest, AnswerLost, NotSent, failure_of
from storage.domain.messages import Address, Attachment, Choice, Inbound, Outbound
from tests.channels.cases import UNKNOWN, IncomingTestCase, OutgoingTestCase, run_outgoing, secret_free
from tests.channels.conftest import CHOICES
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_world import World

HOA = Address("telegram", "42")
AT = datetime(2024, 3, 12, 1, 0, tzinfo=UTC)
DATE = int(AT.timestamp())


def made(kind: str, chat: int = 42, **content: Any) -> Mapping[str, Any]:
    """The update the platform makes of what somebody does; the world checks it against the schema."""
    world = World(TOKEN)
    world.push({"kind": kind, "chat": chat, "date": DATE, **content})
    return world.pending[-1].update


def inbound(**content: Any) -> Inbound:
    return Inbound(HOA, "m:42:1", AT, **content)


def message(**changes: Any) -> Mapping[str, Any]:
    """A text with other fields."""
    update = json.loads(json.dumps(made("text", text="chào")))
    update["message"].update(changes)
    return dict(update)


PHOTO = Attachment("photo", "AgACe3b0c44298fc1c149afbf4c8")
GROUP = Inbound(Address("telegram", "-7"), "group:-7", AT, group=True)

INCOMING = (
    IncomingTestCase("text", made("text", text="41 chị ạ"), [inbound(text="41 chị ạ")]),
    IncomingTestCase("start", made("text", text="/start"), [inbound(text="start")]),
    IncomingTestCase(
        "start with a code",
        made("text", text="/start CH-7K4M2Q"),
        [inbound(text="start", start_code="CH-7K4M2Q")],
    ),
    IncomingTestCase("command", made("text", text="/menu"), [inbound(text="menu")]),
    IncomingTestCase("command for this bot", made("text", text="/sua_3@chihoi_bot"), [inbound(text="sua 3")]),
    IncomingTestCase("command with words", made("text", text="/sua câu 3"), [inbound(text="sua câu 3")]),
    IncomingTestCase("photo, the largest", made("photo"), [inbound(attachment=PHOTO)]),
    IncomingTestCase(
        "photo with words",
        made("photo", caption="Họp chi hội"),
        [inbound(text="Họp chi hội", attachment=PHOTO)],
    ),
    IncomingTestCase("photo as a file", made("document", mime="image/jpeg"), [inbound(attachment=PHOTO)]),
    IncomingTestCase("file", made("document"), [inbound(attachment=Attachment("file", PHOTO.reference))]),
    IncomingTestCase("voice", made("voice"), [inbound(attachment=Attachment("voice", PHOTO.reference))]),
    IncomingTestCase("video", made("video"), [inbound(attachment=Attachment("video", "BAAC1"))]),
    IncomingTestCase("sticker", made("sticker"), [inbound(attachment=Attachment("sticker", "CAAC1"))]),
    IncomingTestCase("location", made("location"), [inbound(attachment=Attachment("location"))]),
    IncomingTestCase("contact", made("contact"), [inbound(attachment=Attachment("contact"))]),
    IncomingTestCase(
        "button", made("press", data="q1:1"), [Inbound(HOA, "cb:42000000", TIME_UNKNOWN, choice="q1:1")]
    ),
    IncomingTestCase("edit: nothing", made("edit", message=1, text="42")),
    IncomingTestCase("service message: nothing", made("title")),
    IncomingTestCase("another bot: nothing", message(**{"from": {"id": 1, "is_bot": True}})),
    IncomingTestCase("blocked", made("block"), departures=[HOA]),
    IncomingTestCase("unblocked: nothing until she writes", made("unblock")),
    IncomingTestCase("put into a group", made("join", chat=-7), [GROUP]),
    IncomingTestCase("left a group: nothing", made("block", chat=-7)),
    IncomingTestCase("command in a group", made("text", chat=-7, text="/start@chihoi_bot"), [GROUP]),
    IncomingTestCase("mention in a group", made("text", chat=-7, text="@chihoi_bot chào"), [GROUP]),
    IncomingTestCase("talk in a group: nothing", made("text", chat=-7, text="chào cả nhà")),
    IncomingTestCase(
        "reply in a group",
        message(chat={"id": -7, "type": "supergroup"}, reply_to_message={"from": {"is_bot": True}}),
        [GROUP],
    ),
    *(IncomingTestCase(f"unknown {number}", payload) for number, payload in enumerate(UNKNOWN)),
)


@pytest.fixture(scope="module")
def reader() -> Telegram:
    """Reading needs no connection."""
    return Telegram(TOKEN, "http://127.0.0.1:1")


@pytest.mark.parametrize("case", INCOMING, ids=lambda case: case.label)
def test_reading(reader: Telegram, case: IncomingTestCase) -> None:
    assert list(reader.read(case.payload)) == list(case.wanted)
    assert list(reader.departures(case.payload)) == list(case.departures)


def test_a_button_of_a_message_that_is_gone_is_read(reader: Telegram) -> None:
    update = made("press", data="q1:2")
    assert update["callback_query"]["message"]["date"] == 0
    assert [press.choice for press in reader.read(update)] == ["q1:2"]


def test_the_largest_photo_that_may_be_fetched_is_chosen(reader: Telegram) -> None:
    sizes = [
        {"file_id": name, "width": side, "height": side, "file_size": size}
        for name, side, size in (("small", 90, 900), ("big", 4000, 3_000_000), ("huge", 9000, 21 << 20))
    ]
    [read] = reader.read(message(photo=sizes))
    assert read.attachment == Attachment("photo", "big")


# --- sending

LONG = "Chi hội 1 đã gửi. " * 300


def sent(text: str, *rows: list[Choice], chat: str = "42") -> dict[str, Any]:
    """The call that sends a text."""
    keyboard = [
        [{"text": f"{choice.number} {choice.label}", "callback_data": choice.token} for choice in row]
        for row in rows
    ]
    buttons = {"reply_markup": {"inline_keyboard": keyboard}} if rows else {}
    return {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}, **buttons}


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(number, label, f"q:{number}") for number, label in enumerate(labels, 1))


def failing(
    label: str, wanted: type[SendError], after: float | None = None, **script: Any
) -> OutgoingTestCase:
    return OutgoingTestCase(
        label, Outbound(HOA, "Dạ"), script={"method": "sendMessage", **script}, wanted=wanted,
        retry_after=after,
    )  # fmt: skip


def refused(
    label: str, code: int, description: str, wanted: type[SendError], **more: Any
) -> OutgoingTestCase:
    return failing(label, wanted, action="error", code=code, description=description, **more)


THREE, LINES = choices("A", "B", "C", "D"), choices("Chị đã họp rồi, còn thiếu biên bản", "Chưa họp")

OUTGOING = (
    OutgoingTestCase("text", Outbound(HOA, "Dạ <b>&"), [sent("Dạ <b>&")], wanted=Sent("m:42:2")),
    OutgoingTestCase(
        "short choices stand side by side",
        Outbound(HOA, "Câu 3/7. Đã họp chưa?", CHOICES),
        [sent("Câu 3/7. Đã họp chưa?", list(CHOICES))],
        wanted=Sent("m:42:2"),
    ),
    OutgoingTestCase(
        "three in a row",
        Outbound(HOA, "?", THREE),
        [sent("?", list(THREE[:3]), [THREE[3]])],
        wanted=Sent("m:42:2"),
    ),
    OutgoingTestCase(
        "long choices have a row each",
        Outbound(HOA, "?", LINES),
        [sent("?", [LINES[0]], [LINES[1]])],
        wanted=Sent("m:42:2"),
    ),
    OutgoingTestCase(
        "too many choices are typed",
        Outbound(HOA, "Chi hội nào?", choices(*map(str, range(101)))),
        [sent("Chi hội nào?\n" + " · ".join(f"{n + 1} {n}" for n in range(101)))],
        wanted=Sent("m:42:2"),
    ),
    OutgoingTestCase(
        "token of 64 bytes", Outbound(HOA, "?", (Choice(1, "Đ", "đ" * 32),)), wanted=Sent("m:42:2")
    ),
    OutgoingTestCase("token of 66 bytes", Outbound(HOA, "?", (Choice(1, "Đ", "đ" * 33),)), wanted=Refused),
    OutgoingTestCase("chat nobody wrote in", Outbound(Address("telegram", "9"), "Dạ"), wanted=Unreachable),
    OutgoingTestCase("empty text", Outbound(HOA, " "), wanted=Refused),
    refused(
        "too many", 429, "Too Many Requests: retry after 7", NotNow, after=7.0, parameters={"retry_after": 7}
    ),
    refused("blocked", 403, "Forbidden: bot was blocked by the user", Unreachable),
    refused("gone", 403, "Forbidden: user is deactivated", Unreachable),
    refused("bad", 400, "Bad Request: BUTTON_DATA_INVALID", Refused),
    refused(
        "moved",
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        Refused,
        parameters={"migrate_to_chat_id": -1001},
    ),
    refused("server", 500, "Internal Server Error: restart", NotNow),
    refused("gateway", 502, "Bad Gateway", NotNow),
    refused("token", 401, "Unauthorized", Unauthorised),
    failing("cut before it was done", Uncertain, action="drop_before"),
    failing("cut after it was done", Uncertain, action="drop_after"),
)


@pytest.mark.parametrize("case", OUTGOING, ids=lambda case: case.label)
async def test_sending(
    telegram: Telegram, fake: FakeTelegram, case: OutgoingTestCase, log: io.StringIO
) -> None:
    fake.says(42, "/start")
    await run_outgoing(telegram, fake, case, [TOKEN, TOKEN.partition(":")[2]])


async def test_a_long_text_goes_in_pieces_with_the_buttons_last(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    fake.says(42, "/start")
    assert await telegram.send(Outbound(HOA, LONG, CHOICES)) == Sent("m:42:3")
    first, last = fake.ledger()["sent"]
    assert first["text"] + " " + last["text"] == LONG
    assert len(first["text"]) <= 4096
    assert first["buttons"] == []
    assert len(last["buttons"]) == 1


async def test_no_answer_in_time_is_uncertain(fake: FakeTelegram) -> None:
    fake.says(42, "/start")
    fake.script("sendMessage", "delay_after", parameters={"wait": 2})
    slow = Telegram(TOKEN, fake.api, answer_seconds=0.2)
    with pytest.raises(Uncertain):
        await slow.send(Outbound(HOA, "Dạ"))
    await slow.close()
    assert fake.texts(42) == ["Dạ"]


@pytest.mark.parametrize("proxy", [None, "http://ten:matkhau@127.0.0.1:1"])
async def test_no_connection_is_surely_not_sent(proxy: str | None, log: io.StringIO) -> None:
    nobody = Telegram(TOKEN, "http://127.0.0.1:1", proxy)
    with pytest.raises(NotNow) as caught:
        await nobody.send(Outbound(HOA, "Dạ"))
    await nobody.close()
    assert caught.value.retry_after is None
    secret_free(caught.value, [TOKEN, "matkhau"])


@pytest.mark.parametrize("token", ["730001:AAHanotheranotheranotheranother1234", "no-token"])
async def test_a_wrong_token_is_one_clear_error(fake: FakeTelegram, token: str) -> None:
    wrong = Telegram(token, fake.api)
    with pytest.raises(Unauthorised) as caught:
        await wrong.identity()
    secret_free(caught.value, [token])
    with pytest.raises(Unauthorised):
        await wrong.updates()
    await wrong.close()


async def test_who_the_bot_is(telegram: Telegram) -> None:
    assert await telegram.identity() == Identity("Chi Hội", "@chihoi_bot")


async def test_a_press_is_acknowledged_and_an_old_one_does_no_harm(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    fake.says(42, "/start")
    fake.presses(42, "q1:1")
    _, press = await telegram.updates()
    await telegram.acknowledge(press)
    await telegram.acknowledge({"callback_query": {"id": "1"}})
    await telegram.acknowledge({"message": {}})
    assert fake.ledger()["answered"] == [press["callback_query"]["id"]]


# --- files


async def test_a_photo_is_fetched(telegram: Telegram, fake: FakeTelegram) -> None:
    fake.sends_photo(42, b"a picture")
    [update] = await telegram.updates()
    [read] = telegram.read(update)
    assert read.attachment is not None
    assert await telegram.fetch(read.attachment) == b"a picture"


async def test_what_cannot_be_fetched_is_refused(telegram: Telegram, fake: FakeTelegram) -> None:
    with pytest.raises(Refused, match="rong file_id"):
        await telegram.fetch(Attachment("photo", "AgACnothing"))
    fake.sends_photo(42, bytes(21 << 20), size=1000)
    fake.sends_photo(42, b"soon gone")
    huge, gone = [telegram.read(update)[0].attachment for update in await telegram.updates()]
    assert huge is not None
    with pytest.raises(Refused, match="too big"):
        await telegram.fetch(huge)
    fake.script("download", "error", code=404, description="Not Found")
    assert gone is not None
    with pytest.raises(Refused, match="no longer there"):
        await telegram.fetch(gone)


# --- errors


#: Every error of python-telegram-bot, by class: an upgrade that brings a new one fails this test.
MAPPED: Mapping[type[TelegramError], tuple[TelegramError, type[SendError]]] = {
    ptb.RetryAfter: (ptb.RetryAfter(3), NotNow),
    ptb.Forbidden: (ptb.Forbidden("Forbidden: bot was kicked"), Unreachable),
    ptb.ChatMigrated: (ptb.ChatMigrated(-1001), Refused),
    ptb.BadRequest: (ptb.BadRequest("Bad Request: message text is empty"), Refused),
    ptb.InvalidToken: (ptb.InvalidToken(f"The token `{TOKEN}` was rejected"), Unauthorised),
    ptb.EndPointNotFound: (ptb.EndPointNotFound("no such method"), Refused),
    ptb.TimedOut: (ptb.TimedOut(), Uncertain),
    AnswerLost: (AnswerLost("no answer"), Uncertain),
    NotSent: (NotSent("no connection"), NotNow),
    ptb.NetworkError: (ptb.NetworkError("Bad Gateway"), NotNow),
    ptb.Conflict: (ptb.Conflict("Conflict: terminated"), NotNow),
    ptb.PassportDecryptionError: (ptb.PassportDecryptionError("?"), NotNow),
    ptb.TelegramError: (ptb.TelegramError("not JSON"), NotNow),
}


def all_errors(of: type[TelegramError] = TelegramError) -> set[type[TelegramError]]:
    return {of}.union(*(all_errors(below) for below in of.__subclasses__()))


def test_every_error_of_the_library_is_mapped() -> None:
    assert set(MAPPED) == all_errors()
    for error, wanted in MAPPED.values():
        mapped = send_error(error)
        assert type(mapped) is wanted
        secret_free(mapped, [TOKEN])


def test_retry_after_is_in_seconds_in_both_forms() -> None:
    for wait in (3, timedelta(seconds=3)):
        error = send_error(ptb.RetryAfter(wait))
        assert isinstance(error, NotNow)
        assert error.retry_after == 3.0


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (aiohttp.ConnectionTimeoutError(), NotSent),
        (aiohttp.InvalidURL(f"http://x/bot{TOKEN}"), NotSent),
        (aiohttp.SocketTimeoutError(), AnswerLost),
        (aiohttp.ServerDisconnectedError(), AnswerLost),
        (aiohttp.ClientPayloadError(f"bot{TOKEN}"), AnswerLost),
        (aiohttp.ClientOSError(104, "reset"), AnswerLost),
        (TimeoutError(), AnswerLost),
    ],
)
def test_a_failure_says_whether_the_request_can_have_arrived(error: Exception, wanted: type) -> None:
    made = failure_of(error)
    assert type(made) is wanted
    secret_free(made, [TOKEN])


@pytest.mark.parametrize("status", [200, 400, 403, 404, 502])
async def test_a_page_of_somebody_in_between_is_no_word_of_the_platform(status: int) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>hello, chi Hoa", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    async with TestServer(app) as server:
        channel = Telegram(TOKEN, str(server.make_url("")))
        with pytest.raises(NotNow) as caught:
            await channel.send(Outbound(HOA, "Dạ"))
        secret_free(caught.value, [TOKEN, "chi Hoa"])
        await channel.close()


async def test_an_answer_without_the_promised_fields_may_have_been_sent() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": {"message_id": 7}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        channel = Telegram(TOKEN, str(server.make_url("")))
        with pytest.raises(Uncertain):
            await channel.send(Outbound(HOA, "Dạ"))
        await channel.close()


def test_an_answer_that_is_not_the_apis_is_an_error_without_its_text() -> None:
    for payload in (b"<html>proxy page of chi Hoa", b"[]", b"\xff"):
        with pytest.raises(TelegramError) as caught:
            AiohttpRequest.parse_json_payload(payload)
        secret_free(caught.value, ["chi Hoa"])


# --- asking for updates


async def test_only_what_was_confirmed_is_forgotten(telegram: Telegram, fake: FakeTelegram) -> None:
    one, two = fake.says(42, "một"), fake.says(42, "hai")
    updates = await telegram.updates()
    assert [update["update_id"] for update in updates] == [one, two]
    telegram.confirm(updates[0])
    assert [telegram.label(update) for update in await telegram.updates()] == [str(two)]
    assert fake.ledger()["confirmed"] == [one]


async def test_edits_are_not_even_asked_for(telegram: Telegram, fake: FakeTelegram) -> None:
    fake.says(42, "một")
    await telegram.updates()
    assert fake.push(42, "edit", message=1, text="hai") == 0
    [asked] = [call["params"] for call in fake.ledger()["calls"]]
    assert json.loads(asked["allowed_updates"]) == ["message", "callback_query", "my_chat_member"]


async def test_a_webhook_in_the_way_is_taken_down(telegram: Telegram, fake: FakeTelegram) -> None:
    fake.says(42, "một")
    await telegram.set_webhook("http://127.0.0.1:1/telegram", "s3cret")
    assert fake.ledger()["webhook"] == {"url": "http://127.0.0.1:1/telegram", "secret": "s3cret"}
    with pytest.raises(NotNow, match="webhook is active"):
        await telegram.updates()
    assert fake.ledger()["webhook"] == {}
    assert len(await telegram.updates()) == 1
