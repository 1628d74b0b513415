"""The events of a Zalo Official Account, read. Pure.

Receipts (``user_received_message``, ``user_seen_message``) and echoes of what the account itself sent
(``oa_send_...``) give nothing: taken for messages they would be answered for ever.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.channel import TIME_UNKNOWN, Sign
from bot.channels.zalo_text import plain
from storage.domain.messages import Address, Attachment, AttachmentKind, Inbound

CHANNEL = "zalo_oa"

_SENT = "user_send_"

_KINDS: Mapping[str, AttachmentKind | None] = {
    "text": None,
    "link": None,
    "image": "photo",
    "gif": "photo",
    "sticker": "sticker",
    "audio": "voice",
    "video": "video",
    "file": "file",
    "location": "location",
    "business_card": "contact",
}

#: A file of these kinds is a picture sent "as a file".
_PICTURES = ("jpg", "jpeg", "png", "webp", "image/jpeg", "image/png", "image/webp")

# A tap comes back as text: the button's words, a mark, the token (`zalo_oa.tap`).
_TAP = re.compile(r".{0,80} ?#chihoi:(\S{1,64})", re.DOTALL)


def inbound_of(payload: Mapping[str, Any]) -> Sequence[Inbound]:
    """The message of an event. KeyError, TypeError or ValueError if it is not as documented."""
    event = str(payload.get("event_name", ""))
    if event == "follow":
        return _follow(payload)
    if not event.startswith(_SENT) or event.removeprefix(_SENT) not in _KINDS:
        return ()
    message = payload["message"]
    address = Address(CHANNEL, str(payload["sender"]["id"]))
    kind = _KINDS[event.removeprefix(_SENT)]
    text = plain(message.get("text"))
    taken = _TAP.fullmatch(text)
    if taken:
        return (Inbound(address, str(message["msg_id"]), at_of(payload), choice=taken[1]),)
    attachment = _attachment(message, kind) if kind else None
    if kind is None and not text:
        text = _link(message)
    return (Inbound(address, str(message["msg_id"]), at_of(payload), text, attachment=attachment),)


def _follow(payload: Mapping[str, Any]) -> Sequence[Inbound]:
    """Somebody found the account: greeted as one who writes "start". Once for each time she follows."""
    address = events_address(payload)
    if address is None:
        return ()
    mark = f"follow:{address.account}:{payload.get('timestamp', '')}"
    return (Inbound(address, mark, at_of(payload), "start"),)


def _attachment(message: Mapping[str, Any], kind: AttachmentKind) -> Attachment:
    content = _content(message)
    if kind == "file" and str(content.get("type", "")).lower() in _PICTURES:
        kind = "photo"
    return Attachment(kind, plain(content.get("url")) if kind == "photo" else "")


def _content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first attachment's payload."""
    attachments = message.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else {}
    content = first.get("payload")
    return content if isinstance(content, Mapping) else {}


def _link(message: Mapping[str, Any]) -> str:
    return plain(_content(message).get("url"))


def events_address(payload: Mapping[str, Any]) -> Address | None:
    """Whose event it is: the sender's, or the follower's (a follow has no sender)."""
    for name in ("follower", "sender"):
        person = payload.get(name)
        if isinstance(person, Mapping) and person.get("id"):
            return Address(CHANNEL, str(person["id"]))
    return None


def contact_of(payload: Mapping[str, Any], with_phone: bool) -> Sequence[Sign]:
    """Her form (``user_submit_info``): a sign of life, with her number if it is wanted."""
    if payload.get("event_name") != "user_submit_info":
        return ()
    address = events_address(payload)
    if address is None:
        return ()
    info = payload.get("info")
    phone = info.get("phone", "") if isinstance(info, Mapping) and with_phone else ""
    return (Sign(address, at_of(payload), phone_of(phone)),)


def phone_of(given: Any) -> str:
    """A Vietnamese number as ZNS wants it, ``84`` and nine digits; "" if it is none."""
    digits = re.sub(r"\D", "", str(given))
    if re.fullmatch(r"0\d{9}", digits):
        digits = f"84{digits[1:]}"
    return digits if re.fullmatch(r"84\d{9}", digits) else ""


def at_of(payload: Mapping[str, Any]) -> datetime:
    """``timestamp``: milliseconds, as a string."""
    stamp = str(payload.get("timestamp", ""))
    if not stamp.isdigit() or len(stamp) > 15:
        return TIME_UNKNOWN
    number = int(stamp)
    return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
