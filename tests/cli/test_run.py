"""``chihoi run`` refuses to start deaf: one line, exit code 2, nothing changed in the settings' place."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER, ROOT


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A Bot API to ask."""
    with FakeTelegram() as fake:
        yield fake


def _run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    given = {
        "DATABASE_URL": f"sqlite:///{folder / 'chihoi.db'}",
        "PLAN": str(PLAN_FOLDER),
        "PHOTOS": str(folder / "photos"),
        "PORT": str(free_port()),
        "LOG_LEVEL": "ERROR",
        **settings,
    }
    environment = {**os.environ, **{f"CHIHOI_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-m", "bot", "run"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_without_any_channel(tmp_path: Path) -> None:
    ended = _run(tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("CHIHOI_TELEGRAM_TOKEN: chưa có kênh nào")
    assert ended.stderr.count("\n") == 1


def test_with_a_token_of_the_wrong_shape(tmp_path: Path) -> None:
    ended = _run(tmp_path, TELEGRAM_TOKEN="secret-of-somebody")
    assert ended.returncode == 2
    assert ended.stderr.startswith("CHIHOI_TELEGRAM_TOKEN: cần mã của BotFather")
    assert "secret-of-somebody" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_with_a_token_that_is_refused(tmp_path: Path, telegram: FakeTelegram) -> None:
    ended = _run(tmp_path, TELEGRAM_TOKEN="1:another", TELEGRAM_API=telegram.api)
    assert ended.returncode == 2
    assert ended.stderr == "CHIHOI_TELEGRAM_TOKEN: mã bị từ chối; hãy lấy lại mã và đặt vào đây\n"
    assert list(tmp_path.iterdir()) == []


def test_with_a_port_in_use(tmp_path: Path, telegram: FakeTelegram) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = _run(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=telegram.api, PORT=port)
    assert ended.returncode == 2
    assert f"cổng {port} đang có chương trình khác dùng" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_with_a_plan_that_is_broken(tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.mkdir()
    (plan / "plan.yaml").write_text("id: [", encoding="utf-8")
    ended = _run(tmp_path, PLAN=str(plan), PHONE_PAGE="true")
    assert ended.returncode == 2
    assert "plan.yaml:1" in ended.stderr
    assert not (tmp_path / "chihoi.db").exists()
