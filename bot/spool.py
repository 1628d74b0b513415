"""Updates acknowledged at once and handled after that.

A platform that waits two seconds for its 200 (Zalo OA) is answered as soon as the update is committed as
it came. This loop then takes it to its turn like any other; only when that is committed is the kept
update forgotten. A crash in between handles it again, and the message id makes that change nothing.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC
from typing import Any

from bot.channel import Channel, fingerprint
from bot.receive import Receiver, Update, reason_of
from scheduler.clock import Clock
from storage.database import Database
from storage.domain.effects import UpdateHandled, UpdateSpooled
from storage.queries.channels import Kept, kept_updates
from storage.writer import Writer, WriterClosed

log = logging.getLogger(__name__)

#: Updates looked at together; those of one chat in order, chats side by side.
BATCH = 200

#: Seconds between two looks unasked, and after a failure.
TICK_SECONDS = 2.0


class Spool:
    """The kept updates of one channel."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        channel: Channel,
        receiver: Receiver,
        clock: Clock,
        tick: float = TICK_SECONDS,
    ) -> None:
        """``receiver`` takes the updates of ``channel``."""
        self._database, self._writer, self._clock, self._tick = database, writer, clock, tick
        self._channel, self._receiver = channel, receiver
        self._woken = asyncio.Event()

    async def put(self, payload: Any, key: str) -> None:
        """Keep an update; returns after the commit, raises what the writer raised. ``key``: the
        platform's id of it, "" if it has none."""
        named = key or fingerprint(payload)
        kept = UpdateSpooled(self._channel.name, named, payload, self._clock.now().astimezone(UTC))
        await self._writer.run(f"spool:{self._channel.name}", lambda reader: (kept,))
        self.wake()

    def wake(self) -> None:
        """Another update is kept; called in the event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Handle what is kept until cancelled; what fails is tried again."""
        while True:
            self._woken.clear()
            if await self._look():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._tick):
                        await self._woken.wait()

    async def _look(self) -> bool:
        """Handle one batch; whether to wait before the next."""
        try:
            kept = await self._database.read(lambda reader: kept_updates(reader, self._channel.name, BATCH))
        except Exception:
            log.exception("spool_not_read", extra={"channel": self._channel.name})
            return True
        chats: dict[str, list[tuple[Kept, Update]]] = {}
        for one in kept:
            update = self._receiver.open(self._channel, one.payload)
            chats.setdefault(update.chat, []).append((one, update))
        handled = await asyncio.gather(*(self._in_order(chat) for chat in chats.values()))
        return len(kept) < BATCH or not all(handled)

    async def _in_order(self, chat: list[tuple[Kept, Update]]) -> bool:
        for kept, update in chat:
            try:
                await self._receiver.take(self._channel, update)
                done = UpdateHandled(self._channel.name, kept.key)
                await self._writer.run(f"spool:{self._channel.name}", lambda reader, done=done: (done,))  # type: ignore[misc]
            except WriterClosed:
                return False
            except Exception as error:
                log.warning("update_not_taken", extra={"update_id": kept.key, "reason": reason_of(error)})
                return False
        return True
