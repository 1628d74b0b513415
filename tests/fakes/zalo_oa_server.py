"""A fake Zalo Official Account platform on a port: ``python -m tests.fakes.zalo_oa_server``.

What is known of the real one (shared facts B1 to B9): all answers HTTP 200 with ``error``; OAuth errors
too; refresh tokens work once; -210 over 2000 signs, -216/-220 for tokens, -213 for a stranger, -230 after
7 days; ``data.quota``; buttons checked; uploads png or jpeg up to 1 MB, forgotten with -100; events signed
with the timestamp of the body or of a header, repeated until a 200 within 2 s; receipts and echoes for
each message; ZNS templates by number or user; two ``Server`` headers. ``/control/...`` plays the people.
"""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.platform import Platform, dumped, options, serve, units

#: Zalo's waits between tries, in seconds.
RETRIES = (30.0, 300.0, 900.0, 1800.0, 3600.0)

BUTTONS = ("oa.query.show", "oa.query.hide", "oa.open.url", "oa.open.phone", "oa.open.sms")


@dataclass
class User:
    """Somebody; ``silent``: days since she was heard; ``sent``: messages to her since."""

    follows: bool = True
    silent: float = 0.0
    sent: int = 0
    known: bool = True


class Wrong(Exception):
    """An answer with an error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class ZaloOaPlatform(Platform):
    """One account, one application and the people who write to it."""

    lists = ("calls", "sent", "faults", "attempts", "renewals", "templates")

    def __init__(self, app_id: str, app_secret: str, oa_key: str, refresh: str, scale: float) -> None:
        self.app_id, self.app_secret, self.oa_key, self.first = app_id, app_secret, oa_key, refresh
        super().__init__(scale)

    def begin(self) -> None:
        super().begin()
        self.users: dict[str, User] = {}
        self.access, self.refresh = "", self.first
        self.expired: set[str] = set()
        self.webhook = ""
        self.stamp = "body"
        self.uploads: set[str] = set()
        self.noise = True
        self.disabled = False
        self.clock = 0.0
        self.lines: dict[str, asyncio.Lock] = {}

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_post("/v4/oa/access_token", self.oauth)
        app.router.add_post("/message/template", self.template)
        app.router.add_route("*", "/v{version}/oa/{path:.+}", self.api)
        return app

    def fault(self, what: str, code: int = -201) -> None:
        """Written down and refused."""
        self.ledger["faults"].append(what)
        raise Wrong(code, what)

    # --- tokens

    async def oauth(self, request: web.Request) -> web.StreamResponse:
        """A new pair for a refresh token that was not used yet; errors with HTTP 200."""
        form = dict(await request.post())
        return await self.bent("oauth", lambda: self.renewed(form, request.headers), request)

    def renewed(self, form: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """See `oauth`."""
        given = str(form.get("refresh_token", ""))
        self.ledger["renewals"].append(given)
        if headers.get("secret_key") != self.app_secret or form.get("app_id") != self.app_id:
            return {"error_name": "Invalid secret key", "error_reason": "secret", "error": -14001}
        if form.get("grant_type") != "refresh_token" or given != self.refresh:
            return {
                "error_name": "Invalid refresh token",
                "error_reason": "Refresh token was used or has expired",
                "error_description": "",
            }
        number = self.next()
        self.access, self.refresh = f"access-{number:06}-secret", f"refresh-{number:06}-secret"
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    def check_token(self, request: web.Request) -> None:
        """-216 for a wrong one, -220 for one that ended."""
        given = request.headers.get("access_token", "")
        if given in self.expired:
            raise Wrong(-220, "Access token has expired")
        if given != self.access or not given:
            raise Wrong(-216, "Access token is invalid")

    # --- the API

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        path = f"v{request.match_info['version']}/oa/{request.match_info['path']}"
        self.ledger["calls"].append(path)
        uploading = "multipart" in request.content_type
        upload = await request.post() if uploading else {}
        body = b"" if uploading else await request.read()

        def done() -> Any:
            try:
                self.check_token(request)
                return {"error": 0, "message": "Success", "data": self.called(path, request, body, upload)}
            except Wrong as wrong:
                return {"error": wrong.code, "message": str(wrong)}

        answered = await self.bent(path, done, request)
        await self.tell()
        return answered

    def called(self, path: str, request: web.Request, body: bytes, upload: Any) -> Any:
        """By path."""
        if path == "v3.0/oa/message/cs":
            return self.message(json.loads(body))
        if path == "v2.0/oa/upload/image":
            return self.upload(upload)
        if path == "v2.0/oa/getoa":
            return {
                "name": "Hội LHPN tỉnh", "package_name": "Nâng cao", "is_verified": True, "num_follower": 7,
            }  # fmt: skip
        if path == "v3.0/oa/user/detail":
            user = json.loads(request.query["data"])["user_id"]
            return {"user_id": user, "display_name": f"Chị {user}"}
        if path == "v3.0/oa/quota/message":
            return [{"quota_type": "sub_quota", "total": 2000, "remain": 1500}]
        if path == "v2.0/oa/message":
            raise Wrong(-240, "This API has been shut down")
        self.fault(f"{path}: You are accessing an empty or invalid API", 404)
        return None

    def message(self, body: Mapping[str, Any]) -> Any:
        """A consultation message, checked and counted."""
        user_id = str(body["recipient"]["user_id"])
        message = body["message"]
        text = message.get("text", "")
        if units(text) > 2000:
            raise Wrong(-210, "Parameter exceeds allowable limit")
        attachment = self.attachment(message)
        if not text and not attachment:
            self.fault("a message needs text or an attachment")
        user = self.users.get(user_id)
        if user is None or not user.known:
            raise Wrong(-213, "User has not followed OA")
        if user.silent > 7:
            raise Wrong(-230, "User has not interacted with the OA in the past 7 days")
        user.sent += 1
        free = user.silent <= 2 and user.sent <= 8
        sent = {"chat": user_id, "text": text, "charged": not free, **attachment}
        self.ledger["sent"].append(sent)
        message_id = f"oa{self.next():018x}"
        if self.noise and self.webhook:
            self.begin_task(self.make_noise(user_id, message_id, text))
        quota: dict[str, Any] = {"quota_type": "reply", "remain": str(8 - user.sent), "total": "8"}
        if not free:
            quota = {"quota_type": "sub_quota", "remain": "100", "total": "2000"}
        return {"message_id": message_id, "user_id": user_id, "quota": {**quota, "owner_type": "OA"}}

    def attachment(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Buttons, a form or a picture, by Zalo's limits."""
        given = message.get("attachment")
        if given is None:
            return {}
        payload = given["payload"]
        if payload.get("template_type") == "media":
            for element in payload["elements"]:
                if element["attachment_id"] not in self.uploads:
                    raise Wrong(-100, "Attachment has expired")
            return {"images": [element["attachment_id"] for element in payload["elements"]]}
        if payload.get("template_type") == "request_user_info":
            [element] = payload["elements"]
            if len(element["title"]) > 100 or len(element["subtitle"]) > 500:
                self.fault("request_user_info: title 100, subtitle 500 signs")
            return {"form": element["title"]}
        return {"buttons": self.buttons(payload["buttons"])}

    def buttons(self, buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """At most five, each with its limits."""
        if not 1 <= len(buttons) <= 5:
            self.fault(f"{len(buttons)} buttons, at most 5")
        for button in buttons:
            if button["type"] not in BUTTONS:
                self.fault(f"unknown button {button['type']}")
            if not 1 <= len(button["title"]) <= 100 or not 1 <= len(button["payload"]) <= 1000:
                self.fault("a button's title has 100 signs, its payload 1000")
        return buttons

    def upload(self, form: Mapping[str, Any]) -> Any:
        """png or jpeg, at most 1 MB."""
        data = form["file"].file.read()
        if not data.startswith((b"\x89PNG", b"\xff\xd8")):
            raise Wrong(-201, "file is invalid. We only support png and jpeg")
        if len(data) > 1 << 20:
            raise Wrong(-210, "file is too big")
        name = f"attachment-{self.next()}"
        self.uploads.add(name)
        return {"attachment_id": name}

    async def template(self, request: web.Request) -> web.StreamResponse:
        """A ZNS message."""
        body = await request.json()

        def done() -> Any:
            try:
                self.check_token(request)
                return {"error": 0, "message": "Success", "data": self.templated(body)}
            except Wrong as wrong:
                return {"error": -124 if wrong.code in (-216, -220) else wrong.code, "message": str(wrong)}

        answered = await self.bent("template", done, request)
        await self.tell()
        return answered

    def templated(self, body: Mapping[str, Any]) -> Any:
        """By number or by user."""
        if not body.get("template_id") or not isinstance(body.get("template_data"), dict):
            raise Wrong(-109, "template_id invalid")
        if "phone" in body and not re.fullmatch(r"84\d{9}", str(body["phone"])):
            raise Wrong(-108, "Phone number invalid")
        if "phone" not in body and "user_id" not in body:
            self.fault("a template needs phone or user_id")
        self.ledger["templates"].append(body)
        return {"msg_id": f"zns{self.next()}", "quota": {"dailyQuota": "500", "remainingQuota": "499"}}

    # --- people

    def do_push(
        self, user: str, event: str = "user_send_text", msg_id: str = "", age: float = 0.0, **content: Any
    ) -> str:
        """Somebody does something; the event's message id. ``age``: seconds ago."""
        body = self.event(user, event, msg_id or f"in{self.next():018x}", age, content)
        self.send_event(body)
        return str(body.get("message", {}).get("msg_id", ""))

    def do_many(self, items: list[dict[str, Any]]) -> int:
        """Several at once; those of one ``line`` one after the other, each until it is taken; one sent
        ``again`` once it was brought before."""
        for item in items:
            line, again = item.pop("line", ""), item.pop("again", False)
            content = {name: item[name] for name in ("text",) if name in item}
            body = self.event(item["user"], "user_send_text", item["msg_id"], 0.0, content)
            self.begin_task(self.in_line(line, body, again))
        return len(items)

    async def in_line(self, line: str, body: Mapping[str, Any], again: bool) -> None:
        """After those before it."""
        if again:
            await self.first_try(str(body["message"]["msg_id"])).wait()
        async with self.lines.setdefault(line, asyncio.Lock()):
            await self.deliver(body)

    def event(
        self, user: str, event: str, msg_id: str, age: float, content: Mapping[str, Any]
    ) -> dict[str, Any]:
        """As Zalo sends it."""
        person = self.users.setdefault(user, User())
        person.silent, person.sent = 0.0, 0
        stamp = str(int((self.now() - age) * 1000))
        body: dict[str, Any] = {"app_id": self.app_id, "event_name": event, "timestamp": stamp}
        if event in ("follow", "unfollow"):
            person.follows = person.known = event == "follow"
            return {**body, "oa_id": "oa1", "follower": {"id": user}, "source": "oa_profile"}
        body |= {"sender": {"id": user}, "recipient": {"id": "oa1"}, "user_id_by_app": f"app-{user}"}
        if event == "user_submit_info":
            return {**body, "info": content}
        message: dict[str, Any] = {"msg_id": msg_id}
        if "text" in content:
            message["text"] = content["text"]
        if "data" in content:
            name = f"{self.next()}.jpg"
            self.files[name] = base64.b64decode(content["data"])
            url = f"http://127.0.0.1:{self.port}/files/{name}"
            message["attachments"] = [{"type": "image", "payload": {"url": url, "thumbnail": url}}]
        if "attachments" in content:
            message["attachments"] = content["attachments"]
        return {**body, "message": message}

    def now(self) -> float:
        """Seconds: the fake's own clock, if it was set."""
        return self.clock or time.time()  # noqa: TID251

    def do_mode(self, **modes: Any) -> bool:
        """``webhook``, ``stamp`` (body, header), ``noise`` (receipts and echoes), ``clock``."""
        for name, value in modes.items():
            setattr(self, name, value)
        return True

    def do_user(self, user: str, **changes: Any) -> bool:
        """``silent`` days, ``known``, ``sent``."""
        person = self.users.setdefault(user, User())
        for name, value in changes.items():
            setattr(person, name, value)
        return True

    def do_expire(self, how: str = "end") -> bool:
        """The access token ends (-220), or is another's (-216)."""
        if how == "end":
            self.expired.add(self.access)
        else:
            self.access = "another"
        return True

    def do_forget(self) -> bool:
        """Uploads are forgotten."""
        self.uploads.clear()
        return True

    def send_event(self, body: Mapping[str, Any]) -> None:
        """On its way, with Zalo's tries; after the last the webhook is off."""
        if self.webhook and not self.disabled:
            self.begin_task(self.deliver(body))

    async def deliver(self, body: Mapping[str, Any]) -> None:
        """Signed over the raw bytes."""
        raw = dumped(body)
        stamp = body["timestamp"] if self.stamp == "body" else str(int(self.now() * 1000) + 7)
        signed = self.app_id.encode() + raw + stamp.encode() + self.oa_key.encode()
        headers = {
            "Content-Type": "application/json",
            "X-ZEvent-Signature": f"mac={hashlib.sha256(signed).hexdigest()}",
            "X-ZEvent-Timestamp": stamp,
        }
        if self.stamp == "body":
            del headers["X-ZEvent-Timestamp"]
        mark = str(body.get("message", {}).get("msg_id", body["event_name"]))
        self.disabled = not await self.bring(self.webhook, raw, headers, RETRIES, mark)

    async def make_noise(self, user: str, message_id: str, text: str) -> None:
        """What follows each message of ours: an echo and receipts."""
        stamp = str(int(self.now() * 1000))
        common = {"app_id": self.app_id, "timestamp": stamp}
        message = {"msg_id": message_id, "text": text}
        echo = {"sender": {"id": "oa1"}, "recipient": {"id": user}, "message": message}
        await self.deliver({**common, "event_name": "oa_send_text", **echo})
        for event in ("user_received_message", "user_seen_message"):
            receipt = {"sender": {"id": "oa1"}, "recipient": {"id": user}, "message": {"msg_id": message_id}}
            await self.deliver({**common, "event_name": event, **receipt})

    def report(self) -> dict[str, Any]:
        return {**self.ledger, "refresh": self.refresh, "disabled": self.disabled}


async def main() -> None:
    """The command line."""
    parser = options(__doc__)
    for name in ("app-id", "app-secret", "oa-key", "refresh"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    platform = ZaloOaPlatform(given.app_id, given.app_secret, given.oa_key, given.refresh, given.scale)
    await serve(platform, given.port)


if __name__ == "__main__":
    asyncio.run(main())
