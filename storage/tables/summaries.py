"""Summaries: what each unit said of each field in each round, ready to be added up.

Kept in the transaction of the turn that changes an answer (`storage.apply.summaries`), equal at any
time to what the answers give (``chihoi summaries verify``). The key's order makes one field of one round
lie together: a province's month is read in one go.
"""

from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Field, SQLModel

from storage.tables.answers import answers, submissions
from storage.tables.base import table_of
from storage.tables.people import seats

#: The seat that speaks for a unit is not its deputy's.
DEPUTY_ROLE = "commune_deputy"


class UnitFigureRow(SQLModel, table=True):
    """See `storage.domain.facts.Fact`. Only answers that are given, of reports that are submitted."""

    __tablename__ = "unit_figures"
    __table_args__ = {"sqlite_with_rowid": False}

    round_id: int = Field(foreign_key="rounds.id", primary_key=True)
    field: str = Field(primary_key=True)
    unit_id: int = Field(foreign_key="units.id", primary_key=True)
    number: float
    whole: float | None = None
    word: str | None = None


unit_figures = table_of(UnitFigureRow)


def counting_answers() -> Select[tuple[Any, ...]]:
    """Every answer that counts, with its round and unit: of submitted reports, of the unit's own seat."""
    return (
        select(
            submissions.c.round_id, seats.c.unit_id, answers.c.question, answers.c.state,
            answers.c.field_values,
        )
        .join(submissions, submissions.c.id == answers.c.submission_id)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .where(submissions.c.status == "submitted", seats.c.role != DEPUTY_ROLE)
    )  # fmt: skip
