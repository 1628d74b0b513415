"""Who may open the staff page: links, sessions, tokens of programs.

A link's token is ``NONCE.PERSON.UNTIL.SIGNATURE``: signed with this database's own key, so that a made-up
or changed one is refused before anything is looked up, and kept as a hash, so that it works once.
"""

import hmac
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from storage.domain.people import Seat
from storage.domain.sign_in import ApiToken, StaffLink, StaffSession, token_sha256
from storage.queries import people
from storage.tables.people import seat_holders, units
from storage.tables.sign_in import api_tokens, staff_links, staff_sessions
from storage.veiling import veiled

_PURPOSE = "staff-link"


def link_token(reader: Connection, nonce: str, person_id: int, until: datetime) -> str:
    """The token of a link for this person; ``nonce`` are at least 128 random bits, ``until`` is aware."""
    stamp = str(int(until.timestamp()))
    return f"{nonce}.{person_id}.{stamp}.{_signature(reader, nonce, str(person_id), stamp)}"


def _signature(reader: Connection, *parts: str) -> str:
    return veiled(reader, _PURPOSE, *parts).removeprefix("#")


def _signed(reader: Connection, token: str, now: datetime) -> bool:
    nonce, _, rest = token.partition(".")
    person, _, rest = rest.partition(".")
    stamp, _, signature = rest.partition(".")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        return False
    right = _signature(reader, nonce, person, stamp)
    return hmac.compare_digest(right.encode(), signature.encode()) and now < datetime.fromtimestamp(
        int(stamp), UTC
    )


def _held(table: Any) -> Any:
    """True while the person still holds the seat."""
    return (
        (seat_holders.c.seat_id == table.c.seat_id)
        & (seat_holders.c.person_id == table.c.person_id)
        & seat_holders.c.until.is_(None)
    )


_LINK = (
    select(staff_links)
    .join(seat_holders, _held(staff_links))
    .where(
        staff_links.c.sha256 == bindparam("sha256"),
        staff_links.c.used_at.is_(None),
        staff_links.c.replaced_at.is_(None),
        staff_links.c.until > bindparam("now"),
    )
)


def link_of(reader: Connection, token: str, now: datetime) -> StaffLink | None:
    """The link of a token, while it may be opened at ``now`` (aware); None for every other token."""
    if len(token) > 200 or not _signed(reader, token, now):
        return None
    row = reader.execute(_LINK, {"sha256": token_sha256(token), "now": now}).first()
    return StaffLink(row.sha256, row.seat_id, row.person_id) if row else None


_SESSION = (
    select(staff_sessions)
    .join(seat_holders, _held(staff_sessions))
    .where(
        staff_sessions.c.sha256 == bindparam("sha256"),
        staff_sessions.c.ended_at.is_(None),
        staff_sessions.c.until > bindparam("now"),
    )
)


def session_of(reader: Connection, token: str, now: datetime) -> StaffSession | None:
    """Who is signed in with this cookie at ``now`` (aware); None once it ended, ran out, or the seat has
    another holder."""
    row = reader.execute(_SESSION, {"sha256": token_sha256(token), "now": now}).first()
    seat: Seat | None = people.seat(reader, row.seat_id) if row else None
    return StaffSession(row.sha256, seat, row.until) if row and seat else None


def _tokens() -> Select[Any]:
    return select(api_tokens, units.c.code.label("unit_code")).join(units, units.c.id == api_tokens.c.unit_id)


def _token(row: Any) -> ApiToken:
    return ApiToken(row.name, row.unit_id, row.unit_code, row.made_at, row.revoked_at)


def api_token_of(reader: Connection, token: str) -> ApiToken | None:
    """The program that holds this token; None if it is unknown or was revoked."""
    known = _tokens().where(api_tokens.c.sha256 == token_sha256(token), api_tokens.c.revoked_at.is_(None))
    row = reader.execute(known).first()
    return _token(row) if row else None


def all_api_tokens(reader: Connection) -> list[ApiToken]:
    """Every token ever issued, by name."""
    return [_token(row) for row in reader.execute(_tokens().order_by(api_tokens.c.name))]
