"""The writer on SQLite: one thread, one connection, one commit for all turns that wait.

There is no timer: whatever waits when a commit is done goes into the next one, so the group grows
with the load by itself (reference/performance.md: one commit a turn 47/s on a slow disk, group
commit 2,800/s).
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias

from sqlalchemy.exc import DBAPIError

from storage.apply import apply
from storage.database import Database
from storage.desk import Desk
from storage.domain.effects import Effect
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
        self._desk: Desk | None = None
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
        if self._desk is not None:
            self._desk.close()
        self._desk = None

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
        if self._desk is None:
            self._desk = Desk(self._database.writing_engine)
        for turn, result in zip(group, commit(self._desk, [turn.decide for turn in group]), strict=True):
            turn.result = result

    def _clear(self, error: BaseException) -> BaseException:
        return (isinstance(error, DBAPIError) and self._database.place.problem_of(error)) or error


class _Apart(Exception):
    """Something of the group failed while the rows of others lay beside it."""


Result: TypeAlias = Outcome | BaseException


def commit(desk: Desk, group: Sequence[Decide]) -> list[Result]:
    """Run a group of turns in one transaction: for each its outcome or what it raised. Raises what fails
    the whole group; nothing is kept then."""
    try:
        return _together(desk, group)
    except _Apart:
        return _apart(desk, group)


def _together(desk: Desk, group: Sequence[Decide]) -> list[Result]:
    """All turns at the desk, their rows written together; _Apart, and nothing kept, if one of them could
    not be written. A turn that only fails to decide leaves no rows."""
    with desk.transaction():
        try:
            results = [_laid(desk, decide) for decide in group]
            desk.flush()
        except DBAPIError as error:
            raise _Apart from error
    return results


def _laid(desk: Desk, decide: Decide) -> Result:
    """One turn, its rows left on the desk."""
    straight = desk.straight
    try:
        effects = tuple(decide(desk))
    except BaseException as error:
        if desk.straight != straight or isinstance(error, DBAPIError):
            raise _Apart from error
        return error
    try:
        return Outcome(effects, _applied(desk, effects))
    except Exception as error:
        raise _Apart from error


def _applied(desk: Desk, effects: Sequence[Effect]) -> tuple[int, ...]:
    return tuple([made for effect in effects if (made := apply(desk, effect)) is not None])


def _apart(desk: Desk, group: Sequence[Decide]) -> list[Result]:
    """The same, each turn in a savepoint and written at once, so that one that fails takes no other down."""
    with desk.transaction():
        return [_run(desk, decide) for decide in group]


def _run(desk: Desk, decide: Decide) -> Result:
    """One turn in its savepoint: its outcome, or what it raised, with nothing of it kept. An error of the
    savepoint itself (SQLite has rolled everything back: disk full) is raised and fails the group."""
    try:
        with savepoint(desk):
            effects = tuple(decide(desk))
            ids = _applied(desk, effects)
            desk.flush()
    except SavepointLost as lost:
        raise lost.reason from None
    except BaseException as error:
        desk.forget()
        return error
    return Outcome(effects, ids)


def _answer(group: Sequence[_Turn]) -> None:
    """Tell everybody, each loop once: waking one costs more than a row."""
    for loop, turns in groupby(group, key=lambda turn: turn.loop):
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, list(turns))


def _resolve(turns: Sequence[_Turn]) -> None:
    for turn in turns:
        turn.resolve()
