"""The writer on SQLite: one thread, one connection, one commit for all turns that wait.

There is no timer: whatever waits when a commit is done goes into the next one, so the group grows
with the load by itself (reference/performance.md: one commit a turn 47/s on a slow disk, group
commit 2,800/s).
"""

import asyncio
from dataclasses import dataclass
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Thread

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.apply import apply
from storage.database import Database, problem_of
from storage.fast import SavepointLost, savepoint
from storage.writer import Decide, Outcome, WriterClosed

#: How many turns may wait or run at once; beyond it whoever wants to write waits, and so does the
#: platform. Bounds memory, and how long a group may become.
CAPACITY = 1024


@dataclass(slots=True)
class _Turn:
    decide: Decide
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Outcome]"
    result: Outcome | BaseException | None = None

    def resolve(self) -> None:
        """Tell whoever waits, in her own loop; she may have gone."""
        if self.future.done():
            return
        if isinstance(self.result, Outcome):
            self.future.set_result(self.result)
        elif isinstance(self.result, StopIteration):  # a future refuses it
            self.future.set_exception(RuntimeError("decide raised StopIteration"))
        else:
            self.future.set_exception(self.result or RuntimeError("the turn was not run"))


class SqliteWriter:
    """See `storage.writer.Writer`. ``key`` needs no lock here: turns run one after the other in the
    order they came, so those of one key do too."""

    def __init__(self, database: Database, capacity: int = CAPACITY) -> None:
        """Start the thread. The database stays the caller's to close, after the writer."""
        self._database = database
        self._room = asyncio.BoundedSemaphore(capacity)
        self._queue: SimpleQueue[_Turn | None] = SimpleQueue()
        self._closed = False
        self._connection: Connection | None = None
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def run(self, key: str, decide: Decide) -> Outcome:
        """Run one turn to its commit. WriterClosed after `close`; DatabaseProblem if the file is locked
        or the disk full; else whatever ``decide`` or the database raised. Nothing kept in any of these."""
        async with self._room:
            if self._closed:
                raise WriterClosed("the writer is closed")
            loop = asyncio.get_running_loop()
            turn = _Turn(decide, loop, loop.create_future())
            self._queue.put(turn)
            return await turn.future

    async def close(self) -> None:
        """Finish the turns already taken, then stop. May be called twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._take()
            try:
                self._commit(group)
            except BaseException as error:
                self._disconnect()  # whatever is wrong with it, the next group starts on a new one
                for turn in group:
                    turn.result = self._clear(error)
            _answer(group)
        self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _take(self) -> tuple[list[_Turn], bool]:
        """All turns waiting now, at least one unless told to stop; whether told to stop."""
        group: list[_Turn] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _commit(self, group: list[_Turn]) -> None:
        """Run the group in one transaction; whatever is raised is of the whole group."""
        if self._connection is None:
            self._connection = self._database.connect_for_writing()
        with self._connection.begin():
            for turn in group:
                turn.result = _run(self._connection, turn.decide)

    def _clear(self, error: BaseException) -> BaseException:
        return (isinstance(error, DBAPIError) and problem_of(error, self._database.path)) or error


def _answer(group: list[_Turn]) -> None:
    """Tell all who wait, waking each loop once."""
    for loop, turns in groupby(group, key=lambda turn: turn.loop):
        try:
            loop.call_soon_threadsafe(_resolve_all, list(turns))
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _resolve_all(turns: list[_Turn]) -> None:
    for turn in turns:
        turn.resolve()


def _run(connection: Connection, decide: Decide) -> Outcome | BaseException:
    """One turn in its savepoint: its outcome, or what it raised, with nothing of it kept. An error of the
    savepoint itself (SQLite has rolled everything back: disk full) is raised and fails the group."""
    try:
        with savepoint(connection):
            effects = tuple(decide(connection))
            ids = tuple(made for effect in effects if (made := apply(connection, effect)) is not None)
    except SavepointLost as lost:
        raise lost.reason from None
    except BaseException as error:
        return error
    return Outcome(effects, ids)
