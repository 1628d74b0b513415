"""Calls for the unit above, and reminders asked for."""

from sqlalchemy import Connection

from storage.apply.audit import note
from storage.apply.rows import add, change, find_all
from storage.domain.effects import ReminderKept, ReminderRequested, TaskRaised
from storage.tables.tasks import reminders, tasks


def task_raised(connection: Connection, effect: TaskRaised) -> None:
    """Raise the task; while one of the same kind for the same question is open, no second one."""
    this = {
        "kind": effect.kind,
        "seat_id": effect.seat_id,
        "round_id": effect.round_id,
        "question": effect.question,
    }
    if any(row.done_at is None for row in find_all(connection, tasks, **this)):
        return
    add(connection, tasks, **this, raised_at=effect.at, due_at=effect.due_at)
    note(connection, "task_raised", effect.at, effect.seat_id, effect.round_id, kind=effect.kind)


def reminder_requested(connection: Connection, effect: ReminderRequested) -> None:
    """Remind her at ``due_at`` instead of any earlier wish for this report."""
    this = {"seat_id": effect.seat_id, "round_id": effect.round_id}
    wish = {"requested_at": effect.at, "due_at": effect.due_at, "done_at": None}
    if change(connection, reminders, this, **wish) == 0:
        add(connection, reminders, **this, **wish)


def reminder_kept(connection: Connection, effect: ReminderKept) -> None:
    """The wish is done with."""
    this = {"seat_id": effect.seat_id, "round_id": effect.round_id}
    change(connection, reminders, this, done_at=effect.at)
