"""Polling: confirmed is only what was committed; nothing is lost, taken twice, or stuck."""

import asyncio
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.channels.telegram import Telegram
from bot.polling import Poller
from bot.receive import TRIES
from storage.domain.messages import Attachment
from storage.domain.problems import DatabaseProblem, Finding
from tests.channels.conftest import House
from tests.channels.test_photos import jpeg
from tests.fakes.process import ROOT
from tests.fakes.telegram import TOKEN, FakeTelegram


@pytest.fixture
def poller(telegram: Telegram, house: House) -> Poller:
    """The loop, to be stepped by hand."""
    return Poller(telegram, house.receiver(telegram), first_pause=0.01)


async def confirmed(poller: Poller, fake: FakeTelegram) -> list[int]:
    """What the platform may forget: the next question for updates tells it."""
    await poller.step()
    return list(fake.ledger()["confirmed"])


async def test_messages_are_taken_in_order_and_confirmed(
    poller: Poller, house: House, fake: FakeTelegram
) -> None:
    made = [fake.says(chat, f"{chat}-{number}") for number in range(5) for chat in (42, 43, 44)]
    assert await poller.step() == 0.0
    for chat in (42, 43, 44):
        said = [inbound.text for inbound in house.taken if inbound.address.account == str(chat)]
        assert said == [f"{chat}-{number}" for number in range(5)]
    assert fake.ledger()["confirmed"] == []
    assert await confirmed(poller, fake) == made


async def test_what_fails_is_not_confirmed_and_keeps_only_its_own_chat(
    poller: Poller, house: House, fake: FakeTelegram
) -> None:
    house.troubles.append(RuntimeError("a mistake"))
    bad, behind = fake.says(42, "một"), fake.says(42, "hai")
    other = fake.says(43, "ba")
    assert await poller.step() > 0.0
    assert [inbound.text for inbound in house.taken] == ["ba"]
    assert await confirmed(poller, fake) == []  # this step takes it again, and it goes well
    await poller.step()  # the platform gives only one update if asked the same again at once
    assert [inbound.text for inbound in house.taken] == ["ba", "một", "hai"]
    assert await confirmed(poller, fake) == [bad, behind, other]


async def test_a_message_that_always_fails_is_kept_without_words_and_lets_others_pass(
    poller: Poller, house: House, fake: FakeTelegram, log: io.StringIO
) -> None:
    house.troubles.extend(RuntimeError("chị Hoa nói ...") for _ in range(TRIES))
    bad = fake.says(42, "chị Hoa")
    for _ in range(TRIES):
        await poller.step()
    assert house.rows("SELECT message_id, text, reading FROM inbox") == [("m:42:1", "", "failed")]
    assert await confirmed(poller, fake) == [bad]
    assert log.getvalue().count("turn_failed") == TRIES
    assert "Hoa" not in log.getvalue()


async def test_a_full_disk_keeps_everything_waiting(poller: Poller, house: House, fake: FakeTelegram) -> None:
    full = DatabaseProblem(Finding("house.db", "ổ đĩa đã đầy"))
    house.troubles.extend([full] * (TRIES + 2))
    made = fake.says(42, "một")
    for _ in range(TRIES + 2):
        await poller.step()
    assert fake.ledger()["confirmed"] == []
    await poller.step()
    assert [inbound.text for inbound in house.taken] == ["một"]
    assert await confirmed(poller, fake) == [made]


async def test_a_restart_before_confirming_changes_nothing(
    poller: Poller, house: House, fake: FakeTelegram
) -> None:
    made = fake.says(42, "một")
    await poller.step()
    after = Telegram(TOKEN, fake.api, poll_seconds=0)
    again = Poller(after, house.receiver(after))
    await again.step()
    assert await confirmed(again, fake) == [made]
    await after.close()
    assert len(house.taken) == 1
    assert house.rows("SELECT count(*) FROM outbox") == [(1,)]


async def test_an_update_that_cannot_be_read_is_named_and_passed_over(
    poller: Poller, house: House, fake: FakeTelegram, log: io.StringIO
) -> None:
    bad = fake.push(42, "raw", update={"message": {"text": "chị Hoa"}})
    good = fake.says(42, "một")
    await poller.step()
    assert [inbound.text for inbound in house.taken] == ["một"]
    assert await confirmed(poller, fake) == [bad, good]
    assert f"event=update_not_readable channel=telegram update_id={bad}" in log.getvalue().replace(
        " logger=bot.receive", ""
    )
    assert "Hoa" not in log.getvalue()


async def test_a_press_is_acknowledged_and_taken_at_the_time_it_came(
    poller: Poller, house: House, fake: FakeTelegram
) -> None:
    fake.says(42, "một")
    await poller.step()
    fake.presses(42, "q1:1")
    await poller.step()
    await asyncio.to_thread(fake.wait, answered=1)
    assert [(inbound.choice, inbound.at) for inbound in house.taken][-1] == ("q1:1", house.clock.now())


async def test_somebody_who_blocks_the_bot_becomes_unreachable(
    poller: Poller, house: House, fake: FakeTelegram
) -> None:
    await house.link("42")
    fake.says(42, "một")
    fake.push(42, "block")
    await poller.step()
    assert house.rows("SELECT reachable FROM accounts") == [(0,)]
    fake.push(42, "unblock")
    fake.says(42, "hai")
    await poller.step()
    assert house.rows("SELECT reachable FROM accounts") == [(1,)]


