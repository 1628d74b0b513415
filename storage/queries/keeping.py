"""Backups and dead letters, as the command line and the sweeps ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from storage.domain.messages import Address, Attachment, Inbound
from storage.tables.conversations import inbox
from storage.tables.keeping import backups, dead_letters


@dataclass(frozen=True, slots=True)
class DueBackup:
    """A backup that waits. Times aware, UTC."""

    id: int
    due_at: datetime
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message not answered. ``inbound`` holds what was kept of it; ``wordless``: nothing that could be
    answered again was (it was refused text). Times aware, UTC."""

    id: int
    inbound: Inbound
    kept_at: datetime
    error: str
    state: str
    tries: int

    @property
    def wordless(self) -> bool:
        """Whether there is nothing to retry."""
        inbound = self.inbound
        return not (inbound.text or inbound.choice or inbound.attachment)


_DUE = select(backups).where(backups.c.made_at.is_(None)).order_by(backups.c.id).limit(1)
_LAST = select(func.max(backups.c.made_at))
_LAST_DUE = select(func.max(backups.c.due_at))
_LETTERS = select(dead_letters).order_by(dead_letters.c.id)
_LETTER = select(dead_letters).where(dead_letters.c.id == bindparam("id"))


def due_backup(reader: Connection) -> DueBackup | None:
    """The backup that waits, if any."""
    row = reader.execute(_DUE).first()
    return DueBackup(row.id, row.due_at, row.tries, row.error) if row else None


def last_backup(reader: Connection) -> datetime | None:
    """When the newest backup was made (aware, UTC)."""
    made: datetime | None = reader.execute(_LAST).scalar_one()
    return made


def last_backup_due(reader: Connection) -> datetime | None:
    """For when the newest backup was asked (aware, UTC)."""
    due: datetime | None = reader.execute(_LAST_DUE).scalar_one()
    return due


def letters(reader: Connection) -> Sequence[DeadLetter]:
    """Every dead letter, oldest first."""
    return [_letter(row) for row in reader.execute(_LETTERS)]


def letter(reader: Connection, letter_id: int) -> DeadLetter | None:
    """One of them."""
    row = reader.execute(_LETTER, {"id": letter_id}).first()
    return _letter(row) if row else None


def _letter(row: Row[Any]) -> DeadLetter:
    content = row.content
    attachment = Attachment(**content["attachment"]) if content.get("attachment") else None
    inbound = Inbound(
        Address(row.channel, row.account),
        row.message_id,
        row.at,
        content.get("text", ""),
        content.get("choice"),
        attachment,
        group=bool(content.get("group")),
    )
    return DeadLetter(row.id, inbound, row.kept_at, row.error, row.state, row.tries)


def newest_message(reader: Connection) -> datetime | None:
    """When the newest message taken was sent (aware, UTC)."""
    newest: datetime | None = reader.execute(select(func.max(inbox.c.at))).scalar_one()
    return newest
