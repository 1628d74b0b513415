"""Zalo Bot ("Bot API" of bot.zaloplatforms.com): private chats by text, no buttons, free and small.

- One update a poll; an idle poll answers 408, which is no error. What was polled may come again and
  again (no offset, nothing acknowledges), so what was committed is remembered here and, across a
  restart, by its message id in the inbox; and polls keep a distance.
- A webhook and polling exclude each other (400 "while a webhook is set").
- There are no buttons: a choice is a number in the text, which the house's texts hold already.
- The bot learns nothing of what a protected sender wrote ("unsupported"): see `_UNREADABLE`.

Free plan (Aug 2026): 3000 messages a month, 50 users. Facts: bot.zaloplatforms.com/docs and, where the
docs are silent, clients in use; what is open accepts both forms.
"""

import hmac
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from bot.channel import (
    TIME_UNKNOWN,
    Capabilities,
    Identity,
    Inlet,
    NotNow,
    Refused,
    SendError,
    Sent,
    Sign,
    Standing,
    Unauthorised,
    Uncertain,
    Unreachable,
    Way,
    fingerprint,
    with_numbers,
)
from bot.channels.zalo_http import FILE_HOSTS, Allowed, Floor, ZaloHttp
from bot.channels.zalo_text import TEXT_LIMIT, pieces, plain
from bot.settings import Settings
from storage.domain.messages import Address, Attachment, AttachmentKind, Inbound, Outbound

log = logging.getLogger(__name__)

#: Docs, getUpdates: default 30 s.
MOST_POLL_SECONDS = 30

#: The header that carries the secret given to setWebhook; a plain shared secret, no signature.
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105

#: No retry time is documented; a client in use waits a minute after 429 ("Quota exceeded").
QUOTA_SECONDS = 60.0

#: Message ids remembered against replays; older ones are known by the inbox.
MOST_REMEMBERED = 10_000

#: Pushes stop when so much of the month's messages is used: the rest is for answers.
RESERVED = 0.95

# event_name to what is in the message beside text. "unsupported" is also all that comes from a protected
# account (children, people with disabilities), whatever she wrote.
_UNREADABLE: AttachmentKind = "unreadable"
_KINDS: Mapping[str, AttachmentKind | None] = {
    "message.text.received": None,
    "message.image.received": "photo",
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": _UNREADABLE,
}

# Zalo's own numbers; 403 stands for "Internal server error" in its table.
_GONE = ("chat not found", "user not found", "blocked", "not follow")


