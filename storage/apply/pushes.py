"""Pushes from their planning to their end."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from storage.apply.outbox import put
from storage.apply.rows import add, add_all, find, for_each
from storage.apply.settling import take_back
from storage.desk import recall
from storage.domain.effects import (
    PushesEnded,
    PushesPlanned,
    PushesPutOff,
    PushesReleased,
    PushesTakenBack,
    StepPlanned,
)
from storage.domain.pushes import RANKS, NewPush
from storage.plan.periods import period_span
from storage.scope import active_on, units_below
from storage.tables.answers import submissions
from storage.tables.base import UtcDateTime
from storage.tables.outbox import outbox
from storage.tables.people import accounts, seat_holders, seats, units
from storage.tables.pushes import planned_steps, pushes
from storage.tables.rounds import rounds

#: States in which a push may still be changed.
WAITING = ("scheduled", "queued")


# --- planning


def step_planned(connection: Connection, effect: StepPlanned) -> None:
    """Plan the step for all it concerns (or for a slice of them) in one statement, so that 100,000 cost no
    memory here."""
    if find(connection, planned_steps, step=effect.step) is not None:
        return
    columns = _planned_columns(effect)
    concerned = _concerned(connection, effect, columns)
    if effect.slice is not None:
        concerned = concerned.where(seats.c.id >= effect.slice[0], seats.c.id < effect.slice[1])
    connection.execute(insert(pushes).from_select(list(columns), concerned))
    _note_planned(connection, effect)


def _note_planned(connection: Connection, effect: StepPlanned) -> None:
    """How far the step is planned, or that it is planned whole."""
    begun = planned_steps.c.step.startswith(f"{effect.step}@", autoescape=True)
    connection.execute(delete(planned_steps).where(begun))
    last = connection.execute(_LAST_SEAT).scalar() or 0
    rest = effect.slice is not None and effect.slice[1] <= last
    name = f"{effect.step}@{effect.slice[1]}" if rest and effect.slice else effect.step
    add(connection, planned_steps, step=name, at=effect.at)


_LAST_SEAT = select(func.max(seats.c.id))


def _planned_columns(effect: StepPlanned) -> dict[str, ColumnElement[Any]]:
    key = literal(f"{effect.step}:") + cast(seats.c.id, String)
    return {
        "key": key,
        "kind": literal(effect.kind),
        "rank": literal(RANKS[effect.kind]),
        "seat_id": seats.c.id,
        "person_id": seat_holders.c.person_id,
        "round_id": literal(effect.round_id, Integer),
        "event": literal(effect.event),
        "step": literal(effect.name),
        "due_at": literal(effect.due_at, UtcDateTime),
        "expires_at": literal(effect.expires_at, UtcDateTime),
        "params": type_coerce(literal(effect.params, pushes.c.params.type), pushes.c.params.type),
        "state": literal("scheduled"),
        "reason": literal(""),
        "planned_at": literal(effect.at, UtcDateTime),
        "moved_at": literal(effect.at, UtcDateTime),
        "day": literal(""),
    }


def _owing(connection: Connection, effect: StepPlanned) -> list[ColumnElement[bool]]:
    """Only units that are there on the period's last day report (`storage.queries.expected.owes`)."""
    asked = find(connection, rounds, id=effect.round_id)
    if asked is None:
        return []
    day = period_span(asked.period)[1]
    return [active_on(day), *_within(asked.unit_id, day)]


def _within(unit_id: int | None, day: date) -> list[ColumnElement[bool]]:
    return [] if unit_id is None else [units.c.id.in_(units_below(unit_id, day))]


def _concerned(
    connection: Connection, effect: StepPlanned, columns: dict[str, ColumnElement[Any]]
) -> Select[Any]:
    day = date.fromisoformat(effect.day)
    statement = (
        select(*(column.label(name) for name, column in columns.items()))
        .select_from(seats)
        .join(units, units.c.id == seats.c.unit_id)
        .join(seat_holders, and_(seat_holders.c.seat_id == seats.c.id, seat_holders.c.until.is_(None)))
        .where(units.c.kind.in_(effect.levels), active_on(day), *_within(effect.within, day))
        .where(exists().where(accounts.c.person_id == seat_holders.c.person_id, accounts.c.reachable))
    )
    if effect.event:  # its day may have been moved away and back: what was said of it stays said
        before = pushes.alias("before")
        statement = statement.where(~exists().where(before.c.key == columns["key"]))
    if effect.round_id is not None:
        done = exists().where(
            submissions.c.seat_id == seats.c.id,
            submissions.c.round_id == effect.round_id,
            submissions.c.status == "submitted",
        )
        statement = statement.where(~done, seats.c.role != "commune_deputy", *_owing(connection, effect))
    if effect.told:
        told = pushes.alias("told")
        was_told = exists().where(
            told.c.seat_id == seats.c.id,
            told.c.event == effect.told,
            told.c.state.in_(("queued", "sent", "delivered")),
        )
        statement = statement.where(was_told)
    return statement


def pushes_planned(connection: Connection, effect: PushesPlanned) -> None:
    """Plan each whose key is new."""
    new = [push for push in effect.pushes if find(connection, pushes, key=push.key) is None]
    add_all(connection, pushes, [_row(push, effect.at) for push in new])


