"""Messages to people, waiting, sent or given up."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, false, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class OutboxRow(SQLModel, table=True):
    """One message. ``rank`` orders the priorities (0 reply, 1 confirmation, 2 push); ``state`` is
    waiting, sent, failed or cleared; ``key`` makes a push that must never go twice unique. After ``send_by``
    a push must not go any more (a quiet time begins). ``veiled``: the address becomes a hash once the
    message is settled; ``about``: the person it speaks of.
    ``begun_at``: its sending began and how it ended is not known yet (pushes only). ``blank``: its words
    are gone."""

    __tablename__ = "outbox"
    __table_args__ = (
        # Finds the oldest waiting message of every chat without touching a row.
        Index(None, "channel", "state", "account", "id", "rank"),
        Index(None, "channel", "reply_to"),
        # What retention looks for.
        Index(
            "ix_outbox_words_at",
            "queued_at",
            sqlite_where=text("blank = 0"),
            postgresql_where=text("NOT blank"),
        ),
        Index(
            "ix_outbox_veiled_at",
            "queued_at",
            sqlite_where=text("veiled = 1"),
            postgresql_where=text("veiled"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str | None = Field(default=None, unique=True)
    channel: str
    account: str
    state: str
    priority: str
    rank: int
    outbound: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    reply_to: str | None = None
    queued_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str = ""
    platform_id: str | None = None
    veiled: bool = False
    about: int | None = Field(default=None, index=True)
    send_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    begun_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blank: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


outbox = table_of(OutboxRow)