class ZaloBot:
    """One bot. Implements `bot.channel.Channel`, `Polling`, `Hooked` and `Metered`."""

    name: ClassVar[str] = "zalo_bot"
    title: ClassVar[str] = "Zalo Bot"
    needs: ClassVar[str] = "CHIHOI_ZALO_BOT_TOKEN"
    capabilities: ClassVar[Capabilities] = Capabilities(
        buttons=False, text_limit=TEXT_LIMIT, photos_in=True, per_second=5.0
    )
    path: ClassVar[str] = "/zalo-bot/updates"
    #: Five seconds, one source says; nothing else is known.
    patience: ClassVar[float] = 2.0
    tell_above: bool = False

    def __init__(
        self,
        token: str,
        api: str = "https://bot-api.zaloplatforms.com",
        *,
        proxy: str | None = None,
        inlet: Inlet = "polling",
        secret: str = "",
        poll_seconds: int = MOST_POLL_SECONDS,
        poll_pause: float = 1.0,
        file_hosts: Sequence[str] = FILE_HOSTS,
        limits: tuple[int | None, int | None] = (3000, 50),
        answer_seconds: float = 20.0,
    ) -> None:
        """``api`` without the token; ``secret``: 8-256 signs, for the webhook; ``poll_pause``: seconds
        between polls that bring nothing new; ``limits``: messages a month and users."""
        self._token, self._base = token, api.rstrip("/")
        self.inlet, self._secret, self.limits = inlet, secret, limits
        self._poll_seconds = min(max(poll_seconds, 0), MOST_POLL_SECONDS)
        self._polls = ZaloHttp(proxy, answer_seconds, connections=2)
        self._calls = ZaloHttp(proxy, answer_seconds)
        self._answer_seconds = answer_seconds
        self._allowed = Allowed(file_hosts, self._base)
        self._floor = Floor(poll_pause)
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._open: dict[str, Any] = {}

    @classmethod
    def of(cls, settings: Settings, tools: object = None) -> "ZaloBot | None":
        """The bot of the settings; None without a token."""
        if settings.zalo_bot_token is None:
            return None
        secret = settings.zalo_bot_secret
        return cls(
            settings.zalo_bot_token.get_secret_value(),
            settings.zalo_bot_api,
            proxy=settings.zalo_proxy.get_secret_value() if settings.zalo_proxy else None,
            inlet=settings.zalo_bot_mode,
            secret=secret.get_secret_value() if secret else "",
            poll_seconds=settings.zalo_bot_poll_seconds,
            poll_pause=settings.zalo_bot_poll_pause,
            file_hosts=(*FILE_HOSTS, *settings.zalo_hosts),
            limits=(settings.zalo_bot_monthly or None, settings.zalo_bot_users or None),
        )

    # --- the way in

    def read(self, payload: Any) -> Sequence[Inbound]:
        """The message of one update, wrapped (``ok``/``result``) or flat. ``webhook.test`` and unknown
        kinds give none; KeyError, TypeError or ValueError if it is not as documented."""
        update = unwrapped(payload)
        event = str(update.get("event_name", ""))
        if event not in _KINDS:
            return []
        message = update["message"]
        if message["from"].get("is_bot"):
            return []
        return [_message(message, _KINDS[event])]

    def signs(self, payload: Any) -> Sequence[Sign]:
        """The platform tells of messages only."""
        return ()

    async def fetch(self, attachment: Attachment) -> bytes:
        """The picture, from Zalo's hosts only: how long its URL lives is not documented."""
        return await self._calls.download(attachment.reference, self._allowed)

    # --- the way out

    def way(self, urgent: bool, standing: Standing) -> Way:
        """A bot cannot write first, as far as is known; near the month's end of messages only answers
        go."""
        monthly = self.limits[0]
        if urgent:
            return "message"
        if standing.heard_at is None or (monthly and standing.month >= monthly * RESERVED):
            return "hold"
        return "message"

    async def send(self, outbound: Outbound) -> Sent:
        """Send the text, in pieces if it is long; choices as numbers."""
        parts = pieces(with_numbers(outbound))
        for piece in parts:
            sent = await self._send(outbound.address, piece)
        return Sent(sent, len(parts))

    async def send_template(self, outbound: Outbound, phone: str) -> Sent:
        """There are none."""
        raise Refused("Zalo Bot has no templates")

    async def _send(self, address: Address, text: str) -> str:
        result = await self._call("sendMessage", {"chat_id": address.account, "text": text})
        return _sent_id(result)

    async def send_photo(self, address: Address, url: str, caption: str = "") -> Sent:
        """A picture by its public URL; the caption is cut at the limit of a text."""
        asked = {"chat_id": address.account, "photo": url}
        if caption:
            asked["caption"] = pieces(caption)[0]
        return Sent(_sent_id(await self._call("sendPhoto", asked)))

    async def identity(self) -> Identity:
        """The bot's name, and whether it may join groups."""
        me = await self._call("getMe", {})
        return Identity(str(me.get("display_name") or me.get("account_name") or me["id"]), me["id"])

    # --- polling

    async def updates(self) -> Sequence[Any]:
        """The next update, or none; one not confirmed yet before any other, because the platform may have
        forgotten it. A webhook that stands in the way is taken down."""
        if self._open:
            return list(self._open.values())
        await self._floor.wait()
        try:
            result = await self._call(
                "getUpdates",
                {"timeout": str(self._poll_seconds)},
                self._polls,
                self._poll_seconds + self._answer_seconds,
            )
        except Idle:
            self._floor.mark(False)
            return []
        except WebhookInTheWay as error:
            self._floor.mark(False)
            log.warning("webhook_removed", extra={"reason": "settings ask for polling"})
            await self._call("deleteWebhook", {})
            raise NotNow(str(error)) from None
        except Uncertain as error:  # nothing was sent: it may simply be asked again
            self._floor.mark(False)
            raise NotNow(str(error)) from None
        found = result if isinstance(result, list) else [result]
        fresh = [update for update in found if self.label(update) not in self._taken]
        self._floor.mark(bool(fresh))
        self._open = {self.label(update): update for update in fresh}
        return fresh

    def confirm(self, update: Any) -> None:
        """Remember it: the platform may bring it again for days, and knows no acknowledgement."""
        self._open.pop(self.label(update), None)
        self._taken[self.label(update)] = None
        if len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)

    def label(self, update: Any) -> str:
        """The message id; of an update without one its fingerprint."""
        return self.key(update) or fingerprint(update)

    # --- webhook

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Whether the header holds our secret."""
        given = headers.get(SECRET_HEADER, "")
        return bool(self._secret) and hmac.compare_digest(given.encode(), self._secret.encode())

    def key(self, payload: Any) -> str:
        """The message id, "" if there is none."""
        message = unwrapped(payload).get("message") if isinstance(payload, Mapping) else None
        return str(message.get("message_id", "")) if isinstance(message, Mapping) else ""

    async def announce(self, url: str) -> None:
        """setWebhook; then what the platform saw when it tried it, if it says so."""
        result = await self._call("setWebhook", {"url": url, "secret_token": self._secret})
        tried = result.get("verification") if isinstance(result, Mapping) else None
        if isinstance(tried, Mapping) and not tried.get("ok", True):
            log.error("webhook_not_reached", extra={"outcome": str(tried.get("outcome", ""))})

    async def webhook(self) -> str:
        """Where updates are brought now; "" if nowhere (the API answers 404 then)."""
        try:
            return str((await self._call("getWebhookInfo", {})).get("url", ""))
        except Missing:
            return ""

    async def close(self) -> None:
        """Give back connections."""
        await self._polls.close()
        await self._calls.close()

    # --- one call

    async def _call(
        self,
        method: str,
        params: Mapping[str, Any],
        client: ZaloHttp | None = None,
        read_seconds: float | None = None,
    ) -> Any:
        """``result``, or the error its ``error_code`` means."""
        url = f"{self._base}/bot{self._token}/{method}"
        answer = await (client or self._calls).ask("POST", url, json=params, read_seconds=read_seconds)
        if answer.get("ok") is True:
            return answer.get("result") or {}
        raise error_of(answer)


class Idle(NotNow):
    """408: nobody wrote while the poll waited."""


class Missing(Refused):
    """404: what was asked for is not there (no webhook is set)."""


class WebhookInTheWay(NotNow):
    """400: getUpdates while a webhook is set."""


def error_of(answer: Mapping[str, Any]) -> SendError:
    """What must happen next, by ``error_code``; the HTTP status says nothing reliable."""
    code, said = answer.get("error_code"), plain(answer.get("description"))[:200]
    message = f"{code}: {said}"
    kind = _ERRORS.get(code if isinstance(code, int) else 0)
    if kind == "quota":
        return NotNow(message, QUOTA_SECONDS)
    if kind == "bad":
        return _bad(message, said.lower())
    return {
        "token": Unauthorised("Zalo refuses the bot's token"),
        "missing": Missing(message),
        "idle": Idle(message),
    }.get(kind or "", NotNow(message))


_ERRORS: Mapping[int, Literal["bad", "token", "missing", "idle", "quota"]] = {
    400: "bad",
    401: "token",
    404: "missing",
    408: "idle",
    429: "quota",
}


def _bad(message: str, said: str) -> SendError:
    if "webhook is set" in said:
        return WebhookInTheWay(message)
    return Unreachable(message) if any(sign in said for sign in _GONE) else Refused(message)


def unwrapped(payload: Any) -> Mapping[str, Any]:
    """The update of a body, which may stand in ``result``."""
    inner = payload.get("result", payload)
    return inner if isinstance(inner, Mapping) else {}


def _message(message: Mapping[str, Any], kind: AttachmentKind | None) -> Inbound:
    chat = message["chat"]
    address = Address(ZaloBot.name, str(chat["id"]))
    at = instant(message.get("date"))
    if str(chat.get("chat_type", "PRIVATE")).upper() != "PRIVATE":
        return Inbound(address, f"group:{chat['id']}", at, group=True)
    text = plain(message.get("text") if kind is None else message.get("caption"))
    attachment = Attachment(kind, _reference(message, kind)) if kind else None
    return Inbound(address, str(message["message_id"]), at, text, attachment=attachment)


def _reference(message: Mapping[str, Any], kind: AttachmentKind) -> str:
    """Where a picture lies: ``photo_url`` is what arrives, ``photo`` what the docs say."""
    if kind != "photo":
        return ""
    return plain(message.get("photo_url")) or plain(message.get("photo"))


def instant(date: Any) -> datetime:
    """``date`` in milliseconds, as documented, or in seconds, as some events come."""
    try:
        number = float(date)
    except (TypeError, ValueError):
        return TIME_UNKNOWN
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)


def _sent_id(result: Any) -> str:
    try:
        return str(result["message_id"])
    except (KeyError, TypeError):
        raise Uncertain("the answer was not understood") from None
