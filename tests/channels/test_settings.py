"""The settings: defaults, files, and one line for each wrong variable."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.channels.telegram import Telegram
from bot.sender import Pace, rate_of
from bot.settings import Settings, load
from storage.domain.problems import SettingsProblem
from tests.fakes.telegram import TOKEN


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine counts."""
    for name in [name for name in os.environ if name.upper().startswith("CHIHOI_")]:
        monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(f"CHIHOI_{name}", value)
    return load(None)


def test_nothing_set_is_the_demo_on_this_machine() -> None:
    settings = load(None)
    assert settings.database_url == "sqlite:///data/chihoi.db"
    assert settings.plan == Path("plans/kh83-2024")
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.hotlines == {"police": "113", "children": "111", "peace_house": "1900969680"}
    assert settings.telegram_token is None
    assert settings.secrets() == ()


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("CHIHOI_PORT=9000\nCHIHOI_HOST=0.0.0.0\nOTHER=1\nCHIHOI_PLAN=\n", "utf-8")
    monkeypatch.setenv("CHIHOI_PORT", "9001")
    settings = load(file)
    assert (settings.port, settings.host, settings.plan) == (9001, "0.0.0.0", Path("plans/kh83-2024"))  # noqa: S104


def test_a_token_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", "utf-8")
    settings = given(monkeypatch, {"TELEGRAM_TOKEN_FILE": str(file)})
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)


def test_every_secret_is_named_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = "http://ten:matkhau@proxy:3128"
    settings = given(
        monkeypatch,
        {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_PROXY": proxy,
            "TELEGRAM_WEBHOOK_SECRET": "s3cret",
            "DATABASE_URL": "postgresql://ten:khoa@may/chihoi",
        },
    )
    assert set(settings.secrets()) == {TOKEN, proxy, "matkhau", "s3cret", "khoa"}


WRONG = (
    ({"PORT": "tám nghìn"}, ["CHIHOI_PORT: cần số nguyên từ 1 đến 65535 (đang là 'tám nghìn')"]),
    ({"PORT": "70000"}, ["CHIHOI_PORT: cần số nguyên từ 1 đến 65535 (đang là '70000')"]),
    (
        {"TELEGRAM_MODE": "push", "TELEGRAM_POLL_SECONDS": "60"},
        [
            "CHIHOI_TELEGRAM_MODE: cần polling hoặc webhook (đang là 'push')",
            "CHIHOI_TELEGRAM_POLL_SECONDS: cần số giây từ 1 đến 50 (đang là '60')",
        ],
    ),
    (
        {"TELEGRAM_TOKEN": "secret-but-wrong"},
        [
            "CHIHOI_TELEGRAM_TOKEN: cần mã của BotFather, dạng 123456789:AbC... "
            "(chữ, số, _ và - sau dấu hai chấm)"
        ],
    ),
    (
        {"TELEGRAM_PROXY": "socks5://ten:secret@may:1"},
        ["CHIHOI_TELEGRAM_PROXY: cần địa chỉ proxy dạng http://tên:mật-khẩu@máy:cổng"],
    ),
    (
        {"TELEGRAM_PER_SECOND": "0"},
        ["CHIHOI_TELEGRAM_PER_SECOND: cần số tin mỗi giây, từ 1 đến 1000 (đang là '0')"],
    ),
    ({"TELEGRAM_API": "ten:secret@may"}, ["CHIHOI_TELEGRAM_API: cần địa chỉ http(s) của máy chủ Bot API"]),
    ({"HOTLINE_POLICE": "công an"}, ["CHIHOI_HOTLINE_POLICE: cần số điện thoại (đang là 'công an')"]),
    (
        {"TELEGRAM_MODE": "webhook", "PUBLIC_URL": "https://hoi.example:8000"},
        [
            "CHIHOI_TELEGRAM_TOKEN: chế độ webhook cần mã của BotFather",
            "CHIHOI_PUBLIC_URL: chế độ webhook cần địa chỉ https với cổng 443, 80, 88, 8443",
            "CHIHOI_TELEGRAM_WEBHOOK_SECRET: chế độ webhook cần 1 đến 256 ký tự gồm chữ không dấu, "
            "số, _ và -",
        ],
    ),
)


@pytest.mark.parametrize(("variables", "lines"), WRONG)
def test_a_wrong_variable_is_one_line_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], lines: list[str]
) -> None:
    with pytest.raises(SettingsProblem) as caught:
        given(monkeypatch, variables)
    assert str(caught.value).splitlines() == lines
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("variables", "seconds"), [({}, 1 / 25), ({"TELEGRAM_PER_SECOND": "200"}, 1 / 200)])
async def test_how_fast_telegram_is_written_to(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], seconds: float
) -> None:
    telegram = Telegram.of(given(monkeypatch, {"TELEGRAM_TOKEN": TOKEN, **variables}))
    assert telegram is not None
    pace = Pace(rate_of(telegram))
    for chat in "12345":  # the burst
        pace.take(chat, 0.0)
    assert pace.wait("6", 0.0) == pytest.approx(seconds)
    await telegram.close()


def test_a_token_file_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsProblem, match="CHIHOI_TELEGRAM_TOKEN_FILE: không đọc được tệp"):
        given(monkeypatch, {"TELEGRAM_TOKEN_FILE": str(tmp_path / "none")})
    (tmp_path / "token").write_text("hello", "utf-8")
    with pytest.raises(SettingsProblem, match="cần chứa mã của BotFather"):
        given(monkeypatch, {"TELEGRAM_TOKEN_FILE": str(tmp_path / "token")})
