"""What was asked beside a report, the consent log, and requests for a seat."""

from sqlalchemy import Connection, delete

from storage.apply.audit import note
from storage.apply.rows import add, change, find
from storage.domain.effects import (
    ConsentGiven,
    ConsentWithdrawn,
    MatterClosed,
    MatterOpened,
    ReadRecorded,
    RequestDecided,
    SeatRequested,
)
from storage.domain.messages import Address
from storage.tables.consent import consents, matters, seat_requests
from storage.tables.people import accounts
from storage.veiling import subject_of


def matter_opened(connection: Connection, effect: MatterOpened) -> None:
    """Remember what was asked, in the place of whatever was asked before."""
    subject = subject_of(connection, effect.address)
    asked = {"kind": effect.kind, "details": effect.details, "moved_at": effect.at}
    if change(connection, matters, {"subject": subject}, **asked) == 0:
        add(connection, matters, subject=subject, **asked)


def matter_closed(connection: Connection, effect: MatterClosed) -> None:
    """Forget what was asked."""
    subject = subject_of(connection, effect.address)
    connection.execute(delete(matters).where(matters.c.subject == subject))


def consent_given(connection: Connection, effect: ConsentGiven) -> None:
    """A line of the log; the person is put in once the account is hers (`people.seat_linked`)."""
    add(
        connection, consents, subject=subject_of(connection, effect.address), channel=effect.address.channel,
        version=effect.version, said="agreed", at=effect.at, seat_id=effect.seat_id,
    )  # fmt: skip
    note(connection, "consent_given", effect.at, effect.seat_id, channel=effect.address.channel)


def consent_withdrawn(connection: Connection, effect: ConsentWithdrawn) -> None:
    """A line of the log."""
    person_id = person_of(connection, effect.address)
    add(
        connection, consents, subject=subject_of(connection, effect.address), channel=effect.address.channel,
        version=effect.version, said="withdrawn", at=effect.at, person_id=person_id,
    )  # fmt: skip
    note(connection, "consent_withdrawn", effect.at, person_id=person_id, channel=effect.address.channel)


def person_of(connection: Connection, address: Address) -> int | None:
    """Whose account it is."""
    row = find(connection, accounts, channel=address.channel, account=address.account)
    return row.person_id if row else None


def seat_requested(connection: Connection, effect: SeatRequested) -> None:
    """Keep the request; an earlier open one of the same account is withdrawn by it."""
    this = {"channel": effect.address.channel, "account": effect.address.account}
    withdrawn = {"channel": "", "account": "", "name": "", "decided_at": effect.at, "outcome": "replaced"}
    change(connection, seat_requests, {**this, "outcome": ""}, **withdrawn)
    add(
        connection, seat_requests, **this, seat_id=effect.seat_id, name=effect.name,
        address_form=effect.address_form, asked_at=effect.at, outcome="",
    )  # fmt: skip
    note(connection, "seat_requested", effect.at, effect.seat_id, channel=effect.address.channel)


def request_decided(connection: Connection, effect: RequestDecided) -> None:
    """Note the decision; whose name and account it was is no longer needed there."""
    request = find(connection, seat_requests, id=effect.request_id)
    if request is None or request.outcome:
        return
    outcome = "approved" if effect.approved else "refused"
    decided = {"channel": "", "account": "", "name": "", "decided_at": effect.at, "outcome": outcome}
    change(connection, seat_requests, {"id": effect.request_id}, **decided)
    note(connection, f"request_{outcome}", effect.at, request.seat_id, person_id=effect.by)


def read_recorded(connection: Connection, effect: ReadRecorded) -> None:
    """The audit line is the whole of it."""
    note(connection, effect.what, effect.at, effect.seat_id, person_id=effect.person_id, **effect.details)
