"""What the clock plans and remembers: pushes, pauses, dates staff set, invitations, whose clock acts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class PushRow(SQLModel, table=True):
    """One push (`storage.domain.pushes`). ``rank`` orders those that fall together; ``day`` is the local
    day on which it went out, which the limits a day and a week are counted by."""

    __tablename__ = "pushes"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "person_id", "day"),
        Index(None, "seat_id", "round_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    rank: int
    seat_id: int = Field(foreign_key="seats.id")
    person_id: int = Field(foreign_key="persons.id")
    round_id: int | None = Field(default=None, foreign_key="rounds.id")
    event: str = ""
    step: str = ""
    due_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    params: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str
    reason: str = ""
    planned_at: datetime = Field(sa_type=UtcDateTime)
    moved_at: datetime = Field(sa_type=UtcDateTime)
    day: str = ""
    outbox_id: int | None = Field(default=None, index=True, foreign_key="outbox.id")


class PlannedRow(SQLModel, table=True):
    """A step that was planned for all it concerns ("nudge:7:T-3"): looked at once, not once a seat."""

    __tablename__ = "planned_steps"

    id: int | None = Field(default=None, primary_key=True)
    step: str = Field(unique=True)
    at: datetime = Field(sa_type=UtcDateTime)


class PauseRow(SQLModel, table=True):
    """No pushes from ``since`` until ``until`` in this unit and below; ``unit_id`` None: everywhere."""

    __tablename__ = "pauses"

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int | None = Field(default=None, foreign_key="units.id")
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    reason: str = ""
    set_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EventChangeRow(SQLModel, table=True):
    """What staff said of an event; the last row of an event counts. ``day`` is ISO, local."""

    __tablename__ = "event_changes"

    id: int | None = Field(default=None, primary_key=True)
    event: str = Field(index=True)
    status: str
    day: str = ""
    time: str = ""
    place: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    seat_id: int | None = Field(default=None, foreign_key="seats.id")


class AttendanceRow(SQLModel, table=True):
    """Whether a seat comes to an event on a day: asked, and answered once or changed."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("event", "day", "seat_id"),)

    id: int | None = Field(default=None, primary_key=True)
    event: str
    day: str
    seat_id: int = Field(foreign_key="seats.id", index=True)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer: bool | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CorrectionRow(SQLModel, table=True):
    """A wish to change a figure of a round that the province has closed."""

    __tablename__ = "correction_requests"

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seats.id", index=True)
    round_id: int = Field(foreign_key="rounds.id")
    question: str
    before: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    granted: bool | None = None


class LeaseRow(SQLModel, table=True):
    """Which process may act as the clock, and until when."""

    __tablename__ = "leases"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)


pushes = table_of(PushRow)
planned_steps = table_of(PlannedRow)
pauses = table_of(PauseRow)
event_changes = table_of(EventChangeRow)
attendance = table_of(AttendanceRow)
correction_requests = table_of(CorrectionRow)
leases = table_of(LeaseRow)
