"""Telegram: what its updates say, how a message is sent, what its errors mean.

Uses python-telegram-bot's `Bot` only, not its Updater or web server: those confirm an update before
anything was handled (76 % of 300 updates lost at a SIGKILL).

- Private chats are conversations. Of a group only being called matters: added, addressed by a command,
  a mention or a reply. All these have one message id a group, so that a group is answered once.
- An edited message is left alone: what was answered to its first words stays true, and a correction is
  made by answering again. Edits are not even asked for (`ALLOWED_UPDATES`).
- A text over the limit goes as several messages. If a later piece fails, the whole is sent again.

Limits: Bot API 10.3 (https://core.telegram.org/bots/api) and its FAQ.
"""

import hmac
import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

import msgspec
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channel import (
    TIME_UNKNOWN,
    Capabilities,
    Identity,
    Inlet,
    NotNow,
    Refused,
    SendError,
    Sent,
    Unauthorised,
    Uncertain,
    Unreachable,
    split,
    with_numbers,
)
from bot.channels.telegram_request import AiohttpRequest, AnswerLost
from bot.settings import Settings
from storage.domain.messages import Address, Attachment, AttachmentKind, Choice, Inbound, Outbound

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Bot API: the header that carries the secret given to setWebhook.
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105

#: The kinds asked for; a kind not named is never delivered.
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")

#: getUpdates waits at most 50 s (source of the official server).
MOST_POLL_SECONDS = 50

#: InlineKeyboardButton.callback_data: 1-64 bytes.
TOKEN_BYTES = 64

#: PTB constants: an inline keyboard has at most 100 buttons.
MOST_BUTTONS = 100

#: getFile: at most 20 MB.
FILE_LIMIT = 20 * 1024 * 1024

#: sendDocument: at most 50 MB; more is answered 413, which looks like a trouble that passes.
UPLOAD_LIMIT = 50 * 1024 * 1024

#: sendPhoto, sendDocument: 0-1024 characters after entities parsing.
CAPTION_LIMIT = 1024

# With labels up to so many signs, so many buttons still stand side by side on a narrow phone.
_ROWS = ((8, 3), (16, 2))

# What a message may hold beside text, most telling first: an animation is also a document.
_KINDS: tuple[tuple[str, AttachmentKind], ...] = (
    ("voice", "voice"), ("sticker", "sticker"), ("animation", "video"), ("video_note", "video"),
    ("video", "video"), ("audio", "file"), ("document", "file"), ("venue", "location"),
    ("location", "location"), ("contact", "contact"), ("poll", "file"), ("dice", "sticker"),
    ("story", "file"), ("paid_media", "file"), ("live_photo", "file"), ("checklist", "file"),
)  # fmt: skip

_IMAGES = ("image/jpeg", "image/png", "image/webp")


