"""Events brought to their receivers, beside everything else.

One task a webhook, one event at a time: a slow receiver keeps nobody waiting but itself. An event leaves the
outbox only when its receiver took it, so a kill in between repeats it under the same id. A receiver in
trouble is left alone for growing gaps, and so is an event that it refuses.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from bot.hooks.payload import body_of
from bot.hooks.poster import Answer, Poster
from bot.hooks.signature import signed_headers
from bot.web.staff.figures import Figures
from scheduler.clock import Clock
from storage.database import Database
from storage.domain.effects import Effect
from storage.domain.webhook_effects import WebhookDelivered, WebhookFailed
from storage.domain.webhooks import MOST_REST, Event, Webhook, gap
from storage.plan.model import Plan
from storage.queries.webhooks import next_event, ready_webhooks
from storage.sealing import Seal
from storage.writer import Reader, Writer

log = logging.getLogger(__name__)

#: How often it is looked whether something is to be told: nobody waits for it on a telephone.
LOOK_SECONDS = 2.0

_Due = tuple[Webhook, Event, bytes | None]


class Deliverer:
    """The loop that tells receivers."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        plan: Plan,
        figures: Figures,
        seal: Seal,
        poster: Poster | None = None,
    ) -> None:
        """``clock`` is the one that gaps are counted by; ``seal`` opens the secrets."""
        self._database, self._writer, self._clock = database, writer, clock
        self._plan, self._figures, self._seal = plan, figures, seal
        self._poster = poster or Poster()
        self._lanes: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look again and again until cancelled; what is under way then is told again another time."""
        try:
            while True:
                try:
                    await self.look()
                except Exception:
                    log.exception("webhooks_not_read")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self.close()

    async def look(self) -> None:
        """Begin a lane for every webhook that is to be told something and has none."""
        now = self._clock.now()
        for hook in await self._database.read(lambda reader: ready_webhooks(reader, now)):
            if hook.id not in self._lanes:
                lane = asyncio.get_running_loop().create_task(self._lane(hook), name=f"webhook {hook.name}")
                self._lanes[hook.id] = lane
                lane.add_done_callback(lambda _, number=hook.id: self._lanes.pop(number, None))  # type: ignore[misc]

    async def settled(self) -> None:
        """Tell everything that is due now, and wait for the end of it."""
        await self.look()
        while self._lanes:
            await asyncio.wait(list(self._lanes.values()))

    async def close(self) -> None:
        """Stop the lanes and give back connections."""
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await self._poster.close()

    async def _lane(self, hook: Webhook) -> None:
        try:
            while await self._one(hook.id):
                pass
        except Exception:
            log.exception("webhook_lane_ended", extra={"webhook": hook.name})

    async def _one(self, hook_id: int) -> bool:
        """Tell one event; whether the next may follow."""
        now = self._clock.now()
        due = await self._database.read(lambda reader: self._due(reader, hook_id, now))
        if due is None:
            return False
        hook, event, body = due
        answer = Answer("error in the program") if body is None else await self._post(hook, event, body)
        made = self._made(hook, event, answer)
        await self._writer.run(f"webhook:{hook.id}", lambda reader: (made,))
        return not answer.resting

    def _due(self, reader: Reader, hook_id: int, now: datetime) -> _Due | None:
        found = next_event(reader, hook_id, now)
        if found is None:
            return None
        hook, event = found
        try:
            return hook, event, body_of(reader, self._plan, self._figures, hook, event)
        except Exception:
            log.exception("webhook_body_not_made", extra={"webhook": hook.name, "event": event.event_id})
            return hook, event, None

    async def _post(self, hook: Webhook, event: Event, body: bytes) -> Answer:
        secret = self._seal.open_up(hook.secret)
        if secret is None:
            return Answer("the secret was sealed with another key", resting=True)
        headers = signed_headers(secret, event.event_id, self._clock.now(), body)
        return await self._poster.post(hook.url, hook.allow_private, body, headers)

    def _made(self, hook: Webhook, event: Event, answer: Answer) -> Effect:
        now = self._clock.now().astimezone(UTC)
        if answer.taken:
            return WebhookDelivered(event.id, hook.id, now)
        log.warning("webhook_failed", extra={"webhook": hook.name, "reason": answer.error})
        asked = timedelta(seconds=answer.wait or 0)
        retry_at = now + max(gap(event.attempts + 1), asked)
        rest = max(min(gap(hook.failures + 1), MOST_REST), asked)
        return WebhookFailed(
            event.id, hook.id, now, answer.error, retry_at, now + rest if answer.resting else None
        )
