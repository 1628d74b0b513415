"""A fake Bot API on a port, as a process of its own: ``python -m tests.fakes.telegram_server``.

The first line on stdout is its port. Rules, delays and error texts are those of the official server's
source (tdlib/telegram-bot-api 10.0), as far as this project meets them:

- an offset confirms everything below it; the same offset again within 0.5 s gives one update, within 3 s
  waits at least 3 s; a second long poll ends the first; 409 while a webhook is set;
- a webhook gets one update of a queue at a time, again after 2, 4, 8 ... s until a 2xx; messages queue
  by chat, presses by person, so these two may change places;
- every call is checked against the schema: a faulty one is answered 400 and stands in the ledger.

Not here: updates that expire, flood limits unless scripted, max_connections.
``/control/...`` plays the people, scripts failures and shows the ledger.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from tests.fakes.bot_api_schema import request_faults
from tests.fakes.telegram_files import Uploaded
from tests.fakes.telegram_world import ApiError, Rule, World

MOST_POLL_SECONDS = 50
CONFLICT_SECONDS = 3.0
WEBHOOK_PORTS = (443, 80, 88, 8443)


class Dropped(Exception):
    """The connection is cut instead of an answer."""


class Server:
    """The world on HTTP."""

    def __init__(self, world: World, scale: float = 1.0, any_webhook: bool = False) -> None:
        """``scale`` shortens the waits between webhook tries and before a 409; ``any_webhook`` takes
        http URLs and any port, which the real one does not."""
        self.scale, self.any_webhook = scale, any_webhook
        self.changed = asyncio.Condition()
        self.poll: asyncio.Future[None] | None = None
        self.bringing: dict[str, asyncio.Task[None]] = {}
        self.begin(world)

    def begin(self, world: World) -> None:
        """Everything that happened before is forgotten."""
        self.world = world
        self.asked: tuple[int, float] = (-1, -10.0)
        self.next_conflict = 0.0
        self.next_webhook = 0.0

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/bot{token}/{method}", self.api)
        app.router.add_get("/file/bot{token}/{path:.+}", self.download)
        app.router.add_post("/control/push", self.push)
        app.router.add_post("/control/script", self.script)
        app.router.add_post("/control/wait", self.wait)
        app.router.add_post("/control/reset", self.reset)
        app.router.add_get("/control/ledger", self.ledger)
        return app

    async def tell(self) -> None:
        """Something changed: long polls, waits and the webhook look again."""
        async with self.changed:
            self.changed.notify_all()
        self.bring()

    # --- the Bot API

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call, answered as the real one answers."""
        method = request.match_info["method"]
        try:
            self.check_token(request.match_info["token"])
            params = await arguments(request)
            result = await self.called(method, params)
        except ApiError as error:
            return answer_error(error)
        except Dropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return web.json_response({"ok": True, "result": result})

    def check_token(self, token: str) -> None:
        """401 for one that might be another bot's, 404 for what is no token."""
        if token == self.world.token:
            return
        number, colon, secret = token.partition(":")
        if number.isdigit() and colon and len(secret) >= 30:
            raise ApiError(401, "Unauthorized")
        raise ApiError(404, "Not Found")

    async def called(self, method: str, params: Mapping[str, Any]) -> Any:
        """Check, script, do, write down."""
        faults = request_faults(method, params)
        entry = {"method": method, "params": readable(params), "faults": faults, "answer": 200}
        self.world.ledger.calls.append(entry)
        await self.tell()
        try:
            if faults:
                known = not faults[0].startswith("unknown method")
                raise ApiError(400, f"Bad Request: {faults[0]}") if known else ApiError(404, "Not Found")
            return await self.scripted(method, {key: decoded(value) for key, value in params.items()})
        except ApiError as error:
            entry["answer"] = error.code
            raise
        finally:
            await self.tell()

    async def scripted(self, method: str, params: Mapping[str, Any]) -> Any:
        """The call, bent by a scripted failure if there is one."""
        rule = self.world.rule_for(method, params)
        if rule is None:
            return await self.done(method, params)
        await asyncio.sleep(rule.seconds)
        if rule.action == "error":
            raise ApiError(rule.code, rule.description, **rule.parameters)
        if rule.action == "drop_before":
            raise Dropped
        result = await self.done(method, params)
        if rule.action == "drop_after":
            raise Dropped
        if rule.action == "delay_after":
            await asyncio.sleep(rule.parameters["wait"])
        return result

    async def done(self, method: str, params: Mapping[str, Any]) -> Any:
        """The call itself."""
        if method == "getUpdates":
            return await self.get_updates(params)
        if method == "setWebhook":
            self.check_webhook(params)
        return self.world.call(method, params)

    # --- polling

    async def get_updates(self, params: Mapping[str, Any]) -> Any:
        """By the rules of the official server, see the module."""
        if self.world.webhook:
            await self.conflict(
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
                "delete the webhook first"
            )
        if "allowed_updates" in params:
            self.world.allowed = list(params["allowed_updates"])
        offset, limit, seconds = self.asked_for(params)
        if self.poll is not None and not self.poll.done():
            self.poll.set_result(None)
        self.poll = mine = asyncio.get_running_loop().create_future()
        if offset < 0:
            offset = self.from_the_end(offset)
        self.world.confirm_below(offset)
        await self.until_update(mine, seconds)
        if mine.done():
            await self.conflict(
                "Conflict: terminated by other getUpdates request; make sure that only one bot "
                "instance is running"
            )
        return [waiting.update for waiting in self.world.pending[:limit]]

    def asked_for(self, params: Mapping[str, Any]) -> tuple[int, int, float]:
        """Offset, limit and timeout; asking the same again at once is slowed down."""
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        seconds = min(float(params.get("timeout", 0)), MOST_POLL_SECONDS)
        limit = limit if 1 <= limit <= 100 else 100
        last_offset, last_time = self.asked
        now = time.monotonic()
        if offset == last_offset and now < last_time + 3.0 * self.scale:
            seconds = max(seconds, 3.0 * self.scale)
        if offset == last_offset and now < last_time + 0.5 * self.scale:
            limit = 1
        self.asked = (offset, now)
        return offset, limit, seconds

    def from_the_end(self, offset: int) -> int:
        """A negative offset forgets all but the last."""
        last = self.world.pending[offset:]
        return int(last[0].update["update_id"]) if last else 0

    async def until_update(self, mine: "asyncio.Future[None]", seconds: float) -> None:
        """Wait for an update, or for another poll to end this one."""
        mine.add_done_callback(lambda _: asyncio.ensure_future(self.tell()))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(lambda: bool(self.world.pending) or mine.done())

    async def conflict(self, description: str) -> None:
        """409, at most one in three seconds."""
        now = time.monotonic()
        wait = max(0.0, self.next_conflict - now)
        self.next_conflict = now + wait + CONFLICT_SECONDS * self.scale
        await asyncio.sleep(wait)
        raise ApiError(409, description)

    # --- webhook

    def check_webhook(self, params: Mapping[str, Any]) -> None:
        """https on four ports, at most one change a second."""
        now = time.monotonic()
        if now < self.next_webhook:
            raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
        self.next_webhook = now + self.scale
        url = URL(params["url"]) if params["url"] else None
        if url is None or self.any_webhook:
            return
        if url.scheme != "https":
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if url.port not in WEBHOOK_PORTS:
            raise ApiError(
                400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )

    def bring(self) -> None:
        """Start bringing the first update of every queue, unless one is on its way."""
        if not self.world.webhook:
            return
        for waiting in self.world.pending:
            if waiting.queue not in self.bringing:
                task = asyncio.ensure_future(self.bring_queue(waiting.queue))
                self.bringing[waiting.queue] = task

    async def bring_queue(self, queue: str) -> None:
        """One after the other until the queue is empty."""
        pause = 0.0
        async with aiohttp.ClientSession() as session:
            while self.world.webhook:
                waiting = next((item for item in self.world.pending if item.queue == queue), None)
                if waiting is None:
                    break
                if await self.brought(session, waiting.update):
                    pause = 0.0
                    if waiting in self.world.pending:
                        self.world.confirm(waiting)
                    await self.tell()
                else:
                    pause = min(max(pause * 2, 2.0), 60.0)
                    await asyncio.sleep(pause * self.scale)
        self.bringing.pop(queue, None)

    async def brought(self, session: aiohttp.ClientSession, update: Mapping[str, Any]) -> bool:
        """Whether the bot answered 2xx."""
        headers = {"Content-Type": "application/json"}
        if self.world.webhook["secret"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.world.webhook["secret"]
        status = 0
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(
                self.world.webhook["url"], data=json.dumps(update).encode(), headers=headers
            ) as response:
                status = response.status
        self.world.ledger.attempts.append({"update_id": update["update_id"], "status": status})
        async with self.changed:
            self.changed.notify_all()
        return 200 <= status < 300

    # --- files

    async def download(self, request: web.Request) -> web.Response:
        """What getFile named."""
        try:
            self.check_token(request.match_info["token"])
            rule = self.world.rule_for("download", {})
            if rule is not None:
                raise ApiError(rule.code, rule.description, **rule.parameters)
        except ApiError as error:
            return answer_error(error)
        name = request.match_info["path"].removeprefix("photos/").removesuffix(".jpg")
        data = self.world.files.get(name)
        return web.Response(body=data) if data is not None else answer_error(ApiError(404, "Not Found"))

    # --- control

    async def push(self, request: web.Request) -> web.Response:
        """Somebody does something."""
        made = self.world.push(await request.json())
        await self.tell()
        return web.json_response(made)

    async def script(self, request: web.Request) -> web.Response:
        """Script a failure."""
        self.world.rules.append(Rule(**await request.json()))
        return web.json_response(True)

    async def ledger(self, request: web.Request) -> web.Response:
        """What happened."""
        return web.json_response(self.world.report())

    async def wait(self, request: web.Request) -> web.Response:
        """The ledger, once it holds so many entries; 408 if that does not come."""
        wanted = await request.json()
        seconds = wanted.pop("seconds")
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(lambda: self.holds(wanted))
        except TimeoutError:
            return web.json_response(self.world.report(), status=408)
        return web.json_response(self.world.report())

    def holds(self, wanted: Mapping[str, int]) -> bool:
        """Whether the ledger has come so far: lengths of its lists, calls by method, what waits."""
        ledger = self.world.ledger
        for name, count in wanted.items():
            if name.startswith("calls:"):
                have = sum(call["method"] == name.removeprefix("calls:") for call in ledger.calls)
            else:
                have = len(getattr(ledger, name))
            if have < count:
                return False
        return True

    async def reset(self, request: web.Request) -> web.Response:
        """A new world with the same bot."""
        for task in self.bringing.values():
            task.cancel()
        self.bringing.clear()
        if self.poll is not None and not self.poll.done():
            self.poll.set_result(None)
        self.begin(World(self.world.token))
        return web.json_response(True)


async def arguments(request: web.Request) -> dict[str, Any]:
    """The parameters of a call, from the URL, a form, a multipart body or JSON; all as a form has them."""
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        for key, value in (await request.json()).items():
            params[key] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    else:
        for key, value in (await request.post()).items():
            params[key] = uploaded(value) if isinstance(value, web.FileField) else value
    return params


def uploaded(field: web.FileField) -> Uploaded:
    """A file of a multipart body, with the name it came under."""
    data = Uploaded(field.file.read())
    data.filename = field.filename
    return data


def decoded(value: Any) -> Any:
    """An object or array from its JSON; anything else as it came."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(ValueError):
            return json.loads(value)
    return value


def readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """For the ledger."""
    return {key: "<file>" if isinstance(value, bytes) else value for key, value in params.items()}


def answer_error(error: ApiError) -> web.Response:
    """The API's own form of an error."""
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


async def serve(options: argparse.Namespace) -> None:
    """Serve until the parent closes our standard input, so that no orphan stays behind."""
    server = Server(World(options.token), options.scale, options.any_webhook)
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port, shutdown_timeout=0.1)
    await site.start()
    port = runner.addresses[0][1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="730001:AAHfakefakefakefakefakefakefakefake12")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--any-webhook", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
