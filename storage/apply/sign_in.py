"""Links to the staff page, who is signed in, and programs that may read."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from storage.apply.audit import note
from storage.apply.rows import add, change
from storage.domain.sign_in_effects import (
    ApiTokenIssued,
    ApiTokenRevoked,
    StaffLinkMade,
    StaffSignedIn,
    StaffSignedOut,
)
from storage.tables.sign_in import api_tokens, staff_links, staff_sessions

#: What ended longer ago than this says nothing any more; the audit has its line.
FORGOTTEN_AFTER = timedelta(days=30)


def link_made(connection: Connection, effect: StaffLinkMade) -> None:
    """Keep the link; her earlier ones can no longer be opened."""
    _forget(connection, effect.at)
    still = staff_links.c.used_at.is_(None) & staff_links.c.replaced_at.is_(None)
    hers = staff_links.c.person_id == effect.person_id
    connection.execute(update(staff_links).where(hers, still).values(replaced_at=effect.at))
    add(
        connection, staff_links, sha256=effect.sha256, seat_id=effect.seat_id, person_id=effect.person_id,
        made_at=effect.at, until=effect.until, used_at=None, replaced_at=None,
    )  # fmt: skip
    note(connection, "staff_link_made", effect.at, effect.seat_id, person_id=effect.person_id)


def _forget(connection: Connection, at: datetime) -> None:
    for table in (staff_links, staff_sessions):
        connection.execute(delete(table).where(table.c.until < at - FORGOTTEN_AFTER))


def signed_in(connection: Connection, effect: StaffSignedIn) -> None:
    """The link is used; the session holds. Whether the link might be opened was decided in the same
    transaction."""
    change(connection, staff_links, {"sha256": effect.link_sha256}, used_at=effect.at)
    add(
        connection, staff_sessions, sha256=effect.session_sha256, seat_id=effect.seat_id,
        person_id=effect.person_id, began_at=effect.at, until=effect.until, ended_at=None,
    )  # fmt: skip
    note(connection, "staff_signed_in", effect.at, effect.seat_id, person_id=effect.person_id)


def signed_out(connection: Connection, effect: StaffSignedOut) -> None:
    """The session ends."""
    change(connection, staff_sessions, {"sha256": effect.session_sha256}, ended_at=effect.at)


def api_token_issued(connection: Connection, effect: ApiTokenIssued) -> None:
    """Keep the token's hash."""
    add(
        connection, api_tokens, name=effect.name, sha256=effect.sha256, unit_id=effect.unit_id,
        made_at=effect.at, revoked_at=None,
    )  # fmt: skip
    note(connection, "api_token_issued", effect.at, unit_id=effect.unit_id)


def api_token_revoked(connection: Connection, effect: ApiTokenRevoked) -> None:
    """Its holder reads no more."""
    still = (api_tokens.c.name == effect.name) & api_tokens.c.revoked_at.is_(None)
    connection.execute(update(api_tokens).where(still).values(revoked_at=effect.at))
    note(connection, "api_token_revoked", effect.at)
