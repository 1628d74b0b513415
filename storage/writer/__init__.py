"""The one write path: ``run(key, decide)``.

The writer opens the transaction, lets ``decide`` read in it and return effects, applies them,
commits, and only then returns; so whoever awaits ``run`` may acknowledge. Nobody above storage can
begin or forget a transaction. Turns of one key run in order. On SQLite all waiting turns share
one commit (`storage.writer.sqlite`); each has a savepoint, so one that fails takes no other down.

``decide`` is synchronous and does no I/O but through its reader, and may be run again from the
beginning (it met another turn), so it changes nothing itself. On PostgreSQL several run at once
(`storage.writer.postgres`); `storage.writer.opening` has the writer that fits a database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sqlalchemy import Connection

from storage.domain.effects import Effect

#: What ``decide`` reads with: pass it to the functions of `storage.queries`.
Reader: TypeAlias = Connection

Decide: TypeAlias = Callable[[Reader], Sequence[Effect]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was committed: the effects, in order, and the ids of the outbox rows they made."""

    effects: tuple[Effect, ...]
    outbox_ids: tuple[int, ...] = ()


class WriterClosed(RuntimeError):
    """The writer has stopped taking turns. Nothing of this turn was kept; the platform will repeat it."""


class Writer(Protocol):
    """The contract of both engines."""

    async def run(self, key: str, decide: Decide) -> Outcome:
        """Run one turn to its commit. Raises whatever ``decide`` or the database raised, nothing kept."""

    async def close(self) -> None:
        """Finish the turns already taken, then stop."""
