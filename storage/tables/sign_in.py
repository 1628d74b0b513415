"""The staff page: links sent, people signed in, programs that may read."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class StaffLinkRow(SQLModel, table=True):
    """A link to the page, as SHA-256. Open while neither used nor replaced, until ``until``."""

    __tablename__ = "staff_links"

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    seat_id: int = Field(foreign_key="seats.id")
    person_id: int = Field(foreign_key="persons.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StaffSessionRow(SQLModel, table=True):
    """Somebody signed in, by the SHA-256 of her cookie."""

    __tablename__ = "staff_sessions"

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    seat_id: int = Field(foreign_key="seats.id")
    person_id: int = Field(foreign_key="persons.id", index=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiTokenRow(SQLModel, table=True):
    """A program's right to read the figures of a unit and below, as SHA-256 of its token."""

    __tablename__ = "api_tokens"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    sha256: str = Field(unique=True)
    unit_id: int = Field(foreign_key="units.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


staff_links = table_of(StaffLinkRow)
staff_sessions = table_of(StaffSessionRow)
api_tokens = table_of(ApiTokenRow)
