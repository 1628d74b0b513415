"""People: consent, requests for seats, units placed by date, erasing; an audit that only grows."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _units()
    _consent()
    _requests()
    _columns()
    _audit()


def _moment(name: str, nullable: bool = True) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _units() -> None:
    op.create_table(
        "unit_placements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_placements_unit_id_units")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_unit_placements_parent_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_placements")),
    )
    op.create_index(op.f("ix_unit_placements_unit_id"), "unit_placements", ["unit_id"])
    op.create_index(op.f("ix_unit_placements_parent_id"), "unit_placements", ["parent_id"])
    op.execute(
        "INSERT INTO unit_placements (unit_id, parent_id, name, folded, valid_from, valid_to)"
        " SELECT id, parent_id, name, folded, valid_from, valid_to FROM units ORDER BY id"
    )
    op.create_table(
        "unit_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old_unit_id", sa.Integer(), nullable=False),
        sa.Column("new_unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["old_unit_id"], ["units.id"], name=op.f("fk_unit_merges_old_unit_id_units")),
        sa.ForeignKeyConstraint(["new_unit_id"], ["units.id"], name=op.f("fk_unit_merges_new_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_merges")),
        sa.UniqueConstraint(
            "old_unit_id", "new_unit_id", name=op.f("uq_unit_merges_old_unit_id_new_unit_id")
        ),
    )
    op.create_index(op.f("ix_unit_merges_new_unit_id"), "unit_merges", ["new_unit_id"])


def _consent() -> None:
    keys = op.create_table(
        "house_keys",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_keys")),
    )
    op.bulk_insert(keys, [{"name": "veil", "secret": secrets.token_hex(32)}])
    op.create_table(
        "matters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        _moment("moved_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
        sa.UniqueConstraint("subject", name=op.f("uq_matters_subject")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        _moment("at", nullable=False),
        sa.Column("seat_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_consents_seat_id_seats")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_subject"), "consents", ["subject"])
    op.create_index(op.f("ix_consents_person_id"), "consents", ["person_id"])


def _requests() -> None:
    op.create_table(
        "seat_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address_form", sa.String(), nullable=False),
        _moment("asked_at", nullable=False),
        _moment("decided_at"),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_seat_requests_seat_id_seats")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_requests")),
    )
    op.create_index(op.f("ix_seat_requests_seat_id"), "seat_requests", ["seat_id"])
    op.create_table(
        "doomed_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        _moment("doomed_at", nullable=False),
        _moment("gone_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doomed_files")),
    )


def _columns() -> None:
    op.add_column("persons", _moment("muted_at"))
    op.add_column("seat_holders", _moment("leaving_at"))
    no = sa.false()
    op.add_column("outbox", sa.Column("veiled", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("outbox", sa.Column("about", sa.Integer()))
    op.create_index(op.f("ix_outbox_about"), "outbox", ["about"])
    op.add_column("answers", sa.Column("proxy", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("answer_history", sa.Column("proxy", sa.Boolean(), nullable=False, server_default=no))
    with op.batch_alter_table("tasks") as tasks:
        tasks.alter_column("round_id", existing_type=sa.Integer(), nullable=True)
        tasks.add_column(_moment("due_at"))


def _audit() -> None:
    """Lines of the audit are never changed, and go only when they are two years old (domain.md 6.2:
    24 months), counted from the newest, since a database has no clock of ours."""
    if op.get_bind().dialect.name == "postgresql":
        _audit_of_postgresql()
        return
    op.execute(
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit"
        " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit"
        " WHEN OLD.at > (SELECT strftime('%Y-%m-%d %H:%M:%S', max(at), '-24 months') FROM audit)"
        " BEGIN SELECT RAISE(ABORT, 'the audit is kept for 24 months'); END"
    )


def _audit_of_postgresql() -> None:
    kept = "OLD.at > (SELECT max(at) - interval '24 months' FROM audit)"
    for name, when, event, words in (
        ("audit_is_not_changed", "true", "UPDATE", "the audit is append-only"),
        ("audit_is_kept", kept, "DELETE", "the audit is kept for 24 months"),
    ):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {when} THEN RAISE EXCEPTION '{words}'; END IF; RETURN OLD; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON audit FOR EACH ROW EXECUTE FUNCTION {name}()")
