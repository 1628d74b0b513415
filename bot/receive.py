"""The one entrance: an update of any channel, read, turned, committed.

Whoever awaits `Receiver.take` may acknowledge the update when it returns (webhook 200, next polling
offset): all of it is committed then. If it raises, nothing must be acknowledged; the platform brings the
update again, and what of it was committed already is known by its message id and changes nothing.
"""

import asyncio
import hashlib
import logging
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import structlog

from bot.channel import (
    TIME_UNKNOWN,
    Attentive,
    Channel,
    Metered,
    NotNow,
    Receipted,
    SendError,
    fingerprint,
)
from bot.limits import Limit
from bot.photos import BadPhoto, Photos
from scheduler.clock import Clock
from storage.domain.effects import (
    AccountUnreachable,
    ChatHeard,
    DeadLetterKept,
    Effect,
    MessageDelivered,
    MessageReceived,
)
from storage.domain.messages import Address, Attachment, Inbound
from storage.domain.problems import Problem
from storage.queries import consent, conversations
from storage.queries.outbox import sent_as
from storage.writer import Decide, Reader, Writer, WriterClosed

log = logging.getLogger(__name__)

#: After so many failures a photo is given up (the message goes on without it), and so is a message
#: whose turn fails: it must not keep everybody else's waiting for ever.
TRIES = 3

#: A receipt for something unknown is looked at once more after so long.
RECEIPT_SECONDS = 2.0

Turn = Callable[[Inbound], Decide]

#: Decides on a message whose turn failed for good; the second argument is `place_of` its error.
Fallback = Callable[[Inbound, str], Decide]


def reason_of(error: Exception) -> str:
    """What the log may say of an error: its text too only if it cannot hold a person's words."""
    told = isinstance(error, Problem | SendError | OSError)
    return f"{type(error).__name__}: {error}" if told else type(error).__name__


def place_of(error: Exception) -> str:
    """The class of an error and where it was raised ("KeyError at engine.py:120"), never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a platform, read. ``chat`` is the key that keeps its messages in order;
    ``unreadable`` what was wrong with one that could not be read."""

    payload: Any
    inbounds: Sequence[Inbound] = ()
    departures: Sequence[Address] = ()
    unreadable: str = ""

    @property
    def chat(self) -> str:
        """``telegram:42``; empty if the update is nobody's."""
        addresses = [*(inbound.address for inbound in self.inbounds), *self.departures]
        return str(addresses[0]) if addresses else ""

    @property
    def maybe_pressed(self) -> bool:
        """Whether a button may have been pressed: it holds a choice, or nothing that could be read."""
        return not self.inbounds or any(inbound.choice is not None for inbound in self.inbounds)


#: Whether a kind of channel keeps a protocol: asking is slow, so each is asked once.
_KEPT: dict[tuple[type, type], bool] = {}


def _is(channel: Channel | None, protocol: type) -> bool:
    known = (type(channel), protocol)
    if known not in _KEPT:
        _KEPT[known] = isinstance(channel, protocol)
    return _KEPT[known]


def _attentive(channel: Channel) -> Attentive | None:
    """The channel as one that says more."""
    return cast(Attentive, channel) if _is(channel, Attentive) else None


def _metered(channel: Channel | None) -> Metered | None:
    """The channel as one whose messages are counted."""
    return cast(Metered, channel) if _is(channel, Metered) else None


def _receipted(channel: Channel) -> Receipted | None:
    """The channel as one that says what arrived."""
    return cast(Receipted, channel) if _is(channel, Receipted) else None


def unanswered(inbound: Inbound, error: str = "") -> Decide:
    """What is kept of a message whose turn fails again and again: that it came, none of its words."""

    def decide(reader: Reader) -> Sequence[Effect]:
        if _taken_before(reader, inbound):
            return ()
        return (_came(inbound, reader, "failed"),)

    return decide


def flooded(inbound: Inbound) -> Decide:
    """What is kept of a message over the limit: that it came. It is not answered."""

    def decide(reader: Reader) -> Sequence[Effect]:
        if _taken_before(reader, inbound):
            return ()
        return (_came(inbound, reader, "flood"),)

    return decide


def _taken_before(reader: Reader, inbound: Inbound) -> bool:
    channel, message_id = inbound.address.channel, inbound.message_id
    return conversations.seen(reader, channel, message_id) or consent.seen_veiled(reader, channel, message_id)


