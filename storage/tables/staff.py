"""What staff do in chat: figures asked back, reports approved, broadcasts, question sheets of their own."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class ReturnRow(SQLModel, table=True):
    """One question of a report asked back, with the reason. ``state``: open, changed, kept, requested
    (the round was closed or approved meanwhile) or withdrawn."""

    __tablename__ = "report_returns"
    __table_args__ = (Index(None, "seat_id", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    seat_id: int = Field(foreign_key="seats.id")
    round_id: int = Field(foreign_key="rounds.id")
    question: str
    reason: str
    asked_by: int = Field(foreign_key="seats.id")
    at: datetime = Field(sa_type=UtcDateTime)
    state: str
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApprovalRow(SQLModel, table=True):
    """A unit confirmed the reports below it for a round; ``sent`` of ``expected`` were in. Undone: the row
    stays, with who undid it."""

    __tablename__ = "approvals"
    __table_args__ = (Index(None, "round_id", "unit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="rounds.id")
    unit_id: int = Field(foreign_key="units.id")
    seat_id: int = Field(foreign_key="seats.id")
    at: datetime = Field(sa_type=UtcDateTime)
    sent: int
    expected: int
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: int | None = None


class BroadcastRow(SQLModel, table=True):
    """A message to the seats of ``levels`` below a unit; its pushes' keys begin with ``key``."""

    __tablename__ = "broadcasts"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    seat_id: int = Field(foreign_key="seats.id", index=True)
    unit_id: int = Field(foreign_key="units.id")
    levels: list[str] = Field(sa_column=Column(JSON, nullable=False))
    said: str
    at: datetime = Field(sa_type=UtcDateTime)


class ChatPackRow(SQLModel, table=True):
    """A pack of a few questions made in chat; ``definition`` is the pack's JSON."""

    __tablename__ = "chat_packs"

    id: int | None = Field(default=None, primary_key=True)
    pack: str = Field(unique=True)
    seat_id: int = Field(foreign_key="seats.id")
    unit_id: int = Field(foreign_key="units.id")
    definition: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


report_returns = table_of(ReturnRow)
approvals = table_of(ApprovalRow)
broadcasts = table_of(BroadcastRow)
chat_packs = table_of(ChatPackRow)
