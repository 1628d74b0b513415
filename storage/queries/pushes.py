"""What the clock has planned, and what it must know to send it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, distinct, func, or_, select

from storage.desk import recall
from storage.domain.answers import AnswerState
from storage.domain.messages import Address, Outbound
from storage.domain.people import Seat
from storage.domain.pushes import ASKED_FOR, EventChange, Invitation, Pause, Push
from storage.queries import consent
from storage.queries.people import seats_where
from storage.tables.answers import submissions
from storage.tables.conversations import conversations, inbox
from storage.tables.outbox import outbox
from storage.tables.people import accounts, persons, seat_holders, seats, units
from storage.tables.pushes import (
    attendance,
    correction_requests,
    event_changes,
    leases,
    pauses,
    planned_steps,
    pushes,
)
from storage.tables.rounds import rounds
from storage.tables.tasks import reminders


@dataclass(frozen=True, slots=True)
class Wish:
    """A reminder she asked for. Times aware, UTC."""

    seat_id: int
    round_id: int
    requested_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may act, and until when (aware, UTC)."""

    holder: str
    until: datetime


def _push(row: Row[Any]) -> Push:
    return Push(
        row.id, row.key, row.kind, row.seat_id, row.person_id, row.due_at, row.expires_at, row.round_id,
        row.event, row.step, row.params, row.state, row.reason,
    )  # fmt: skip


_DUE = (
    select(pushes.c.person_id, pushes.c.rank)
    .where(pushes.c.state == "scheduled", pushes.c.due_at <= bindparam("now"))
    .order_by(pushes.c.due_at)
    .limit(bindparam("most"))
)

#: Rows looked at for each person wanted: several pushes of one person may be due.
_ROWS_A_PERSON = 4


def persons_due(reader: Connection, now: datetime, limit: int) -> list[int]:
    """People to whom something is due at ``now`` (aware): of those who wait longest the most pressing
    first. Reads a few rows of an index, however many are due."""
    rows = reader.execute(_DUE, {"now": now, "most": limit * _ROWS_A_PERSON}).all()
    return list(dict.fromkeys(row.person_id for row in sorted(rows, key=lambda row: row.rank)))[:limit]


def scheduled_of(reader: Connection, person_ids: Collection[int], until: datetime) -> list[Push]:
    """All that is planned for these people and due by ``until`` (aware), in the order to be said: of two
    of a kind that whose deadline is nearer (an opening expires when its round is due)."""
    statement = (
        select(pushes)
        .where(pushes.c.person_id.in_(person_ids), pushes.c.state == "scheduled", pushes.c.due_at <= until)
        .order_by(pushes.c.person_id, pushes.c.rank, pushes.c.expires_at, pushes.c.due_at, pushes.c.id)
    )
    return [_push(row) for row in reader.execute(statement)]


def sent_by_day(reader: Connection, person_ids: Collection[int], since: date) -> dict[int, dict[date, int]]:
    """For each of these people, how many messages of pushes went out on which local day since a day;
    what she asked for herself is not counted."""
    statement = (
        select(pushes.c.person_id, pushes.c.day, func.count(distinct(pushes.c.outbox_id)).label("count"))
        .where(
            pushes.c.person_id.in_(person_ids),
            pushes.c.day >= since.isoformat(),
            pushes.c.state.in_(("queued", "sent", "delivered")),
            pushes.c.kind.not_in(ASKED_FOR),
        )
        .group_by(pushes.c.person_id, pushes.c.day)
    )
    found: dict[int, dict[date, int]] = {}
    for row in reader.execute(statement):
        found.setdefault(row.person_id, {})[date.fromisoformat(row.day)] = row[2]
    return found


def seats_by_id(reader: Connection, seat_ids: Collection[int]) -> dict[int, Seat]:
    """These seats as they are now, by id."""
    return {seat.id: seat for seat in seats_where(reader, seats.c.id.in_(seat_ids))}


def addresses_of(reader: Connection, person_ids: Collection[int]) -> dict[int, Address]:
    """Where each of these people is written to: the reachable account last written from, else the one
    linked last; those without one are left out."""
    statement = (
        select(accounts.c.person_id, accounts.c.channel, accounts.c.account)
        .where(accounts.c.person_id.in_(person_ids), accounts.c.reachable)
        .order_by(func.coalesce(accounts.c.wrote_at, accounts.c.linked_at), accounts.c.id)
    )
    return {row.person_id: Address(row.channel, row.account) for row in reader.execute(statement)}


def answering(reader: Connection, person_ids: Collection[int], since: datetime) -> dict[int, datetime]:
    """Of these people those who wrote after ``since`` (aware) and are asked something: a question of a
    report, or a matter beside it. With the time of their last word (aware, UTC)."""
    statement = (
        select(accounts.c.person_id, accounts.c.channel, accounts.c.account, accounts.c.wrote_at)
        .where(accounts.c.person_id.in_(person_ids), accounts.c.wrote_at > since)
        .order_by(accounts.c.wrote_at)
    )
    return {
        row.person_id: row.wrote_at
        for row in reader.execute(statement)
        if _is_asked(reader, Address(row.channel, row.account))
    }


