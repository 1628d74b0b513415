"""What is past its time is found without going through all that was ever said."""

import sqlalchemy as sa
from alembic import op

revision = "v0010"
down_revision = "v0009"
branch_labels = None
depends_on = None

#: Index, table, column, and which rows: on SQLite, on PostgreSQL.
_INDEXES = (
    ("ix_answers_raw_at", "answers", "at", "raw != ''", "raw != ''"),
    ("ix_answer_history_raw_at", "answer_history", "at", "raw != ''", "raw != ''"),
    ("ix_inbox_text_at", "inbox", "at", "text != ''", "text != ''"),
    ("ix_outbox_words_at", "outbox", "queued_at", "blank = 0", "NOT blank"),
    ("ix_outbox_veiled_at", "outbox", "queued_at", "veiled = 1", "veiled"),
)


def upgrade() -> None:
    """To this revision."""
    op.add_column("outbox", sa.Column("blank", sa.Boolean(), nullable=False, server_default=sa.false()))
    outbox = sa.table("outbox", sa.column("outbound", sa.JSON()), sa.column("blank", sa.Boolean()))
    words = outbox.c.outbound["text"].as_string()
    op.execute(outbox.update().where(words == "").values(blank=True))
    for name, table, column, sqlite, postgresql in _INDEXES:
        op.create_index(
            name, table, [column], sqlite_where=sa.text(sqlite), postgresql_where=sa.text(postgresql)
        )
