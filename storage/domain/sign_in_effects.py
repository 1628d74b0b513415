"""Who signs in to the staff page, and which programs may read, in the past tense (`storage.domain.effects`
joins them to all others).

Times are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StaffLinkMade:
    """A link to the staff page was made for the holder of a seat (``sha256`` of its token); her earlier
    ones end. It may be opened once, until ``until``."""

    sha256: str
    seat_id: int
    person_id: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StaffSignedIn:
    """She opened her link: it is used, and a session (``session_sha256`` of its cookie) began."""

    link_sha256: str
    session_sha256: str
    seat_id: int
    person_id: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StaffSignedOut:
    """She left the staff page."""

    session_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApiTokenIssued:
    """A program may read the figures of a unit and below; ``sha256`` of its token."""

    name: str
    sha256: str
    unit_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ApiTokenRevoked:
    """The program of this name may read no longer."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SummariesRebuilt:
    """The summaries of all reports were made anew from their answers (``chihoi summaries rebuild``)."""

    at: datetime
