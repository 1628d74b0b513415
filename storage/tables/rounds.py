"""Rounds: a pack asked for a period."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class RoundRow(SQLModel, table=True):
    """``period`` is "2024-03", "2024-Q1", "2024-H1" or "2024"; ``closed_at`` None: answerable;
    ``unit_id``: asked in this unit's subtree only (None: everywhere)."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("pack", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    pack: str
    period: str = Field(index=True)
    opens_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unit_id: int | None = None


rounds = table_of(RoundRow)
