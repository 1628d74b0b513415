"""Submissions, their answers, and every earlier version of an answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of

#: Rows with words of hers, which retention looks for.
_TYPED = text("raw != ''")


class SubmissionRow(SQLModel, table=True):
    """A seat's report in a round. ``state`` is the dialogue's JSON; ``submitted_at`` the first time."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("seat_id", "round_id"),)

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seats.id")
    round_id: int = Field(foreign_key="rounds.id", index=True)
    status: str
    state: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    moved_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AnswerRow(SQLModel, table=True):
    """The answer that counts: values by field, who gave it, when and how. ``proxy``: given by somebody
    of the unit above in the place of the seat's holder (NHẬP HỘ)."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("submission_id", "question"),
        Index("ix_answers_raw_at", "at", sqlite_where=_TYPED, postgresql_where=_TYPED),
    )

    id: int | None = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submissions.id")
    question: str
    state: str
    field_values: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    raw: str
    approximate: bool
    at: datetime = Field(sa_type=UtcDateTime)
    channel: str
    message_id: str
    person_id: int | None = Field(default=None, foreign_key="persons.id")
    proxy: bool = False


class AnswerHistoryRow(SQLModel, table=True):
    """An answer as it was until ``replaced_at``, whole."""

    __tablename__ = "answer_history"
    __table_args__ = (
        Index(None, "submission_id", "question"),
        Index("ix_answer_history_raw_at", "at", sqlite_where=_TYPED, postgresql_where=_TYPED),
    )

    id: int | None = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submissions.id")
    question: str
    state: str
    field_values: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    raw: str
    approximate: bool
    at: datetime = Field(sa_type=UtcDateTime)
    channel: str
    message_id: str
    person_id: int | None = Field(default=None, foreign_key="persons.id")
    proxy: bool = False
    replaced_at: datetime = Field(sa_type=UtcDateTime)


submissions = table_of(SubmissionRow)
answers = table_of(AnswerRow)
answer_history = table_of(AnswerHistoryRow)
