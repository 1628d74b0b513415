"""Rounds opened and closed."""

from sqlalchemy import Connection

from storage.apply.audit import note
from storage.apply.pushes import end_waiting
from storage.apply.rows import add, change, find
from storage.domain.effects import RoundClosed, RoundMoved, RoundOpened
from storage.tables.rounds import rounds


def round_opened(connection: Connection, effect: RoundOpened) -> None:
    """Add the round; one that is there already stays as it is, so a sweep may say it twice."""
    this = {"pack": effect.pack, "period": effect.period}
    if find(connection, rounds, **this) is None:
        times = {"opens_at": effect.opens_at, "due_at": effect.due_at}
        add(connection, rounds, **this, **times, unit_id=effect.unit_id)


def round_moved(connection: Connection, effect: RoundMoved) -> None:
    """Another deadline; a closed round keeps its own."""
    row = find(connection, rounds, id=effect.round_id)
    if row is not None and row.closed_at is None:
        change(connection, rounds, {"id": effect.round_id}, due_at=effect.due_at)


def round_closed(connection: Connection, effect: RoundClosed) -> None:
    """Close it, once; what still waits to be said of it is muted."""
    row = find(connection, rounds, id=effect.round_id)
    if row is not None and row.closed_at is None:
        change(connection, rounds, {"id": effect.round_id}, closed_at=effect.at)
        end_waiting(connection, "muted", "closed", effect.at, round_id=effect.round_id)
        note(connection, "round_closed", effect.at, round_id=effect.round_id)
