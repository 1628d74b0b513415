"""What the house measures, for Prometheus: ``/metrics``. Counts and times only; nothing names a person.

Only this machine may read it, or whoever has CHIHOI_METRICS_TOKEN (``Authorization: Bearer ...``).
"""

import hmac
import logging
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.watch import Watch
from scheduler.clock import Clock
from storage.database import Database
from storage.domain.webhooks import Webhook
from storage.queries.metrics import Figures, figures

#: From a commit on a fast disk to a person who has put the telephone away.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics(logging.Handler):
    """The registry of one house. As a log handler it counts what is logged as a warning or an error:
    every trouble has a name there already (send_failed, poll_failed, turn_failed, backup_failed ...)."""

    def __init__(
        self, database: Database, watch: Watch, clock: Clock, levels: Mapping[str, str], token: str = ""
    ) -> None:
        """``levels``: the kind of unit each pack is asked of. ``token`` "": only this machine may read."""
        super().__init__(logging.WARNING)
        self._levels = levels
        self._database, self._watch, self._clock, self._token = database, watch, clock, token
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory and processor time of the process
        new = {"registry": self.registry}
        self.turns = Histogram("chihoi_turn_seconds", "From arrival to commit", buckets=_SECONDS, **new)  # type: ignore[arg-type]
        self._events = Counter(
            "chihoi_events", "Warnings and errors", ["event", "channel"], registry=self.registry
        )
        self._age = Gauge(
            "chihoi_outbox_age_seconds", "Oldest waiting reply", ["channel"], registry=self.registry
        )
        self._up = Gauge("chihoi_channel_up", "1 heard and not refused", ["channel"], registry=self.registry)
        self._outbox = Gauge(
            "chihoi_outbox_messages", "Messages", ["priority", "state"], registry=self.registry
        )
        self._hooks = Gauge(
            "chihoi_webhook_events", "Events not delivered", ["webhook", "state"], registry=self.registry
        )
        self._hook_failures = Gauge(
            "chihoi_webhook_failures", "Failed tries in a row", ["webhook"], registry=self.registry
        )
        self._letters = Gauge("chihoi_dead_letters", "Dead letters waiting", registry=self.registry)
        self._backup = Gauge("chihoi_backup_age_seconds", "Since the newest; -1 none", registry=self.registry)
        self._rate = Gauge(
            "chihoi_reports", "Reports of an open round", ["pack", "period", "state"], registry=self.registry
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Count it by its name; a library's sentence (which may hold anything) is just "other"."""
        name = str(record.msg)
        event = name if name.isidentifier() and not record.args else "other"
        self._events.labels(event, str(getattr(record, "channel", ""))).inc()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        return (web.get("/metrics", self.show),)

    async def show(self, request: web.Request) -> web.Response:
        """The figures of now; 404 to whoever may not see them."""
        if not self._may_read(request):
            raise web.HTTPNotFound
        self._set(await self._database.read(lambda reader: figures(reader, self._clock.now(), self._levels)))
        return web.Response(
            body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    def _may_read(self, request: web.Request) -> bool:
        if self._token:
            given = request.headers.get("Authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())
        # Behind a proxy everybody comes from this machine.
        proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        return not proxied and ip_address(request.remote or "0.0.0.0").is_loopback  # noqa: S104

    def _set(self, found: Figures) -> None:
        now = self._clock.now()
        for (priority, state), count in found.outbox.items():
            self._outbox.labels(priority, state).set(count)
        for (pack, period), (expected, submitted) in found.reports.items():
            self._rate.labels(pack, period, "expected").set(expected)
            self._rate.labels(pack, period, "submitted").set(submitted)
        self._letters.set(found.dead_letters)
        self._set_webhooks(found.webhooks)
        self._backup.set((now - found.last_backup).total_seconds() if found.last_backup else -1)
        bad = {trouble.channel for trouble in self._watch.troubles() if trouble.kind != "slow"}
        for channel in self._watch.channels:
            self._age.labels(channel).set(self._watch.ages.get(channel, 0.0))
            self._up.labels(channel).set(0 if channel in bad else 1)

    def _set_webhooks(self, hooks: Sequence[Webhook]) -> None:
        self._hooks.clear()
        self._hook_failures.clear()
        for hook in hooks:
            self._hooks.labels(hook.name, "waiting").set(hook.waiting)
            self._hooks.labels(hook.name, "given_up").set(hook.given_up)
            self._hook_failures.labels(hook.name).set(hook.failures)
