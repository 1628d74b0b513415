"""Zalo Official Account: what its events say, how a message is sent, when one may be, what errors mean.

- Events come to our web server, signed with a plain SHA-256; a 200 is wanted within two seconds, so each
  is committed as it came and handled after that. Receipts and the echoes of our own messages are dropped.
- Up to five choices go as buttons. A tap comes back as an ordinary text, the button's payload, which
  anybody may type too: it is a token to compare with what is open and nothing more.
- A message goes free within 48 hours after she was last heard, and up to 7 days at a price; then only as
  an approved template. Answers join echo and next question in one message, because 8 are free.

Facts: developers.zalo.me by way of guides and clients in use; what is open is a setting.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import aiohttp
import msgspec

from bot.channel import (
    Capabilities,
    Identity,
    Inlet,
    Refused,
    Sent,
    Sign,
    Standing,
    Tools,
    Uncertain,
    Way,
    with_numbers,
)
from bot.channels.zalo_http import FILE_HOSTS, Allowed, ZaloHttp
from bot.channels.zalo_oa_errors import REFRESH, Expired, StaleAttachment, error_of
from bot.channels.zalo_oa_events import contact_of, events_address, inbound_of
from bot.channels.zalo_oa_tokens import OaTokens
from bot.channels.zalo_text import TEXT_LIMIT, pieces
from bot.settings import Settings
from storage.domain.messages import Address, Attachment, Choice, Inbound, Outbound

log = logging.getLogger(__name__)

#: Of a message: at most 5 buttons, a title of 100 signs, a payload of 1000.
MOST_BUTTONS, TITLE_SIGNS, PAYLOAD_SIGNS = 5, 100, 1000

#: Free after she was heard; then charged; then refused (rules of 2026-01-01).
FREE, CHARGED = timedelta(hours=48), timedelta(days=7)

#: An event older (Zalo repeats for about two hours) or from the future is not taken.
REPLAY_WINDOW = timedelta(hours=24)
AHEAD = timedelta(minutes=10)

SIGNATURE_HEADER, TIME_HEADER = "X-ZEvent-Signature", "X-ZEvent-Timestamp"

#: The text of a template's parameter.
TEMPLATE_SIGNS = 200

_MESSAGE, _UPLOAD, _INFO = "/v3.0/oa/message/cs", "/v2.0/oa/upload/image", "/v2.0/oa/getoa"
_QUOTA = "/v3.0/oa/quota/message"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the platform leaves open or a province decides, see docs/settings.md."""

    button: str = "oa.query.show"
    template_type: str = ""
    free_messages: int = 8
    paid: bool = False
    tell_above: bool = True
    proof: bool = False
    zns_url: str = ""
    zns_template: str = ""
    zns_by: str = "user"
    zns_data: tuple[tuple[str, str], ...] = ()


