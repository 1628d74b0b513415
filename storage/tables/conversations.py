"""What each account is talking about, and every message that came in, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.domain.codes import WRONG_CODE
from storage.tables.base import UtcDateTime, table_of

_SAID = text("text != ''")
_WRONG = text(f"reading = '{WRONG_CODE}'")


class ConversationRow(SQLModel, table=True):
    """An account's open matter: a seat and a round, or neither."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "account"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    account: str
    seat_id: int | None = Field(default=None, foreign_key="seats.id")
    round_id: int | None = Field(default=None, foreign_key="rounds.id")
    moved_at: datetime = Field(sa_type=UtcDateTime)


class InboxRow(SQLModel, table=True):
    """A message taken. ``text`` is only what may be kept; a start code is never kept."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        Index(None, "channel", "account"),
        Index("ix_inbox_text_at", "at", sqlite_where=_SAID, postgresql_where=_SAID),
        Index("ix_inbox_wrong_code_at", "at", sqlite_where=_WRONG, postgresql_where=_WRONG),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    message_id: str
    account: str
    at: datetime = Field(sa_type=UtcDateTime)
    text: str
    choice: str | None = None
    attachment: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    reading: str


conversations = table_of(ConversationRow)
inbox = table_of(InboxRow)