#: Stages of a report in which her next words answer it.
_ASKED = frozenset({"asking", "checking", "summary", "editing", "restarting"})

_TALKED_OF = (
    select(submissions.c.state)
    .join(
        conversations,
        and_(
            conversations.c.seat_id == submissions.c.seat_id,
            conversations.c.round_id == submissions.c.round_id,
        ),
    )
    .where(conversations.c.channel == bindparam("channel"), conversations.c.account == bindparam("account"))
)


def _is_asked(reader: Connection, address: Address) -> bool:
    talked_of = {"channel": address.channel, "account": address.account}
    state = reader.execute(_TALKED_OF, talked_of).scalar() or {}
    return state.get("stage") in _ASKED or consent.matter(reader, address) is not None


def unit_parents(reader: Connection) -> dict[int, tuple[str, int | None]]:
    """Every unit's code and parent, by id."""
    rows = reader.execute(select(units.c.id, units.c.code, units.c.parent_id))
    return {row.id: (row.code, row.parent_id) for row in rows}


def is_planned(reader: Connection, step: str) -> bool:
    """Whether this step was planned."""
    return reader.execute(_IS_PLANNED, {"name": step}).first() is not None


def planned_until(reader: Connection, step: str) -> int:
    """Below which seat id a step was planned already that is planned in slices; 0 if it was not begun."""
    begun = planned_steps.c.step.startswith(f"{step}@", autoescape=True)
    name = reader.execute(select(planned_steps.c.step).where(begun)).scalar()
    return int(name.rpartition("@")[2]) if name else 0


_IS_PLANNED = select(planned_steps.c.id).where(planned_steps.c.step == bindparam("name"))

_WISHES = (
    select(reminders).where(reminders.c.done_at.is_(None), reminders.c.due_at <= bindparam("until"))
).order_by(reminders.c.due_at, reminders.c.id)


def wishes_due(reader: Connection, until: datetime) -> list[Wish]:
    """The reminders asked for by ``until`` (aware) that were not yet kept, the earliest first."""
    return [
        Wish(row.seat_id, row.round_id, row.requested_at, row.due_at)
        for row in reader.execute(_WISHES, {"until": until})
    ]


def wished(reader: Connection, seat_ids: Collection[int], until: datetime) -> frozenset[tuple[int, int]]:
    """The reports (seat, round) for which a reminder was asked for by ``until`` and still waits."""
    statement = select(reminders.c.seat_id, reminders.c.round_id).where(
        reminders.c.seat_id.in_(seat_ids), reminders.c.done_at.is_(None), reminders.c.due_at <= until
    )
    return frozenset((row.seat_id, row.round_id) for row in reader.execute(statement))


def asked_off(reader: Connection, seat_ids: Collection[int]) -> frozenset[int]:
    """The seats whose holder is not to be reminded: she wished so, or said that she leaves."""
    statement = (
        select(seat_holders.c.seat_id)
        .join(persons, persons.c.id == seat_holders.c.person_id)
        .where(seat_holders.c.seat_id.in_(seat_ids), seat_holders.c.until.is_(None))
        .where(or_(persons.c.muted_at.is_not(None), seat_holders.c.leaving_at.is_not(None)))
    )
    return frozenset(reader.execute(statement).scalars())


_PAUSES = select(pauses).where(pauses.c.until > bindparam("now"), pauses.c.ended_at.is_(None))
_CHANGES = select(event_changes).order_by(event_changes.c.id)


def pauses_on(reader: Connection, now: datetime) -> list[Pause]:
    """The pauses that hold at ``now`` (aware)."""
    return [
        Pause(row.unit_id, row.since, row.until, row.reason) for row in reader.execute(_PAUSES, {"now": now})
    ]


def changes(reader: Connection) -> Mapping[str, EventChange]:
    """What staff said last of each event, by its id."""

    def found() -> Mapping[str, EventChange]:
        return {
            row.event: EventChange(row.event, row.status, row.day, row.time, row.place)
            for row in reader.execute(_CHANGES)
        }

    return recall(reader, frozenset({"event_changes"}), "changes", found)


# What was handed out is found among the few pushes that are queued, not among all that was ever said.
_QUEUED = (
    select(distinct(outbox.c.id).label("id"), outbox.c.channel)
    .join(pushes, pushes.c.outbox_id == outbox.c.id)
    .where(pushes.c.state == "queued", outbox.c.state == "waiting")
)
_TOO_LATE = _QUEUED.where(outbox.c.begun_at.is_(None), outbox.c.send_by <= bindparam("now"))


