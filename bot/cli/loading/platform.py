"""A platform that is none: as much of the Bot API as a server calls, on a port of this machine."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from storage.domain.problems import Finding, NotFound

#: Told of each message the server sends: the chat and the text.
Heard = Callable[[int, str], None]


class FakePlatform:
    """Takes everything at once and tells ``heard`` of every message."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._messages = 0

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[str]:
        """Its address while it serves; ``port`` 0: a free one. NotFound if it cannot listen there."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, host, port, shutdown_timeout=0.5).start()
            except OSError as error:
                raise NotFound(Finding(f"{host}:{port}", f"không mở được cổng ({error.strerror})")) from None
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        result: Any = True
        method = request.match_info["method"]
        if method == "getMe":
            result = {"id": 1, "is_bot": True, "first_name": "Chi Hội", "username": "chihoi_bot"}
        elif method == "getUpdates":
            result = []
        elif method == "sendMessage":
            result = self._sent(dict(await request.post()))
        return web.json_response({"ok": True, "result": result})

    def _sent(self, given: dict[str, Any]) -> dict[str, Any]:
        chat = int(given["chat_id"])
        self._heard(chat, str(given["text"]))
        self._messages += 1
        return {"message_id": self._messages, "date": 0, "chat": {"id": chat, "type": "private"}}
