"""Runs the sweeps: each at its own pace, all at once on demand (a jump of the demo's clock, start-up)."""

import asyncio
import logging
from datetime import datetime

from scheduler.clock import Clock
from scheduler.sweep import Keep, Sweep
from scheduler.sweeps import SWEEPS
from scheduler.sweeps.retention import Retention
from storage.plan.model import Plan
from storage.writer import Writer

log = logging.getLogger(__name__)

#: The days of domain.md 6.2, where settings name no others.
KEEP = Keep()

#: How often the loop looks whether a sweep is due.
TICK_SECONDS = 5.0


class Scheduler:
    """The clock's hand: asks each sweep what is due and has the writer commit it."""

    def __init__(self, plan: Plan, writer: Writer, clock: Clock, keep: Keep = KEEP) -> None:
        """``clock`` tells the time in Asia/Ho_Chi_Minh; ``keep`` is how long what is kept."""
        self._sweeps = tuple(s.keeping(keep) if isinstance(s, Retention) else s for s in SWEEPS)
        self._plan, self._writer, self._clock = plan, writer, clock
        self._last: dict[str, datetime] = {}

    async def tick(self) -> None:
        """Run every sweep now."""
        for sweep in self._sweeps:
            await self._run(sweep, self._clock.now())

    async def run(self) -> None:
        """Run sweeps when they are due, until cancelled. One that fails is logged and tried again; the
        others go on."""
        while True:
            now = self._clock.now()
            for sweep in self._sweeps:
                if self._due(sweep, now):
                    await self._try(sweep, now)
            await asyncio.sleep(TICK_SECONDS)

    def _due(self, sweep: Sweep, now: datetime) -> bool:
        last = self._last.get(sweep.name)
        return last is None or not last <= now < last + sweep.every

    async def _try(self, sweep: Sweep, now: datetime) -> None:
        try:
            await self._run(sweep, now)
        except Exception:
            log.exception("sweep_failed", extra={"sweep": sweep.name})

    async def _run(self, sweep: Sweep, now: datetime) -> None:
        await self._writer.run(f"sweep:{sweep.name}", lambda reader: sweep.decide(self._plan, reader, now))
        self._last[sweep.name] = now
