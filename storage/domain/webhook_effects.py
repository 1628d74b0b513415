"""What became of webhooks, in the past tense (`storage.domain.effects` joins them to all others).

Times are aware and in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookRegistered:
    """An address is told what happens in a unit and below; ``secret`` is sealed (`storage.sealing`).
    ``allow_private``: it may lie in a private network."""

    name: str
    url: str
    unit_id: int
    allow_private: bool
    at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookRevoked:
    """The address of this name is told nothing any more; what waited for it is dropped."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WebhookDelivered:
    """A receiver took an event (``row_id`` of it)."""

    row_id: int
    webhook_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WebhookFailed:
    """A receiver did not take an event, which waits until ``retry_at``. ``rest_until``: until then nothing
    else is sent there either (None: the trouble was this event's alone)."""

    row_id: int
    webhook_id: int
    at: datetime
    error: str
    retry_at: datetime
    rest_until: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookEventsGivenUp:
    """Events of before ``before`` that could not be delivered are given up."""

    before: datetime
    at: datetime
