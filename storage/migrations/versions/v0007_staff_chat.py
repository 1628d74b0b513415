"""What staff do in chat: returns, approvals, broadcasts, question sheets of their own, decided requests."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0007"
down_revision = "v0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _returns()
    _approvals()
    _broadcasts()
    _chat_packs()
    op.add_column("correction_requests", sa.Column("reason", sa.String(), nullable=False, server_default=""))
    op.add_column("correction_requests", sa.Column("decided_by", sa.Integer()))
    op.add_column(
        "correction_requests",
        sa.Column("after_state", sa.String(), nullable=False, server_default="given"),
    )
    op.add_column("rounds", sa.Column("unit_id", sa.Integer()))


def _moment(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def _returns() -> None:
    table = "report_returns"
    op.create_table(
        table,
        _number("id"), _text("key"), _number("seat_id"), _number("round_id"), _text("question"),
        _text("reason"), _number("asked_by"), _moment("at"), _text("state"), _moment("settled_at", True),
        _refers(table, "seat_id", "seats"), _refers(table, "round_id", "rounds"),
        _refers(table, "asked_by", "seats"), _key(table), _unique(table, "key"),
    )  # fmt: skip
    op.create_index(op.f("ix_report_returns_seat_id_state"), table, ["seat_id", "state"])


def _approvals() -> None:
    table = "approvals"
    op.create_table(
        table,
        _number("id"), _number("round_id"), _number("unit_id"), _number("seat_id"), _moment("at"),
        _number("sent"), _number("expected"), _moment("undone_at", True), _number("undone_by", True),
        _refers(table, "round_id", "rounds"), _refers(table, "unit_id", "units"),
        _refers(table, "seat_id", "seats"), _key(table),
    )  # fmt: skip
    op.create_index(op.f("ix_approvals_round_id_unit_id"), table, ["round_id", "unit_id"])


def _broadcasts() -> None:
    table = "broadcasts"
    op.create_table(
        table,
        _number("id"), _text("key"), _number("seat_id"), _number("unit_id"),
        sa.Column("levels", sa.JSON(), nullable=False), _text("said"), _moment("at"),
        _refers(table, "seat_id", "seats"), _refers(table, "unit_id", "units"),
        _key(table), _unique(table, "key"),
    )  # fmt: skip
    op.create_index(op.f("ix_broadcasts_seat_id"), table, ["seat_id"])


def _chat_packs() -> None:
    table = "chat_packs"
    op.create_table(
        table,
        _number("id"), _text("pack"), _number("seat_id"), _number("unit_id"),
        sa.Column("definition", sa.JSON(), nullable=False), _moment("at"),
        _refers(table, "seat_id", "seats"), _refers(table, "unit_id", "units"),
        _key(table), _unique(table, "pack"),
    )  # fmt: skip
