"""The contract of a channel: read what a platform sent, send what the house says, say what it cannot.

A channel is one file in ``bot/channels/`` and one line in its table. It knows the envelopes and this
contract, nothing else of the house: no dialogue, no database, no clock.

Errors::

    SendError
    ├── Refused        the platform will never take this message (bad request): do not repeat
    ├── Unreachable    the person blocked the bot or is gone: stop writing to her
    ├── WindowClosed   the platform lets nobody write to her until she writes (or only as a template)
    ├── NotNow         try again, ``retry_after`` seconds if the platform said so (429, 5xx, no connection)
    ├── Uncertain      it may have been delivered (timeout while waiting for the answer)
    └── Unauthorised   the token is wrong: the channel stops, the others go on
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import msgspec

from storage.domain.messages import Address, Attachment, Inbound, Outbound

#: ``Inbound.at`` where the platform does not say when (a button press on Telegram): `bot.receive`
#: puts the time of arrival in its place, because a channel has no clock.
TIME_UNKNOWN = datetime.fromtimestamp(0, UTC)


class SendError(Exception):
    """A message was not, or perhaps not, sent. Its class says what must happen next."""


class Refused(SendError):
    """The platform will never take this message; sending it again cannot help."""


class Unreachable(SendError):
    """The person blocked the bot or left the platform; she is told nothing more until she writes."""


class WindowClosed(SendError):
    """She has not written for too long, or the free messages since are used up: the message waits until
    she writes, or goes as a template."""


class NotNow(SendError):
    """Not sent; it may be repeated after ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Uncertain(SendError):
    """It may have been delivered: a reply is repeated (better twice than never), a push is not."""


class Unauthorised(SendError):
    """The platform refuses the token. The channel stops; ``chihoi doctor`` says how to mend it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do, with its limits; `degrade` fits every message to them."""

    buttons: bool
    text_limit: int
    photos_in: bool
    buttons_per_row: int = 1
    #: Whether a bot may send a document (Telegram's sendDocument).
    files: bool = False
    #: Sends a second in all, kept below what the platform names or is believed to allow.
    per_second: float = 25.0


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it, under this id. ``messages``: as how many it counts; ``remaining``: what the
    platform says may still go to her, None if it says nothing."""

    platform_id: str
    messages: int = 1
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the platform says this bot is (getMe); ``doctor`` prints it."""

    name: str
    detail: str


#: How a channel's messages come in. "page": our own page brings them.
Inlet = Literal["page", "polling", "webhook"]


#: Handles one message whole and returns only after it was committed; raising means "not taken".
Receive = Callable[[Inbound], Awaitable[None]]


class Channel(Protocol):
    """One platform."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def read(self, payload: Any) -> Sequence[Inbound]:
        """Turn one decoded update of the platform into messages; unknown kinds give none. Pure."""

    async def send(self, outbound: Outbound) -> Sent:
        """Send one message; raises a `SendError`."""

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of what was sent; raises a `SendError`."""

    async def identity(self) -> Identity:
        """Ask the platform who this bot is; raises `Unauthorised` or `NotNow`."""

    async def close(self) -> None:
        """Give back connections."""


@runtime_checkable
class Paced(Protocol):
    """A channel whose settings say how many sends a second it takes, whatever its `Capabilities` say."""

    per_second: float


class Polling(Protocol):
    """A channel that is asked for updates. An update counts as taken only when the next call confirms
    it, and the loop confirms only what was committed."""

    async def updates(self) -> Sequence[Any]:
        """The next updates, oldest first, waiting a while if there are none."""

    def confirm(self, update: Any) -> None:
        """This update was committed; the next call to `updates` lets the platform forget it."""

    def label(self, update: Any) -> str:
        """The platform's own id of the update: names it in the log, and knows it when it comes again."""


@runtime_checkable
class Attentive(Protocol):
    """A channel whose updates say more than messages do."""

    async def acknowledge(self, payload: Any) -> None:
        """Tell the platform at once that a button press arrived, before anything is handled (Telegram
        shows a waiting circle until then). Never raises a `SendError`."""

    def departures(self, payload: Any) -> Sequence[Address]:
        """Who blocked the bot or left, as the platform says unasked. Pure."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform says that what it took under this id arrived at her phone."""

    address: Address
    platform_id: str
    at: datetime


