"""Messages queued, sent and failed."""

from typing import Any

from sqlalchemy import Connection

from storage.apply.rows import add, change, find
from storage.apply.settling import settle
from storage.domain.effects import MessageFailed, MessageQueued, MessageSent, Priority
from storage.tables.outbox import outbox

RANKS: dict[Priority, int] = {"reply": 0, "confirmation": 1, "push": 2}


def message_queued(connection: Connection, effect: MessageQueued) -> int | None:
    """Put the message in the outbox and return its id; None if its key was queued before."""
    if effect.key is not None and find(connection, outbox, key=effect.key) is not None:
        return None
    address = effect.outbound.address
    return add(
        connection,
        outbox,
        key=effect.key,
        channel=address.channel,
        account=address.account,
        state="waiting",
        priority=effect.priority,
        rank=RANKS[effect.priority],
        outbound=effect.outbound.to_json(),
        reply_to=effect.reply_to,
        queued_at=effect.at,
        attempts=0,
        error="",
    )


def message_sent(connection: Connection, effect: MessageSent) -> None:
    """The platform took it."""
    _tried(connection, effect.outbox_id, state="sent", settled_at=effect.at, platform_id=effect.platform_id)


def message_failed(connection: Connection, effect: MessageFailed) -> None:
    """Not sent: wait until the retry time, or give it up."""
    if effect.retry_at is None:
        _tried(connection, effect.outbox_id, state="failed", settled_at=effect.at, error=effect.error)
    else:
        _tried(connection, effect.outbox_id, retry_at=effect.retry_at, error=effect.error)


def _tried(connection: Connection, outbox_id: int, **values: Any) -> None:
    row = find(connection, outbox, id=outbox_id)
    if row is not None:
        change(connection, outbox, {"id": outbox_id}, attempts=row.attempts + 1, **values)
    if row is not None and row.priority == "push" and "state" in values:
        settle(connection, outbox_id, values["state"], values["settled_at"], values.get("error", ""))
