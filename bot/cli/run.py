"""``chihoi run``: serve the real thing until told to stop."""

import asyncio
import logging
import signal
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from bot.app import build, check_channels, running
from bot.observe import configure
from bot.settings import Settings, load
from scheduler.clock import VIETNAM, Clock, ManualClock, SystemClock
from storage.database import place_of
from storage.instance import only_instance
from storage.sqlite_file import SqliteFile

log = logging.getLogger(__name__)


def run() -> None:
    """Chạy trợ lý: nhận tin, trả lời, nhắc theo lịch. Dừng bằng Ctrl+C."""
    settings = load()
    configure(settings.secrets(), settings.log_format, settings.log_level)
    asyncio.run(serve_until_told(settings, clock_of(settings), phone_page=settings.phone_page))


def clock_of(settings: Settings) -> Clock:
    """The system's clock; for a rehearsal one that runs from the moment set."""
    if settings.rehearse_at is None:
        return SystemClock()
    return ManualClock(_local(settings.rehearse_at), running=True)


def _local(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _alone(database_url: str) -> AbstractContextManager[None]:
    """One process on a file; on PostgreSQL as many as wanted."""
    place = place_of(database_url)
    return only_instance(place.path) if isinstance(place, SqliteFile) else nullcontext()


async def serve_until_told(settings: Settings, clock: Clock, phone_page: bool) -> None:
    """Build, run, and stop in order at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await check_channels(settings, clock, phone_page)
    with _alone(settings.database_url):
        async with running(build(settings, clock), phone_page):
            log.info("started", extra={"host": settings.host, "port": settings.port})
            await stop.wait()
    log.info("stopped")
