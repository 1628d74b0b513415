"""What the clock plans and remembers: pushes, pauses, dates staff set, attendance, the lease."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("outbox", sa.Column("send_by", sa.DateTime(timezone=True)))
    _pushes()
    _pauses()
    _events()
    _corrections()
    _leases()


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


def _pushes() -> None:
    op.create_table(
        "pushes",
        _number("id"), _text("key"), _text("kind"), _number("rank"), _number("seat_id"), _number("person_id"),
        _number("round_id", True), _text("event"), _text("step"), _moment("due_at"), _moment("expires_at"),
        sa.Column("params", sa.JSON(), nullable=False), _text("state"), _text("reason"),
        _moment("planned_at"), _moment("moved_at"), _text("day"), _number("outbox_id", True),
        _refers("pushes", "seat_id", "seats"), _refers("pushes", "person_id", "persons"),
        _refers("pushes", "round_id", "rounds"), _refers("pushes", "outbox_id", "outbox"),
        _key("pushes"), sa.UniqueConstraint("key", name=op.f("uq_pushes_key")),
    )  # fmt: skip
    for columns in (
        ["state", "due_at"],
        ["person_id", "day"],
        ["seat_id", "round_id", "state"],
        ["outbox_id"],
    ):
        op.create_index(op.f(f"ix_pushes_{'_'.join(columns)}"), "pushes", columns)
    op.create_table(
        "planned_steps", _number("id"), _text("step"), _moment("at"), _key("planned_steps"),
        sa.UniqueConstraint("step", name=op.f("uq_planned_steps_step")),
    )  # fmt: skip


def _pauses() -> None:
    op.create_table(
        "pauses", _number("id"), _number("unit_id", True), _moment("since"), _moment("until"),
        _text("reason"), _moment("set_at"), _moment("ended_at", True),
        _refers("pauses", "unit_id", "units"), _key("pauses"),
    )  # fmt: skip


def _events() -> None:
    op.create_table(
        "event_changes",
        _number("id"), _text("event"), _text("status"), _text("day"), _text("time"), _text("place"),
        _moment("at"), _number("seat_id", True), _refers("event_changes", "seat_id", "seats"),
        _key("event_changes"),
    )  # fmt: skip
    op.create_index(op.f("ix_event_changes_event"), "event_changes", ["event"])
    op.create_table(
        "attendance",
        _number("id"), _text("event"), _text("day"), _number("seat_id"), _moment("asked_at"),
        sa.Column("answer", sa.Boolean()), _moment("answered_at", True),
        _refers("attendance", "seat_id", "seats"), _key("attendance"),
        sa.UniqueConstraint("event", "day", "seat_id", name=op.f("uq_attendance_event_day_seat_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_attendance_seat_id"), "attendance", ["seat_id"])


def _corrections() -> None:
    op.create_table(
        "correction_requests",
        _number("id"), _number("seat_id"), _number("round_id"), _text("question"),
        sa.Column("before", sa.JSON(), nullable=False), sa.Column("after", sa.JSON(), nullable=False),
        _moment("at"), _moment("decided_at", True), sa.Column("granted", sa.Boolean()),
        _refers("correction_requests", "seat_id", "seats"),
        _refers("correction_requests", "round_id", "rounds"), _key("correction_requests"),
    )  # fmt: skip
    op.create_index(op.f("ix_correction_requests_seat_id"), "correction_requests", ["seat_id"])


def _leases() -> None:
    op.create_table(
        "leases", _number("id"), _text("name"), _text("holder"), _moment("until"), _key("leases"),
        sa.UniqueConstraint("name", name=op.f("uq_leases_name")),
    )  # fmt: skip
