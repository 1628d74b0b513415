"""Is it alive, is it ready: for Docker, a load balancer, a person with curl."""

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from bot.watch import Watch
from bot.web.render import text
from storage.database import Database
from storage.writer import Reader

log = logging.getLogger(__name__)

#: A database that does not answer within this is not ready, whatever it does later.
PATIENCE_SECONDS = 3.0


class Health:
    """``/healthz``: the process answers. ``/readyz``: the database answers too and every channel hears;
    503 if not."""

    def __init__(self, database: Database, watch: Watch | None = None) -> None:
        """``database`` is only read; ``watch`` knows of the channels."""
        self._database, self._watch = database, watch

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        return web.get("/healthz", self.alive), web.get("/readyz", self.ready)

    async def alive(self, request: web.Request) -> web.Response:
        """Always 200."""
        return web.Response(text=text("health.alive"))

    async def ready(self, request: web.Request) -> web.Response:
        """200, or 503 with a sentence; why is in the log."""
        try:
            await asyncio.wait_for(self._database.read(_ask), PATIENCE_SECONDS)
        except Exception:
            log.exception("not_ready")
            return web.Response(text=text("health.not_ready"), status=503)
        troubles = self._watch.troubles() if self._watch is not None else ()
        if troubles:
            said = (text(f"health.{each.kind}", channel=each.channel) for each in troubles)
            return web.Response(text="\n".join(said), status=503)
        return web.Response(text=text("health.ready"))


def _ask(reader: Reader) -> None:
    reader.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar_one()
