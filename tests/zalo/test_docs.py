"""docs/channels.md is true: its table is the code's, and its further channel really is one file and one
registration."""

import hashlib
import hmac
import re
import sys
import types
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import build, running
from bot.channel import Registered
from bot.channels import CHANNELS
from bot.settings import Settings
from scheduler.clock import ManualClock
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER, ROOT
from tests.zalo.packs import EVENING

PAGE = (ROOT / "docs" / "channels.md").read_text("utf-8")


def row(kind: type[Registered]) -> str:
    """The channel's line of the table."""
    able = kind.capabilities
    modes = {"zalo_oa": "webhook", "web": "page"}
    cells = (
        kind.title,
        f"`{kind.name}`",
        f"`{kind.needs}`" if kind.needs else "always",
        modes.get(kind.name, "polling or webhook"),
        "yes" if able.buttons else "no",
        str(able.text_limit),
        "yes" if able.photos_in else "no",
        f"{able.per_second:g}",
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("kind", CHANNELS, ids=lambda kind: kind.name)
def test_the_table_is_the_codes(kind: type[Registered]) -> None:
    assert row(kind) in PAGE.splitlines()


def test_every_contract_a_channel_may_have_is_named() -> None:
    code = (ROOT / "bot" / "channel.py").read_text("utf-8")
    optional = re.findall(r"@runtime_checkable\nclass (\w+)\(Protocol\)", code)
    assert {"Hooked", "Metered", "Tended", "Attentive"} <= set(optional)
    assert [name for name in (*optional, "Polling") if f"`{name}`" not in PAGE] == []
    errors = re.findall(r"class (\w+)\(SendError\)", code)
    assert [name for name in errors if f"`{name}`" not in PAGE] == []


def viber() -> type[Registered]:
    """The channel of the page, as a module."""
    [source] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    module = types.ModuleType("viber_of_the_docs")
    sys.modules[module.__name__] = module
    exec(compile(source, "docs/channels.md", "exec"), module.__dict__)  # noqa: S102
    made: type[Registered] = module.Viber
    return made


async def test_the_channel_of_the_page_has_a_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[dict[str, Any]] = []

    async def platform(request: web.Request) -> web.Response:
        assert request.headers["X-Viber-Auth-Token"] == "viber-token"
        said.append({"method": request.match_info["method"], **await request.json()})
        return web.json_response({"status": 0, "message_token": len(said), "name": "Chi Hội", "id": "pa:1"})

    fake = web.Application()
    fake.router.add_post("/pa/{method}", platform)
    port = free_port()
    async with TestServer(fake) as server:
        monkeypatch.setenv("CHIHOI_VIBER_TOKEN", "viber-token")
        monkeypatch.setenv("CHIHOI_VIBER_API", str(server.make_url("")).rstrip("/"))
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database_url=f"sqlite:///{tmp_path / 'v.db'}",
            plan=PLAN_FOLDER,
            photos=tmp_path,
            port=port,
            public_url=f"http://127.0.0.1:{port}",
        )
        house = build(settings, ManualClock(EVENING), (*CHANNELS, viber()))
        async with running(house, phone_page=False):
            await _write(port, "chào em", "viber-token", 200)
            await _write(port, "chào em", "another", 403)
            await _until(lambda: any(call["method"] == "send_message" for call in said))
    assert {"method": "set_webhook", "url": f"http://127.0.0.1:{port}/viber/updates"} in said
    [answer] = [call for call in said if call["method"] == "send_message"]
    assert answer["receiver"] == "hoa"
    assert "mã trên thư mời" in answer["text"]


async def _write(port: int, text: str, token: str, status: int) -> None:
    body = (
        '{"event": "message", "timestamp": 1710420120000, "message_token": 77, '
        f'"sender": {{"id": "hoa"}}, "message": {{"type": "text", "text": "{text}"}}}}'
    ).encode()
    mac = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://127.0.0.1:{port}/viber/updates", data=body, headers={"X-Viber-Content-Signature": mac}
        ) as answer,
    ):
        assert answer.status == status


async def _until(done: Any) -> None:
    import asyncio

    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.02)
