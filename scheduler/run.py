"""Runs the sweeps: each at its own pace, all at once on demand (a jump of the demo's clock, start-up).

One loop looks every few seconds which sweep is due. Of several processes on one database only the holder
of the lease acts (`scheduler.lease`), and every sweep makes sure of it in its own transaction.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from handlers.turn import Turns
from scheduler import lease
from scheduler.clock import Clock
from scheduler.release import PEOPLE, Release
from scheduler.rules.rounds import Rules
from scheduler.sweep import Keep, Sweep
from scheduler.sweeps import SWEEPS
from scheduler.sweeps.retention import Retention
from storage.domain.effects import Effect, StepPlanned
from storage.plan.model import Plan
from storage.queries.pushes import planned_until
from storage.writer import Decide, Reader, Writer

log = logging.getLogger(__name__)

#: The days of domain.md 6.2, where settings name no others.
KEEP = Keep()

#: How often the loop looks whether a sweep is due.
TICK_SECONDS = 5.0

#: Seats a step is planned for in one transaction: some 20 ms.
SLICE = 1_000

#: A look releases at most so many handfuls before the loop goes round again.
HANDFULS = 10_000


def sliced(reader: Reader, effects: Sequence[Effect]) -> Sequence[Effect]:
    """The effects with one step at most, and of that one only the next slice of seats: planning all of
    100,000 in one transaction would have every reply wait for it."""
    others = [effect for effect in effects if not isinstance(effect, StepPlanned)]
    step = next((effect for effect in effects if isinstance(effect, StepPlanned)), None)
    if step is None:
        return others
    first = planned_until(reader, step.step)
    return [*others, replace(step, slice=(first, first + SLICE))]


class Scheduler:
    """The clock's hand: asks each sweep what is due and has the writer commit it."""

    def __init__(
        self,
        plan: Plan,
        writer: Writer,
        clock: Clock,
        turns: Turns,
        wake: Callable[[], None] = lambda: None,
        holder: str | None = None,
        handful: int = PEOPLE,
        keep: Keep = KEEP,
    ) -> None:
        """``clock`` tells the time in Asia/Ho_Chi_Minh; ``wake`` tells the sender that something waits;
        ``holder`` names this process in the lease (a name of its own unless given); ``handful``: people
        served in one transaction; ``keep``: how long what is kept."""
        self.rules = Rules(plan)
        self._sweeps = tuple(s.keeping(keep) if isinstance(s, Retention) else s for s in SWEEPS)
        self._writer, self._clock, self._wake = writer, clock, wake
        self._turns, self._release = turns, Release(self.rules, turns)
        self._holder = holder or secrets.token_hex(8)
        self._handful = handful
        self._last: dict[str, datetime] = {}

    async def tick(self, everything: bool = True) -> None:
        """Run every sweep now, or only those whose time has come, and release what is due."""
        now = self._clock.now()
        if await self._acts(now):
            due = [sweep for sweep in self._sweeps if everything or self._due(sweep, now)]
            # In this order, for they are of one key; on SQLite in one commit.
            await asyncio.gather(*(self._run(sweep, now) for sweep in due))
            await self._release_all(now)

    async def release(self) -> None:
        """Release what is due now, without looking for more."""
        await self._release_all(self._clock.now())

    async def run(self) -> None:
        """Run sweeps when they are due, until cancelled. One that fails is logged and tried again; the
        others go on."""
        while True:
            await self._look()
            await asyncio.sleep(TICK_SECONDS)

    async def _look(self) -> None:
        now = self._clock.now()
        try:
            if not await self._acts(now):
                return
        except Exception:
            log.exception("lease_not_taken")
            return
        for sweep in self._sweeps:
            if self._due(sweep, now):
                await self._try(sweep, now)
        try:
            await self._release_all(now)
        except Exception:
            log.exception("release_failed")

    async def _acts(self, now: datetime) -> bool:
        """Take or renew the lease; whether this process is the one that acts."""
        held = False

        def decide(reader: Reader) -> Sequence[Effect]:
            nonlocal held
            held = lease.free(reader, self._holder, now)
            return lease.take(reader, self._holder, now)

        await self._writer.run("lease", decide)
        return held

    def _due(self, sweep: Sweep, now: datetime) -> bool:
        last = self._last.get(sweep.name)
        return last is None or not last <= now < last + sweep.every

    async def _try(self, sweep: Sweep, now: datetime) -> None:
        try:
            await self._run(sweep, now)
        except Exception:
            log.exception("sweep_failed", extra={"sweep": sweep.name})

    async def _run(self, sweep: Sweep, now: datetime) -> None:
        decide = self._if_held(lambda reader: sliced(reader, sweep.decide(self.rules, reader, now)), now)
        while any(isinstance(done, StepPlanned) for done in await self._write("sweeps", decide)):
            pass
        self._last[sweep.name] = now

    async def _write(self, key: str, decide: Decide) -> Sequence[Effect]:
        return (await self._writer.run(key, decide)).effects

    def _if_held(self, decide: Decide, now: datetime) -> Decide:
        """``decide`` only while the lease is this process's, seen in the same transaction; the rules know
        the packs made in chat by then."""

        def held(reader: Reader) -> Sequence[Effect]:
            if not lease.free(reader, self._holder, now):
                return ()
            self.rules.plan = self._turns.learn(reader)
            return decide(reader)

        return held

    async def _release_all(self, now: datetime) -> None:
        """A handful of people at a time, until nothing more is due or enough waits to be sent."""
        decide = self._if_held(lambda reader: self._release.decide(reader, now, self._handful), now)
        for _ in range(HANDFULS):
            outcome = await self._writer.run("release", decide)
            if not outcome.effects:
                return
            self._wake()
