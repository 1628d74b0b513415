"""Whether a metered platform lets the house write to somebody now, and what each message costs.

Zalo lets an Official Account write to a person only for some time after she wrote, and counts. Here
stand the facts for the channel's own rule (`bot.channel.Metered.way`) and the effects of it: messages
counted, held until she writes, released when she did.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.channel import Channel, Metered, Sent, Standing, Way, WindowClosed
from scheduler.clock import VIETNAM, Clock
from storage.database import Database
from storage.domain.effects import Effect, HeldReleased, MessageHeld, MessagesCounted, MessageSent
from storage.domain.messages import Address, Outbound
from storage.queries import channels
from storage.queries.outbox import Waiting
from storage.writer import Reader

#: Makes the file that goes along with a message (`bot.files.Files`).
Prepare = Callable[[Outbound], Awaitable[Outbound]]

#: A message held longer is of no use: what it asks or reminds of is past.
HOLD_AT_MOST = timedelta(days=7)


def month_of(moment: datetime) -> str:
    """The month of Vietnam an instant lies in: ``2026-11``."""
    return f"{moment.astimezone(VIETNAM):%Y-%m}"


def standing(reader: Reader, address: Address, now: datetime) -> Standing:
    """What is known of a chat at ``now`` (aware)."""
    chat = channels.chat(reader, address)
    month = channels.sent_in(reader, address.channel, month_of(now))
    return Standing(now, chat.heard_at, chat.sent, chat.remaining, month, chat.phone)


class Gate:
    """The way out of one metered channel, message by message."""

    def __init__(
        self, database: Database, channel: Channel, metered: Metered, clock: Clock, files: Prepare
    ) -> None:
        """``channel`` and ``metered`` are the same object, by its two contracts; ``files`` makes the file
        that goes along with a message."""
        self._files = files
        self._database, self._channel, self._metered, self._clock = database, channel, metered, clock

    async def send(self, message: Waiting) -> list[Effect]:
        """Send by the way the channel says; a window that turns out to be closed holds the message or
        tries the template. Raises a `SendError`."""
        address = message.outbound.address
        known = await self._database.read(lambda reader: standing(reader, address, self._now()))
        way = self._metered.way(message.priority != "push", known)
        why = "window"
        while way != "hold":
            try:
                return self._gone(message, await self._by(way, message, known))
            except WindowClosed as closed:
                why = str(closed)
                way = self._outside(message, known) if way == "message" else "hold"
        return self._held(message, why)

    async def _by(self, way: Way, message: Waiting, known: Standing) -> Sent:
        if way == "template":
            return await self._metered.send_template(message.outbound, known.phone)
        return await self._channel.send(await self._files(message.outbound))

    def _outside(self, message: Waiting, known: Standing) -> Way:
        """How a push goes to somebody who was never heard: as a template, or not."""
        if message.priority != "push":
            return "hold"
        way = self._metered.way(False, Standing(known.now, phone=known.phone))
        return way if way == "template" else "hold"

    def _held(self, message: Waiting, reason: str) -> list[Effect]:
        return [MessageHeld(message.id, self._now(), reason, self._metered.tell_above)]

    def _gone(self, message: Waiting, sent: Sent) -> list[Effect]:
        address, now = message.outbound.address, self._now()
        effects: list[Effect] = [
            MessageSent(message.id, now, sent.platform_id),
            MessagesCounted(address, month_of(now), sent.messages, sent.remaining),
        ]
        if message.priority != "push":  # she wrote, and has her answer: now the rest
            effects.append(HeldReleased(address, now, now - HOLD_AT_MOST))
        return effects

    def _now(self) -> datetime:
        return self._clock.now().astimezone(UTC)


async def as_it_is(outbound: Outbound) -> Outbound:
    """No files go along."""
    return replace(outbound, file="") if outbound.file else outbound


def gate_of(database: Database, channel: Channel, clock: Clock, files: Prepare = as_it_is) -> Gate | None:
    """The gate of a metered channel; None for any other."""
    return Gate(database, channel, channel, clock, files) if isinstance(channel, Metered) else None