async def test_a_group_is_answered_once(poller: Poller, house: House, fake: FakeTelegram) -> None:
    fake.push(-7, "join")
    fake.says(-7, "/start@chihoi_bot")
    fake.says(-7, "cả nhà ơi")
    await poller.step()
    assert [(str(inbound.address), inbound.group) for inbound in house.taken] == [("telegram:-7", True)]


# --- photos


async def test_a_photo_is_kept_before_its_turn(poller: Poller, house: House, fake: FakeTelegram) -> None:
    fake.sends_photo(42, jpeg(), "Họp")
    await poller.step()
    [inbound] = house.taken
    assert inbound.attachment is not None
    assert b"Secret" not in (house.folder / "photos" / inbound.attachment.path).read_bytes()
    assert inbound.text == "Họp"


async def test_a_bad_photo_goes_on_without_a_path(poller: Poller, house: House, fake: FakeTelegram) -> None:
    fake.sends_photo(42, b"not a picture")
    await poller.step()
    [inbound] = house.taken
    assert inbound.attachment == Attachment(
        "photo", inbound.attachment.reference if inbound.attachment else ""
    )


async def test_a_photo_is_asked_for_again_but_not_for_ever(
    poller: Poller, house: House, fake: FakeTelegram
) -> None:
    fake.script("getFile", "error", code=500, description="Internal Server Error: restart", times=TRIES - 1)
    fake.sends_photo(42, jpeg())
    for _ in range(TRIES - 1):
        assert await poller.step() > 0.0
        assert house.taken == []
    await poller.step()
    assert house.taken[0].attachment is not None
    assert house.taken[0].attachment.path
    fake.script("download", "error", code=500, description="Internal Server Error: restart", times=TRIES)
    made = fake.sends_photo(43, jpeg())
    for _ in range(TRIES):
        await poller.step()
    assert house.taken[1].attachment is not None
    assert not house.taken[1].attachment.path
    assert (await confirmed(poller, fake))[-1] == made


# --- a channel in trouble


async def test_a_dead_platform_is_asked_ever_more_seldom(house: House, log: io.StringIO) -> None:
    dead = Telegram(TOKEN, "http://127.0.0.1:1")
    poller = Poller(dead, house.receiver(dead), first_pause=0.01, most_pause=0.05)
    assert [await poller.step() for _ in range(5)] == [0.01, 0.02, 0.04, 0.05, 0.05]
    assert poller.silent_seconds is None
    await dead.close()


async def test_a_refused_token_stops_the_loop(fake: FakeTelegram, house: House, log: io.StringIO) -> None:
    wrong = Telegram("1:wrong", fake.api)
    poller = Poller(wrong, house.receiver(wrong))
    await asyncio.wait_for(poller.run(), 5)
    await wrong.close()
    assert poller.stopped == "the Bot API refuses the token"
    assert log.getvalue().count("event=channel_stopped") == 1


async def test_two_copies_are_named_in_the_log(
    telegram: Telegram, house: House, fake: FakeTelegram, log: io.StringIO
) -> None:
    first = Telegram(TOKEN, fake.api, poll_seconds=20)
    waiting = asyncio.create_task(Poller(first, house.receiver(first)).step())
    await asyncio.to_thread(fake.wait, calls_getUpdates=1)
    await telegram.updates()
    assert await waiting > 0.0
    await first.close()
    assert "event=another_program_polls" in log.getvalue()


async def test_a_broken_channel_never_ends_the_loop(
    poller: Poller, telegram: Telegram, fake: FakeTelegram, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = iter([ZeroDivisionError()])
    asked = telegram.updates

    async def updates() -> object:
        for error in broken:
            raise error
        return await asked()

    monkeypatch.setattr(telegram, "updates", updates)
    fake.says(42, "một")
    async with running(poller):
        await house.until("SELECT text FROM inbox", [("một",)])
    assert poller.silent_seconds is not None
    assert poller.silent_seconds < 5.0


@asynccontextmanager
async def running(poller: Poller) -> AsyncIterator[None]:
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


# --- killed


LIVES, CHATS, EACH = 3, range(42, 52), 2


def test_kill_and_restart_lose_nothing_and_take_nothing_twice(fake: FakeTelegram, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.channels.echo_bot", fake.api, str(tmp_path)]
    words = [f"{life}-{number}" for life in range(LIVES) for number in range(EACH)]
    wanted = {chat: [f"Dạ: {word}" for word in words] for chat in CHATS}
    for life in range(LIVES):
        bot = subprocess.Popen(command, cwd=ROOT)
        try:
            for number in range(EACH):
                for chat in CHATS:
                    fake.says(chat, f"{life}-{number}")
            if life < LIVES - 1:  # killed while answers are on their way
                fake.wait(30, sent=len(CHATS) * EACH * life + 4)
            else:
                heard = until_all_heard(fake, wanted)
        finally:
            bot.kill()
            bot.wait()
    repeated = sum(map(len, heard.values())) - len(CHATS) * len(words)
    assert repeated <= 8 * (LIVES - 1)  # at most those under way at a kill are said twice


def until_all_heard(fake: FakeTelegram, wanted: dict[int, list[str]]) -> dict[int, list[str]]:
    """What each chat saw, once that is everything; in order but for repetitions."""
    count = 0
    while True:
        sent = fake.wait(30, sent=count + 1)["sent"]
        count = len(sent)
        heard = {chat: [one["text"] for one in sent if one["chat"] == chat] for chat in wanted}
        if {chat: list(dict.fromkeys(texts)) for chat, texts in heard.items()} == wanted:
            return heard
