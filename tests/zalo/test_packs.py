"""Every pack of the plan over every channel, end to end over the fakes: the same script, the same
answers kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import House, build, running
from bot.channels.zalo_bot import ZaloBot
from bot.sender import Pace
from bot.settings import Settings
from scheduler.clock import ManualClock
from storage.domain.answers import Answer
from storage.domain.messages import Address
from tests.fakes.telegram import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FIRST_REFRESH, OA_KEY, FakeZaloOa
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER
from tests.pictures import jpeg
from tests.zalo.packs import CASES, EVENING, PHOTO, Script, scripts, settle, states, stored


@pytest.fixture(autouse=True)
def _no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake takes messages as fast as they come."""
    monkeypatch.setattr(Pace, "wait", lambda self, chat, now: 0.0)


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


def settings_of(folder: Path, port: int, **own: Any) -> Settings:
    """A house in a folder."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=f"sqlite:///{folder / 'chihoi.db'}",
        photos=folder / "photos",
        plan=PLAN_FOLDER,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        **own,
    )


@asynccontextmanager
async def opened(
    folder: Path, addresses: Mapping[str, Address], **own: Any
) -> AsyncIterator[tuple[House, str]]:
    """The whole house, running, and its address."""
    folder.mkdir()
    settings = settings_of(folder, free_port(), **own)
    house = build(settings, ManualClock(EVENING))
    await settle(house.database, house.writer, addresses)
    async with running(house, phone_page=False):
        yield house, str(settings.public_url)


Say = Callable[[str, Script], Awaitable[None]]


async def everybody(house: House, say: Say) -> dict[str, dict[str, Answer]]:
    """All type their script, each in her own chat; what is kept, once all is handed in and answered."""
    async with asyncio.timeout(240):  # a busy machine is slow, not wrong
        await asyncio.gather(*(say(case.pack.id, scripts()[case.pack.id]) for case in CASES))
        waits = "SELECT count(*) FROM outbox WHERE state = 'waiting'"
        while True:
            with house.database.reading() as reader:
                handed_in, waiting = states(reader), reader.exec_driver_sql(waits).scalar_one()
            if set(handed_in.values()) == {"submitted"} and waiting == 0:
                break
            await asyncio.sleep(0.1)
    with house.database.reading() as reader:
        failed = reader.exec_driver_sql("SELECT error FROM outbox WHERE state != 'sent'").all()
        assert failed == []
        return stored(reader)


PICTURE = jpeg()


async def over_telegram(folder: Path, fake: FakeTelegram) -> dict[str, dict[str, Answer]]:
    chats = {case.pack.id: 1000 + case.number for case in CASES}
    addresses = {pack: Address("telegram", str(chat)) for pack, chat in chats.items()}
    fake.reset()

    async def say(pack: str, script: Script) -> None:
        def play() -> None:
            for said in script:
                fake.sends_photo(chats[pack], PICTURE) if said is PHOTO else fake.says(chats[pack], said)

        await asyncio.to_thread(play)

    own = {"telegram_token": TELEGRAM_TOKEN, "telegram_api": fake.api, "telegram_poll_seconds": 1}
    async with opened(folder, addresses, **own) as (house, _):
        return await everybody(house, say)


async def over_zalo_bot(folder: Path, fake: FakeZaloBot, mode: str) -> dict[str, dict[str, Answer]]:
    fake.reset()
    fake.mode(replaying=mode == "polling")

    async def say(pack: str, script: Script) -> None:
        def play() -> None:
            for said in script:
                fake.sends_photo(pack, PICTURE) if said is PHOTO else fake.says(pack, said)

        await asyncio.to_thread(play)

    own = {
        "zalo_bot_token": TOKEN, "zalo_bot_api": fake.api, "zalo_bot_mode": mode,
        "zalo_bot_secret": "s3cret-of-8", "zalo_bot_poll_seconds": 1, "zalo_bot_poll_pause": 0.02,
    }  # fmt: skip
    async with opened(folder, {case.pack.id: Address("zalo_bot", case.pack.id) for case in CASES}, **own) as (
        house,
        _,
    ):
        return await everybody(house, say)


OA = {
    "zalo_oa_app_id": APP_ID,
    "zalo_oa_app_secret": APP_SECRET,
    "zalo_oa_secret_key": OA_KEY,
    "zalo_oa_refresh_token": FIRST_REFRESH,
}


async def over_zalo_oa(folder: Path, fake: FakeZaloOa) -> dict[str, dict[str, Answer]]:
    """Zalo brings events side by side, so each waits for the answer to the last: as people do."""
    fake.reset()
    addresses = {case.pack.id: Address("zalo_oa", case.pack.id) for case in CASES}
    async with opened(folder, addresses, zalo_oa_api=fake.api, zalo_oauth=fake.api, **OA) as (house, url):
        fake.mode(webhook=f"{url}/zalo-oa/events", clock=EVENING.timestamp(), noise=False)

        async def say(pack: str, script: Script) -> None:
            for number, said in enumerate(script, start=1):
                if said is PHOTO:
                    await asyncio.to_thread(fake.sends_photo, pack, PICTURE)
                else:
                    await asyncio.to_thread(fake.says, pack, said)
                await taken(house, pack, number)

        return await everybody(house, say)


async def taken(house: House, account: str, count: int) -> None:
    """So many messages of a chat are taken."""
    statement = "SELECT count(*) FROM inbox WHERE account = ?"
    while True:
        with house.database.reading() as reader:
            if reader.exec_driver_sql(statement, (account,)).scalar_one() >= count:
                return
        await asyncio.sleep(0.01)


async def test_every_pack_is_handed_in_with_the_same_answers_on_every_channel(
    tmp_path: Path, telegram: FakeTelegram, fake: FakeZaloBot, platform: FakeZaloOa
) -> None:
    kept = {
        "telegram": await over_telegram(tmp_path / "telegram", telegram),
        "zalo_bot polling": await over_zalo_bot(tmp_path / "polling", fake, "polling"),
        "zalo_oa": await over_zalo_oa(tmp_path / "oa", platform),
    }
    wanted = kept.pop("telegram")
    assert set(wanted) == {case.pack.id for case in CASES}
    asked = {case.pack.id: len(case.pack.questions) for case in CASES}
    assert all(wanted[pack] or not count for pack, count in asked.items())
    for name, found in kept.items():
        for pack in wanted:
            assert found[pack] == wanted[pack], f"{name}, {pack}"


async def test_taps_on_the_account_are_kept_as_typed_numbers_are(
    tmp_path: Path, platform: FakeZaloOa
) -> None:
    """CH-T by buttons where there are any: the values are those of the typed script."""
    platform.reset()
    addresses = {case.pack.id: Address("zalo_oa", case.pack.id) for case in CASES}
    own = {"zalo_oa_api": platform.api, "zalo_oauth": platform.api, **OA}
    async with opened(tmp_path / "oa", addresses, **own) as (house, url):
        platform.mode(webhook=f"{url}/zalo-oa/events", clock=EVENING.timestamp())
        async with asyncio.timeout(30):
            tapped = await _tap_through(house, platform, "CH-T")
        with house.database.reading() as reader:
            kept = stored(reader)["CH-T"]
            assert states(reader)["CH-T"] == "submitted"
    assert tapped == 2  # the meeting, and the summary
    assert kept["MH33.2"].values["MH33.2"] is True
    assert kept["MH33.2"].state == "given"


async def _tap_through(house: House, platform: FakeZaloOa, pack: str) -> int:
    """The script, with a tap on the button of each number typed; how many taps."""
    taps = 0
    for number, said in enumerate(scripts()[pack], start=1):
        button = await asyncio.to_thread(_button, platform, pack, said)
        if button is not None:
            taps += 1
            await asyncio.to_thread(platform.says, pack, button)
        elif said is PHOTO:
            await asyncio.to_thread(platform.sends_photo, pack, PICTURE)
        else:
            await asyncio.to_thread(platform.says, pack, said)
        await asyncio.to_thread(platform.wait, sent=number)
        assert number <= len(platform.ledger()["sent"])
    return taps


def _button(platform: FakeZaloOa, chat: str, said: str | None) -> str | None:
    """The payload of the newest message's button that says the same."""
    sent = [message for message in platform.ledger()["sent"] if message["chat"] == chat]
    buttons = sent[-1].get("buttons", []) if sent else []
    number = {"có": "1", "đúng": "1"}.get(said or "", said)
    return next((one["payload"] for one in buttons if one["title"].startswith(f"{number} ")), None)


def test_zalo_bot_has_no_buttons_and_the_texts_hold_the_numbers() -> None:
    assert not ZaloBot.capabilities.buttons
