"""The writer on PostgreSQL: a turn is a transaction, and several run at once, here and in other processes.

- Turns of one key run in order: in this process by their place in the queue, between processes by an
  advisory lock of the key, taken before the transaction begins, so that it sees what the one before wrote.
  (A row lock on the conversation would do the same, but has no row to lock at somebody's first message, nor
  for a sweep.)
- Turns of different keys that change the same row (two accounts of one head; a push sent while she submits)
  cannot both commit: the later one is rolled back by the server and run again from the beginning.
- What was queued is told to the process that sends, and a kept update to the one that handles it, with the
  commit.

A killed process loses its connections; the server rolls back what they had begun and frees their locks.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.apply import apply
from storage.database import Database
from storage.domain.effects import UpdateSpooled
from storage.postgres import OUTBOX, POOL, PostgresSchema, lock_number, met_another
from storage.writer import Decide, Outcome, WriterClosed

#: How many turns may wait or run at once; see `storage.writer.sqlite.CAPACITY`.
CAPACITY = 1024

#: A turn that meets others so often is given up, and its error raised.
TRIES = 10


class PostgresWriter:
    """See `storage.writer.Writer`."""

    def __init__(self, database: Database, schema: PostgresSchema, capacity: int = CAPACITY) -> None:
        """The database stays the caller's to close, after the writer."""
        self._database, self._schema = database, schema
        self._room, self._capacity = asyncio.BoundedSemaphore(capacity), capacity
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._threads = ThreadPoolExecutor(POOL, thread_name_prefix="writer")
        self._closed = False

    async def run(self, key: str, decide: Decide) -> Outcome:
        """Run one turn to its commit. WriterClosed after `close`; DatabaseProblem if the server is gone or
        full; else whatever ``decide`` or the database raised. Nothing kept in any of these."""
        async with self._room:
            if self._closed:
                raise WriterClosed("the writer is closed")
            async with self._turns.setdefault(key, asyncio.Lock()):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._turn, key, decide
                )

    async def close(self) -> None:
        """Finish the turns already taken, then stop."""
        self._closed = True
        for _ in range(self._capacity):
            await self._room.acquire()
        self._threads.shutdown()
        for _ in range(self._capacity):
            self._room.release()

    def _turn(self, key: str, decide: Decide) -> Outcome:
        try:
            return self._until_alone(key, decide)
        except StopIteration as error:  # a future refuses it
            raise RuntimeError("decide raised StopIteration") from error
        except DBAPIError as error:
            raise self._schema.problem_of(error) or error from error

    def _until_alone(self, key: str, decide: Decide) -> Outcome:
        for _ in range(TRIES - 1):
            try:
                return self._once(key, decide)
            except DBAPIError as error:
                if not met_another(error):
                    raise
        return self._once(key, decide)

    def _once(self, key: str, decide: Decide) -> Outcome:
        with self._database.connect_for_writing() as connection:
            driver: Any = connection.connection.driver_connection
            lock = (lock_number(f"{self._schema.schema}:{key}"),)
            _at_once(driver, "SELECT pg_advisory_lock(%s)", lock)
            try:
                return self._committed(connection, decide)
            finally:
                if not driver.closed:
                    _at_once(driver, "SELECT pg_advisory_unlock(%s)", lock)

    def _committed(self, connection: Connection, decide: Decide) -> Outcome:
        with connection.begin():
            effects = tuple(decide(connection))
            ids = tuple([made for effect in effects if (made := apply(connection, effect)) is not None])
            if ids or any(isinstance(effect, UpdateSpooled) for effect in effects):
                connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (OUTBOX, self._schema.schema))
        return Outcome(effects, ids)


def _at_once(driver: Any, statement: str, values: tuple[int]) -> None:
    """Run outside of any transaction: a lock taken within one would come after its view of the data."""
    driver.autocommit = True
    try:
        driver.execute(statement, values)
    finally:
        if not driver.closed:
            driver.autocommit = False
