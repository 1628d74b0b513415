"""Listening: one clear line where it cannot."""

import socket

import pytest
from aiohttp import web

from bot.web.server import make_app, serve
from storage.domain.problems import SettingsProblem


async def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsProblem) as problem:
            await serve(make_app([]), "127.0.0.1", port)
    assert str(problem.value).startswith(f"cổng {port} đang có chương trình khác dùng")
    assert "\n" not in str(problem.value)


async def test_an_address_of_another_machine_is_one_clear_line() -> None:
    with pytest.raises(SettingsProblem, match=r"máy này không có địa chỉ 192\.0\.2\.1"):
        await serve(make_app([]), "192.0.2.1", 0)


async def test_routes_of_every_room_are_served() -> None:
    async def webhook(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    runner = await serve(make_app([web.post("/webhook/telegram", webhook)]), "127.0.0.1", 0)
    assert runner.addresses[0][1] > 0
    await runner.cleanup()
