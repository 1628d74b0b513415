"""Is every channel alive, does every answer leave: what an administrator must be told unasked.

Told in the log as errors (``outbox_old``, ``channel_deaf``, ``channel_dead``), to the administrator in
chat (`bot.alerts`), and on ``/readyz`` and ``/metrics``;
not more often than `AGAIN_SECONDS` for the same trouble.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from scheduler.clock import Clock
from storage.database import Database
from storage.queries.outbox import oldest_reply

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
AGAIN_SECONDS = 600.0

#: An answer that waits longer is a trouble: a person stares at her phone.
MOST_WAIT_SECONDS = 120.0

#: A question for updates waits at most 50 s (Bot API); twice that and a retry's pause is silence.
MOST_SILENT_SECONDS = 180.0


class Poll(Protocol):
    """What is asked of a poller (`bot.polling.Poller`)."""

    stopped: str

    @property
    def silent_seconds(self) -> float | None:
        """Seconds since the platform last answered; None if it never did."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """``kind``: deaf (hears nothing), dead (the token is refused), slow (answers wait)."""

    kind: Literal["deaf", "dead", "slow"]
    channel: str
    seconds: float = 0.0


_EVENTS = {"deaf": "channel_deaf", "dead": "channel_dead", "slow": "outbox_old"}


@dataclass
class Watch:
    """Looks at the pollers and the outbox."""

    database: Database
    clock: Clock
    channels: Sequence[str] = ()
    pollers: dict[str, Poll] = field(default_factory=dict)
    #: Seconds the oldest waiting reply of each channel has waited, at the last look.
    ages: dict[str, float] = field(default_factory=dict)
    #: The channels that were refused for good while sending.
    stopped: Callable[[], Mapping[str, str]] = dict
    #: Tells the administrator.
    alert: Callable[[Trouble], Awaitable[None]] | None = None
    _began: dict[Poll, float] = field(default_factory=dict)
    _told: dict[tuple[str, str], float] = field(default_factory=dict)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("watch_failed")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> Sequence[Trouble]:
        """Look once, and tell what is new."""
        now = self.clock.now()
        for channel in self.channels:
            since = await self.database.read(lambda reader, name=channel: oldest_reply(reader, name))  # type: ignore[misc]
            self.ages[channel] = max(0.0, (now - since).total_seconds()) if since else 0.0
        found = self.troubles()
        for trouble in found:
            if self._tell(trouble) and self.alert is not None:
                await self.alert(trouble)
        return found

    def troubles(self) -> list[Trouble]:
        """What is wrong now."""
        found = [Trouble("dead", name) for name in self.stopped()]
        for name, poller in self.pollers.items():
            silent = self._silent(poller)
            if poller.stopped:
                found.append(Trouble("dead", name))
            elif silent > MOST_SILENT_SECONDS:
                found.append(Trouble("deaf", name, silent))
        slow = (Trouble("slow", name, age) for name, age in self.ages.items() if age > MOST_WAIT_SECONDS)
        return [*dict.fromkeys([*found, *slow])]

    def _silent(self, poller: Poll) -> float:
        """Since it was last heard, or since we look at it."""
        now = asyncio.get_running_loop().time()
        began = self._began.setdefault(poller, now)
        return poller.silent_seconds if poller.silent_seconds is not None else now - began

    def _tell(self, trouble: Trouble) -> bool:
        """Into the log; False if it was told not long ago."""
        now = asyncio.get_running_loop().time()
        last = self._told.get((trouble.kind, trouble.channel))
        if last is not None and now - last < AGAIN_SECONDS:
            return False
        self._told[trouble.kind, trouble.channel] = now
        what = {"channel": trouble.channel, "seconds": round(trouble.seconds)}
        log.error(_EVENTS[trouble.kind], extra=what)
        return True
