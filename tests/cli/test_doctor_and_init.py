"""``chihoi init`` and ``chihoi doctor``: what is missing or wrong in plain words; nothing is lost by init."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER, ROOT

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to install into."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHIHOI_PLAN", str(PLAN_FOLDER))
    monkeypatch.setenv("CHIHOI_PORT", str(free_port()))
    return tmp_path


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A Bot API to ask."""
    with FakeTelegram() as fake:
        yield fake


def _install() -> None:
    assert RUNNER.invoke(app, ["init"]).exit_code == 0
    units = str(ROOT / "samples" / "nam-dinh-2024.csv")
    assert RUNNER.invoke(app, ["units", "import", units]).exit_code == 0


def test_before_init_the_doctor_says_what_to_do(folder: Path) -> None:
    result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert "hãy chạy chihoi init" in result.output
    assert list(folder.iterdir()) == []


def test_after_init_and_import_all_is_well(folder: Path) -> None:
    _install()
    result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output


def test_init_again_changes_nothing(folder: Path) -> None:
    _install()
    (folder / ".env").write_text("CHIHOI_LOG_LEVEL=WARNING\n", encoding="utf-8")
    assert RUNNER.invoke(app, ["init"]).exit_code == 0
    assert (folder / ".env").read_text(encoding="utf-8") == "CHIHOI_LOG_LEVEL=WARNING\n"
    assert RUNNER.invoke(app, ["doctor"]).exit_code == 0


def test_a_port_in_use_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("CHIHOI_PORT", str(port))
        result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert f"cổng {port} đang có chương trình khác dùng" in result.output


def test_each_channel_is_asked_who_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, telegram: FakeTelegram
) -> None:
    _install()
    monkeypatch.setenv("CHIHOI_TELEGRAM_API", telegram.api)
    monkeypatch.setenv("CHIHOI_TELEGRAM_TOKEN", TOKEN)
    assert RUNNER.invoke(app, ["doctor"]).exit_code == 0
    monkeypatch.setenv("CHIHOI_TELEGRAM_TOKEN", "1:wrong")
    result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert "mã bị từ chối" in result.output
    assert "wrong" not in result.output
