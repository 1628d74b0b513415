"""Zalo Bot: what is read, what is sent, polling with replays, the webhook's secret, limits."""

import asyncio
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channel import (
    TIME_UNKNOWN,
    Identity,
    NotNow,
    Refused,
    SendError,
    Standing,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from bot.channels.zalo_bot import SECRET_HEADER, ZaloBot, error_of
from bot.polling import Poller
from bot.receive import TRIES
from storage.domain.messages import Address, Attachment, Choice, Inbound, Outbound
from tests.channels.cases import secret_free
from tests.channels.conftest import NOW, House
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.pictures import jpeg
from tests.zalo.conftest import ago, closing

HOA = Address("zalo_bot", "6ede9afa66b88fe6d6a9")
CHOICES = (Choice(1, "Rồi", "1|a.X:1"), Choice(2, "Chưa", "1|a.X:2"))
AT = datetime(2025, 6, 19, 6, 8, 51, 602000, UTC)
SECRETS = [TOKEN, TOKEN.partition(":")[2]]


TED = {"id": HOA.account, "display_name": "Ted", "is_bot": False}


def event(kind: str = "text", sender: Mapping[str, Any] = TED, **changes: Any) -> dict[str, Any]:
    """An update as the docs show it."""
    message = {
        "from": sender,
        "chat": {"id": HOA.account, "chat_type": "PRIVATE"},
        "message_id": "2d758cb5e222177a4e35",
        "date": 1750313331602,
        **changes,
    }
    return {"event_name": f"message.{kind}.received", "message": message}


def read(**changes: Any) -> Inbound:
    return Inbound(HOA, "2d758cb5e222177a4e35", AT, **changes)


READ: tuple[tuple[str, Mapping[str, Any], list[Inbound]], ...] = (
    ("flat", event(text="Xin chào"), [read(text="Xin chào")]),
    ("wrapped", {"ok": True, "result": event(text="Xin chào")}, [read(text="Xin chào")]),
    (
        "a photo as it arrives",
        event("image", photo_url="https://a.zdn.vn/1.jpg", caption="Họp"),
        [read(text="Họp", attachment=Attachment("photo", "https://a.zdn.vn/1.jpg"))],
    ),
    (
        "a photo as the docs say",
        event("image", photo="https://a.zdn.vn/1.jpg"),
        [read(attachment=Attachment("photo", "https://a.zdn.vn/1.jpg"))],
    ),
    ("sticker", event("sticker", sticker="1", url="https://x"), [read(attachment=Attachment("sticker"))]),
    ("voice", event("voice", voice_url="https://x/1.aac"), [read(attachment=Attachment("voice"))]),
    ("unsupported", event("unsupported"), [read(attachment=Attachment("unreadable"))]),
    (
        "seconds",
        event(text="a", date=1750313331),
        [Inbound(HOA, "2d758cb5e222177a4e35", AT.replace(microsecond=0), "a")],
    ),
    ("no date", event(text="a", date=None), [Inbound(HOA, "2d758cb5e222177a4e35", TIME_UNKNOWN, "a")]),
    (
        "a group",
        event(text="a", chat={"id": "g1", "chat_type": "GROUP"}),
        [Inbound(Address("zalo_bot", "g1"), "group:g1", AT, group=True)],
    ),
    ("another bot", event(text="a", sender={"id": "1", "is_bot": True}), []),
    ("the test of a webhook", {"event_name": "webhook.test", "message": {"message_id": "webhook-test"}}, []),
    ("a kind of the future", event("dance"), []),
    ("a digits-only id", event(text="a", chat={"id": 77}), [
        Inbound(Address("zalo_bot", "77"), "2d758cb5e222177a4e35", AT, "a")
    ]),
    ("NUL", event(text="a\x00b"), [read(text="ab")]),
)  # fmt: skip


@pytest.mark.parametrize(("label", "payload", "wanted"), READ, ids=[case[0] for case in READ])
def test_reading(bot: ZaloBot, label: str, payload: Mapping[str, Any], wanted: list[Inbound]) -> None:
    assert list(bot.read(payload)) == wanted


# --- sending


async def test_choices_are_numbers_in_the_text(bot: ZaloBot, fake: FakeZaloBot) -> None:
    fake.says(HOA.account, "chào")
    sent = await bot.send(Outbound(HOA, "Họp chưa ạ?", CHOICES))
    assert (sent.messages, sent.platform_id[:3]) == (1, "out")
    await bot.send(Outbound(HOA, "Họp chưa ạ?\n1 Rồi · 2 Chưa", CHOICES))
    assert fake.texts(HOA.account) == ["Họp chưa ạ?\n1 Rồi · 2 Chưa"] * 2


async def test_a_long_text_is_cut_at_sentences_and_counted(bot: ZaloBot, fake: FakeZaloBot) -> None:
    fake.says(HOA.account, "chào")
    text = " ".join(f"Câu số {number} của danh sách dài này 🌸." for number in range(150))
    sent = await bot.send(Outbound(HOA, text))
    pieces = fake.texts(HOA.account)
    assert sent.messages == len(pieces) == 3
    assert all(piece.endswith("🌸.") for piece in pieces)
    assert " ".join(pieces) == text


async def test_a_photo_goes_by_its_address(bot: ZaloBot, fake: FakeZaloBot) -> None:
    fake.says(HOA.account, "chào")
    await bot.send_photo(HOA, "https://hoi.example/a.png", "Biểu đồ")
    assert fake.ledger()["sent"] == [{"chat": HOA.account, "photo": "https://hoi.example/a.png"}]


ERRORS = (
    (400, "Bad Request: chat not found", Unreachable),
    (400, "Bad Request: text is empty", Refused),
    (401, "Unauthorized", Unauthorised),
    (403, "Internal server error", NotNow),
    (404, "Not Found", Refused),
    (408, "Request timeout", NotNow),
    (429, "Quota exceeded", NotNow),
    (500, "?", NotNow),
    (None, None, NotNow),
)


@pytest.mark.parametrize(("code", "said", "wanted"), ERRORS)
@pytest.mark.parametrize("status", [200, 403, 500])
async def test_errors_go_by_their_code_whatever_the_status(
    bot: ZaloBot, fake: FakeZaloBot, code: int | None, said: str | None, wanted: type, status: int
) -> None:
    fake.says(HOA.account, "chào")
    answer = {"ok": False, "description": said, "error_code": code}
    fake.script("sendMessage", answer=answer, status=status)
    with pytest.raises(wanted) as caught:
        await bot.send(Outbound(HOA, "Dạ"))
    assert isinstance(caught.value, wanted)
    secret_free(caught.value, SECRETS)


def test_a_minute_after_the_quota() -> None:
    error = error_of({"ok": False, "description": "Quota exceeded", "error_code": 429})
    assert isinstance(error, NotNow)
    assert error.retry_after == 60.0


@pytest.mark.parametrize(("action", "wanted"), [("drop", Uncertain), ("drop_after", Uncertain)])
async def test_a_cut_connection_is_uncertain(
    bot: ZaloBot, fake: FakeZaloBot, action: str, wanted: type[SendError]
) -> None:
    fake.says(HOA.account, "chào")
    fake.script("sendMessage", action=action)
    with pytest.raises(wanted) as caught:
        await bot.send(Outbound(HOA, "Dạ"))
    secret_free(caught.value, SECRETS)


async def test_no_connection_is_surely_not_sent(log: io.StringIO) -> None:
    nobody = ZaloBot(TOKEN, "http://127.0.0.1:1")
    async with closing(nobody):
        with pytest.raises(NotNow) as caught:
            await nobody.send(Outbound(HOA, "Dạ"))
    secret_free(caught.value, SECRETS)


async def test_a_bad_token_is_clear_though_it_comes_with_200(fake: FakeZaloBot) -> None:
    wrong = ZaloBot("1:wrong", fake.api)
    async with closing(wrong):
        for call in (wrong.identity(), wrong.updates(), wrong.send(Outbound(HOA, "Dạ"))):
            with pytest.raises(Unauthorised) as caught:
                await call
            secret_free(caught.value, ["1:wrong"])


async def test_who_the_bot_is(bot: ZaloBot, log: io.StringIO) -> None:
    assert await bot.identity() == Identity("bot.VDKyGxQvc", "1459232241454765289")


async def test_there_are_no_templates(bot: ZaloBot) -> None:
    with pytest.raises(Refused):
        await bot.send_template(Outbound(HOA, "Dạ"), "")


WAYS = (
    ("an answer always", True, Standing(NOW), "message"),
    ("nobody is written to who never wrote", False, Standing(NOW), "hold"),
    ("a reminder", False, Standing(NOW, ago(days=40), month=2849), "message"),
    ("the month's rest is for answers", False, Standing(NOW, ago(days=1), month=2850), "hold"),
    ("an answer even then", True, Standing(NOW, ago(days=1), month=3000), "message"),
)


@pytest.mark.parametrize(("label", "urgent", "standing", "wanted"), WAYS, ids=[way[0] for way in WAYS])
def test_the_way_out(label: str, urgent: bool, standing: Standing, wanted: str) -> None:
    assert ZaloBot(TOKEN).way(urgent, standing) == wanted


# --- files


async def test_a_photo_is_fetched_from_the_platform_only(bot: ZaloBot, fake: FakeZaloBot) -> None:
    fake.sends_photo(HOA.account, b"a picture")
    [update] = await bot.updates()
    [inbound] = bot.read(update)
    assert inbound.attachment is not None
    assert await bot.fetch(inbound.attachment) == b"a picture"
    for url in (
        "http://127.0.0.1:1/x.jpg",
        "https://evil.example/x.jpg",
        "file:///etc/passwd",
        "",
        "https://[",
    ):
        with pytest.raises(Refused, match="not Zalo's"):
            await bot.fetch(Attachment("photo", url))


async def test_a_photo_that_is_gone_or_not_given_now(bot: ZaloBot, fake: FakeZaloBot) -> None:
    with pytest.raises(Refused, match="no longer there"):
        await bot.fetch(Attachment("photo", f"{fake.api}/files/nothing.jpg"))
    fake.script("download", status=503)
    with pytest.raises(NotNow):
        await bot.fetch(Attachment("photo", f"{fake.api}/files/nothing.jpg"))


# --- polling


def poller_of(channel: ZaloBot, house: House) -> Poller:
    return Poller(channel, house.receiver(channel), first_pause=0.01)  # type: ignore[arg-type]


async def test_one_update_a_poll_and_an_idle_one_is_no_error(
    bot: ZaloBot, house: House, fake: FakeZaloBot, log: io.StringIO
) -> None:
    poller = poller_of(bot, house)
    assert await poller.step() == 0.0
    assert poller.silent_seconds is not None
    for text in ("một", "hai", "ba"):
        fake.says(HOA.account, text)
    for _ in range(3):
        await poller.step()
    assert [inbound.text for inbound in house.taken] == ["một", "hai", "ba"]
    assert "poll_failed" not in log.getvalue()


async def test_what_comes_again_is_taken_once_and_not_asked_of_the_database(
    bot: ZaloBot, house: House, fake: FakeZaloBot
) -> None:
    fake.mode(replaying=True)
    poller = poller_of(bot, house)
    for text in ("một", "hai"):
        fake.says(HOA.account, text)
    for _ in range(20):
        await poller.step()
    assert [inbound.text for inbound in house.taken] == ["một", "hai"]
    assert [await bot.updates() for _ in range(3)] == [[], [], []]
    assert len(house.taken) == 2
    after = ZaloBot(TOKEN, fake.api, poll_seconds=0, poll_pause=0.0)  # a restart: known by the inbox
    async with closing(after):
        again = poller_of(after, house)
        for _ in range(4):
            await again.step()
    assert len(house.taken) == 2
    assert house.rows("SELECT count(*) FROM outbox") == [(2,)]


async def test_polls_keep_a_distance(fake: FakeZaloBot) -> None:
    slow = ZaloBot(TOKEN, fake.api, poll_seconds=0, poll_pause=0.3)
    loop = asyncio.get_running_loop()
    async with closing(slow):
        await slow.updates()
        begun = loop.time()
        await slow.updates()
        assert loop.time() - begun >= 0.3
        fake.says(HOA.account, "một")
        fake.says(HOA.account, "hai")
        await slow.updates()
        begun = loop.time()
        await slow.updates()
        assert loop.time() - begun < 0.25  # something new came: the next may come soon


@pytest.mark.parametrize("replaying", [True, False])
async def test_what_fails_is_taken_the_next_time(
    bot: ZaloBot, house: House, fake: FakeZaloBot, replaying: bool
) -> None:
    fake.mode(replaying=replaying)
    poller = poller_of(bot, house)
    house.troubles.append(RuntimeError("a mistake"))
    fake.says(HOA.account, "một")
    fake.says(HOA.account, "hai")
    assert await poller.step() > 0.0
    for _ in range(3):
        await poller.step()
    assert [inbound.text for inbound in house.taken] == ["một", "hai"]


async def test_a_webhook_in_the_way_is_taken_down(bot: ZaloBot, fake: FakeZaloBot) -> None:
    assert await bot.webhook() == ""  # 404 is the answer there
    hooked = ZaloBot(TOKEN, fake.api, secret="s3cret-of-8")
    async with closing(hooked):
        await hooked.announce("http://127.0.0.1:1/zalo")
    assert await bot.webhook() == "http://127.0.0.1:1/zalo"
    with pytest.raises(NotNow, match="while a webhook is set"):
        await bot.updates()
    fake.says(HOA.account, "một")
    assert len(await bot.updates()) == 1


async def test_a_photo_is_kept_before_its_turn(bot: ZaloBot, house: House, fake: FakeZaloBot) -> None:
    poller = poller_of(bot, house)
    fake.sends_photo(HOA.account, jpeg(), "Họp")
    fake.script("download", status=503, times=TRIES - 1)
    for _ in range(TRIES):
        await poller.step()
    [inbound] = house.taken
    assert inbound.attachment is not None
    assert (house.folder / "photos" / inbound.attachment.path).exists()


# --- webhook


@pytest.mark.parametrize("given", ["", "wrong", "s3cret-of-8x", "đ"])
def test_only_the_secret_is_believed(given: str) -> None:
    channel = ZaloBot(TOKEN, secret="s3cret-of-8")
    assert channel.verify({SECRET_HEADER: "s3cret-of-8"}, b"", NOW)
    assert not channel.verify({SECRET_HEADER: given}, b"", NOW)
    assert not ZaloBot(TOKEN).verify({SECRET_HEADER: ""}, b"", NOW)


def test_the_key_of_an_update(bot: ZaloBot) -> None:
    assert bot.key({"ok": True, "result": event()}) == bot.key(event()) == "2d758cb5e222177a4e35"
    odd: tuple[object, ...] = ({}, [], {"message": 1}, {"result": 7})
    assert [bot.key(one) for one in odd] == ["", "", "", ""]
