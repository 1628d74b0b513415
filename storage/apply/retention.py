"""What is older than its purpose (domain.md 6.2, days in settings)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    case,
    cast,
    delete,
    func,
    literal_column,
    select,
    update,
)

from storage.apply.audit import note
from storage.apply.erasing import doom_photos, forget_account, veil_row
from storage.domain.effects import RetentionReached
from storage.domain.messages import Address, Outbound
from storage.tables.answers import answer_history, answers
from storage.tables.audit import audit
from storage.tables.consent import matters
from storage.tables.conversations import inbox
from storage.tables.keeping import dead_letters
from storage.tables.outbox import outbox
from storage.tables.people import accounts, seat_holders
from storage.tables.webhooks import webhook_events
from storage.veiling import subject_of

#: Never less than the 24 months of the trigger on the table (v0002).
AUDIT_KEPT = timedelta(days=732)


#: Written out, not bound: so these rows are found by an index of their own.
_NOTHING: ColumnElement[str] = literal_column("''")


def retention_reached(connection: Connection, effect: RetentionReached) -> None:
    """Blank, veil or delete what is due; running it again changes nothing more."""
    counts: dict[str, Any] = {
        "raw": _blank_raw(connection, effect) + _blank_messages(connection, effect),
        "accounts": _drop_accounts(connection, effect),
        "photos": _drop_photos(connection, effect),
        "audit": _drop_audit(connection, effect),
        "strangers": _drop_strangers(connection, effect),
        "dead_letters": _deleted(connection, dead_letters, dead_letters.c.kept_at < effect.raw),
        "webhook_events": _deleted(connection, webhook_events, webhook_events.c.settled_at < effect.raw),
    }
    if any(counts.values()):
        note(connection, "retention", effect.at, **counts)


def _deleted(connection: Connection, table: Table, which: Any) -> int:
    return int(connection.execute(delete(table).where(which)).rowcount)


def _drop_audit(connection: Connection, effect: RetentionReached) -> int:
    """Lines two years older than the newest: the table itself refuses to lose any other."""
    newest = connection.execute(select(func.max(audit.c.at))).scalar()
    if newest is None:
        return 0
    return _deleted(connection, audit, audit.c.at < min(effect.audit, newest - AUDIT_KEPT))


def _blank_raw(connection: Connection, effect: RetentionReached) -> int:
    changed = 0
    for table in (answers, answer_history):
        old = (table.c.at < effect.raw) & (table.c.raw != _NOTHING)
        changed += connection.execute(update(table).where(old).values(raw="")).rowcount
    old = (inbox.c.at < effect.raw) & (inbox.c.text != _NOTHING)
    return changed + int(connection.execute(update(inbox).where(old).values(text="")).rowcount)


def _blank_messages(connection: Connection, effect: RetentionReached) -> int:
    """What the bot said repeats what she said."""
    old = (outbox.c.queued_at < effect.raw) & (outbox.c.state != "waiting")
    rows = connection.execute(select(outbox).where(old, ~outbox.c.blank)).all()
    for row in rows:
        blank = Outbound(Address(row.channel, row.account), "").to_json()
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(outbound=blank, blank=True))
    return len(rows)


def _drop_accounts(connection: Connection, effect: RetentionReached) -> int:
    """Accounts of people who hold no seat any more and left their last one long enough ago."""
    last = (
        select(
            seat_holders.c.person_id,
            func.max(seat_holders.c.until).label("until"),
            func.sum(case((seat_holders.c.until.is_(None), 1), else_=0)).label("held"),
        )
        .group_by(seat_holders.c.person_id)
        .subquery()
    )
    statement = (
        select(accounts.c.channel, accounts.c.account)
        .join(last, last.c.person_id == accounts.c.person_id)
        .where(last.c.held == 0, last.c.until < effect.accounts)
    )
    rows = connection.execute(statement).all()
    for row in rows:
        forget_account(connection, Address(row.channel, row.account))
    return len(rows)


def _drop_photos(connection: Connection, effect: RetentionReached) -> int:
    changed = 0
    for table in (answers, answer_history):
        named = cast(table.c.field_values, String).contains(".jpg", autoescape=True)
        rows = connection.execute(select(table).where(table.c.at < effect.photos, named)).all()
        doom_photos(connection, rows, effect.photo_fields, table, effect.at)
        changed += len(rows)
    return changed


def _drop_strangers(connection: Connection, effect: RetentionReached) -> int:
    """What strangers were asked, and answers to them that could not be delivered."""
    late = outbox.c.queued_at < effect.strangers
    rows = connection.execute(select(outbox).where(outbox.c.veiled, late)).all()
    for row in rows:
        veil_row(connection, row, subject_of(connection, Address(row.channel, row.account)))
    return len(rows) + _deleted(connection, matters, matters.c.moved_at < effect.strangers)