class Telegram:
    """One bot of the Bot API. Implements `bot.channel.Channel`, `Polling`, `Attentive` and `Paced`."""

    name: ClassVar[str] = "telegram"
    title: ClassVar[str] = "Telegram"
    needs: ClassVar[str] = "CHIHOI_TELEGRAM_TOKEN"
    capabilities: ClassVar[Capabilities] = Capabilities(
        buttons=True, text_limit=4096, photos_in=True, buttons_per_row=3, files=True
    )

    path: ClassVar[str] = "/telegram/updates"
    #: Telegram gives a connection up after 60 s of silence; better a clear "again, please" before.
    patience: ClassVar[float] = 50.0

    def __init__(
        self,
        token: str,
        api: str = "https://api.telegram.org",
        proxy: str | None = None,
        poll_seconds: int = MOST_POLL_SECONDS,
        answer_seconds: float = 20.0,
        inlet: Inlet = "polling",
        secret: str = "",
        per_second: float = capabilities.per_second,
    ) -> None:
        """``api`` may be a Bot API server of one's own; ``proxy`` an http(s) URL. ``poll_seconds``: how
        long one question for updates waits (0-50); ``answer_seconds``: how long any other call waits;
        ``secret`` is the webhook's, see `set_webhook`; ``per_second``: messages in all."""
        self.inlet, self.secret, self.per_second = inlet, secret, per_second
        self._poll_seconds = min(max(poll_seconds, 0), MOST_POLL_SECONDS)
        self._answer_seconds = answer_seconds
        self._polls = AiohttpRequest(proxy, connections=2, read_seconds=answer_seconds)
        self._calls = AiohttpRequest(proxy, read_seconds=answer_seconds)
        base = api.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._offset: int | None = None

    @classmethod
    def of(cls, settings: Settings, tools: object = None) -> "Telegram | None":
        """The bot of the settings; None without a token."""
        token, proxy, secret = (
            kept.get_secret_value() if kept is not None else None
            for kept in (settings.telegram_token, settings.telegram_proxy, settings.telegram_webhook_secret)
        )
        if token is None:
            return None
        return cls(
            token,
            settings.telegram_api,
            proxy,
            settings.telegram_poll_seconds,
            inlet=settings.telegram_mode,
            secret=secret or "",
            per_second=settings.telegram_per_second,
        )

    # --- the way in

    def read(self, payload: Any) -> Sequence[Inbound]:
        """The messages of one update. KeyError, TypeError or ValueError if it is not as documented."""
        for kind, reader in _READERS:
            if kind in payload:
                return reader(payload[kind])
        return []

    def departures(self, payload: Any) -> Sequence[Address]:
        """Who blocked the bot: her private chat, when the bot's own membership became ``kicked``."""
        change = payload.get("my_chat_member")
        if change is None or change["chat"]["type"] != "private":
            return []
        return [_address(change["chat"])] if change["new_chat_member"]["status"] == "kicked" else []

    async def acknowledge(self, payload: Any) -> None:
        """Answer a button press, which may be too old to be answered: that is no matter."""
        press = payload.get("callback_query")
        if press is None:
            return
        try:
            await _said(self._bot.answer_callback_query(str(press["id"])))
        except SendError as error:
            log.debug("press_not_acknowledged", extra={"reason": type(error).__name__})

    async def fetch(self, attachment: Attachment) -> bytes:
        """The file's bytes, at most 20 MB."""
        file = await _said(self._bot.get_file(attachment.reference))
        if not file.file_path:
            raise Refused("the platform gives no file")
        if (file.file_size or 0) > FILE_LIMIT:
            raise Refused("the file is too big")
        try:
            return await _said(self._calls.retrieve(file.file_path))
        except Unauthorised:  # PTB takes any 404 for a wrong token; the getFile before it went well
            raise Refused("the file is no longer there") from None

    # --- the way out

    async def send(self, outbound: Outbound) -> Sent:
        """Send the text, in pieces if it is long, the buttons under the last one. A file and its words are
        one message; only words too long for a caption go before it."""
        keyboard = _keyboard(outbound.choices)
        text = outbound.text if keyboard else with_numbers(outbound)
        if outbound.file and len(text) <= CAPTION_LIMIT:
            try:
                return await self._send_file(outbound, text, keyboard)
            except Refused as error:  # the words count
                log.warning("file_refused", extra={"reason": str(error)})
        *before, last = split(text, self.capabilities.text_limit)
        for piece in before:
            await self._send(outbound.address, piece, None)
        sent = await self._send(outbound.address, last, keyboard)
        if outbound.file and len(text) > CAPTION_LIMIT:
            await self._send_after(outbound)
        return sent

    async def _send_after(self, outbound: Outbound) -> None:
        """The file alone. Its words are sent: whatever happens now, they must not be said again."""
        try:
            await self._send_file(outbound, "", None)
        except SendError as error:
            log.warning("file_refused", extra={"reason": str(error)})

    async def _send_file(
        self, outbound: Outbound, caption: str, keyboard: InlineKeyboardMarkup | None
    ) -> Sent:
        """A picture by sendPhoto, any other file by sendDocument."""
        path, account = Path(outbound.file), outbound.address.account
        if path.stat().st_size > UPLOAD_LIMIT:
            raise Refused("the file is too big")
        said: dict[str, Any] = {"caption": caption or None, "reply_markup": keyboard}
        with path.open("rb") as file:
            if path.suffix == ".png":
                call = self._bot.send_photo(int(account), file, **said)
            else:
                call = self._bot.send_document(int(account), file, filename=path.name, **said)
            message = await _said(call)
        return Sent(_message_id(account, message.message_id))

    async def _send(self, address: Address, text: str, keyboard: InlineKeyboardMarkup | None) -> Sent:
        message = await _said(
            self._bot.send_message(
                int(address.account),
                text,
                reply_markup=keyboard,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
        return Sent(_message_id(address.account, message.message_id))

    async def identity(self) -> Identity:
        """The bot's name and @username."""
        me = await _said(self._bot.get_me())
        return Identity(me.full_name, f"@{me.username}")

    # --- polling and webhook

    async def updates(self) -> Sequence[Any]:
        """The next updates as Telegram's JSON. A webhook that stands in the way is taken down; another
        program polling with this token is `NotNow` and a line in the log."""
        asked: dict[str, Any] = {
            "limit": 100,
            "timeout": self._poll_seconds,
            "allowed_updates": msgspec.json.encode(ALLOWED_UPDATES).decode(),
        }
        if self._offset is not None:
            asked["offset"] = self._offset
        failure: TelegramError
        try:
            # In the URL, because PTB's own get_updates parses the updates and fails on one it cannot.
            answer: Any = await self._polls.post(
                f"{self._bot.base_url}/getUpdates?{urlencode(asked)}",
                read_timeout=self._poll_seconds + self._answer_seconds,
            )
            return list(answer)
        except TelegramError as error:
            failure = error
        if isinstance(failure, Conflict):
            await self._make_way(failure)
        raise send_error(failure)

    async def _make_way(self, conflict: Conflict) -> None:
        if "webhook is active" in conflict.message:
            log.warning("webhook_removed", extra={"reason": "settings ask for polling"})
            await _said(self._bot.delete_webhook(drop_pending_updates=False))
        else:
            log.error("another_program_polls", extra={"hint": "stop the other copy using this token"})

    def confirm(self, update: Any) -> None:
        """The next question for updates starts behind this one."""
        self._offset = int(update["update_id"]) + 1

    def label(self, update: Any) -> str:
        """The update_id."""
        return str(update["update_id"])

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Whether the header holds our secret; never where there is none."""
        given = headers.get(SECRET_HEADER, "")
        return bool(self.secret) and hmac.compare_digest(given.encode(), self.secret.encode())

    def key(self, payload: Any) -> str:
        """The update_id, "" if there is none."""
        return str(payload.get("update_id", "")) if isinstance(payload, Mapping) else ""

    async def announce(self, url: str) -> None:
        """`set_webhook` with our secret."""
        await self.set_webhook(url, self.secret)

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates brought to ``url`` (https, port 80, 88, 443 or 8443), each with ``secret`` (1-256
        of A-Z, a-z, 0-9, _ and -) in its header."""
        await _said(
            self._bot.set_webhook(
                url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False
            )
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._polls.shutdown()
        await self._calls.shutdown()


# --- reading


def _message(message: Mapping[str, Any]) -> list[Inbound]:
    sender = message.get("from") or {}
    if sender.get("is_bot"):
        return []
    if message["chat"]["type"] != "private":
        return _called(message)
    text = (message.get("text") or message.get("caption") or "").replace("\x00", "")
    attachment = _attachment(message)
    if not text and attachment is None:
        return []  # a service message: pinned, timer changed, ...
    command, start_code = _command(text)
    return [
        Inbound(
            _address(message["chat"]),
            _message_id(message["chat"]["id"], message["message_id"]),
            _instant(message["date"]),
            text=command,
            attachment=attachment,
            start_code=start_code,
        )
    ]


def _press(press: Mapping[str, Any]) -> list[Inbound]:
    """A button. When it was pressed is not said: the date there is the message's."""
    chat = (press.get("message") or {}).get("chat") or {}
    if chat.get("type") != "private" or not press.get("data"):
        return []
    return [Inbound(_address(chat), f"cb:{press['id']}", TIME_UNKNOWN, choice=press["data"])]


def _membership(change: Mapping[str, Any]) -> list[Inbound]:
    """The bot was put into a group."""
    came = change["new_chat_member"]["status"] in ("member", "administrator")
    was_out = change["old_chat_member"]["status"] in ("left", "kicked")
    if not came or not was_out or change["chat"]["type"] not in ("group", "supergroup"):
        return []
    return [_group(change["chat"], change["date"])]


_READERS = (("message", _message), ("callback_query", _press), ("my_chat_member", _membership))


def _called(message: Mapping[str, Any]) -> list[Inbound]:
    """A message in a group that speaks to the bot: a command, a mention, or a reply to it."""
    kinds = {entity["type"] for entity in message.get("entities", ())}
    replied = ((message.get("reply_to_message") or {}).get("from") or {}).get("is_bot", False)
    if not kinds & {"bot_command", "mention"} and not replied:
        return []
    return [_group(message["chat"], message["date"])]


def _group(chat: Mapping[str, Any], date: int) -> Inbound:
    """The same message id for all that calls from one group: it is answered once."""
    return Inbound(_address(chat), f"group:{chat['id']}", _instant(date), group=True)


def _command(text: str) -> tuple[str, str | None]:
    """Text and start code: ``/sua_3@chihoi_bot`` is "sua 3"; ``/start CODE`` is "start" with the code."""
    if not text.startswith("/"):
        return text, None
    first, _, rest = text[1:].partition(" ")
    word = first.partition("@")[0].replace("_", " ")
    if word == "start" and rest.strip():
        return word, rest.strip()
    return f"{word} {rest}".strip(), None


def _attachment(message: Mapping[str, Any]) -> Attachment | None:
    if message.get("photo"):
        return Attachment("photo", _largest(message["photo"])["file_id"])
    for field, kind in _KINDS:
        if field in message:
            return _of_kind(message[field], kind)
    return None


def _of_kind(content: Any, kind: AttachmentKind) -> Attachment:
    """A picture sent "as a file" is a photo all the same; what has no file has no reference."""
    if kind == "file" and content.get("mime_type") in _IMAGES:
        kind = "photo"
    return Attachment(kind, content.get("file_id", ""))


def _largest(sizes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The largest that may be fetched."""
    fitting = [size for size in sizes if size.get("file_size", 0) <= FILE_LIMIT] or sizes
    return max(fitting, key=lambda size: size["width"] * size["height"])


def _address(chat: Mapping[str, Any]) -> Address:
    return Address(Telegram.name, str(int(chat["id"])))


def _message_id(chat: Any, number: Any) -> str:
    """Message numbers count within a chat, so the chat belongs to the id."""
    return f"m:{chat}:{number}"


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# --- sending


def _keyboard(choices: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """One button a choice, "1 Rồi": the number may be typed as well. None if there are too many."""
    if not choices or len(choices) > MOST_BUTTONS:
        return None
    buttons = [_button(choice) for choice in choices]
    longest = max(len(button.text) for button in buttons)
    width = next((width for signs, width in _ROWS if longest <= signs), 1)
    return InlineKeyboardMarkup([buttons[at : at + width] for at in range(0, len(buttons), width)])


def _button(choice: Choice) -> InlineKeyboardButton:
    if not 0 < len(choice.token.encode()) <= TOKEN_BYTES:
        raise Refused(f"choice {choice.number}: its token must have 1 to {TOKEN_BYTES} bytes")
    return InlineKeyboardButton(f"{choice.number} {choice.label}", callback_data=choice.token)


async def _said(call: Awaitable[T]) -> T:
    """The result of a call, or the house's error for what PTB raised."""
    failure: SendError
    try:
        return await call
    except TelegramError as error:
        failure = send_error(error)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # PTB could not read the answer to something that was done.
        failure = Uncertain(f"the answer was not understood ({type(error).__name__})")
    raise failure


# PTB's words for an error page that is not the Bot API's JSON: a proxy's 404, say, which is no word on
# the token. They are followed by the page.
_UNREADABLE = "Parsing the server response"


def send_error(error: TelegramError) -> SendError:
    """What must happen next. The order matters: BadRequest is a NetworkError in PTB."""
    if _UNREADABLE in error.message:
        return NotNow("the answer is not the Bot API's")
    message = f"{type(error).__name__}: {error.message}"
    if isinstance(error, RetryAfter):
        return NotNow(message, _seconds(error.retry_after))
    if isinstance(error, Forbidden):
        return Unreachable(message)
    if isinstance(error, BadRequest):
        return Unreachable(message) if "chat not found" in message.lower() else Refused(message)
    if isinstance(error, InvalidToken):
        return Unauthorised("the Bot API refuses the token")  # PTB's text may name it
    return _other(error, message)


def _other(error: TelegramError, message: str) -> SendError:
    if isinstance(error, ChatMigrated | EndPointNotFound):
        return Refused(message)
    if isinstance(error, AnswerLost | TimedOut):
        return Uncertain(message)
    return NotNow(message)  # NotSent, Conflict, 5xx, and an answer that is not the Bot API's (a proxy's page)


def _seconds(wait: int | timedelta) -> float:
    """PTB gives whole seconds or, by an environment variable, a timedelta."""
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
