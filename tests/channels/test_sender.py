"""The sender: polite pace, replies first, order in a chat, and what each error leads to."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from bot.channel import (
    Capabilities,
    Identity,
    NotNow,
    Refused,
    Sent,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from bot.channels.telegram import Telegram
from bot.sender import DOUBTS, GIVE_UP_AFTER, Bucket, Lane, Pace, Sender, backoff
from scheduler.clock import ManualClock
from storage.domain.effects import MessageQueued, Priority
from storage.domain.messages import Address, Attachment, Inbound, Outbound
from storage.domain.problems import DatabaseProblem, Finding
from storage.writer import Decide, Outcome
from tests.channels.conftest import NOW, House
from tests.fakes.telegram import FakeTelegram

STATES = "SELECT account, state FROM outbox ORDER BY id"


class Phone:
    """A channel that raises what it is told to, chat by chat, and else remembers."""

    name: ClassVar[str] = "phone"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=False, text_limit=100, photos_in=False)

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.errors: dict[str, list[Exception]] = {}
        self.waits: dict[str, asyncio.Event] = {}

    def read(self, payload: Any) -> Sequence[Inbound]:
        return []

    async def send(self, outbound: Outbound) -> Sent:
        account = outbound.address.account
        if account in self.waits:
            await self.waits[account].wait()
        if self.errors.get(account):
            raise self.errors[account].pop(0)
        self.heard.append((account, outbound.text))
        return Sent(f"p{len(self.heard)}")

    async def fetch(self, attachment: Attachment) -> bytes:
        raise Refused("no files")

    async def identity(self) -> Identity:
        return Identity("Phone", "")

    async def close(self) -> None:
        return None


class Other(Phone):
    """A second platform."""

    name: ClassVar[str] = "other"


@pytest.fixture
def phone() -> Phone:
    return Phone()


def said(
    account: str,
    text: str,
    priority: Priority = "reply",
    channel: str = "phone",
    at: timedelta = timedelta(0),
) -> MessageQueued:
    return MessageQueued(Outbound(Address(channel, account), text), NOW + at, priority)


def lane_of(house: House, phone: Phone, pace: Pace | None = None) -> Lane:
    """A lane that rests 10 ms where the real one rests 2 s."""
    return Lane(house.database, house.writer, phone, house.clock, pace, first_wait=0.01)


@asynccontextmanager
async def running(lane: Lane | Sender) -> AsyncIterator[None]:
    task = asyncio.create_task(lane.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


# --- pace


def run_out(pace: Pace, chats: Callable[[int], str], count: int) -> list[float]:
    """When each of ``count`` messages goes, if sent as soon as the pace allows; a simulated clock."""
    now, times = 100.0, []
    for number in range(count):
        chat = chats(number)
        now += pace.wait(chat, now)
        assert pace.wait(chat, now) == 0.0
        pace.take(chat, now)
        times.append(now - 100.0)
    return times


def test_all_chats_together_get_at_most_thirty_in_any_second() -> None:
    times = run_out(Pace(), str, 200)
    for start in times:
        assert sum(start <= time < start + 1.0 for time in times) <= 30
    assert times[-1] == pytest.approx(195 / 25, abs=0.01)


def test_one_chat_gets_one_a_second_after_a_short_burst() -> None:
    assert run_out(Pace(), lambda _: "42", 6) == pytest.approx([0, 0, 0, 1, 2, 3], abs=0.01)


def test_a_chat_that_pauses_does_not_hold_up_another() -> None:
    pace = Pace()
    for _ in range(3):
        pace.take("42", 100.0)
    assert pace.wait("42", 100.0) == pytest.approx(1.0)
    assert pace.wait("43", 100.0) == 0.0


def test_pushes_leave_a_place_for_replies() -> None:
    pace = Pace()
    for chat in ("1", "2", "3"):
        assert pace.wait(chat, 100.0, push=True) == 0.0
        pace.take(chat, 100.0)
    assert pace.wait("4", 100.0, push=True) > 0.0
    assert pace.wait("5", 100.0) == 0.0


def test_a_quiet_chat_may_burst_again_but_no_more_than_before() -> None:
    bucket = Bucket(1.0, 3.0, 0.0)
    for _ in range(3):
        bucket.take(0.0)
    assert not bucket.full(1.0)
    assert bucket.full(1000.0)
    for _ in range(3):
        assert bucket.wait(1000.0) == 0.0
        bucket.take(1000.0)
    assert bucket.wait(1000.0) == pytest.approx(1.0)


def test_many_chats_do_not_fill_the_memory() -> None:
    pace = Pace()
    for number in range(5000):
        pace.take(str(number), 100.0 + number)
    assert len(vars(pace)["_chats"]) <= 1001


def test_the_waits_double_to_two_minutes() -> None:
    assert [backoff(failures) for failures in range(1, 9)] == [2, 4, 8, 16, 32, 64, 120, 120]
    assert backoff(10_000) == 120.0


# --- the way out


async def test_what_is_queued_is_sent_in_order_and_recorded(house: House, phone: Phone) -> None:
    await house.queue(said("1", "một"), said("2", "ba"), said("1", "hai"))
    async with running(lane_of(house, phone)):
        await house.until(STATES, [("1", "sent"), ("2", "sent"), ("1", "sent")])
    assert [text for account, text in phone.heard if account == "1"] == ["một", "hai"]
    assert house.rows("SELECT platform_id IS NOT NULL, attempts FROM outbox") == [(1, 1)] * 3


async def test_a_reply_goes_before_pushes(house: House, phone: Phone) -> None:
    await house.queue(*(said(str(number), "Nhắc", "push") for number in range(20)), said("99", "Dạ"))
    async with running(lane_of(house, phone)):
        await house.until("SELECT count(*) FROM outbox WHERE state='sent'", [(21,)])
    assert phone.heard[0] == ("99", "Dạ")


async def test_a_reply_finds_a_place_behind_slow_pushes(house: House, phone: Phone) -> None:
    slow = [f"s{number}" for number in range(20)]
    phone.waits = {chat: asyncio.Event() for chat in slow}
    await house.queue(*(said(chat, "Nhắc", "push") for chat in slow))
    lane = lane_of(house, phone, Pace(1e9, 1e9))
    async with running(lane):
        await house.queue(said("42", "Dạ"))
        lane.wake()
        await house.until("SELECT account FROM outbox WHERE state='sent'", [("42",)])
        for wait in phone.waits.values():
            wait.set()
        await house.until("SELECT count(*) FROM outbox WHERE state='sent'", [(21,)])


async def test_a_wake_sends_at_once(house: House, phone: Phone) -> None:
    sender = Sender(house.database, house.writer, [phone], house.clock)
    async with running(sender):
        await house.queue(said("1", "một"))
        sender.wake()
        await house.until(STATES, [("1", "sent")])
    assert phone.heard == [("1", "một")]


async def test_a_slow_chat_holds_up_nobody_and_is_finished_at_the_end(house: House, phone: Phone) -> None:
    phone.waits["1"] = asyncio.Event()
    await house.queue(said("1", "một"), said("1", "hai"), said("2", "ba"))
    async with running(lane_of(house, phone)):
        await house.until(STATES, [("1", "waiting"), ("1", "waiting"), ("2", "sent")])
        asyncio.get_running_loop().call_later(0.05, phone.waits["1"].set)
    assert house.rows(STATES) == [("1", "sent"), ("1", "waiting"), ("2", "sent")]


async def test_too_many_stops_only_that_chat_until_the_time_said(house: House, phone: Phone) -> None:
    phone.errors["1"] = [NotNow("too many", 7.0)]
    await house.queue(said("1", "một"), said("1", "hai"), said("2", "ba"))
    lane = lane_of(house, phone)
    async with running(lane):
        await house.until(STATES, [("1", "waiting"), ("1", "waiting"), ("2", "sent")])
        await house.until(
            "SELECT attempts, error, retry_at IS NOT NULL FROM outbox WHERE id = 1", [(1, "too many", 1)]
        )
        assert phone.heard == [("2", "ba")]
        advance(house, seconds=6.9)
        await house.queue(said("3", "bốn"))
        lane.wake()
        await house.until("SELECT state FROM outbox WHERE account = '3'", [("sent",)])
        assert ("1", "một") not in phone.heard
        advance(house, seconds=0.2)
        lane.wake()
        await house.until(STATES, [("1", "sent"), ("1", "sent"), ("2", "sent"), ("3", "sent")])
    assert [text for account, text in phone.heard if account == "1"] == ["một", "hai"]


def advance(house: House, **by: float) -> None:
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(timedelta(**by))


async def test_without_connection_the_channel_rests_and_one_message_tries(house: House, phone: Phone) -> None:
    for account in "12345":
        phone.errors[account] = [NotNow("no connection")]
    await house.queue(*(said(account, "một") for account in "12345"))
    slow = Lane(house.database, house.writer, phone, house.clock, Pace(burst=1.0), first_wait=0.5)
    async with running(slow):
        await house.until("SELECT sum(attempts) FROM outbox", [(1,)])
    assert house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(5,)]
    assert house.rows("SELECT sum(attempts) FROM outbox") == [(1,)]


async def test_the_connection_comes_back(house: House, phone: Phone) -> None:
    phone.errors["1"] = [NotNow("no connection")] * 3
    await house.queue(said("1", "một"))
    lane = lane_of(house, phone)
    async with running(lane):
        for attempts in (1, 2, 3):
            await house.until("SELECT attempts FROM outbox", [(attempts,)])
            advance(house, seconds=backoff(attempts))
            lane.wake()
        await house.until("SELECT state, attempts FROM outbox", [("sent", 4)])


async def test_what_is_no_longer_of_use_is_given_up(house: House, phone: Phone) -> None:
    phone.errors["1"] = [NotNow("no connection"), NotNow("no connection")]
    await house.queue(said("1", "một", at=-GIVE_UP_AFTER - timedelta(seconds=1)))
    async with running(lane_of(house, phone)):
        await house.until("SELECT state, error FROM outbox", [("failed", "no connection")])


async def test_refused_is_final_and_the_chat_goes_on(house: House, phone: Phone) -> None:
    phone.errors["1"] = [Refused("message text is empty")]
    await house.queue(said("1", "một"), said("1", "hai"))
    async with running(lane_of(house, phone)):
        await house.until(STATES, [("1", "failed"), ("1", "sent")])
    assert house.rows("SELECT error FROM outbox WHERE id = 1") == [("message text is empty",)]


async def test_an_uncertain_reply_is_said_again_not_for_ever_a_push_never(house: House, phone: Phone) -> None:
    phone.errors = {
        "1": [Uncertain("?")] * DOUBTS,
        "2": [Uncertain("?")],
        "3": [Uncertain("?")] * (DOUBTS + 1),
    }
    await house.queue(said("1", "Dạ"), said("2", "Nhắc", "push"), said("3", "Dạ"))
    lane = lane_of(house, phone)
    async with running(lane):
        for tries in range(1, DOUBTS + 1):
            await house.until("SELECT attempts FROM outbox", [(tries,), (1,), (tries,)])
            advance(house, seconds=120)
            lane.wake()
        await house.until(STATES, [("1", "sent"), ("2", "failed"), ("3", "failed")])
    assert phone.heard == [("1", "Dạ")]


async def test_a_mistake_in_a_channel_is_logged_and_tried_again(
    house: House, phone: Phone, log: io.StringIO
) -> None:
    phone.errors["1"] = [ZeroDivisionError()]
    await house.queue(said("1", "một"), said("2", "hai"))
    lane = lane_of(house, phone)
    async with running(lane):
        await house.until(STATES, [("1", "waiting"), ("2", "sent")])
        await house.until("SELECT attempts FROM outbox WHERE id = 1", [(1,)])
        advance(house, seconds=1)
        lane.wake()
        await house.until(STATES, [("1", "sent"), ("2", "sent")])
    assert "ZeroDivisionError" in log.getvalue()


async def test_a_refused_token_stops_its_channel_only(house: House, phone: Phone, log: io.StringIO) -> None:
    phone.errors["1"] = [Unauthorised("the token is refused")]
    other = Other()
    await house.queue(said("1", "một"), said("2", "hai", channel="other"))
    sender = Sender(house.database, house.writer, [phone, other], house.clock)
    async with running(sender):
        await house.until(STATES, [("1", "waiting"), ("2", "sent")])
        await house.queue(said("2", "ba", channel="other"))
        sender.wake()
        await house.until(STATES, [("1", "waiting"), ("2", "sent"), ("2", "sent")])
        assert sender.stopped == {"phone": "the token is refused"}
    assert log.getvalue().count("event=channel_stopped") == 1
    assert house.rows("SELECT attempts, error FROM outbox WHERE id = 1") == [(0, "")]


class Stubborn:
    """The house's writer, which refuses at first."""

    def __init__(self, house: House, refusals: int) -> None:
        self._house, self.refusals = house, refusals

    async def run(self, key: str, decide: Decide) -> Outcome:
        if self.refusals:
            self.refusals -= 1
            raise DatabaseProblem(Finding("house.db", "ổ đĩa đã đầy"))
        return await self._house.writer.run(key, decide)

    async def close(self) -> None:
        await self._house.writer.close()