class ZaloOa:
    """One Official Account. Implements `bot.channel.Channel`, `Attentive`, `Hooked`, `Metered`, `Tended`."""

    name: ClassVar[str] = "zalo_oa"
    title: ClassVar[str] = "Zalo OA"
    needs: ClassVar[str] = "CHIHOI_ZALO_OA_APP_ID"
    capabilities: ClassVar[Capabilities] = Capabilities(
        buttons=True, text_limit=TEXT_LIMIT, photos_in=True, per_second=15.0
    )
    path: ClassVar[str] = "/zalo-oa/events"
    #: "Within 2 s"; some of it is the network's.
    patience: ClassVar[float] = 1.5
    inlet: Inlet = "webhook"

    def __init__(
        self,
        tokens: OaTokens,
        http: ZaloHttp,
        app_id: str,
        app_secret: str,
        secret_key: str,
        api: str = "https://openapi.zalo.me",
        rules: Rules | None = None,
        file_hosts: Sequence[str] = FILE_HOSTS,
        monthly: int | None = None,
    ) -> None:
        """``app_secret``: the application's; ``secret_key``: the OA's, which signs events; ``monthly``:
        messages the bought package holds."""
        self._tokens, self._http, self._base = tokens, http, api.rstrip("/")
        self._app_id, self._app_secret, self._secret_key = app_id, app_secret, secret_key
        self._rules = rules or Rules()
        self._allowed = Allowed(file_hosts, self._base)
        self.limits: tuple[int | None, int | None] = (monthly, None)
        self.tell_above = self._rules.tell_above
        self._stamp = ""

    @classmethod
    def of(cls, settings: Settings, tools: Tools) -> "ZaloOa | None":
        """The account of the settings; None without an application id."""
        app_secret, key = settings.zalo_oa_app_secret, settings.zalo_oa_secret_key
        if not settings.zalo_oa_app_id or app_secret is None or key is None:
            return None
        first = settings.zalo_oa_refresh_token
        http = ZaloHttp(settings.zalo_proxy.get_secret_value() if settings.zalo_proxy else None)
        secret = app_secret.get_secret_value()
        store = tools.tokens(cls.name, first.get_secret_value() if first else "")
        tokens = OaTokens(store, http, tools.now, settings.zalo_oauth, settings.zalo_oa_app_id, secret)
        return cls(
            tokens,
            http,
            settings.zalo_oa_app_id,
            secret,
            key.get_secret_value(),
            settings.zalo_oa_api,
            rules_of(settings),
            (*FILE_HOSTS, *settings.zalo_hosts),
            settings.zalo_oa_monthly or None,
        )

    # --- the way in

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Whether Zalo signed these bytes, and not long ago.

        SHA-256 of app id, raw body, timestamp and OA secret key. Sources differ whether the timestamp
        is the body's or a header's: both are covered by the hash, so either is taken, and the log says
        once which it was.
        """
        given = headers.get(SIGNATURE_HEADER, "").removeprefix("mac=").strip().lower()
        stamps = {"header": headers.get(TIME_HEADER, ""), "body": _timestamp(body)}
        good = [name for name, stamp in stamps.items() if stamp and self._matches(given, body, stamp)]
        if good and good[0] != self._stamp:
            self._stamp = good[0]
            log.info("signature_timestamp", extra={"channel": self.name, "of": good[0]})
        return bool(good) and _recent(stamps[good[0]], now)

    def _matches(self, given: str, body: bytes, stamp: str) -> bool:
        signed = self._app_id.encode() + body + stamp.encode() + self._secret_key.encode()
        return hmac.compare_digest(given.encode(), hashlib.sha256(signed).hexdigest().encode())

    def key(self, payload: Any) -> str:
        """The message id, "" if there is none."""
        message = payload.get("message") if isinstance(payload, Mapping) else None
        return str(message.get("msg_id", "")) if isinstance(message, Mapping) else ""

    async def announce(self, url: str) -> None:
        """The address is entered by hand in the application's console; the log says which."""
        log.info("webhook_expected", extra={"channel": self.name, "url": url})

    def read(self, payload: Any) -> Sequence[Inbound]:
        """The message of one event; receipts, echoes and unknown kinds give none."""
        return inbound_of(payload)

    def signs(self, payload: Any) -> Sequence[Sign]:
        """A form sent back. Her number is kept only where templates go by telephone number."""
        return contact_of(payload, self._rules.zns_by == "phone")

    def departures(self, payload: Any) -> Sequence[Address]:
        """Who unfollowed."""
        if payload.get("event_name") != "unfollow":
            return []
        address = events_address(payload)
        return [address] if address else []

    async def acknowledge(self, payload: Any) -> None:
        """Nothing waits for it: the platform has no such thing."""

    async def fetch(self, attachment: Attachment) -> bytes:
        """The picture, from Zalo's hosts only."""
        return await self._http.download(attachment.reference, self._allowed)

    # --- the way out

    def way(self, urgent: bool, standing: Standing) -> Way:
        """Free within 48 hours and 8 messages; an answer always; charged up to 7 days if the province
        pays; else as a template if there is one; else not."""
        silent = standing.now - standing.heard_at if standing.heard_at else None
        if silent is not None and silent < CHARGED:
            left = standing.remaining is None or standing.remaining > 0
            free = silent < FREE and standing.sent < self._rules.free_messages and left
            if urgent or free or self._rules.paid:
                return "message"
        reachable = self._rules.zns_by == "user" or bool(standing.phone)
        return "template" if self._rules.zns_template and reachable and not urgent else "hold"

    async def send(self, outbound: Outbound) -> Sent:
        """Send the text, in pieces if it is long, the buttons under the last one."""
        if outbound.request == "contact":
            return await self.ask_contact(outbound.address, outbound.text)
        buttons = self._buttons(outbound.choices)
        *before, last = pieces(outbound.text if buttons else with_numbers(outbound))
        for piece in before:
            await self._say(outbound.address, {"text": piece})
        sent = await self._say(outbound.address, {"text": last, **buttons})
        return Sent(sent.platform_id, len(before) + 1, sent.remaining)

    def _buttons(self, choices: Sequence[Choice]) -> dict[str, Any]:
        """The attachment of up to five choices; empty if there are none, or too many."""
        if not choices or len(choices) > MOST_BUTTONS:
            return {}
        payload: dict[str, Any] = {"buttons": [self._button(choice) for choice in choices]}
        if self._rules.template_type:
            payload["template_type"] = self._rules.template_type
        return {"attachment": {"type": "template", "payload": payload}}

    def _button(self, choice: Choice) -> dict[str, Any]:
        title = f"{choice.number} {choice.label}"[:TITLE_SIGNS]
        return {"title": title, "type": self._rules.button, "payload": tap(choice)}

    async def ask_contact(self, address: Address, text: str) -> Sent:
        """Ask for her telephone number by Zalo's own form; she may leave it."""
        title, _, rest = text.partition("\n")
        element = {"title": title[:100], "subtitle": (rest or title)[:500]}
        payload = {"template_type": "request_user_info", "elements": [element]}
        return await self._say(address, {"attachment": {"type": "template", "payload": payload}})

    async def send_image(self, address: Address, image: bytes, caption: str = "") -> Sent:
        """A picture (png or jpeg, at most 1 MB); uploaded again if Zalo has forgotten it meanwhile."""
        for last in (False, True):
            element = {"media_type": "image", "attachment_id": await self.upload(image)}
            payload = {"template_type": "media", "elements": [element]}
            message: dict[str, Any] = {"attachment": {"type": "template", "payload": payload}}
            try:
                return await self._say(address, {**message, **({"text": caption} if caption else {})})
            except StaleAttachment:
                if last:
                    raise
        raise AssertionError

    async def upload(self, image: bytes) -> str:
        """The picture's id at Zalo. Refused if it is no png or jpeg."""
        kind = "png" if image.startswith(b"\x89PNG") else "jpeg"

        def form() -> aiohttp.FormData:
            fields = aiohttp.FormData()
            fields.add_field("file", image, filename=f"image.{kind}", content_type=f"image/{kind}")
            return fields

        data = await self._call("POST", self._base + _UPLOAD, form=form)
        return str(data.get("attachment_id", ""))

    async def send_template(self, outbound: Outbound, phone: str) -> Sent:
        """The text in the approved template, to her account or her number."""
        said = pieces(outbound.text.replace("\n", " "), TEMPLATE_SIGNS)[0]
        data = {name: value.replace("{text}", said) for name, value in self._rules.zns_data}
        whom = {"phone": phone} if self._rules.zns_by == "phone" else {"user_id": outbound.address.account}
        mark = hashlib.sha256(f"{outbound.address}{outbound.text}".encode()).hexdigest()[:32]
        body = {**whom, "template_id": self._rules.zns_template, "template_data": data, "tracking_id": mark}
        answer = await self._call("POST", self._rules.zns_url, json=body, template=True)
        return Sent(str(answer.get("msg_id") or answer.get("message_id") or mark))

    async def _say(self, address: Address, message: Mapping[str, Any]) -> Sent:
        body = {"recipient": {"user_id": address.account}, "message": message}
        data = await self._call("POST", self._base + _MESSAGE, json=body)
        if "message_id" not in data:
            raise Uncertain("the answer was not understood")
        quota = data.get("quota")
        return Sent(str(data["message_id"]), 1, _remaining(quota if isinstance(quota, Mapping) else {}))

    # --- the account

    async def identity(self) -> Identity:
        """The account's name, its package, whether it is verified, how many follow it."""
        data = await self._call("GET", self._base + _INFO)
        verified = "đã xác thực" if data.get("is_verified") else "chưa xác thực"
        package = data.get("package_name") or "không rõ gói"
        return Identity(
            str(data.get("name", "")), f"{package}, {verified}, {data.get('num_follower', 0)} người"
        )

    async def quota(self) -> Sequence[Mapping[str, Any]]:
        """What the account may still send, as Zalo lists it."""
        body = {"quota_owner": "OA", "product_type": "cs"}
        data = await self._call("POST", self._base + _QUOTA, json=body)
        listed = data.get("items", data)
        return [item for item in (listed if isinstance(listed, list) else [listed]) if item]

    async def name_of(self, account: str) -> str:
        """Her name on Zalo, which events do not carry."""
        asked = msgspec.json.encode({"user_id": account}).decode()
        url = f"{self._base}/v3.0/oa/user/detail?{urlencode({'data': asked})}"
        return str((await self._call("GET", url)).get("display_name", ""))

    async def tend(self) -> None:
        """Renew the tokens in time."""
        await self._tokens.tend()

    async def close(self) -> None:
        """Finish a renewal, give back connections."""
        await self._tokens.close()
        await self._http.close()

    # --- one call

    async def _call(
        self, method: str, url: str, json: Any = None, form: Any = None, template: bool = False
    ) -> Mapping[str, Any]:
        """``data``, or the error its code means. A token refused is renewed once."""
        access = await self._tokens.access()
        for again in (True, False):
            answer = await self._http.ask(
                method, url, json=json, form=form() if form else None, headers=self._headers(access)
            )
            if answer.get("error") == 0:
                data = answer.get("data")
                return data if isinstance(data, Mapping) else {"items": data}
            error = error_of(answer, template)
            if not (again and isinstance(error, Expired)):
                raise error
            access = await self._tokens.renewed(access)
        raise AssertionError(REFRESH)

    def _headers(self, access: str) -> dict[str, str]:
        if not self._rules.proof:
            return {"access_token": access}
        proof = hmac.new(self._app_secret.encode(), access.encode(), hashlib.sha256).hexdigest()
        return {"access_token": access, "appsecret_proof": proof}


