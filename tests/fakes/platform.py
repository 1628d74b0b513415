"""What the two fake Zalo platforms share: scripted failures, the ledger, a webhook that insists, the
``Server`` header sent twice as Zalo's edge does."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web


@dataclass
class Rule:
    """A scripted failure of the next ``times`` calls of ``method``."""

    method: str
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    action: str = "answer"
    seconds: float = 0.0
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


class Dropped(Exception):
    """The connection is cut instead of an answer."""


class Platform:
    """The base of a fake. ``lists`` of the ledger are named by the fake."""

    lists: tuple[str, ...] = ("calls", "sent", "faults", "attempts")

    def __init__(self, scale: float) -> None:
        """``scale`` shortens the waits between webhook tries."""
        self.scale = scale
        self.port = 0
        self.changed = asyncio.Condition()
        self.tasks: set[asyncio.Task[None]] = set()
        self.session: aiohttp.ClientSession | None = None
        self.begin()

    def begin(self) -> None:
        """Everything that happened before is forgotten."""
        self.ledger: dict[str, list[Any]] = {name: [] for name in self.lists}
        self.rules: list[Rule] = []
        self.files: dict[str, bytes] = {}
        self.count = 0
        self.tries: dict[str, asyncio.Event] = {}

    def next(self) -> int:
        """A number not given before."""
        self.count += 1
        return self.count

    def app(self) -> web.Application:
        """The routes; a fake adds its own."""
        app = web.Application(client_max_size=64 << 20)
        app.on_response_prepare.append(_twice)
        app.router.add_post("/control/{what}", self.control)
        app.router.add_get("/control/ledger", self.show)
        app.router.add_get("/files/{name}", self.file)
        return app

    async def tell(self) -> None:
        """Something changed: whoever waits looks again."""
        async with self.changed:
            self.changed.notify_all()

    def begin_task(self, work: Any) -> None:
        """Do something beside the answer."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # --- scripted failures

    def rule_for(self, method: str) -> Rule | None:
        """The rule for this call, used once."""
        rule = next((rule for rule in self.rules if rule.method == method), None)
        if rule is not None:
            rule.times -= 1
            if rule.times <= 0:
                self.rules.remove(rule)
        return rule

    async def bent(self, method: str, do: Callable[[], Any], request: web.Request) -> web.StreamResponse:
        """A call, as scripted or as it is. ``do`` gives the body, or body and status."""
        rule = self.rule_for(method)
        if rule is None:
            return self.answer(do())
        if rule.action == "delay_after":
            done = self.answer(do())
            await self.tell()
        await asyncio.sleep(rule.seconds)
        if rule.action == "delay_after":
            return done
        if rule.action == "answer":
            return web.json_response(rule.answer, status=rule.status, headers=rule.headers)
        if rule.action != "drop":
            done = self.answer(do())
            await self.tell()
            if rule.action != "drop_after":
                return done
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def answer(self, done: Any) -> web.StreamResponse:
        """A body, or body and status."""
        body, status = done if isinstance(done, tuple) else (done, 200)
        return web.json_response(body, status=status)

    # --- control

    async def control(self, request: web.Request) -> web.Response:
        """``/control/reset``, ``script``, ``wait`` or one of the fake's own."""
        body = await request.json()
        what = request.match_info["what"]
        if what == "wait":
            return await self.wait(body)
        if what == "reset":
            for task in list(self.tasks):
                task.cancel()
            self.begin()
        elif what == "script":
            self.rules.append(Rule(**body))
        else:
            made = getattr(self, f"do_{what}")(**body)
            await self.tell()
            return web.json_response(made)
        return web.json_response(True)

    async def wait(self, wanted: dict[str, Any]) -> web.Response:
        """The ledger, once it holds so much; 408 if that does not come."""
        seconds = wanted.pop("seconds")
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(
                    lambda: all(len(self.ledger[name]) >= count for name, count in wanted.items())
                )
        except TimeoutError:
            return web.json_response(self.report(), status=408)
        return web.json_response(self.report())

    async def show(self, request: web.Request) -> web.Response:
        """What happened."""
        return web.json_response(self.report())

    def report(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return self.ledger

    async def file(self, request: web.Request) -> web.Response:
        """A picture somebody sent."""
        rule = self.rule_for("download")
        if rule is not None:
            return web.Response(status=rule.status)
        data = self.files.get(request.match_info["name"])
        return web.Response(body=data) if data is not None else web.Response(status=404)

    # --- a webhook

    async def bring(
        self, url: str, body: bytes, headers: Mapping[str, str], waits: tuple[float, ...], mark: str
    ) -> bool:
        """Post until a 200 within two seconds, at most once more for each of ``waits`` (seconds)."""
        if self.session is None:
            self.session = aiohttp.ClientSession()
        for number, wait in enumerate((0.0, *waits)):
            await asyncio.sleep(wait * self.scale)
            status = await self.post(self.session, url, body, {**headers, "num_retry": str(number)})
            self.ledger["attempts"].append({"id": mark, "status": status})
            self.first_try(mark).set()
            await self.tell()
            if status == 200:
                return True
        return False

    def first_try(self, mark: str) -> asyncio.Event:
        """Set once this message was brought, taken or not: none is repeated before."""
        return self.tries.setdefault(mark, asyncio.Event())

    async def post(
        self, session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
    ) -> int:
        """The status; 0 if there was none within two seconds."""
        timeout = aiohttp.ClientTimeout(total=2.0)
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(url, data=body, headers=headers, timeout=timeout) as response:
                return response.status
        return 0


async def _twice(request: web.Request, response: web.StreamResponse) -> None:
    """Zalo's edge sends ``Server`` twice."""
    response.headers["Server"] = "ZNginx"
    response.headers.add("Server", "Zalo")


async def serve(platform: Platform, port: int) -> None:
    """Serve until the parent closes our standard input, so that no orphan stays behind."""
    runner = web.AppRunner(platform.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=0.1)
    await site.start()
    platform.port = runner.addresses[0][1]
    sys.stdout.write(f"{platform.port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    if platform.session is not None:
        await platform.session.close()
    await runner.cleanup()


def options(description: str | None) -> argparse.ArgumentParser:
    """The command line both have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0)
    return parser


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def dumped(value: Any) -> bytes:
    """JSON bytes."""
    return json.dumps(value, ensure_ascii=False).encode()
