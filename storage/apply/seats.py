"""Seats that change hands, and what people want changed about themselves."""

from typing import Any

from sqlalchemy import Connection, update

from storage.apply.audit import note
from storage.apply.erasing import forget_account
from storage.apply.people import new_person, take_seat
from storage.apply.rows import change, find
from storage.domain.effects import (
    AccountUnlinked,
    HolderLeaving,
    PersonChanged,
    RemindersSilenced,
    SeatHandedOver,
)
from storage.domain.folding import fold
from storage.tables.people import accounts, persons, seat_holders


def seat_handed_over(connection: Connection, effect: SeatHandedOver) -> None:
    """End the present holder's time and seat the next, if there is one; drafts and answers are the
    seat's and stay."""
    if effect.name:
        person_id = new_person(connection, effect.name, effect.address_form)
        take_seat(connection, effect.seat_id, person_id, effect.at)
    else:
        _end(connection, effect.seat_id, until=effect.at)
    note(connection, "seat_handed_over", effect.at, effect.seat_id, person_id=effect.by)


def _end(connection: Connection, seat_id: int, **values: Any) -> None:
    present = (seat_holders.c.seat_id == seat_id) & seat_holders.c.until.is_(None)
    connection.execute(update(seat_holders).where(present).values(**values))


def holder_leaving(connection: Connection, effect: HolderLeaving) -> None:
    """The present holder is reminded no more for this seat."""
    _end(connection, effect.seat_id, leaving_at=effect.at)
    note(connection, "holder_leaving", effect.at, effect.seat_id)


def person_changed(connection: Connection, effect: PersonChanged) -> None:
    """Put right how she is called."""
    changed: dict[str, Any] = {}
    if effect.name is not None:
        changed |= {"name": effect.name, "folded": fold(effect.name)}
    if effect.address_form is not None:
        changed["address_form"] = effect.address_form
    if changed:
        change(connection, persons, {"id": effect.person_id}, **changed)
        fields = [name for name in changed if name != "folded"]
        note(connection, "person_changed", effect.at, person_id=effect.person_id, fields=fields)


def reminders_silenced(connection: Connection, effect: RemindersSilenced) -> None:
    """No reminders from now on, or again."""
    muted_at = effect.at if effect.silent else None
    change(connection, persons, {"id": effect.person_id}, muted_at=muted_at)
    note(connection, "reminders_silenced", effect.at, person_id=effect.person_id, silent=effect.silent)


def account_unlinked(connection: Connection, effect: AccountUnlinked) -> None:
    """Nobody writes from this account any more, and nothing kept names it."""
    address = effect.address
    row = find(connection, accounts, channel=address.channel, account=address.account)
    forget_account(connection, address)
    if row is None:
        return
    note(
        connection, "account_unlinked", effect.at, person_id=row.person_id, channel=address.channel,
        why=effect.why,
    )  # fmt: skip
