"""Webhooks: addresses of other systems that are told what happens to reports (docs/api.md)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from storage.domain.people import UnitKind

#: What is told, each as DHIS2 would say it: a report is complete; a figure of a complete report changed;
#: a unit above asked a figure back; a unit above approved the reports below it, or took that back.
EventKind: TypeAlias = Literal[
    "report.submitted", "report.corrected", "report.returned", "reports.approved", "reports.unapproved"
]

#: Waits after the first, second ... failure in a row; the last for every further one.
_GAPS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)

#: A receiver that does not answer is tried again after this long at the latest: it may be back.
MOST_REST = timedelta(minutes=30)

#: What could not be delivered for so long is given up.
GIVE_UP_AFTER = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registered address: it is told what happens in ``unit_id`` and below. ``secret`` is sealed
    (`storage.sealing`). ``failures`` in a row; ``waiting`` and ``given_up`` count events. Times aware, UTC.
    """

    id: int
    name: str
    url: str
    secret: str
    unit_id: int
    unit_code: str
    unit_kind: UnitKind
    allow_private: bool
    made_at: datetime
    revoked_at: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str = ""
    failures: int = 0
    waiting: int = 0
    given_up: int = 0

    @property
    def owns(self) -> bool:
        """Whether it stands in the commune whose reports it is told of: only there are figures of sensitive
        indicators told. Told above, report by report, they could be worked out one from the other."""
        return self.unit_kind in ("XA", "CH")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, to be told to one webhook. ``event_id`` is the same at every try;
    ``question`` only of a figure asked back; ``sent`` and ``expected`` only of an approval. ``at`` UTC."""

    id: int
    webhook_id: int
    event_id: str
    kind: EventKind
    unit_id: int
    unit_code: str
    pack: str
    period: str
    at: datetime
    attempts: int
    question: str = ""
    sent: int | None = None
    expected: int | None = None


def gap(failures: int) -> timedelta:
    """How long to wait after so many failures in a row (1 the first)."""
    return _GAPS[min(max(failures, 1), len(_GAPS)) - 1]