def _row(push: NewPush, at: datetime) -> dict[str, Any]:
    return {
        "key": push.key, "kind": push.kind, "rank": RANKS[push.kind], "seat_id": push.seat_id,
        "person_id": push.person_id, "round_id": push.round_id, "event": push.event, "step": push.step,
        "due_at": push.due_at, "expires_at": push.expires_at, "params": push.params, "state": "scheduled",
        "reason": "", "planned_at": at, "moved_at": at, "day": "",
    }  # fmt: skip


# --- into the outbox and back

_BY_ID = pushes.c.id == bindparam("the_push")
_QUEUE = (
    update(pushes)
    .where(_BY_ID)
    .values(
        state="queued", outbox_id=bindparam("the_outbox"), day=bindparam("the_day"), moved_at=bindparam("now")
    )
)
_PUT_OFF = (
    update(pushes)
    .where(_BY_ID, pushes.c.state == "scheduled")
    .values(due_at=bindparam("then"), reason=bindparam("why"), moved_at=bindparam("now"))
)
_NO_MORE = (
    update(pushes)
    .where(_BY_ID, or_(pushes.c.state == WAITING[0], pushes.c.state == WAITING[1]))
    .values(state=bindparam("how"), reason=bindparam("why"), moved_at=bindparam("now"))
)
_END = (
    update(pushes)
    .where(_BY_ID, pushes.c.state == "scheduled")
    .values(state=bindparam("how"), reason=bindparam("why"), moved_at=bindparam("now"))
)


def pushes_released(connection: Connection, effect: PushesReleased) -> None:
    """One message for all pushes of a person, unless its key was queued before."""
    keys = [each.message.key for each in effect.messages]
    known = set(connection.execute(select(outbox.c.key).where(outbox.c.key.in_(keys))).scalars())
    rows = []
    for each in effect.messages:
        if each.message.key not in known:
            made = put(connection, each.message, each.send_by)
            row = {"the_outbox": made, "the_day": each.day, "now": each.message.at}
            rows += [{"the_push": push_id, **row} for push_id in each.pushes]
    for_each(connection, _QUEUE, rows)


def pushes_put_off(connection: Connection, effect: PushesPutOff) -> None:
    """They wait for ``due_at``."""
    values = {"then": effect.due_at, "why": effect.reason, "now": effect.at}
    for_each(connection, _PUT_OFF, [{"the_push": push_id, **values} for push_id in effect.pushes])


def pushes_ended(connection: Connection, effect: PushesEnded) -> None:
    """They are not sent."""
    values = {"how": effect.state, "why": effect.reason, "now": effect.at}
    for_each(connection, _END, [{"the_push": push_id, **values} for push_id in effect.pushes])


def pushes_taken_back(connection: Connection, effect: PushesTakenBack) -> None:
    """What was not sent in time is planned anew."""
    for outbox_id in effect.outbox_ids:
        take_back(connection, outbox_id, effect.at, "late")


def end_push(connection: Connection, key: str, state: str, reason: str, at: datetime) -> None:
    """End one push that still waits."""
    row = find(connection, pushes, key=key)
    if row is None or row.state not in WAITING:
        return
    if row.state == "queued" and row.outbox_id is not None:
        take_back(connection, row.outbox_id, at, reason)
    connection.execute(_END, {"the_push": row.id, "how": state, "why": reason, "now": at})


_WAITING_OF_REPORT = select(pushes.c.id, pushes.c.state, pushes.c.outbox_id).where(
    pushes.c.seat_id == bindparam("seat"),
    pushes.c.round_id == bindparam("round"),
    or_(pushes.c.state == WAITING[0], pushes.c.state == WAITING[1]),
)


def end_waiting(
    connection: Connection,
    state: str,
    reason: str,
    at: datetime,
    seat_id: int | None = None,
    round_id: int | None = None,
    event: str | None = None,
) -> None:
    """End every push that still waits for this report (or round, or event). One that waits in the outbox
    is taken out of it; others that were to go in the same message are planned again. One that goes out
    this moment is ended too: if it arrives, that is what counts, and else it is not tried again."""
    for row in _waiting(connection, seat_id, round_id, event):
        if row.state == "queued" and row.outbox_id is not None:
            take_back(connection, row.outbox_id, at, reason)
        connection.execute(_NO_MORE, {"the_push": row.id, "how": state, "why": reason, "now": at})


def forget_steps(connection: Connection, event: str) -> None:
    """What was planned for the event's day and muted since may be planned again, should that day hold
    again."""
    muted = (pushes.c.event == event) & (pushes.c.state == "muted") & (pushes.c.reason == "date_changed")
    anew = pushes.c.key + literal("~") + cast(pushes.c.id, String)
    connection.execute(update(pushes).where(muted, ~pushes.c.key.contains("~")).values(key=anew))
    steps = planned_steps.c.step.startswith(f"event:{event}:", autoescape=True)
    connection.execute(delete(planned_steps).where(steps))


def _waiting(
    connection: Connection, seat_id: int | None, round_id: int | None, event: str | None
) -> list[Any]:
    if seat_id is not None:
        report = {"seat": seat_id, "round": round_id}
        return recall(
            connection, frozenset({"pushes"}), ("waiting", seat_id, round_id),
            lambda: list(connection.execute(_WAITING_OF_REPORT, report)),
        )  # fmt: skip
    statement = select(pushes.c.id, pushes.c.state, pushes.c.outbox_id).where(pushes.c.state.in_(WAITING))
    if round_id is not None:
        statement = statement.where(pushes.c.round_id == round_id)
    if event is not None:
        statement = statement.where(pushes.c.event == event, pushes.c.round_id.is_(None))
    return list(connection.execute(statement))