def waiting_pushes(reader: Connection) -> dict[str, int]:
    """How many messages with pushes wait in the outbox, by channel."""
    return Counter(row.channel for row in reader.execute(_QUEUED))


def too_late(reader: Connection, now: datetime) -> tuple[int, ...]:
    """The outbox ids of pushes that were not sent before a quiet time began."""
    return tuple(row.id for row in reader.execute(_TOO_LATE, {"now": now}))


_LEASE = select(leases.c.holder, leases.c.until).where(leases.c.name == bindparam("of"))


def lease(reader: Connection, name: str) -> Lease | None:
    """Who holds the lease of that name; None if nobody ever did."""
    row = reader.execute(_LEASE, {"of": name}).first()
    return Lease(row.holder, row.until) if row else None


_INVITED = (
    select(attendance)
    .where(attendance.c.seat_id == bindparam("seat"))
    .order_by(attendance.c.asked_at.desc(), attendance.c.id.desc())
    .limit(1)
)


def invitation(reader: Connection, seat_ids: Sequence[int]) -> Invitation | None:
    """The last one of these seats; None if there was none."""
    found = [asked for seat_id in seat_ids if (asked := _invited(reader, seat_id))]
    return max(found, key=lambda asked: asked.asked_at, default=None)


def _invited(reader: Connection, seat_id: int) -> Invitation | None:
    def found() -> Invitation | None:
        row = reader.execute(_INVITED, {"seat": seat_id}).first()
        return Invitation(row.event, row.day, row.seat_id, row.asked_at, row.answer) if row else None

    return recall(reader, frozenset({"attendance"}), ("invited", seat_id), found)


def attending(reader: Connection, event: str, day: str) -> tuple[int, int, int]:
    """How many were asked, come, and do not come."""
    statement = select(attendance.c.answer, func.count()).where(
        attendance.c.event == event, attendance.c.day == day
    )
    counts = {row[0]: row[1] for row in reader.execute(statement.group_by(attendance.c.answer))}
    return sum(counts.values()), counts.get(True, 0), counts.get(False, 0)


def last_said(reader: Connection, seat_id: int, kind: str, event: str) -> str:
    """The words of the last message with a push of that kind and event to this seat; "" if there was none."""
    statement = (
        select(outbox.c.outbound)
        .join(pushes, pushes.c.outbox_id == outbox.c.id)
        .where(pushes.c.seat_id == seat_id, pushes.c.kind == kind, pushes.c.event == event)
        .where(pushes.c.state.in_(("queued", "sent", "delivered")))
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    found = reader.execute(statement).scalar()
    return Outbound.from_json(found).text if found else ""


def last_told(reader: Connection, seat_id: int, event: str) -> tuple[str, str] | None:
    """What the seat was told last of an event's day: its status and the day (ISO, "" without one); None
    if nothing was said of a day."""
    for params in reader.execute(_TOLD, {"seat": seat_id, "event": event}).scalars():
        if "day" in params:
            return params.get("status", "fixed"), params["day"]
    return None


_TOLD = (
    select(pushes.c.params)
    .where(pushes.c.seat_id == bindparam("seat"), pushes.c.event == bindparam("event"))
    .where(or_(*(pushes.c.state == state for state in ("queued", "sent", "delivered"))))
    .order_by(pushes.c.outbox_id.desc(), pushes.c.id.desc())
)


def attending_all(reader: Connection) -> dict[str, tuple[int, int, int]]:
    """By event, how many were asked, come, and do not come to its last day."""
    found: dict[str, tuple[int, int, int]] = {}
    days = select(attendance.c.event, func.max(attendance.c.day)).group_by(attendance.c.event)
    for event, day in reader.execute(days):
        found[event] = attending(reader, event, day)
    return found


def wrote_since(reader: Connection, address: Address, moment: datetime) -> bool:
    """Whether anything came from the account, or went to it, after ``moment`` (aware)."""
    came = select(inbox.c.id).where(
        inbox.c.channel == address.channel, inbox.c.account == address.account, inbox.c.at > moment
    )
    return reader.execute(came.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Correction:
    """A request to change a figure of a closed round."""

    id: int
    seat_id: int
    round_id: int
    pack: str
    period: str
    question: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime
    state: AnswerState = "given"


def open_corrections(reader: Connection, limit: int = 50) -> list[Correction]:
    """Those not yet decided, the oldest first."""
    statement = (
        select(correction_requests, rounds.c.pack, rounds.c.period)
        .join(rounds, rounds.c.id == correction_requests.c.round_id)
        .where(correction_requests.c.decided_at.is_(None))
        .order_by(correction_requests.c.id)
        .limit(limit)
    )
    return [
        Correction(
            row.id,
            row.seat_id,
            row.round_id,
            row.pack,
            row.period,
            row.question,
            row.before,
            row.after,
            row.at,
            row.after_state,
        )
        for row in reader.execute(statement)
    ]
