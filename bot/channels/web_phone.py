"""The web phone: a chat on our own page, for training and for trying the bot with no account at all.

Nothing leaves the house: the page posts what was said (`bot.web.phone`) and shows the outbox, so sending
is done once the row is committed, and the account of a phone is the code of its seat.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from bot.channel import Capabilities, Identity, Inlet, NotNow, Sent
from storage.domain.messages import Address, Attachment, Inbound, Outbound

#: What the page makes for each message; sent again it is the same message.
CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class WebPhone:
    """The contract of `bot.channel.Channel` for the page."""

    name: ClassVar[str] = "web"
    title: ClassVar[str] = "Trang web"
    needs: ClassVar[str] = ""
    # As long as a Telegram text (Bot API, sendMessage), so that training shows what Telegram will.
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True, text_limit=4096, photos_in=True)

    inlet: Inlet = "page"

    @classmethod
    def of(cls, settings: object = None, tools: object = None) -> "WebPhone":
        """There always is one."""
        return cls()

    def __init__(self) -> None:
        """No connection, no token; holds the photos that are being taken in."""
        self._uploads: dict[str, list[bytes]] = {}

    def read(self, payload: Any) -> Sequence[Inbound]:
        """One post of the page as a message; none if it says nothing or is not of the page's making.

        ``{"seat": "13999-05", "id": "k3x9...", "at": aware datetime, "text": "41"}`` or, in place of
        the text, ``"choice": token`` or ``"photo": True``.
        """
        return inbound_of(payload) if isinstance(payload, Mapping) else ()

    @contextmanager
    def holding(self, inbound: Inbound, photo: bytes | None) -> Iterator[None]:
        """While it lasts, `fetch` gives these bytes for the message's attachment."""
        if photo is None or inbound.attachment is None:
            yield
            return
        # A double click brings the same message twice at once; each holds its own.
        held = self._uploads.setdefault(inbound.attachment.reference, [])
        held.append(photo)
        try:
            yield
        finally:
            held.pop()
            if not held:
                self._uploads.pop(inbound.attachment.reference, None)

    async def send(self, outbound: Outbound) -> Sent:
        """The page reads the outbox itself: nothing is left to do."""
        return Sent(f"{outbound.address}")

    async def fetch(self, attachment: Attachment) -> bytes:
        """The uploaded bytes; NotNow if the upload is over (the page must send it again)."""
        try:
            return self._uploads[attachment.reference][-1]
        except KeyError:
            raise NotNow(f"no upload under {attachment.reference!r}") from None

    async def identity(self) -> Identity:
        """There is nobody to ask."""
        return Identity("web", "")

    async def close(self) -> None:
        """Nothing to give back."""


def inbound_of(payload: Mapping[str, Any]) -> tuple[Inbound, ...]:
    """The message of a decoded post, alone or not at all. A choice goes before a photo, a photo before
    text: one message says one thing."""
    seat, client_id, at = _text(payload.get("seat")), _text(payload.get("id")), payload.get("at")
    if not seat or not CLIENT_ID.fullmatch(client_id) or not isinstance(at, datetime) or at.tzinfo is None:
        return ()
    address, message_id, moment = Address(WebPhone.name, seat), f"{seat}:{client_id}", at.astimezone(UTC)
    text, choice = _text(payload.get("text")), _text(payload.get("choice"))
    if choice:
        return (Inbound(address, message_id, moment, choice=choice),)
    if payload.get("photo"):
        return (Inbound(address, message_id, moment, text, attachment=Attachment("photo", message_id)),)
    return (Inbound(address, message_id, moment, text),) if text else ()


def _text(value: Any) -> str:
    """A string as it may be stored: no lone surrogate (JSON allows them, UTF-8 does not) and no NUL."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\x00", "").strip()
