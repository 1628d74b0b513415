"""Summaries: the figures of submitted reports, filled from the answers there are."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.domain.facts import facts_of

revision = "v0006"
down_revision = "v0005"
branch_labels = None
depends_on = None

#: Rows added in one go.
BATCH = 10_000

# Written out: the tables as they are at this revision, whatever becomes of them later.
_COUNTING = sa.text(
    "SELECT submissions.round_id, seats.unit_id, answers.state, answers.field_values FROM answers"
    " JOIN submissions ON submissions.id = answers.submission_id JOIN seats ON seats.id = submissions.seat_id"
    " WHERE submissions.status = 'submitted' AND seats.role <> 'commune_deputy'"
).columns(field_values=sa.JSON())


def upgrade() -> None:
    """To this revision."""
    table = op.create_table(
        "unit_figures",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Float(), nullable=False),
        sa.Column("whole", sa.Float()),
        sa.Column("word", sa.String()),
        sa.PrimaryKeyConstraint("round_id", "field", "unit_id", name=op.f("pk_unit_figures")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_unit_figures_round_id_rounds")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_figures_unit_id_units")),
        sqlite_with_rowid=False,
    )
    batch: list[dict[str, Any]] = []
    for row in _rows(op.get_bind()):
        batch.append(row)
        if len(batch) >= BATCH:
            op.bulk_insert(table, batch)
            batch = []
    op.bulk_insert(table, batch)


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    for round_id, unit_id, state, values in connection.execute(_COUNTING):
        for field, fact in facts_of(state, values).items():
            yield {
                "round_id": round_id, "field": field, "unit_id": unit_id,
                "number": fact.number, "whole": fact.whole, "word": fact.word,
            }  # fmt: skip
