"""What was asked beside a report, who asks for a seat, what was agreed to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, literal_column, select

from storage.desk import exists, find, recall
from storage.domain.codes import WRONG_CODE
from storage.domain.messages import Address
from storage.domain.people import Matter, Person, SeatRequest
from storage.queries import people
from storage.tables.consent import consents, matters, seat_requests
from storage.tables.conversations import inbox
from storage.tables.people import accounts, persons, seats
from storage.veiling import subject_of, veiled

_PERSON = select(persons.c.id, persons.c.name, persons.c.address_form).where(
    persons.c.id == bindparam("person")
)
_OPEN = (
    select(seat_requests, seats.c.unit_id)
    .join(seats, seats.c.id == seat_requests.c.seat_id)
    .where(seat_requests.c.outcome == "")
    .order_by(seat_requests.c.id)
)
_OWN = _OPEN.where(
    seat_requests.c.channel == bindparam("channel"), seat_requests.c.account == bindparam("account")
)
_AGREED = (
    select(consents)
    .where(consents.c.person_id == bindparam("person"), consents.c.said == "agreed")
    .order_by(consents.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A line of the consent log. ``seat`` and ``name`` are "" once the person is erased; ``at`` UTC."""

    at: datetime
    said: str
    version: str
    channel: str
    subject: str
    seat: str
    name: str


def matter(reader: Connection, address: Address) -> Matter | None:
    """What the bot last asked this account beside its report."""
    row = find(reader, matters, subject=subject_of(reader, address))
    return Matter(row.kind, row.details, row.moved_at) if row else None


def seen_veiled(reader: Connection, channel: str, message_id: str) -> bool:
    """Whether this message was taken when its sender had not agreed to be kept."""
    return exists(reader, inbox, channel=channel, message_id=veiled(reader, channel, message_id))


def wrong_codes(reader: Connection, since: datetime, most: int) -> int:
    """How many codes that open nothing were sent since then (aware) by whomever; counted up to ``most``."""
    found = select(inbox.c.id).where(
        inbox.c.reading == literal_column(f"'{WRONG_CODE}'"), inbox.c.at >= since
    )
    some = found.limit(most).subquery()
    return int(reader.execute(select(func.count()).select_from(some)).scalar_one())


def person_of(reader: Connection, address: Address) -> Person | None:
    """Whose account it is, with or without a seat."""
    return writer_of(reader, address)[0]


def writer_of(reader: Connection, address: Address) -> tuple[Person | None, datetime | None]:
    """Whose account it is, and when she last wrote from it or was tied to it (aware, UTC)."""
    account = find(reader, accounts, channel=address.channel, account=address.account)
    if account is None:
        return None, None
    return _person(reader, account.person_id), account.wrote_at or account.linked_at


def _person(reader: Connection, person_id: int) -> Person:
    def found() -> Person:
        row = reader.execute(_PERSON, {"person": person_id}).one()
        return Person(row.id, row.name, row.address_form)

    return recall(reader, frozenset({"persons"}), ("person", person_id), found)


def accounts_of(reader: Connection, person_id: int) -> list[Address]:
    """Every account she writes from."""
    statement = select(accounts.c.channel, accounts.c.account).where(accounts.c.person_id == person_id)
    return [Address(row.channel, row.account) for row in reader.execute(statement.order_by(accounts.c.id))]


def last_wrote(reader: Connection, address: Address) -> datetime | None:
    """When the account last wrote or was linked (aware, UTC)."""
    account = find(reader, accounts, channel=address.channel, account=address.account)
    return (account.wrote_at or account.linked_at) if account else None


def some_requested(reader: Connection) -> bool:
    """Whether anybody waits for a seat; on most days nobody does, and no tree need be gone through."""

    def found() -> bool:
        return reader.execute(_OPEN).first() is not None

    return recall(reader, frozenset({"seat_requests", "seats"}), "requested", found)


def open_requests(reader: Connection, within: Select[tuple[int]]) -> list[SeatRequest]:
    """The requests for seats in a scope that nobody has decided yet, the oldest first."""
    rows = reader.execute(_OPEN.where(seats.c.unit_id.in_(within)))
    return [request for row in rows if (request := _request(reader, row))]


def request_of(reader: Connection, address: Address) -> SeatRequest | None:
    """The open request of this account."""
    row = reader.execute(_OWN, {"channel": address.channel, "account": address.account}).first()
    return _request(reader, row) if row else None


def _request(reader: Connection, row: Row[Any]) -> SeatRequest | None:
    seat = people.seat(reader, row.seat_id)
    if seat is None:
        return None
    return SeatRequest(
        row.id, seat, Address(row.channel, row.account), row.name, row.address_form, row.asked_at
    )


def consent_log(reader: Connection, within: Select[tuple[int]] | None = None) -> Iterator[ConsentLine]:
    """The log in order of time; of a scope, only lines about its seats."""
    statement = (
        select(
            consents,
            func.coalesce(seats.c.code, "").label("seat"),
            func.coalesce(persons.c.name, "").label("name"),
        )
        .outerjoin(seats, seats.c.id == consents.c.seat_id)
        .outerjoin(persons, persons.c.id == consents.c.person_id)
        .order_by(consents.c.id)
    )
    if within is not None:
        statement = statement.where(seats.c.unit_id.in_(within))
    for row in reader.execute(statement):
        yield ConsentLine(row.at, row.said, row.version, row.channel, row.subject, row.seat, row.name)


def agreed_at(reader: Connection, person_id: int) -> ConsentLine | None:
    """When she last agreed, and to what."""
    row = reader.execute(_AGREED, {"person": person_id}).first()
    return ConsentLine(row.at, row.said, row.version, row.channel, row.subject, "", "") if row else None
