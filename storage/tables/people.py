"""Units of the tree, the seats in them, the people in the seats and the accounts they write from."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class UnitRow(SQLModel, table=True):
    """A place in the tree. ``folded`` is the name as it is searched. ``valid_to`` is its last day."""

    __tablename__ = "units"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    folded: str
    kind: str
    area_kind: str
    parent_id: int | None = Field(default=None, foreign_key="units.id", index=True)
    valid_from: date
    valid_to: date | None = None


class PersonRow(SQLModel, table=True):
    """Somebody who holds, or held, a seat."""

    __tablename__ = "persons"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    folded: str
    address_form: str
    muted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SeatRow(SQLModel, table=True):
    """A post in a unit. Answers belong to it, whoever sits there."""

    __tablename__ = "seats"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    role: str
    unit_id: int = Field(foreign_key="units.id", index=True)


class SeatHolderRow(SQLModel, table=True):
    """Who held a seat from when to when; ``until`` None is the present holder, at most one a seat."""

    __tablename__ = "seat_holders"

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seats.id", index=True)
    person_id: int = Field(foreign_key="persons.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leaving_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccountRow(SQLModel, table=True):
    """An account of a channel and the one person who writes from it; a person may have several."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("channel", "account"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    account: str
    person_id: int = Field(foreign_key="persons.id", index=True)
    linked_at: datetime = Field(sa_type=UtcDateTime)
    wrote_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reachable: bool = True


class OneTimeCodeRow(SQLModel, table=True):
    """A code on a letter, as SHA-256. Open while neither used nor replaced by a newer one."""

    __tablename__ = "one_time_codes"

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seats.id", index=True)
    sha256: str = Field(unique=True)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BaseFigureRow(SQLModel, table=True):
    """A figure that came with the units file ("members"), as last imported."""

    __tablename__ = "base_figures"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    name: str
    figure: int
    at: datetime = Field(sa_type=UtcDateTime)


class UnitPlacementRow(SQLModel, table=True):
    """Where a unit stood and what it was called, from a day to a day (``valid_to`` None: still)."""

    __tablename__ = "unit_placements"

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="units.id", index=True)
    name: str
    folded: str
    valid_from: date
    valid_to: date | None = None


class UnitMergeRow(SQLModel, table=True):
    """A unit became part of another; ``day`` is the first day on which that holds."""

    __tablename__ = "unit_merges"
    __table_args__ = (UniqueConstraint("old_unit_id", "new_unit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    old_unit_id: int = Field(foreign_key="units.id")
    new_unit_id: int = Field(foreign_key="units.id", index=True)
    day: date


units = table_of(UnitRow)
unit_placements = table_of(UnitPlacementRow)
unit_merges = table_of(UnitMergeRow)
persons = table_of(PersonRow)
seats = table_of(SeatRow)
seat_holders = table_of(SeatHolderRow)
accounts = table_of(AccountRow)
one_time_codes = table_of(OneTimeCodeRow)
base_figures = table_of(BaseFigureRow)
