"""What only one process may do: send, poll, hand over kept updates.

On SQLite there is one process. On PostgreSQL there may be several; all of them take updates from webhooks,
and one of them is, in `storage.postgres.Role`, the one that also speaks. If it ends, another takes over.
A platform counts messages by token, so a second sender would gain nothing but refusals.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress

from storage.database import Database
from storage.postgres import PostgresSchema, Role

log = logging.getLogger(__name__)

#: How often to look whether the role has become free, or was lost.
LOOK_SECONDS = 2.0

Work = Callable[[], Coroutine[None, None, None]]


async def lead(database: Database, name: str, work: Work, heard: Callable[[], None]) -> None:
    """Do ``work`` while this process is the one that does it; until cancelled. ``heard`` is called when
    another process has queued messages."""
    if not isinstance(database.place, PostgresSchema):
        await work()
        return
    while True:
        role = Role(database.place, name)
        try:
            if await asyncio.to_thread(role.take):
                log.info("role_taken", extra={"role": name})
                await _while_held(role, work, heard)
        except Exception as error:  # the server is gone, or the connection: ask again
            log.warning("role_lost", extra={"role": name, "reason": type(error).__name__})
        finally:
            await asyncio.to_thread(role.leave)
        await asyncio.sleep(LOOK_SECONDS)


async def _while_held(role: Role, work: Work, heard: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work())

    def told() -> None:
        loop.call_soon_threadsafe(heard)

    try:
        while not task.done():
            await asyncio.to_thread(role.keep, LOOK_SECONDS, told)
        await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
