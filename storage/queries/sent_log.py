"""The log of what was sent unasked, as an auditor reads it: straight from the rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, literal, or_, select

from storage.domain.messages import Outbound
from storage.tables.answers import submissions
from storage.tables.base import UtcDateTime
from storage.tables.outbox import outbox
from storage.tables.people import accounts, seat_holders, seats, units
from storage.tables.pushes import pushes
from storage.tables.rounds import rounds as rounds_table

SENT = ("sent", "delivered")


@dataclass(slots=True)
class Logged:
    """One message that went out: when, to whom, and what it said. ``submitted`` names its pushes that ask
    for a report, with the time that report was first submitted. Times aware, UTC."""

    outbox_id: int
    at: datetime
    queued_at: datetime
    account: str
    text: str
    person_id: int
    level: str
    kinds: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    submitted: list[tuple[str, datetime | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LoggedRound:
    """A round as it was opened. Times aware, UTC."""

    id: int
    pack: str
    period: str
    level: str
    opens_at: datetime
    due_at: datetime


def sent(reader: Connection) -> list[Logged]:
    """Every message of pushes that was sent, in order."""
    statement = (
        select(
            pushes.c.outbox_id, pushes.c.key, pushes.c.kind, pushes.c.step, pushes.c.person_id,
            units.c.kind.label("level"),
            outbox.c.settled_at, outbox.c.queued_at, outbox.c.account, outbox.c.outbound,
            submissions.c.submitted_at,
        )
        .join(outbox, outbox.c.id == pushes.c.outbox_id)
        .join(seats, seats.c.id == pushes.c.seat_id)
        .join(units, units.c.id == seats.c.unit_id)
        .outerjoin(
            submissions,
            and_(
                submissions.c.seat_id == pushes.c.seat_id,
                submissions.c.round_id == pushes.c.round_id,
                pushes.c.kind.in_(("open", "nudge", "reminder")),
            ),
        )
        .where(pushes.c.state.in_(SENT), outbox.c.state == "sent")
        .order_by(outbox.c.settled_at, outbox.c.id)
    )  # fmt: skip
    found: dict[int, Logged] = {}
    for row in reader.execute(statement):
        message = found.get(row.outbox_id)
        if message is None:
            words = Outbound.from_json(row.outbound).text
            message = found[row.outbox_id] = Logged(
                row.outbox_id, row.settled_at, row.queued_at, row.account, words, row.person_id, row.level
            )
        message.kinds.add(row.kind)
        message.steps.add(row.step)
        message.keys.append(row.key)
        message.submitted.append((row.key, row.submitted_at))
    return list(found.values())


def unfinished(reader: Connection) -> Iterator[tuple[str, str, str, datetime]]:
    """Every push that was not sent: key, state, reason, when it was due (aware, UTC)."""
    statement = select(pushes.c.key, pushes.c.state, pushes.c.reason, pushes.c.due_at).where(
        pushes.c.state.not_in(SENT)
    )
    for row in reader.execute(statement):
        yield row.key, row.state, row.reason, row.due_at


def counts(reader: Connection) -> list[tuple[str, str, str, str, int]]:
    """How many pushes there are by kind, step, state and reason."""
    columns = (pushes.c.kind, pushes.c.step, pushes.c.state, pushes.c.reason)
    statement = select(*columns, func.count()).group_by(*columns).order_by(*columns)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in reader.execute(statement)]


def rounds(reader: Connection) -> list[LoggedRound]:
    """The rounds in the order they opened; their level is that of the seats that were asked."""
    asked = (
        select(pushes.c.round_id, func.min(units.c.kind).label("level"))
        .join(seats, seats.c.id == pushes.c.seat_id)
        .join(units, units.c.id == seats.c.unit_id)
        .where(pushes.c.kind == "open")
        .group_by(pushes.c.round_id)
        .subquery()
    )
    statement = (
        select(rounds_table, asked.c.level)
        .join(asked, asked.c.round_id == rounds_table.c.id)
        .order_by(rounds_table.c.opens_at)
    )
    return [
        LoggedRound(row.id, row.pack, row.period, row.level, row.opens_at, row.due_at)
        for row in reader.execute(statement)
    ]


def without_push(reader: Connection, round_id: int, level: str, step: str, by: datetime) -> list[str]:
    """The seats of the level, with an account linked before the round opened, that had not submitted by a
    moment and for which this step was never planned; nor any other that day or nearer the deadline."""
    planned = select(pushes.c.seat_id).where(pushes.c.round_id == round_id, pushes.c.step == step)
    statement = (
        select(seats.c.code)
        .join(units, units.c.id == seats.c.unit_id)
        .join(seat_holders, and_(seat_holders.c.seat_id == seats.c.id, seat_holders.c.until.is_(None)))
        .join(accounts, accounts.c.person_id == seat_holders.c.person_id)
        .join(rounds_table, rounds_table.c.id == round_id)
        .outerjoin(submissions, and_(submissions.c.seat_id == seats.c.id, submissions.c.round_id == round_id))
        .where(units.c.kind == level, seats.c.id.not_in(planned))
        .where(accounts.c.linked_at < rounds_table.c.opens_at)
        .where(
            or_(submissions.c.submitted_at.is_(None), submissions.c.submitted_at > literal(by, UtcDateTime))
        )
        .order_by(seats.c.code)
    )
    return list(reader.execute(statement).scalars())


def _instant(moment: datetime) -> Any:
    return literal(moment, UtcDateTime)


def rates(reader: Connection) -> list[Any]:
    """By round: pack, period, how many were asked and reached, how many submitted, how many in time."""
    in_time = func.sum(case((submissions.c.submitted_at <= rounds_table.c.due_at, 1), else_=0))
    statement = (
        select(
            rounds_table.c.pack, rounds_table.c.period, rounds_table.c.id,
            func.count(submissions.c.submitted_at).label("actual"),
            func.coalesce(in_time, 0).label("on_time"),
        )
        .outerjoin(submissions, submissions.c.round_id == rounds_table.c.id)
        .group_by(rounds_table.c.id)
        .order_by(rounds_table.c.opens_at)
    )  # fmt: skip
    return list(reader.execute(statement))


def expected(reader: Connection, level: str) -> int:
    """How many units of a level there are."""
    return int(
        reader.execute(select(func.count()).select_from(units).where(units.c.kind == level)).scalar_one()
    )
