"""The house with several channels: each starts and stops by itself, ``chihoi doctor`` asks each."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.app import build, running
from bot.channels import CHANNELS
from bot.channels.telegram import Telegram
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import ZaloOa
from bot.cli import app
from bot.cli.doctor_channels import ChannelTrouble, check_channel
from bot.settings import Settings, load
from bot.windows import month_of
from handlers.usage import near, used, warnings
from scheduler.clock import ManualClock, SystemClock
from storage.domain.effects import ChannelLimitsSet, ChatHeard, MessagesCounted
from storage.domain.messages import Address
from storage.domain.problems import SettingsProblem
from storage.migrations import open_database
from storage.queries.channels import Usage
from storage.writer.opening import writer_of
from tests.fakes.telegram import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FIRST_REFRESH, OA_KEY, FakeZaloOa
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER
from tests.zalo.packs import CASES, EVENING, settle

DEAD = "http://127.0.0.1:1"
TITLES = {kind.name: kind.title for kind in CHANNELS}


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


def settings_of(folder: Path, **own: Any) -> Settings:
    port = free_port()
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=f"sqlite:///{folder / 'chihoi.db'}",
        photos=folder / "photos",
        plan=PLAN_FOLDER,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        telegram_token=SecretStr(TELEGRAM_TOKEN),
        telegram_poll_seconds=1,
        zalo_bot_token=SecretStr(TOKEN),
        zalo_bot_poll_seconds=1,
        zalo_bot_poll_pause=0.01,
        zalo_oa_app_id=APP_ID,
        zalo_oa_app_secret=SecretStr(APP_SECRET),
        zalo_oa_secret_key=SecretStr(OA_KEY),
        zalo_oa_refresh_token=SecretStr(FIRST_REFRESH),
        **own,
    )


@pytest.mark.parametrize("dead", ["telegram", "zalo_bot", "zalo_oa"])
@pytest.mark.parametrize("how", ["gone", "refused"])
async def test_a_dead_channel_stops_no_other(
    tmp_path: Path, telegram: FakeTelegram, fake: FakeZaloBot, platform: FakeZaloOa, dead: str, how: str
) -> None:
    telegram.reset()
    apis = {"telegram_api": telegram.api, "zalo_bot_api": fake.api, "zalo_oa_api": platform.api}
    own: dict[str, Any] = {**apis, "zalo_oauth": platform.api}
    if how == "gone":
        own[f"{dead}_api"] = DEAD
    settings = settings_of(tmp_path, **own)
    if how == "refused":
        wrong = {"telegram": "telegram_token", "zalo_bot": "zalo_bot_token", "zalo_oa": "zalo_oa_app_secret"}
        settings = settings.model_copy(update={wrong[dead]: SecretStr("1:wrong")})
    house = build(settings, ManualClock(EVENING))
    async with running(house, phone_page=False), asyncio.timeout(15):
        platform.mode(webhook=f"{settings.public_url}/zalo-oa/events", clock=EVENING.timestamp(), noise=False)
        say = {
            "telegram": lambda: telegram.says(42, "chào"),
            "zalo_bot": lambda: fake.says("hoa", "chào"),
            "zalo_oa": lambda: platform.says("hoa", "chào"),
        }
        heard = {
            "telegram": lambda: telegram.texts(42),
            "zalo_bot": lambda: fake.texts("hoa"),
            "zalo_oa": lambda: platform.texts("hoa"),
        }
        for name in say:
            await asyncio.to_thread(say[name])
        for name in set(say) - {dead}:
            while not await asyncio.to_thread(heard[name]):
                await asyncio.sleep(0.02)
        assert await asyncio.to_thread(heard[dead]) == []


def test_a_channel_that_cannot_be_made_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: Settings, tools: object) -> None:
        raise ZeroDivisionError

    async def names() -> set[str]:
        house = build(settings_of(tmp_path), ManualClock(EVENING))
        await house.writer.close()
        house.database.close()
        return set(house.channels)

    monkeypatch.setattr(ZaloOa, "of", broken)
    assert asyncio.run(names()) == {"zalo_bot", "telegram", "web"}


# --- doctor


def test_doctor_asks_each(
    tmp_path: Path,
    telegram: FakeTelegram,
    fake: FakeZaloBot,
    platform: FakeZaloOa,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN, "TELEGRAM_API": DEAD, "ZALO_BOT_TOKEN": TOKEN,
        "ZALO_BOT_API": fake.api, "ZALO_OA_APP_ID": APP_ID, "ZALO_OA_APP_SECRET": APP_SECRET,
        "ZALO_OA_SECRET_KEY": OA_KEY, "ZALO_OA_REFRESH_TOKEN": FIRST_REFRESH, "ZALO_OA_API": platform.api,
        "ZALO_OAUTH": platform.api, "PLAN": str(PLAN_FOLDER), "PORT": str(free_port()),
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"CHIHOI_{name}", value)
    open_database("sqlite:///data/chihoi.db").close()
    shown = CliRunner().invoke(app, ["doctor"])
    lines = " ".join(shown.output.split())
    assert shown.exit_code == 2
    assert "✗ Telegram: NotSent: no connection" in lines
    assert "✓ Zalo Bot: bot.VDKyGxQvc 1459232241454765289; tháng này 0 tin, 0 người" in lines
    assert "✓ Zalo OA: Hội LHPN tỉnh Nâng cao, đã xác thực, 7 người; tháng này 0 tin, 0 người" in lines
    for secret in (TOKEN, TELEGRAM_TOKEN, APP_SECRET, OA_KEY, FIRST_REFRESH):
        assert secret not in shown.output
    again = CliRunner().invoke(app, ["doctor"])
    assert "✓ Zalo OA" in again.output
    assert platform.ledger()["renewals"] == [FIRST_REFRESH]


def counted(folder: Path, *effects: object) -> None:
    """A house that has sent and heard so much."""

    async def write() -> None:
        with closing(open_database(f"sqlite:///{folder / 'chihoi.db'}")) as database:
            writer = writer_of(database)
            await writer.run("test", lambda reader: effects)  # type: ignore[arg-type,return-value]
            await writer.close()

    asyncio.run(write())


def test_doctor_shows_the_limits_before_they_bite(tmp_path: Path, fake: FakeZaloBot) -> None:
    settings = settings_of(tmp_path, zalo_bot_api=fake.api)
    now = SystemClock().now()
    counted(
        tmp_path,
        ChannelLimitsSet("zalo_bot", 3000, 50),
        MessagesCounted(Address("zalo_bot", "a"), month_of(now), 2399),
    )
    assert check_channel(settings, ZaloBot).endswith("tháng này 2.399/3.000 tin, 1/50 người")
    counted(tmp_path, *(ChatHeard(Address("zalo_bot", str(number)), now) for number in range(39)))
    with pytest.raises(ChannelTrouble, match="40/50 người"):
        check_channel(settings, ZaloBot)


def test_doctor_warns_of_the_consents_end(tmp_path: Path, platform: FakeZaloOa) -> None:
    settings = settings_of(tmp_path, zalo_oa_api=platform.api, zalo_oauth=platform.api)
    counted(tmp_path)
    assert "Hội LHPN" in check_channel(settings, ZaloOa)
    with closing(open_database(settings.database_url)) as database:
        soon = (SystemClock().now() + timedelta(days=6)).strftime("%Y-%m-%d %H:%M:%S")
        with database.connect_for_writing() as connection, connection.begin():
            connection.exec_driver_sql("UPDATE channel_tokens SET refresh_until = ?", (soon,))
    with pytest.raises(ChannelTrouble, match="quyền của OA hết hạn"):
        check_channel(settings, ZaloOa)


def test_doctor_without_a_database_or_a_token(tmp_path: Path, fake: FakeZaloBot) -> None:
    settings = settings_of(tmp_path, zalo_bot_api=fake.api)
    assert check_channel(settings, ZaloBot) == "bot.VDKyGxQvc 1459232241454765289"
    bare = Settings(_env_file=None)  # type: ignore[call-arg]
    assert check_channel(bare, Telegram) == "chưa dùng (không có CHIHOI_TELEGRAM_TOKEN)"


def test_the_digests_sentences() -> None:
    full = Usage("zalo_bot", 2400, 40, 3000, 50)
    assert warnings([full, Usage("zalo_oa", 9, 9)], "chị") == [
        "Zalo Bot tháng này đã gửi 2.400/3.000 tin theo gói, sắp hết ạ. Hết thì tin nhắc sẽ phải chờ.",
        "Zalo Bot đã có 40/50 người dùng theo gói, sắp hết ạ. Người mới có thể không nhắn được.",
    ]
    assert near(full)
    assert not near(Usage("zalo_bot", 2399, 39, 3000, 50))
    assert used(Usage("zalo_oa", 1234, 5)) == "tháng này 1.234 tin, 5 người"


# --- settings


def test_settings_of_zalo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("CHIHOI_ZALO_BOT_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("CHIHOI_ZALO_FILE_HOSTS", "anh.example, 127.0.0.1:9000,")
    settings = load(None)
    assert settings.zalo_bot_token is not None
    assert settings.zalo_bot_token.get_secret_value() == TOKEN
    assert settings.zalo_hosts == ("anh.example", "127.0.0.1:9000")
    assert TOKEN in settings.secrets()
    monkeypatch.setenv("CHIHOI_ZALO_BOT_MODE", "webhook")
    monkeypatch.setenv("CHIHOI_ZALO_OA_APP_ID", "1")
    monkeypatch.setenv("CHIHOI_PUBLIC_URL", "http://hoi.example")
    with pytest.raises(SettingsProblem) as caught:
        load(None)
    assert [finding.where for finding in caught.value.findings] == [
        "CHIHOI_PUBLIC_URL", "CHIHOI_ZALO_BOT_SECRET",
        "CHIHOI_ZALO_OA_APP_SECRET", "CHIHOI_ZALO_OA_SECRET_KEY",
    ]  # fmt: skip
    monkeypatch.setenv("CHIHOI_ZALO_OA_APP_SECRET_FILE", str(tmp_path / "empty"))
    with pytest.raises(SettingsProblem, match="CHIHOI_ZALO_OA_APP_SECRET_FILE"):
        load(None)


# --- commands


def test_the_form_goes_once_to_who_gave_no_number(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'chihoi.db'}"

    async def prepare() -> None:
        with closing(open_database(url)) as database:
            writer = writer_of(database)
            await settle(database, writer, {case.pack.id: Address("zalo_oa", case.pack.id) for case in CASES})
            gave = ChatHeard(Address("zalo_oa", CASES[0].pack.id), EVENING, "84912345678")
            await writer.run("test", lambda reader: (gave,))
            await writer.close()

    asyncio.run(prepare())
    asked = CliRunner().invoke(app, ["channels", "ask-phones", "--database", url])
    assert asked.output == f"Đã xếp {len(CASES) - 1} mẫu vào hàng gửi.\n"
    again = CliRunner().invoke(app, ["channels", "ask-phones", "--database", url])
    assert again.output == "Đã xếp 0 mẫu vào hàng gửi.\n"


def test_a_channel_is_preferred_by_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'chihoi.db'}"

    async def prepare() -> None:
        with closing(open_database(url)) as database:
            writer = writer_of(database)
            await settle(database, writer, {case.pack.id: Address("zalo_oa", case.pack.id) for case in CASES})
            await writer.close()

    asyncio.run(prepare())
    code = CASES[0].unit
    done = CliRunner().invoke(app, ["channels", "prefer", code, "zalo_oa", "--database", url])
    assert (done.exit_code, done.output) == (0, f"Từ nay nhắn {code} qua zalo_oa.\n")
    for wrong in (("nobody", "zalo_oa"), (code, "fax")):
        assert CliRunner().invoke(app, ["channels", "prefer", *wrong, "--database", url]).exit_code == 2
    with closing(open_database(url)) as database, database.reading() as reader:
        rows = reader.exec_driver_sql("SELECT channel FROM preferred_channels").scalars().all()
    assert rows == ["zalo_oa"]
