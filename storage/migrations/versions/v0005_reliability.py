"""Backups and dead letters; when the sending of a push began; wrong codes."""

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "backups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
        sa.UniqueConstraint("due_at", name=op.f("uq_backups_due_at")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retried_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sa.UniqueConstraint("channel", "message_id", name=op.f("uq_dead_letters_channel_message_id")),
    )
    op.create_index(op.f("ix_dead_letters_channel_account"), "dead_letters", ["channel", "account"])
    op.create_index(op.f("ix_dead_letters_kept_at"), "dead_letters", ["kept_at"])
    wrong = sa.text("reading = 'wrong_code'")
    op.create_index("ix_inbox_wrong_code_at", "inbox", ["at"], sqlite_where=wrong, postgresql_where=wrong)
    # Adding a column that may be NULL needs no copy of the table, also on SQLite.
    op.add_column("outbox", sa.Column("begun_at", sa.DateTime(timezone=True)))
