"""The record of every change to people and answers. It names things by id and holds no personal text."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class AuditRow(SQLModel, table=True):
    """One line: ``what`` is the effect's name, ``details`` counts and names of questions."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    what: str
    seat_id: int | None = Field(default=None, index=True)
    round_id: int | None = None
    person_id: int | None = None
    channel: str = ""
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


audit = table_of(AuditRow)
