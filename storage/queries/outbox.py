"""What waits to be sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select

from storage.domain.effects import Priority
from storage.domain.messages import Outbound
from storage.tables.outbox import outbox


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to send. ``attempts`` so far; ``queued_at`` aware, UTC."""

    id: int
    outbound: Outbound
    priority: Priority
    attempts: int
    reply_to: str | None
    queued_at: datetime


_OLDEST = (
    select(func.min(outbox.c.id).label("id"), func.min(outbox.c.rank).label("rank"))
    .where(outbox.c.channel == bindparam("channel"), outbox.c.state == "waiting")
    .where(or_(outbox.c.send_by.is_(None), outbox.c.send_by > bindparam("now")))
    .group_by(outbox.c.account)
    .subquery()
)
_WAITING = (
    select(outbox)
    .join(_OLDEST, _OLDEST.c.id == outbox.c.id)
    .where(or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= bindparam("now")))
    .order_by(_OLDEST.c.rank, outbox.c.id)
    .limit(bindparam("most"))
)


def waiting(reader: Connection, channel: str, now: datetime, limit: int) -> list[Waiting]:
    """What may be sent at ``now`` (aware): of each chat only the oldest message not yet sent, so that
    order in a chat is kept. Chats with a reply waiting come first, then confirmations, then pushes;
    then the oldest. A chat whose oldest message must wait for its retry time is left out."""
    return [
        Waiting(
            row.id, Outbound.from_json(row.outbound), row.priority, row.attempts, row.reply_to, row.queued_at
        )
        for row in reader.execute(_WAITING, {"channel": channel, "now": now, "most": limit})
    ]


def pending_count(reader: Connection, channel: str | None = None) -> int:
    """How many messages wait, in one channel or in all."""
    statement = select(func.count()).select_from(outbox).where(outbox.c.state == "waiting")
    if channel is not None:
        statement = statement.where(outbox.c.channel == channel)
    return int(reader.execute(statement).scalar_one())