async def test_what_was_sent_but_not_recorded_is_not_sent_again(house: House, phone: Phone) -> None:
    await house.queue(said("1", "một"))
    lane = Lane(house.database, Stubborn(house, 3), phone, house.clock, first_wait=0.01)
    async with running(lane):
        lane.wake()
        await house.until(STATES, [("1", "sent")])
    assert phone.heard == [("1", "một")]


# --- with Telegram


async def test_somebody_who_blocked_the_bot_becomes_unreachable(
    house: House, telegram: Telegram, fake: FakeTelegram
) -> None:
    fake.says(42, "/start")
    await house.link("42")
    fake.push(42, "block")
    await house.queue(said("42", "Nhắc", "push", "telegram"))
    async with running(Sender(house.database, house.writer, [telegram], house.clock)):
        await house.until(STATES, [("42", "failed")])
    assert house.rows("SELECT reachable FROM accounts") == [(0,)]


async def test_retry_after_of_the_platform_is_kept(
    house: House, telegram: Telegram, fake: FakeTelegram
) -> None:
    fake.says(42, "/start")
    fake.says(43, "/start")
    fake.script(
        "sendMessage", "error", chat=42, code=429, description="Too Many Requests: retry after 30",
        parameters={"retry_after": 30},
    )  # fmt: skip
    await house.queue(said("42", "Dạ", channel="telegram"), said("43", "Dạ", channel="telegram"))
    sender = Sender(house.database, house.writer, [telegram], house.clock)
    async with running(sender):
        await house.until(STATES, [("42", "waiting"), ("43", "sent")])
        advance(house, seconds=30)
        sender.wake()
        await house.until(STATES, [("42", "sent"), ("43", "sent")])
    assert fake.texts(42) == ["Dạ"]


async def test_an_unreachable_error_without_a_platform(house: House, phone: Phone) -> None:
    phone.errors["1"] = [Unreachable("gone")]
    await house.queue(said("1", "một"))
    async with running(lane_of(house, phone)):
        await house.until("SELECT state, error FROM outbox", [("failed", "gone")])