def rules_of(settings: Settings) -> Rules:
    """The rules of the settings."""
    return Rules(
        settings.zalo_oa_button,
        settings.zalo_oa_template_type,
        settings.zalo_oa_free_messages,
        settings.zalo_oa_paid,
        settings.zalo_oa_outside == "list",
        settings.zalo_oa_proof,
        settings.zalo_zns_url,
        settings.zalo_zns_template,
        settings.zalo_zns_by,
        tuple(settings.zalo_zns_data.items()),
    )


def tap(choice: Choice) -> str:
    """What a button sends back: its words, which her chat shows, and the token after a mark."""
    payload = f"{choice.label[:60]} #chihoi:{choice.token}"
    if len(payload) > PAYLOAD_SIGNS:
        raise Refused(f"choice {choice.number}: its token is too long")
    return payload


def _remaining(quota: Mapping[str, Any]) -> int | None:
    """What is left of the free replies; other quotas are the account's, not hers."""
    remain = quota.get("remain")
    if quota.get("quota_type") != "reply" or not re.fullmatch(r"\d+", str(remain)):
        return None
    return int(str(remain))


def _timestamp(body: bytes) -> str:
    """The body's ``timestamp``: milliseconds, as a string."""
    try:
        return str(msgspec.json.decode(body).get("timestamp", ""))
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError):
        return ""


def _recent(stamp: str, now: datetime) -> bool:
    if not stamp.isdigit() or len(stamp) > 15:
        return False
    number = int(stamp)
    at = datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
    return -AHEAD < now - at < REPLAY_WINDOW
