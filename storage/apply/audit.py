"""The audit line beside a change. It names things by id, never by a person's words or name."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from storage.apply.rows import add
from storage.tables.audit import audit


def note(
    connection: Connection,
    what: str,
    at: datetime,
    seat_id: int | None = None,
    round_id: int | None = None,
    person_id: int | None = None,
    channel: str = "",
    **details: Any,
) -> None:
    """Write one line: ``what`` in snake case ("answer_recorded"), ``details`` counts, ids and names of
    questions."""
    add(
        connection, audit, what=what, at=at, seat_id=seat_id, round_id=round_id, person_id=person_id,
        channel=channel, details=details,
    )  # fmt: skip
