"""Requests to change figures after closing: who decides is told that there are new ones."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from handlers.granting import decider, waiting
from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, PushesPlanned
from storage.domain.people import Seat
from storage.domain.pushes import NewPush
from storage.queries.pushes import Correction, open_corrections
from storage.writer import Reader

#: How long it is worth saying that something waits.
LASTS = timedelta(days=3)


class Requests:
    """Plans one note to every unit that decides, once for its newest request."""

    name: ClassVar[str] = "requests"
    every: ClassVar[timedelta] = timedelta(minutes=5)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The notes that were not planned."""
        seats: dict[int, Seat] = {}
        found: dict[int, list[Correction]] = defaultdict(list)
        for request in open_corrections(reader):
            seat = decider(rules.plan, reader, request)
            if seat is not None and seat.person is not None:
                seats[seat.id] = seat
                found[seat.id].append(request)
        at = now.astimezone(UTC)
        notes = [_note(seats[seat_id], requests, at) for seat_id, requests in found.items()]
        return (PushesPlanned(tuple(notes), at),) if notes else ()


def _note(seat: Seat, requests: Sequence[Correction], at: datetime) -> NewPush:
    assert seat.person is not None  # noqa: S101 - only seats with a holder are told
    text = waiting(seat.person.address_form, len(requests))
    key = f"requests:{seat.id}:{max(request.id for request in requests)}"
    return NewPush(key, "note", seat.id, seat.person.id, at, at + LASTS, params={"text": text})
