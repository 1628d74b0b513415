"""Metered channels: tokens, chats, counts, limits, preferred channels, kept updates."""

import sqlalchemy as sa
from alembic import op

revision = "v0004"
down_revision = "v0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _tokens()
    _meters()
    _people()


def _tokens() -> None:
    op.create_table(
        "channel_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("access_token", sa.String(), nullable=False),
        sa.Column("refresh_token", sa.String(), nullable=False),
        sa.Column("previous_access", sa.String(), nullable=False),
        sa.Column("previous_refresh", sa.String(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("access_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_by", sa.String(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_tokens")),
        sa.UniqueConstraint("channel", name=op.f("uq_channel_tokens_channel")),
    )


def _meters() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True)),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer()),
        sa.Column("phone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("channel", "account", name=op.f("uq_chats_channel_account")),
    )
    op.create_table(
        "channel_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_counts")),
        sa.UniqueConstraint("channel", "month", name=op.f("uq_channel_counts_channel_month")),
    )
    op.create_table(
        "channel_limits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("monthly", sa.Integer()),
        sa.Column("users", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_limits")),
        sa.UniqueConstraint("channel", name=op.f("uq_channel_limits_channel")),
    )


def _people() -> None:
    op.create_table(
        "preferred_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_preferred_channels_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferred_channels")),
        sa.UniqueConstraint("person_id", name=op.f("uq_preferred_channels_person_id")),
    )
    op.create_table(
        "spool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spool")),
        sa.UniqueConstraint("channel", "key", name=op.f("uq_spool_channel_key")),
    )