def _came(inbound: Inbound, reader: Reader, reading: str) -> MessageReceived:
    """That it came, none of its words; a stranger's under hashes."""
    silent = replace(inbound, text="", start_code=None, attachment=None)
    return MessageReceived(silent, "", reading, veiled=consent.person_of(reader, inbound.address) is None)


def request_id(inbound: Inbound) -> str:
    """Names one message in every line of the log that is about it; tells nobody whose it is."""
    return hashlib.sha256(f"{inbound.address.channel} {inbound.message_id}".encode()).hexdigest()[:12]


def _arrived(reader: Reader, address: Address, platform_id: str, at: datetime) -> Sequence[Effect]:
    """The message of ours that a receipt names; none for one that is not known (or not any more)."""
    return tuple(MessageDelivered(found, at) for found in sent_as(reader, address, platform_id))


class Receiver:
    """Takes updates and single messages to their commit."""

    def __init__(
        self,
        writer: Writer,
        turn: Turn,
        photos: Photos,
        channels: Mapping[str, Channel],
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
        fallback: Fallback = unanswered,
    ) -> None:
        """``turn`` decides on a message; ``fallback`` on one whose turn failed `TRIES` times; ``wake``
        tells the sender that there is something to send."""
        self._writer, self._turn, self._photos = writer, turn, photos
        self._channels, self._clock, self._wake, self._fallback = channels, clock, wake, fallback
        self._failures: dict[tuple[str, str], int] = {}
        self._courtesies: set[asyncio.Task[None]] = set()
        self._limit: Limit | None = None
        self._measure: Callable[[float], None] = lambda seconds: None

    def guard(self, limit: Limit, measure: Callable[[float], None]) -> None:
        """``limit`` what one account may send; ``measure`` is told how long each turn took (seconds)."""
        self._limit, self._measure = limit, measure

    # --- an update

    def open(self, channel: Channel, payload: Any) -> Update:
        """Read an update. One that cannot be read is empty, and a line in the log by its id: it would
        not be readable the next time either."""
        try:
            attentive = _attentive(channel)
            leaving = attentive.departures(payload) if attentive is not None else ()
            return Update(payload, channel.read(payload), leaving)
        except Exception as error:
            log.error(
                "update_not_readable",
                extra={
                    "channel": channel.name,
                    "update_id": payload.get("update_id") if isinstance(payload, dict) else None,
                    "reason": f"{type(error).__name__}: {error}",  # names a field, holds no words
                },
            )
            return Update(payload, unreadable=place_of(error))

    async def take(self, channel: Channel, update: Update) -> None:
        """Take all of an update to its commit. Raises what the writer raised."""
        attentive = _attentive(channel)
        if attentive is not None and update.maybe_pressed:
            self._acknowledge(attentive, update.payload)
        if update.unreadable and isinstance(update.payload, dict):
            await self._writer.run(channel.name, self._unreadable(channel, update))
        for address in update.departures:
            await self._writer.run(str(address), self._left(address))
        metered, receipted = _metered(channel), _receipted(channel)
        if metered is not None:
            await self._note_signs(metered, update)
        if receipted is not None:
            await self._note_receipts(receipted, update)
        for inbound in update.inbounds:
            await self(inbound)

    def _unreadable(self, channel: Channel, update: Update) -> Decide:
        """That it came, by its id (or its fingerprint): whose it was and what it said is not known."""
        at = self._clock.now().astimezone(UTC)
        number = update.payload.get("update_id") or fingerprint(update.payload)
        nobodys = Inbound(Address(channel.name, ""), f"update:{number}", at)
        return lambda reader: (DeadLetterKept(nobodys, at, update.unreadable),)

    async def _note_signs(self, channel: Metered, update: Update) -> None:
        """A follow or a form is a sign of life as a message is: it opens the platform's window."""
        for sign in channel.signs(update.payload):
            heard = ChatHeard(sign.address, sign.at, sign.phone)
            await self._writer.run(str(sign.address), lambda reader, heard=heard: (heard,))  # type: ignore[misc]

    async def _note_receipts(self, channel: Receipted, update: Update) -> None:
        for receipt in channel.receipts(update.payload):
            at = self._clock.now().astimezone(UTC) if receipt.at == TIME_UNKNOWN else receipt.at
            found = partial(_arrived, address=receipt.address, platform_id=receipt.platform_id, at=at)
            if not (await self._writer.run(str(receipt.address), found)).effects:
                self._beside(self._once_more(str(receipt.address), found))

    async def _once_more(self, key: str, decide: Decide) -> None:
        """A receipt may be faster than our own note of what was sent."""
        await asyncio.sleep(RECEIPT_SECONDS)
        await self._writer.run(key, decide)

    def _left(self, address: Address) -> Decide:
        gone = AccountUnreachable(address, self._clock.now().astimezone(UTC))
        return lambda reader: (gone,)

    def _acknowledge(self, channel: Attentive, payload: Any) -> None:
        """Beside the turn, not before it: a slow platform must not delay the answer."""
        self._beside(channel.acknowledge(payload))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def close(self) -> None:
        """Wait for the last acknowledgements of button presses, then leave the photo folder."""
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        self._photos.close()

    # --- one message

    async def __call__(self, inbound: Inbound) -> None:
        """One message to its commit (`bot.channel.Receive`)."""
        began = asyncio.get_running_loop().time()
        if self._limit is not None and not self._limit.allows(str(inbound.address), began):
            await self._writer.run(str(inbound.address), flooded(inbound))
            return
        with structlog.contextvars.bound_contextvars(request=request_id(inbound)):
            await self._taken(inbound)
        self._measure(asyncio.get_running_loop().time() - began)

    async def _taken(self, inbound: Inbound) -> None:
        known = (inbound.address.channel, inbound.message_id)
        if inbound.at == TIME_UNKNOWN:
            inbound = replace(inbound, at=self._clock.now().astimezone(UTC))
        if inbound.attachment is not None:
            inbound = await self._with_photo(inbound, known)
        await self._run(inbound, known)
        self._failures.pop(known, None)
        self._wake()

    async def _run(self, inbound: Inbound, known: tuple[str, str]) -> None:
        try:
            await self._writer.run(str(inbound.address), self._decide(inbound))
        except (WriterClosed, Problem):
            raise  # the house's state (closing, disk full), not this message's doing
        except Exception as error:
            log.exception("turn_failed", extra={"channel": known[0], "request": request_id(inbound)})
            if self._failed(known) < TRIES:
                raise
            await self._give_up(inbound, place_of(error))

    async def _give_up(self, inbound: Inbound, error: str) -> None:
        """Keep it as a dead letter; if even that fails, at least that it came, so that the chat goes on."""
        try:
            await self._writer.run(str(inbound.address), self._fallback(inbound, error))
        except (WriterClosed, Problem):
            raise
        except Exception:
            log.exception("dead_letter_not_kept", extra={"request": request_id(inbound)})
            await self._writer.run(str(inbound.address), unanswered(inbound))

    def _decide(self, inbound: Inbound) -> Decide:
        """The turn; on a metered channel a new message also opens the window."""
        turn = self._turn(inbound)
        if _metered(self._channels.get(inbound.address.channel)) is None:
            return turn

        def decide(reader: Reader) -> Sequence[Effect]:
            effects = turn(reader)
            return (*effects, ChatHeard(inbound.address, inbound.at)) if effects else effects

        return decide

    def _failed(self, known: tuple[str, str]) -> int:
        """How often this message has failed now."""
        if len(self._failures) > 10_000:  # of messages that never came again
            self._failures.clear()
        self._failures[known] = self._failures.get(known, 0) + 1
        return self._failures[known]

    # --- its photo

    async def _with_photo(self, inbound: Inbound, known: tuple[str, str]) -> Inbound:
        """The message with its photo kept; without its path if that cannot be had."""
        attachment = inbound.attachment
        channel = self._channels.get(inbound.address.channel)
        wanted = attachment is not None and attachment.kind == "photo" and attachment.reference
        if attachment is None or channel is None or not wanted or attachment.path:
            return inbound
        try:
            path = await self._kept(channel, attachment, inbound)
        except (SendError, BadPhoto) as error:
            reason = f"{type(error).__name__}: {error}"
            log.warning("photo_not_kept", extra={"request": request_id(inbound), "reason": reason})
            if isinstance(error, NotNow) and self._failed(("photo", known[1])) < TRIES:
                raise
            path = ""
        self._failures.pop(("photo", known[1]), None)
        return replace(inbound, attachment=replace(attachment, path=path))

    async def _kept(self, channel: Channel, attachment: Attachment, inbound: Inbound) -> str:
        return await self._photos.keep(await channel.fetch(attachment), inbound.at)