@runtime_checkable
class Receipted(Protocol):
    """A channel whose platform tells what arrived."""

    def receipts(self, payload: Any) -> Sequence[Receipt]:
        """What arrived, of an update. Pure."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Somebody was heard without a message of hers (a follow, a form): it opens a platform's window.
    ``phone`` is what she gave by the platform's own form."""

    address: Address
    at: datetime
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the house knows of a chat when it wants to write. Times aware, UTC. ``sent``: messages since
    she was heard; ``remaining``: the platform's last word on what is left; ``month``: messages of the
    whole channel this month; ``phone``: hers, if she gave it."""

    now: datetime
    heard_at: datetime | None = None
    sent: int = 0
    remaining: int | None = None
    month: int = 0
    phone: str = ""


#: message: as it is. template: in an approved form, outside the window. hold: not now; when she writes.
Way = Literal["message", "template", "hold"]


@runtime_checkable
class Metered(Protocol):
    """A channel that may not write to anybody at any time, or counts what it sends."""

    #: Messages a month and users the platform's plan allows; None: no limit known.
    limits: tuple[int | None, int | None]
    #: Whether the unit above is told when a message must be held.
    tell_above: bool

    def signs(self, payload: Any) -> Sequence[Sign]:
        """Who is heard in an update that is no message. Pure."""

    def way(self, urgent: bool, standing: Standing) -> Way:
        """How a message may go now; ``urgent``: an answer to her, no push. Pure."""

    async def send_template(self, outbound: Outbound, phone: str) -> Sent:
        """Send it as an approved template; raises a `SendError`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A channel's tokens that must be renewed. Times are aware, UTC."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_until: datetime
    refresh_until: datetime


class TokenStore(Protocol):
    """Where one channel's tokens lie, the same for all processes of the house."""

    async def current(self) -> Pair | None:
        """The pair in use; None before the first."""

    async def lease(self, seconds: float) -> Pair | None:
        """The pair to renew, if no other process is renewing it; it is the caller's for ``seconds``."""

    async def keep(self, pair: Pair) -> None:
        """Keep a new pair; returns when it would survive a power cut."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a channel may be given beside the settings. ``now``: aware; ``tokens``: the store of a
    channel by its name and the first refresh token of the settings."""

    now: Callable[[], datetime]
    tokens: Callable[[str, str], TokenStore]


@runtime_checkable
class Tended(Protocol):
    """A channel with something to do from time to time (renewing tokens)."""

    async def tend(self) -> None:
        """Do it until cancelled; never raises."""


class Registered(Channel, Protocol):
    """A channel of the table (`bot.channels`): the house makes and starts it by this alone."""

    #: Its name for people.
    title: ClassVar[str]
    #: The variable that turns it on; "" if it is always there.
    needs: ClassVar[str]
    #: How its messages come in, once it is made.
    inlet: Inlet

    @classmethod
    def of(cls, settings: Any, tools: Tools) -> "Registered | None":
        """The channel of the settings (`bot.settings.Settings`, or the channel's own variables); None
        if it is not set up."""


@runtime_checkable
class Hooked(Protocol):
    """A channel whose platform can bring its updates to our web server."""

    #: The path on our server.
    path: ClassVar[str]
    #: Seconds within which the platform wants its 200. Under ten, an update is committed as it came,
    #: acknowledged, and handled after that.
    patience: ClassVar[float]

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Whether the platform itself sent this. Pure, and takes the same time for any wrong secret."""

    def key(self, payload: Any) -> str:
        """The platform's own id of a decoded update, "" if it has none."""

    async def announce(self, url: str) -> None:
        """Tell the platform to bring updates to ``url``; nothing where that is done by hand."""


def with_numbers(outbound: Outbound) -> str:
    """The text with its choices as numbers to type, unless the text names them already.

    A choice is always also a number, because Zalo Bot has no buttons.
    """
    if not outbound.choices or f"{outbound.choices[0].number} {outbound.choices[0].label}" in outbound.text:
        return outbound.text
    line = " · ".join(f"{choice.number} {choice.label}" for choice in outbound.choices)
    return f"{outbound.text}\n{line}"


def fingerprint(payload: Any) -> str:
    """Names an update that has no id of its own: the same for the same JSON."""
    return hashlib.sha256(msgspec.json.encode(payload)).hexdigest()


def split(text: str, limit: int) -> list[str]:
    """Cut a text into pieces of at most ``limit`` characters, at line, sentence or word ends."""
    pieces: list[str] = []
    while len(text) > limit:
        cut = max(text.rfind(end, 1, limit) for end in ("\n", ". ", " "))
        cut = cut + 1 if cut > 0 else limit
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text]
