"""What staff say to the clock (pauses, dates), who comes, requests to the province, whose clock acts."""

from sqlalchemy import Connection, or_, update

from storage.apply.audit import note
from storage.apply.pushes import end_waiting
from storage.apply.rows import add, change, find
from storage.domain.effects import (
    AttendanceAnswered,
    AttendanceAsked,
    CorrectionDecided,
    CorrectionRequested,
    EventMoved,
    LeaseTaken,
    PauseSet,
)
from storage.tables.pushes import attendance, correction_requests, event_changes, leases, pauses


def pause_set(connection: Connection, effect: PauseSet) -> None:
    """Replace the unit's pause by this one, or end it."""
    of_unit = pauses.c.unit_id == effect.unit_id if effect.unit_id else pauses.c.unit_id.is_(None)
    still = or_(pauses.c.ended_at.is_(None), pauses.c.until > effect.at)
    connection.execute(
        update(pauses).where(of_unit, still, pauses.c.ended_at.is_(None)).values(ended_at=effect.at)
    )
    if effect.until > effect.at:
        add(
            connection, pauses, unit_id=effect.unit_id, since=effect.at, until=effect.until,
            reason=effect.reason, set_at=effect.at, ended_at=None,
        )  # fmt: skip
    note(connection, "pause_set", effect.at, unit_id=effect.unit_id, until=effect.until.isoformat())


def event_moved(connection: Connection, effect: EventMoved) -> None:
    """Keep what staff said; what waits to be said of the event is muted, since it says another day."""
    change_ = effect.change
    add(
        connection, event_changes, event=change_.event, status=change_.status, day=change_.day,
        time=change_.time, place=change_.place, at=effect.at, seat_id=effect.seat_id,
    )  # fmt: skip
    end_waiting(connection, "muted", "date_changed", effect.at, event=change_.event)
    note(connection, "event_moved", effect.at, effect.seat_id, event=change_.event, status=change_.status)


def attendance_asked(connection: Connection, effect: AttendanceAsked) -> None:
    """Remember the question; asked again, the answer stays."""
    this = {"event": effect.event, "day": effect.day, "seat_id": effect.seat_id}
    if change(connection, attendance, this, asked_at=effect.at) == 0:
        add(connection, attendance, **this, asked_at=effect.at, answer=None, answered_at=None)


def attendance_answered(connection: Connection, effect: AttendanceAnswered) -> None:
    """Keep her word."""
    this = {"event": effect.event, "day": effect.day, "seat_id": effect.seat_id}
    said = {"answer": effect.coming, "answered_at": effect.at}
    if change(connection, attendance, this, **said) == 0:
        add(connection, attendance, **this, asked_at=effect.at, **said)


def correction_requested(connection: Connection, effect: CorrectionRequested) -> None:
    """Keep the request; a new one for the same question takes the place of one not yet decided."""
    this = {"seat_id": effect.seat_id, "round_id": effect.round_id, "question": effect.question}
    earlier = find(connection, correction_requests, **this, decided_at=None)
    if earlier is not None:
        change(connection, correction_requests, {"id": earlier.id}, after=effect.after, at=effect.at)
    else:
        values = {"before": effect.before, "after": effect.after, "at": effect.at}
        add(connection, correction_requests, **this, **values, decided_at=None, granted=None)
    note(connection, "correction_requested", effect.at, effect.seat_id, effect.round_id,
         question=effect.question)  # fmt: skip


def correction_decided(connection: Connection, effect: CorrectionDecided) -> None:
    """Note the decision; the answer itself is recorded by an effect of its own."""
    decided = {"decided_at": effect.at, "granted": effect.granted}
    change(connection, correction_requests, {"id": effect.request_id}, **decided)
    note(connection, "correction_decided", effect.at, request_id=effect.request_id, granted=effect.granted)


def lease_taken(connection: Connection, effect: LeaseTaken) -> None:
    """The lease is this holder's; whether it might be taken was decided in the same transaction."""
    values = {"holder": effect.holder, "until": effect.until}
    if change(connection, leases, {"name": effect.name}, **values) == 0:
        add(connection, leases, name=effect.name, **values)
