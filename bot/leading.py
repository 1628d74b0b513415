"""What only one process may do: send, poll, handle kept updates, remove erased photos.

On SQLite there is one process. On PostgreSQL there may be several; all of them take updates from webhooks,
and one of them is, in `storage.postgres.Role`, the one that also speaks. If it ends, another takes over.
A platform counts messages by token, so a second sender would gain nothing but refusals.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from storage.database import Database
from storage.postgres import PostgresSchema, Role

log = logging.getLogger(__name__)

#: How often to look whether the role has become free, or was lost.
LOOK_SECONDS = 2.0

Work = Callable[[], Coroutine[None, None, None]]


async def lead(database: Database, name: str, work: Work, heard: Callable[[], None]) -> None:
    """Do ``work`` while this process is the one that does it; until cancelled, or ``work`` ends by itself.
    ``heard`` is called when something was queued by whomever."""
    if not isinstance(database.place, PostgresSchema):
        await work()
        return
    # A thread of its own: holding a role waits in it, and others' work must not wait behind that.
    with _thread(name) as thread:
        while not await _led(Role(database.place, name), name, thread, work, heard):
            await asyncio.sleep(LOOK_SECONDS)


@contextmanager
def _thread(name: str) -> Iterator[ThreadPoolExecutor]:
    thread = ThreadPoolExecutor(1, thread_name_prefix=f"role {name}")
    try:
        yield thread
    finally:
        thread.shutdown(wait=False)


async def _led(
    role: Role, name: str, thread: ThreadPoolExecutor, work: Work, heard: Callable[[], None]
) -> bool:
    """One try: whether the work is done for good."""
    loop = asyncio.get_running_loop()
    try:
        if await loop.run_in_executor(thread, role.take):
            log.info("role_taken", extra={"role": name})
            await _while_held(role, thread, work, heard)
            return True
    except Exception as error:  # the server is gone, or the connection: ask again
        log.warning("role_lost", extra={"role": name, "reason": type(error).__name__})
    finally:
        await loop.run_in_executor(thread, role.leave)
    return False


async def _while_held(role: Role, thread: ThreadPoolExecutor, work: Work, heard: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work())

    def told() -> None:
        loop.call_soon_threadsafe(heard)

    try:
        while not task.done():
            await loop.run_in_executor(thread, role.keep, LOOK_SECONDS, told)
        await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
