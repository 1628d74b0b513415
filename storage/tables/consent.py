"""What was asked of an account, what she agreed to, who asks for a seat, what must leave the disk."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class HouseKeyRow(SQLModel, table=True):
    """A secret of this database, made with it: ``veil`` keys the hashes that stand for accounts."""

    __tablename__ = "house_keys"

    name: str = Field(primary_key=True)
    secret: str


class MatterRow(SQLModel, table=True):
    """What the bot last asked an account beside its report. ``subject`` is the account's hash."""

    __tablename__ = "matters"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(unique=True)
    kind: str
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    moved_at: datetime = Field(sa_type=UtcDateTime)


class ConsentRow(SQLModel, table=True):
    """A line of the consent log: ``said`` is agreed, withdrawn or erased; never changed but for
    ``person_id``, which goes with the person."""

    __tablename__ = "consents"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    channel: str
    version: str
    said: str
    at: datetime = Field(sa_type=UtcDateTime)
    seat_id: int | None = Field(default=None, foreign_key="seats.id")
    person_id: int | None = Field(default=None, index=True)


class SeatRequestRow(SQLModel, table=True):
    """Somebody asks for a seat. Once decided, name and account are empty."""

    __tablename__ = "seat_requests"

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seats.id", index=True)
    channel: str
    account: str
    name: str
    address_form: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""


class DoomedFileRow(SQLModel, table=True):
    """A photo that must leave the disk, by its path in the photo folder."""

    __tablename__ = "doomed_files"

    id: int | None = Field(default=None, primary_key=True)
    path: str
    doomed_at: datetime = Field(sa_type=UtcDateTime)
    gone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


house_keys = table_of(HouseKeyRow)
matters = table_of(MatterRow)
consents = table_of(ConsentRow)
seat_requests = table_of(SeatRequestRow)
doomed_files = table_of(DoomedFileRow)
