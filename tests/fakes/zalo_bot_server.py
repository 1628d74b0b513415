"""A fake Zalo Bot platform on a port, as a process of its own: ``python -m tests.fakes.zalo_bot_server``.

What is known of the real one (shared facts A1 to A7): one update a poll, HTTP 408 when idle, 400 while a
webhook is set, 404 where none is set, a bad token answered with HTTP 200, consumed updates replayed if
asked for, ``photo_url``, "unsupported", a flat ``webhook.test``, 429, two ``Server`` headers.
``/control/...`` plays the people, scripts failures and shows the ledger.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from tests.fakes.platform import Platform, dumped, options, serve, units

#: After a failure. Up to three retries, one source says; nothing is known, so this one insists.
RETRIES = (1.0, 2.0, *[8.0] * 100)

#: A date in the past keeps tests repeatable; milliseconds.
DATE = 1710205200000

PARAMS = {
    "getMe": set(),
    "getUpdates": {"timeout"},
    "setWebhook": {"url", "secret_token"},
    "deleteWebhook": set(),
    "getWebhookInfo": set(),
    "sendMessage": {"chat_id", "text", "parse_mode"},
    "sendPhoto": {"chat_id", "photo", "caption"},
    "sendChatAction": {"chat_id", "action"},
}


class Refusal(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, code: int, description: str, status: int = 200) -> None:
        super().__init__(description)
        self.code, self.description, self.status = code, description, status


class ZaloBotPlatform(Platform):
    """One bot and the people who write to it."""

    lists = ("calls", "sent", "faults", "attempts")

    def __init__(self, token: str, scale: float) -> None:
        self.token = token
        super().__init__(scale)

    def begin(self) -> None:
        super().begin()
        self.queue: deque[dict[str, Any]] = deque()
        self.given: list[dict[str, Any]] = []
        self.chats: set[str] = set()
        self.webhook: dict[str, str] = {}
        self.replaying = self.flat = False
        self.monthly = 0
        self.at = 0
        self.lines: dict[str, asyncio.Lock] = {}

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_route("*", "/bot{token}/{method}", self.api)
        return app

    # --- the API

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call, answered as the real one answers."""
        method = request.match_info["method"]
        params = await arguments(request)
        self.ledger["calls"].append({"method": method, "params": params})
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")  # with HTTP 200, as measured
            self.check(method, params)
            if method == "getUpdates":
                return await self.get_updates(params, request)
            return await self.bent(method, lambda: self.called(method, params), request)
        except Refusal as refusal:
            return refused(refusal)
        finally:
            await self.tell()

    def check(self, method: str, params: Mapping[str, Any]) -> None:
        """Unknown methods and parameters are faults of ours."""
        if method not in PARAMS:
            self.fault(method, "unknown method")
        for name in set(params) - PARAMS[method]:
            self.fault(method, f"unknown parameter {name}")

    def fault(self, method: str, what: str) -> None:
        """Written down and refused."""
        self.ledger["faults"].append(f"{method}: {what}")
        raise Refusal(400, f"Bad Request: {what}")

    def called(self, method: str, params: Mapping[str, Any]) -> Any:
        """The call itself."""
        try:
            result = getattr(self, f"call_{method}")(params)
        except Refusal as refusal:
            return {"ok": False, "description": refusal.description, "error_code": refusal.code}, (
                refusal.status
            )
        return {"ok": True, "result": result}

    def call_getMe(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        return {
            "id": "1459232241454765289",
            "account_name": "bot.VDKyGxQvc",
            "account_type": "BASIC",
            "can_join_groups": False,
        }

    def call_setWebhook(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if not url or not 8 <= len(secret) <= 256:
            self.fault("setWebhook", "url and a secret_token of 8 to 256 signs are required")
        self.webhook = {"url": url, "secret": secret}
        test = {
            "event_name": "webhook.test",
            "message": {"message_id": "webhook-test", "date": DATE // 1000, "text": "test"},
        }
        self.begin_task(self.deliver(test, "test", flat=True))
        while self.queue:
            self.begin_task(self.deliver(self.queue.popleft(), "late"))
        return {"url": url, "updated_at": DATE}

    def call_deleteWebhook(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        self.webhook = {}
        return {"url": "", "updated_at": DATE}

    def call_getWebhookInfo(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        if not self.webhook:
            raise Refusal(404, "Not Found", 404)
        return {"url": self.webhook["url"], "updated_at": DATE}

    def call_sendMessage(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        return self.say(params, "text", str(params.get("text", "")))

    def call_sendPhoto(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        if not str(params.get("photo", "")).startswith("http"):
            self.fault("sendPhoto", "photo must be a URL")
        return self.say(params, "photo", str(params["photo"]), str(params.get("caption", "x")))

    def call_sendChatAction(self, params: Mapping[str, Any]) -> Any:  # noqa: N802
        return {"ok": True}

    def say(self, params: Mapping[str, Any], kind: str, content: str, caption: str = "x") -> Any:
        """A message to somebody who wrote before."""
        chat = str(params.get("chat_id", ""))
        if not 1 <= units(content) <= 2000 or not 1 <= units(caption) <= 2000:
            self.fault("send", f"1-2000 characters, got {units(content)}")
        if chat not in self.chats:
            raise Refusal(400, "Bad Request: chat not found", 400)
        if self.monthly and len(self.ledger["sent"]) >= self.monthly:
            raise Refusal(429, "Quota exceeded", 429)
        self.ledger["sent"].append({"chat": chat, kind: content})
        return {"message_id": f"out{self.next():016x}", "date": DATE}

    # --- polling

    async def get_updates(self, params: Mapping[str, Any], request: web.Request) -> web.StreamResponse:
        """One update, or 408 after the timeout."""
        rule = self.rule_for("getUpdates")
        if rule is not None:
            await asyncio.sleep(rule.seconds)
            return web.json_response(rule.answer, status=rule.status)
        if self.webhook:
            raise Refusal(
                400, "You cannot use this API while a webhook is set. Please remove the webhook first", 400
            )
        seconds = float(params.get("timeout", "30")) * self.scale
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(lambda: bool(self.queue) or self.replays())
        if self.queue:
            update = self.queue.popleft()
            self.given.append(update)
            return web.json_response({"ok": True, "result": update})
        if self.replays():
            self.at = (self.at + 1) % len(self.given)
            return web.json_response({"ok": True, "result": self.given[self.at]})
        raise Refusal(408, "Request timeout", 408)

    def replays(self) -> bool:
        """Whether consumed updates come back."""
        return self.replaying and bool(self.given)

    # --- people

    def do_push(
        self,
        chat: str,
        event: str = "text",
        data: str = "",
        group: bool = False,
        seconds: bool = False,
        message_id: str = "",
        photo_field: str = "photo_url",
        line: str = "",
        again: bool = False,
        **fields: Any,
    ) -> str:
        """Somebody sends something; its message id."""
        sender = {"id": "member1" if group else chat, "display_name": "Hoa", "is_bot": False}
        message: dict[str, Any] = {
            "from": sender,
            "chat": {"id": chat, "chat_type": "GROUP" if group else "PRIVATE"},
            "message_id": message_id or f"{self.next():020x}",
            "date": DATE // 1000 if seconds else DATE,
            "message_type": "CHAT_MESSAGE",
            **fields,
        }
        if event == "image":
            name = f"{self.next()}.jpg"
            self.files[name] = base64.b64decode(data)
            message[photo_field] = f"http://127.0.0.1:{self.port}/files/{name}"
        self.put({"event_name": f"message.{event}.received", "message": message}, chat, line, again)
        return str(message["message_id"])

    def do_many(self, items: list[dict[str, Any]]) -> list[str]:
        """Several, in this order."""
        return [self.do_push(**item) for item in items]

    def do_raw(self, update: dict[str, Any], chat: str = "") -> bool:
        """An update of any shape."""
        self.put(update, chat)
        return True

    def do_again(self, copies: int = 1) -> int:
        """What was given is queued again, as a platform that forgot."""
        before = list(self.given)
        for update in before * copies:
            self.put(update, "again")
        return len(before)

    def do_mode(self, **modes: Any) -> bool:
        """``replaying``, ``flat``, ``monthly``."""
        for name, value in modes.items():
            setattr(self, name, value)
        return True

    def put(self, update: dict[str, Any], chat: str, line: str = "", again: bool = False) -> None:
        """Into the queue, or on its way; those of one ``line`` (its chat) one after the other."""
        if chat:
            self.chats.add(chat)
        if self.webhook:
            self.given.append(update)
            self.begin_task(self.deliver(update, line or chat, again=again))
        else:
            self.queue.append(update)

    async def deliver(
        self, update: dict[str, Any], chat: str, flat: bool = False, again: bool = False
    ) -> None:
        """To the webhook, one of a chat at a time."""
        body = update if flat or self.flat else {"ok": True, "result": update}
        headers = {
            "Content-Type": "application/json",
            "X-Bot-Api-Secret-Token": self.webhook["secret"],
        }
        mark = str(update.get("message", {}).get("message_id", ""))
        if again:
            await self.first_try(mark).wait()
        async with self.lines.setdefault(chat, asyncio.Lock()):
            await self.bring(self.webhook["url"], dumped(body), headers, RETRIES, mark)

    def report(self) -> dict[str, Any]:
        return {**self.ledger, "webhook": self.webhook, "queued": len(self.queue)}


async def arguments(request: web.Request) -> dict[str, Any]:
    """From the URL, a form or JSON."""
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        params.update(await request.json())
    elif request.can_read_body:
        params.update(await request.post())
    return params


def refused(refusal: Refusal) -> web.Response:
    """The API's own form of an error; the HTTP status is its own matter."""
    body = {"ok": False, "description": refusal.description, "error_code": refusal.code}
    return web.json_response(body, status=refusal.status)


async def main() -> None:
    """The command line."""
    parser = options(__doc__)
    parser.add_argument("--token", default="12345689:abc-xyz-secret")
    given = parser.parse_args()
    await serve(ZaloBotPlatform(given.token, given.scale), given.port)


if __name__ == "__main__":
    asyncio.run(main())
