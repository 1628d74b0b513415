"""Asking a channel for updates, and confirming only what was committed.

The messages of one chat are taken in order, different chats side by side, so that they share commits.
What fails is not confirmed: the platform gives it again. Confirmed is only the unbroken run of updates
from the oldest; those committed beyond it are remembered, so that they are not taken twice.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from bot.channel import Channel, NotNow, Polling, SendError, Unauthorised
from bot.receive import Receiver, Update, reason_of
from storage.writer import WriterClosed

log = logging.getLogger(__name__)


class PolledChannel(Channel, Polling, Protocol):
    """A channel that is asked for updates."""


class Poller:
    """The loop of one channel. It never raises: a dead channel is logged and asked again."""

    def __init__(
        self, channel: PolledChannel, receiver: Receiver, first_pause: float = 1.0, most_pause: float = 60.0
    ) -> None:
        """Seconds to wait after a failure: ``first_pause``, then twice as long each time."""
        self._channel, self._receiver = channel, receiver
        self._first_pause, self._most_pause = first_pause, most_pause
        self._failures = 0
        self._heard: float | None = None
        self._committed: set[str] = set()
        self.stopped = ""

    @property
    def silent_seconds(self) -> float | None:
        """Seconds since the platform last answered a question for updates; None if it never did. More
        than a few times the channel's waiting time means: this channel is deaf."""
        return None if self._heard is None else asyncio.get_running_loop().time() - self._heard

    async def run(self) -> None:
        """Ask and take until cancelled, or until the platform refuses the token (``stopped`` says so)."""
        while not self.stopped:
            try:
                pause = await self.step()
            except Exception:
                log.exception("poll_broke", extra={"channel": self._channel.name})
                pause = self._pause()
            if pause:
                await asyncio.sleep(pause)

    async def step(self) -> float:
        """Ask once and take what came. Returns how many seconds to wait before the next time."""
        try:
            updates = await self._channel.updates()
        except Unauthorised as error:
            self.stopped = str(error)
            log.error("channel_stopped", extra={"channel": self._channel.name, "reason": str(error)})
            return 0.0
        except SendError as error:
            return self._not_heard(error)
        self._heard = asyncio.get_running_loop().time()
        if await self._take(updates):
            self._failures = 0
            return 0.0
        return self._pause()

    def _not_heard(self, error: SendError) -> float:
        pause = self._pause()
        log.warning("poll_failed", extra={"channel": self._channel.name, "reason": str(error)})
        asked = error.retry_after if isinstance(error, NotNow) else None
        return max(pause, asked or 0.0)

    def _pause(self) -> float:
        self._failures += 1
        return min(self._first_pause * 2.0 ** min(self._failures - 1, 20), self._most_pause)

    async def _take(self, updates: Sequence[Any]) -> bool:
        """Take a batch and confirm what may be; whether all of it was committed."""
        chats: dict[str, list[Update]] = {}
        for payload in updates:
            if self._channel.label(payload) not in self._committed:
                update = self._receiver.open(self._channel, payload)
                chats.setdefault(update.chat, []).append(update)
        taken = await asyncio.gather(*(self._in_order(chat) for chat in chats.values()))
        self._confirm(updates)
        return all(taken)

    async def _in_order(self, updates: Sequence[Update]) -> bool:
        """One chat's updates; behind one that failed the rest wait for the next time."""
        for update in updates:
            label = self._channel.label(update.payload)
            try:
                await self._receiver.take(self._channel, update)
            except WriterClosed:
                return False  # the house is closing
            except Exception as error:
                log.warning("update_not_taken", extra={"update_id": label, "reason": reason_of(error)})
                return False
            self._committed.add(label)
        return True

    def _confirm(self, updates: Sequence[Any]) -> None:
        for payload in updates:
            label = self._channel.label(payload)
            if label not in self._committed:
                return
            self._channel.confirm(payload)
            self._committed.discard(label)
