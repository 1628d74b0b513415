"""The two envelopes: what comes in from a person and what goes out to one.

No platform's word stands outside its own file in ``bot/channels/``; everything
above speaks of `Inbound` and `Outbound` only. Both have a JSON form, because the
outbox keeps the one and the test scripts keep the other.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

#: unreadable: the platform hands over nothing of it (Zalo Bot, from a protected account).
AttachmentKind = Literal["photo", "voice", "sticker", "file", "video", "location", "contact", "unreadable"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached: ``channel`` ("telegram", "web") and the channel's own account id."""

    channel: str
    account: str

    def __str__(self) -> str:
        """``telegram:42``: also the key that keeps the turns of one chat in order."""
        return f"{self.channel}:{self.account}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something sent that is not text.

    ``reference`` names it at the channel (a file id, a URL); ``path`` is where it was kept,
    relative to the photo folder, once `bot.receive` has fetched and cleaned it.
    """

    kind: AttachmentKind
    reference: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message of a person, the same for every channel.

    ``message_id`` is unique within ``address.channel`` and deduplicates redeliveries.
    ``at`` is when the platform says it was sent, aware, in UTC. ``choice`` is the token of a
    button (see `Choice.token`); it is never trusted beyond being compared with what is open.
    ``start_code`` carries a deep link's payload (``/start CODE``). ``group``: said in a group, not to
    the bot alone.
    """

    address: Address
    message_id: str
    at: datetime
    text: str = ""
    choice: str | None = None
    attachment: Attachment | None = None
    start_code: str | None = None
    group: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. ``number`` is what a person types where there are no buttons.

    ``token`` comes back when it is pressed: at most 64 bytes (Bot API, callback_data).
    """

    number: int
    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to a person, its words already rendered; the channel only fits it to its platform.

    ``file`` goes along where the channel takes one: in the outbox it says what is to be made
    ("chart:7", "calendar:CH"), and by the time it is sent the path of the file (`bot.files`); a ``.png``
    is shown as a picture, anything else attached.
    """

    address: Address
    text: str
    choices: tuple[Choice, ...] = field(default=())
    #: "contact": ask for her telephone number by the platform's own form, where it has one.
    request: Literal["", "contact"] = ""
    file: str = ""

    def to_json(self) -> dict[str, Any]:
        """The form the outbox keeps."""
        address = {"channel": self.address.channel, "account": self.address.account}
        choices = [
            {"number": choice.number, "label": choice.label, "token": choice.token} for choice in self.choices
        ]
        data = {"address": address, "text": self.text, "choices": choices, "request": self.request}
        if self.file:
            data["file"] = self.file
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Outbound":
        """Read back what `to_json` wrote."""
        return cls(
            Address(**data["address"]),
            data["text"],
            tuple(Choice(**choice) for choice in data["choices"]),
            data.get("request", ""),
            data.get("file", ""),
        )
