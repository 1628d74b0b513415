"""Things somebody must do: calls for the unit above, and reminders a branch head asked for."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class TaskRow(SQLModel, table=True):
    """A thing to do. Holds no detail of any case; ``done_at`` None: still open; ``due_at`` where the law
    sets a day."""

    __tablename__ = "tasks"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    seat_id: int = Field(foreign_key="seats.id", index=True)
    round_id: int | None = Field(default=None, foreign_key="rounds.id")
    question: str
    raised_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReminderRow(SQLModel, table=True):
    """She asked to be asked again at ``due_at``; a later wish for the same report replaces it."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("seat_id", "round_id"),)

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seats.id")
    round_id: int = Field(foreign_key="rounds.id")
    requested_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


tasks = table_of(TaskRow)
reminders = table_of(ReminderRow)
