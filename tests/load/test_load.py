"""``chihoi load`` as it is typed: against a server of its own, against one that runs already, and refused."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli.loading.evening import PATH, Evening, Head, Plan, Told
from tests.faults.program import Program, free_port, until
from tests.kh83 import PLAN_FOLDER, ROOT

EVENING = ("--questions", "3", "--seconds", "6", "--plan", str(PLAN_FOLDER))
FAULTLESS = "Thiếu trả lời: 0; trả lời hai lần: 0; lỗi: 0; phải đưa lại: 0; tin khác: 0\n"


def load(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-c", "from bot.cli import main; main()", "load", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_alone_every_message_has_its_one_reply() -> None:
    ended = load("--heads", "20", *EVENING)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("20 chi hội trưởng, mỗi chị 3 tin")
    assert "Trả lời: 60," in ended.stdout
    assert FAULTLESS in ended.stdout
    assert re.search(r"p50 [\d.]+,\d, p95 [\d.]+,\d, p99 [\d.]+,\d, lâu nhất [\d.]+,\d$", ended.stdout, re.M)
    assert re.search(r"Bộ nhớ của máy chủ, lúc nhiều nhất: \d+,\d MB", ended.stdout)
    assert "60/60" in ended.stderr


@contextmanager
def elsewhere(folder: Path, port: int, heads: int) -> Iterator[Program]:
    """A server as docs/performance.md sets one up, its platform at ``port`` of this machine."""
    prepared = load("--prepare", str(folder / "chihoi.db"), "--heads", str(heads))
    assert (prepared.returncode, prepared.stdout.count("\n")) == (0, 1), prepared.stderr
    program = Program(
        folder,
        rehearse_at="2024-03-18T18:00",
        telegram_token="730001:load0load0load0load0load0load0load0lo",
        telegram_api=f"http://127.0.0.1:{port}",
        telegram_mode="webhook",
        telegram_webhook_secret="secret-of-the-load",
        telegram_per_second="1000",
        public_url="https://load.invalid",
    )
    try:
        until(program.ready)
        yield program
    finally:
        program.stop()


def test_elsewhere_a_report_is_given_to_its_end(tmp_path: Path) -> None:
    port = free_port()
    with elsewhere(tmp_path, port, 5) as program:
        url = ("--url", f"http://127.0.0.1:{program.port}", "--listen", f"127.0.0.1:{port}")
        heads = ("--heads", "5", "--questions", "10", "--seconds", "20")
        wrong = load(*url, *heads, "--secret", "another")
        assert wrong.returncode == 1
        assert "lỗi: 5" in wrong.stdout
        ended = load(*url, *heads, "--secret", "secret-of-the-load")
    assert ended.returncode == 0, ended.stderr
    assert "Trả lời: 50," in ended.stdout
    assert FAULTLESS in ended.stdout


async def test_a_reply_that_comes_twice_is_counted() -> None:
    head, told = Head(), Told()
    reply = head.waits_for("Câu 1/7")
    for text in ("Chị ơi, còn hai ngày", "Câu 1/7. Đã sinh hoạt chưa?", "Câu 1/7. Đã sinh hoạt chưa?"):
        head.hears(text, told)
    assert reply.done()
    assert (told.doubled, told.beside, told.faultless) == (1, 1, False)


async def test_a_reply_in_the_answer_to_an_update_counts() -> None:
    """The Bot API allows it (https://core.telegram.org/bots/api#making-requests-when-getting-updates)."""

    async def answer(request: web.Request) -> web.Response:
        chat = (await request.json())["message"]["chat"]["id"]
        call = {"method": "sendMessage", "chat_id": chat, "text": "Bận thì nhắn ĐỂ SAU"}
        return web.json_response(call)

    app = web.Application()
    app.router.add_post(PATH, answer)
    async with TestServer(app) as server:
        told = await Evening(Plan(3, 1, 2.0, seed=1)).play(str(server.make_url("")), "any")
    assert (len(told.waits), told.faultless, told.beside) == (3, True, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--heads", "0"), "--heads: cần số từ 1 đến 100000 (đang là 0)"),
        (("--questions", "11"), "--questions: cần số từ 1 đến 10 (đang là 11)"),
        (("--seconds", "19"), "--seconds: cần ít nhất 20, hai giây mỗi tin (đang là 19.0)"),
        (("--plan", "nowhere"), "nowhere: không thấy thư mục kế hoạch"),
        (("--url", "ftp://x"), "--url: cần địa chỉ http(s), ví dụ http://127.0.0.1:8080 (đang là 'ftp://x')"),
        (("--url", "http://127.0.0.1:1"), "--secret: cần CHIHOI_TELEGRAM_WEBHOOK_SECRET của máy chủ"),
        (
            ("--url", "http://127.0.0.1:1", "--secret", "s", "--listen", "127.0.0.1:0"),
            "http://127.0.0.1:1: máy chủ không trả lời (/healthz)",
        ),
        (
            ("--url", "http://127.0.0.1:1", "--secret", "s", "--listen", "99"),
            "--listen: cần dạng MÁY:CỔNG, ví dụ 0.0.0.0:8081 (đang là '99')",
        ),
        (("--prepare", "README.md"), "README.md: đã có tệp này; hãy xóa hoặc chọn tên khác"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words: tuple[str, ...], said: str) -> None:
    ended = load(*words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"{said}\n")
