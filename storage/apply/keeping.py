"""Backups due, made and failed; dead letters kept, retried and forgotten."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select

from storage.apply.audit import note
from storage.apply.rows import add, change, find
from storage.domain.effects import (
    BackupDue,
    BackupFailed,
    BackupMade,
    DeadLetterKept,
    DeadLetterRetried,
)
from storage.domain.messages import Address, Inbound
from storage.tables.keeping import backups, dead_letters
from storage.veiling import subject_of, veiled

_WAITS = select(backups.c.id).where(backups.c.made_at.is_(None)).limit(1)


def backup_due(connection: Connection, effect: BackupDue) -> None:
    """Ask for a backup, unless one waits already."""
    waits = connection.execute(_WAITS).first()
    if waits is None and find(connection, backups, due_at=effect.at) is None:
        add(connection, backups, due_at=effect.at, file="", size=0, sha256="", tries=0, error="")


def backup_made(connection: Connection, effect: BackupMade) -> None:
    """It is there."""
    made = {"file": effect.file, "size": effect.size, "sha256": effect.sha256}
    change(connection, backups, {"id": effect.backup_id}, made_at=effect.at, error="", **made)
    note(connection, "backup_made", effect.at, file=effect.file, size=effect.size)


def backup_failed(connection: Connection, effect: BackupFailed) -> None:
    """It waits on."""
    row = find(connection, backups, id=effect.backup_id)
    if row is not None:
        change(connection, backups, {"id": effect.backup_id}, tries=row.tries + 1, error=effect.error)


def dead_letter_kept(connection: Connection, effect: DeadLetterKept) -> None:
    """Keep what may be kept of it, once."""
    inbound = _hidden(connection, effect.inbound) if effect.veiled else effect.inbound
    this = {"channel": inbound.address.channel, "message_id": inbound.message_id}
    if find(connection, dead_letters, **this) is None:
        add(
            connection, dead_letters, **this, account=inbound.address.account, at=inbound.at,
            kept_at=effect.at, content=_content(inbound), error=effect.error, state="waiting", tries=0,
        )  # fmt: skip
        note(connection, "dead_letter_kept", effect.at, channel=inbound.address.channel, error=effect.error)


def _hidden(connection: Connection, inbound: Inbound) -> Inbound:
    """A stranger's message: that it came, and nothing of hers."""
    address = Address(inbound.address.channel, subject_of(connection, inbound.address))
    message_id = veiled(connection, address.channel, inbound.message_id)
    return Inbound(address, message_id, inbound.at, group=inbound.group)


def _content(inbound: Inbound) -> dict[str, Any]:
    attachment = asdict(inbound.attachment) if inbound.attachment else None
    return {
        "text": inbound.text,
        "choice": inbound.choice,
        "attachment": attachment,
        "group": inbound.group,
    }


def dead_letter_retried(connection: Connection, effect: DeadLetterRetried) -> None:
    """Answered, or failed once more."""
    row = find(connection, dead_letters, id=effect.letter_id)
    if row is None:
        return
    result = {"error": effect.error} if effect.error else {"state": "answered", "content": {}}
    change(connection, dead_letters, {"id": row.id}, tries=row.tries + 1, retried_at=effect.at, **result)
    note(connection, "dead_letter_retried", effect.at, channel=row.channel, error=effect.error)
