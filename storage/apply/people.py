"""Accounts tied to people, one-time codes, and whether somebody can be reached."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from storage.apply.audit import note
from storage.apply.rows import add, add_all, change, for_each
from storage.domain.codes import code_sha256
from storage.domain.effects import AccountUnreachable, CodesIssued, SeatLinked
from storage.domain.folding import fold
from storage.domain.messages import Address
from storage.tables.consent import consents
from storage.tables.people import accounts, one_time_codes, persons, seat_holders
from storage.veiling import subject_of


def seat_linked(connection: Connection, effect: SeatLinked) -> None:
    """Tie the account to the person of the seat, and end the code (``code``: as typed, or its SHA-256).

    - The account writes for somebody of the same name already: she holds two seats, so the two
      persons become one (domain.md 3.3: a person may hold two seats).
    - It wrote for somebody else: it writes for the person of this seat from now on.
    - The seat is empty: the account's person takes it, or somebody still without a name.
    """
    account = _account(connection, effect.address)
    holder = _holder(connection, effect.seat_id)
    person_id = _person_of(account, holder)
    if person_id is None:
        person_id = new_person(connection, "", "chị")
    if holder is None or holder.id != person_id:
        take_seat(connection, effect.seat_id, person_id, effect.at)
    _write_from(connection, effect.address, account, person_id, effect.at)
    _name_consent(connection, effect, person_id)
    _use_code(connection, effect)
    note(
        connection,
        "seat_linked",
        effect.at,
        effect.seat_id,
        person_id=person_id,
        channel=effect.address.channel,
    )


def _account(connection: Connection, address: Address) -> Row[Any] | None:
    statement = (
        select(accounts.c.id.label("account_id"), persons.c.id, persons.c.folded)
        .join(persons, persons.c.id == accounts.c.person_id)
        .where(accounts.c.channel == address.channel, accounts.c.account == address.account)
    )
    return connection.execute(statement).first()


def _holder(connection: Connection, seat_id: int) -> Row[Any] | None:
    statement = (
        select(persons.c.id, persons.c.folded)
        .join(seat_holders, seat_holders.c.person_id == persons.c.id)
        .where(seat_holders.c.seat_id == seat_id, seat_holders.c.until.is_(None))
    )
    return connection.execute(statement).first()


def _person_of(account: Row[Any] | None, holder: Row[Any] | None) -> int | None:
    if holder is None:
        return account.id if account else None
    if account is not None and account.folded == holder.folded:
        return int(account.id)
    return int(holder.id)


def new_person(connection: Connection, name: str, address_form: str) -> int:
    """Add a person and return her id."""
    return add(connection, persons, name=name, folded=fold(name), address_form=address_form)


def take_seat(connection: Connection, seat_id: int, person_id: int, at: datetime) -> None:
    """End the present holder's time in the seat, if any, and begin this person's."""
    connection.execute(
        update(seat_holders)
        .where(seat_holders.c.seat_id == seat_id, seat_holders.c.until.is_(None))
        .values(until=at)
    )
    add(connection, seat_holders, seat_id=seat_id, person_id=person_id, since=at)


def _write_from(
    connection: Connection, address: Address, account: Row[Any] | None, person_id: int, at: datetime
) -> None:
    linked = {"person_id": person_id, "linked_at": at, "wrote_at": at, "reachable": True}
    if account is None:
        add(connection, accounts, channel=address.channel, account=address.account, **linked)
    else:
        change(connection, accounts, {"id": account.account_id}, **linked)


def _name_consent(connection: Connection, effect: SeatLinked, person_id: int) -> None:
    """The line of the consent log that this link rests on is hers from now on."""
    subject = subject_of(connection, effect.address)
    hers = (consents.c.subject == subject) & consents.c.person_id.is_(None) & (consents.c.said == "agreed")
    connection.execute(update(consents).where(hers).values(person_id=person_id))


def _use_code(connection: Connection, effect: SeatLinked) -> None:
    used = or_(one_time_codes.c.sha256 == code_sha256(effect.code), one_time_codes.c.sha256 == effect.code)
    connection.execute(
        update(one_time_codes)
        .where(one_time_codes.c.seat_id == effect.seat_id, used, one_time_codes.c.used_at.is_(None))
        .values(used_at=effect.at)
    )


def codes_issued(connection: Connection, effect: CodesIssued) -> None:
    """Keep the codes; a seat's earlier open code ends."""
    replaced = (
        update(one_time_codes)
        .where(
            one_time_codes.c.seat_id == bindparam("the_seat"),
            one_time_codes.c.used_at.is_(None),
            one_time_codes.c.replaced_at.is_(None),
        )
        .values(replaced_at=effect.at)
    )
    for_each(connection, replaced, [{"the_seat": seat_id} for seat_id, _ in effect.codes])
    rows = [{"seat_id": seat_id, "sha256": code, "issued_at": effect.at} for seat_id, code in effect.codes]
    add_all(connection, one_time_codes, rows)
    note(connection, "codes_issued", effect.at, count=len(effect.codes))


def account_unreachable(connection: Connection, effect: AccountUnreachable) -> None:
    """Remember that the account cannot (or can again) be written to; an unknown account is nothing."""
    this = {"channel": effect.address.channel, "account": effect.address.account}
    change(connection, accounts, this, reachable=effect.reachable)
