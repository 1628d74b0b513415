"""What is kept of one person, and what must leave the disk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from storage.tables.answers import answer_history, answers, submissions
from storage.tables.audit import audit
from storage.tables.consent import consents
from storage.tables.consent import doomed_files as doomed_table
from storage.tables.conversations import inbox
from storage.tables.outbox import outbox
from storage.tables.people import accounts, persons, seat_holders, seats, units
from storage.tables.tasks import tasks


@dataclass(frozen=True, slots=True)
class Doomed:
    """A file to remove. ``shown``: an answer or a message still shows it, so it stays."""

    id: int
    path: str
    shown: bool


@dataclass(frozen=True, slots=True)
class DueTask:
    """Something staff must do. Times aware, UTC."""

    kind: str
    seat: str
    raised_at: datetime
    due_at: datetime | None


def doomed_files(reader: Connection) -> list[Doomed]:
    """The files to remove now."""
    rows = reader.execute(select(doomed_table).where(doomed_table.c.gone_at.is_(None))).all()
    if not rows:
        return []
    shown = _shown(reader)
    return [Doomed(row.id, row.path, row.path in shown) for row in rows]


def _shown(reader: Connection) -> set[str]:
    paths: set[str] = set()
    for table in (answers, answer_history):
        for values in reader.execute(select(table.c.field_values)).scalars():
            for value in (values or {}).values():
                paths.update(path for path in value if isinstance(path, str)) if isinstance(
                    value, list
                ) else None
    attached = select(inbox.c.attachment).where(inbox.c.attachment.is_not(None))
    paths.update(str((each or {}).get("path", "")) for each in reader.execute(attached).scalars())
    return paths


def kept_of(reader: Connection, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything kept of one person, by table: what ``chihoi privacy export`` gives her. Times UTC."""
    own = select(accounts.c.channel, accounts.c.account).where(accounts.c.person_id == person_id)
    addresses = [tuple(row) for row in reader.execute(own)]
    kept = {
        "person": _rows(reader, select(persons).where(persons.c.id == person_id)),
        "accounts": _rows(reader, select(accounts).where(accounts.c.person_id == person_id)),
        "seats": _rows(
            reader,
            select(seats.c.code, seats.c.role, units.c.name, seat_holders.c.since, seat_holders.c.until)
            .join(seats, seats.c.id == seat_holders.c.seat_id)
            .join(units, units.c.id == seats.c.unit_id)
            .where(seat_holders.c.person_id == person_id),
        ),
        "consents": _rows(reader, select(consents).where(consents.c.person_id == person_id)),
        "answers": _rows(reader, _answered(answers, person_id)),
        "earlier_answers": _rows(reader, _answered(answer_history, person_id)),
        "audit": _rows(reader, select(audit).where(audit.c.person_id == person_id)),
    }
    for name, table in (("received", inbox), ("sent", outbox)):
        kept[name] = [
            row
            for channel, account in addresses
            for row in _rows(
                reader, select(table).where(table.c.channel == channel, table.c.account == account)
            )
        ]
    return kept


def _answered(table: Any, person_id: int) -> Select[Any]:
    return (
        select(table, submissions.c.seat_id, submissions.c.round_id)
        .join(submissions, submissions.c.id == table.c.submission_id)
        .where(table.c.person_id == person_id)
    )


def _rows(reader: Connection, statement: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in reader.execute(statement).mappings()]


def due_tasks(reader: Connection, within: Select[tuple[int]] | None = None) -> list[DueTask]:
    """Open tasks that have a day by which they must be done, the first due first."""
    statement = (
        select(tasks.c.kind, seats.c.code, tasks.c.raised_at, tasks.c.due_at)
        .join(seats, seats.c.id == tasks.c.seat_id)
        .where(tasks.c.done_at.is_(None), tasks.c.due_at.is_not(None))
        .order_by(tasks.c.due_at, tasks.c.id)
    )
    if within is not None:
        statement = statement.where(seats.c.unit_id.in_(within))
    return [DueTask(row.kind, row.code, row.raised_at, row.due_at) for row in reader.execute(statement)]
