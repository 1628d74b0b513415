"""What no receiver took for days is given up, so that it is seen and nothing piles up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect
from storage.domain.webhook_effects import WebhookEventsGivenUp
from storage.domain.webhooks import GIVE_UP_AFTER
from storage.queries.webhooks import oldest_waiting
from storage.writer import Reader


class StaleWebhooks:
    """Gives up events that wait longer than `GIVE_UP_AFTER`."""

    name: ClassVar[str] = "stale_webhooks"
    every: ClassVar[timedelta] = timedelta(hours=1)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """Those that are due; a second time there are none."""
        before, oldest = now.astimezone(UTC) - GIVE_UP_AFTER, oldest_waiting(reader)
        if oldest is None or oldest >= before:
            return ()
        return (WebhookEventsGivenUp(before, now.astimezone(UTC)),)
