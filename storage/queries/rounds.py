"""Rounds: what is asked, for which period, until when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from storage.desk import recall
from storage.domain.rounds import Round
from storage.tables.rounds import rounds

_ALL = select(rounds).order_by(rounds.c.opens_at, rounds.c.id)


def _round(row: Row[Any]) -> Round:
    return Round(row.id, row.pack, row.period, row.opens_at, row.due_at, row.closed_at, row.unit_id)


def _one(reader: Connection, statement: Select[Any]) -> Round | None:
    row = reader.execute(statement).first()
    return _round(row) if row else None


def rounds_open(reader: Connection, now: datetime) -> list[Round]:
    """The rounds that may be answered at ``now`` (aware), the earliest opened first. One past its due
    time is still open: late answers count, they are only not on time."""
    return [asked for asked in _current(reader, now) if asked.opens_at <= now and _answerable(asked, now)]


def _current(reader: Connection, now: datetime) -> Sequence[Round]:
    """Those open at some moment of the day (UTC) of ``now``: looked for once a day."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = day + timedelta(days=1)

    def found() -> Sequence[Round]:
        return tuple(
            each for each in _known(reader).values() if each.opens_at < end and _answerable(each, day)
        )

    return recall(reader, frozenset({"rounds"}), ("rounds", day), found)


def _known(reader: Connection) -> dict[int, Round]:
    """Every round by id, the earliest opened first: a few dozen a year."""
    return recall(
        reader, frozenset({"rounds"}), "rounds", lambda: {asked.id: asked for asked in all_rounds(reader)}
    )


def _answerable(asked: Round, now: datetime) -> bool:
    return asked.closed_at is None or asked.closed_at > now


def round_by_id(reader: Connection, round_id: int) -> Round | None:
    """The round with this id."""
    return _known(reader).get(round_id)


def round_of(reader: Connection, pack: str, period: str) -> Round | None:
    """The round of a pack ("CH-T") for a period ("2024-03")."""
    return _one(reader, select(rounds).where(rounds.c.pack == pack, rounds.c.period == period))


def all_rounds(reader: Connection) -> list[Round]:
    """Every round, the earliest opened first."""
    return [_round(row) for row in reader.execute(_ALL)]


def rounds_closed_since(reader: Connection, since: datetime, now: datetime) -> list[Round]:
    """The rounds closed after ``since`` and by ``now`` (aware)."""
    closed = rounds.c.closed_at
    statement = select(rounds).where(closed > since, closed <= now).order_by(rounds.c.id)
    return [_round(row) for row in reader.execute(statement)]
