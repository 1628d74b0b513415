"""How the house keeps itself: backups due and made, messages it could not answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class BackupRow(SQLModel, table=True):
    """A backup the calendar asked for; ``made_at`` None: not made yet, ``error`` why the last try failed."""

    __tablename__ = "backups"

    id: int | None = Field(default=None, primary_key=True)
    due_at: datetime = Field(sa_type=UtcDateTime, unique=True)
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    file: str = ""
    size: int = 0
    sha256: str = ""
    tries: int = 0
    error: str = ""


class DeadLetterRow(SQLModel, table=True):
    """A message whose turn failed again and again. ``content`` is what may be kept of it; ``error`` the
    class of the exception and where it was raised, never its text; ``state`` waiting or answered."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        Index(None, "channel", "account"),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    message_id: str
    account: str
    at: datetime = Field(sa_type=UtcDateTime)
    kept_at: datetime = Field(sa_type=UtcDateTime, index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    error: str
    state: str = "waiting"
    tries: int = 0
    retried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


backups = table_of(BackupRow)
dead_letters = table_of(DeadLetterRow)
