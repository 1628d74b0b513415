"""Messages queued, sent and failed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from storage.apply.rows import add, change, find
from storage.apply.settling import carries_ended, settle, take_back
from storage.domain.effects import MessageFailed, MessageQueued, MessageSent, Priority, SendBegun
from storage.domain.messages import Address, Outbound
from storage.tables.outbox import outbox
from storage.veiling import subject_of, veiled

RANKS: dict[Priority, int] = {"reply": 0, "confirmation": 1, "push": 2}


def message_queued(connection: Connection, effect: MessageQueued) -> int | None:
    """Put the message in the outbox and return its id; None if its key was queued before."""
    if effect.key is not None and find(connection, outbox, key=effect.key) is not None:
        return None
    return put(connection, effect)


def put(connection: Connection, effect: MessageQueued, send_by: datetime | None = None) -> int:
    """A message whose key is new into the outbox; its id."""
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
        reply_to=_reply_to(connection, effect),
        queued_at=effect.at,
        attempts=0,
        error="",
        veiled=effect.veiled,
        about=effect.about,
        send_by=send_by,
        blank=False,
    )


def _reply_to(connection: Connection, effect: MessageQueued) -> str | None:
    """A message id names its chat, so that of somebody who has not agreed is kept as a hash."""
    if effect.veiled and effect.reply_to is not None:
        return veiled(connection, effect.outbound.address.channel, effect.reply_to)
    return effect.reply_to


def message_sent(connection: Connection, effect: MessageSent) -> None:
    """The platform took it."""
    _tried(connection, effect.outbox_id, state="sent", settled_at=effect.at, platform_id=effect.platform_id)


def message_failed(connection: Connection, effect: MessageFailed) -> None:
    """Not sent: wait until the retry time, or give it up."""
    if effect.retry_at is None:
        _tried(connection, effect.outbox_id, state="failed", settled_at=effect.at, error=effect.error)
    else:
        _tried(connection, effect.outbox_id, retry_at=effect.retry_at, error=effect.error, begun_at=None)
        if carries_ended(connection, effect.outbox_id):
            take_back(connection, effect.outbox_id, effect.at, "ended")


def send_begun(connection: Connection, effect: SendBegun) -> None:
    """Its sending began; a send known to have failed takes this back."""
    change(connection, outbox, {"id": effect.outbox_id}, begun_at=effect.at)


def _tried(connection: Connection, outbox_id: int, **values: Any) -> None:
    row = find(connection, outbox, id=outbox_id)
    if row is None:
        return
    change(connection, outbox, {"id": outbox_id}, attempts=row.attempts + 1, **values)
    if row.priority == "push" and "state" in values:
        settle(connection, outbox_id, values["state"], values["settled_at"], values.get("error", ""))
    if row.veiled and "state" in values:
        _veil(connection, row)


def _veil(connection: Connection, row: Any) -> None:
    """Delivered, or given up: her address was needed for nothing else."""
    address = Address(row.channel, subject_of(connection, Address(row.channel, row.account)))
    said = replace(Outbound.from_json(row.outbound), address=address).to_json()
    change(
        connection, outbox, {"id": row.id},
        account=address.account, outbound=said, platform_id=None, error="", veiled=False,
    )  # fmt: skip
