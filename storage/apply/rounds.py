"""Rounds opened."""

from sqlalchemy import Connection

from storage.apply.rows import add, find
from storage.domain.effects import RoundOpened
from storage.tables.rounds import rounds


def round_opened(connection: Connection, effect: RoundOpened) -> None:
    """Add the round; one that is there already stays as it is, so a sweep may say it twice."""
    this = {"pack": effect.pack, "period": effect.period}
    if find(connection, rounds, **this) is None:
        add(connection, rounds, **this, opens_at=effect.opens_at, due_at=effect.due_at)
