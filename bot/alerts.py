"""What the administrator is told in chat, unasked: a channel is dead or deaf, answers wait too long.

It goes to every account of CHIHOI_ALERTS_TO, so that at least one lies on a channel that lives.
"""

from collections.abc import Sequence
from datetime import UTC

from bot.watch import Trouble
from handlers.reports.alert import alert
from scheduler.clock import VIETNAM, Clock
from storage.domain.effects import MessageQueued
from storage.domain.messages import Address, Outbound
from storage.writer import Writer

#: The same trouble is told so often a day: each stretch has a key of its own.
STRETCH_HOURS = 6


class Alerts:
    """Queues the message; telling the same trouble again within a stretch changes nothing, also after a
    restart."""

    def __init__(self, writer: Writer, clock: Clock, to: Sequence[Address]) -> None:
        """``to``: the accounts of settings; none: nothing is told."""
        self._writer, self._clock, self._to = writer, clock, to

    async def tell(self, trouble: Trouble) -> None:
        """Commit the messages about it."""
        now = self._clock.now()
        local = now.astimezone(VIETNAM)
        stretch = f"{local:%Y-%m-%d}.{local.hour // STRETCH_HOURS}"
        text = alert(trouble.kind, trouble.channel, trouble.seconds)
        queued = tuple(
            MessageQueued(
                Outbound(address, text), now.astimezone(UTC), "push",
                key=f"alert:{trouble.kind}:{trouble.channel}:{stretch}:{address}", veiled=True,
            )
            for address in self._to
        )  # fmt: skip
        if queued:
            await self._writer.run("alerts", lambda reader: queued)
