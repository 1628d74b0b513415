"""Who of the staff is on the staff page, and which programs read its figures.

Tokens leave the house once: in a link, a cookie, a line of the command line. What is kept is their
SHA-256; they are 256 random bits, so no salt is needed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.domain.people import Seat

#: How long a link to the page may be opened, and how long she stays signed in.
LINK_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)

#: Kinds of units whose officers see the page, the widest first: every level above the branch.
STAFF_KINDS = ("TI", "HU", "XA", "TT", "BAN")


@dataclass(frozen=True, slots=True)
class StaffLink:
    """A link that may still be opened: for which seat and person, and its hash."""

    sha256: str
    seat_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class StaffSession:
    """Somebody signed in: ``seat`` with its holder; ``until`` aware, UTC."""

    sha256: str
    seat: Seat
    until: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program that may read the figures of a unit and below. Times aware, UTC."""

    name: str
    unit_id: int
    unit_code: str
    made_at: datetime
    revoked_at: datetime | None = None


def token_sha256(token: str) -> str:
    """The form in which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def enters(seat: Seat) -> bool:
    """Whether the holder of this seat may see the page: a role whose scope is above the branch."""
    return seat.role != "branch_head" and seat.unit.kind in STAFF_KINDS


def widest(seats: Iterable[Seat]) -> Seat | None:
    """Of the seats somebody holds, the one from which most is seen; None where none may enter."""
    entering = [seat for seat in seats if enters(seat)]
    return min(entering, key=lambda seat: STAFF_KINDS.index(seat.unit.kind), default=None)
