"""``chihoi init`` and ``chihoi doctor``: what is missing or wrong in plain words; nothing is lost by init."""

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.sealing import new_key
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


def _said(line: str) -> str:
    result = RUNNER.invoke(app, ["doctor"])
    return next(each for each in result.output.splitlines() if line in each)


def test_the_doctor_looks_at_disk_clock_backups_and_what_is_stuck(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install()
    assert "✓ Ổ đĩa" in _said("Ổ đĩa")
    assert "chưa bật" in _said("Sao lưu")
    public, _ = new_key()
    monkeypatch.setenv("CHIHOI_BACKUP_RECIPIENT", public)
    assert "✗ Sao lưu: không có bản sao lưu nào trong 2 ngày qua" in _said("Sao lưu")
    assert RUNNER.invoke(app, ["backup"]).exit_code == 0
    assert "✓ Sao lưu: bản mới nhất lúc" in _said("Sao lưu")
    with closing(sqlite3.connect("data/chihoi.db")) as writer, writer:
        writer.execute(
            "INSERT INTO inbox (channel, message_id, account, at, text, reading)"
            " VALUES ('web', 'm', 'a', '2999-01-01 00:00:00', '', '')"
        )
        writer.execute(
            "INSERT INTO dead_letters"
            " (channel, message_id, account, at, kept_at, content, error, state, tries)"
            " VALUES ('web', 'm', 'a', '2024-01-01 00:00:00', '2024-01-01 00:00:00', '{}', 'x', 'waiting', 0)"
        )
    assert "✗ Đồng hồ: đồng hồ máy" in _said("Đồng hồ")
    assert "✗ Tin chưa trả lời: 1 tin" in _said("Tin chưa trả lời")
    usage = shutil.disk_usage(folder)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "✗ Ổ đĩa: chỉ còn 1 MB" in _said("Ổ đĩa")
