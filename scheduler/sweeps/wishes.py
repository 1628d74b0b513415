"""Reminders she asked for: at the minute she said, whatever the hour."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect, PushesPlanned, ReminderKept
from storage.domain.pushes import NewPush
from storage.queries import answers, people, rounds
from storage.queries.pushes import Wish, wishes_due
from storage.writer import Reader

#: A reminder that could not be given within this time (the program was off) is given no more.
LASTS = timedelta(hours=12)


class Wishes:
    """Plans the reminders that are due; one for a report that is in is done with."""

    name: ClassVar[str] = "wishes"
    every: ClassVar[timedelta] = timedelta(seconds=20)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The reminders due at ``now``."""
        at = now.astimezone(UTC)
        effects: list[Effect] = []
        for wish in wishes_due(reader, now):
            push = _push(reader, wish, now)
            if push is not None:
                effects.append(PushesPlanned((push,), at))
            effects.append(ReminderKept(wish.seat_id, wish.round_id, at))
        return effects


def _push(reader: Reader, wish: Wish, now: datetime) -> NewPush | None:
    report = answers.submission(reader, wish.seat_id, wish.round_id)
    asked = rounds.round_by_id(reader, wish.round_id)
    seat = people.seat(reader, wish.seat_id)
    if asked is None or seat is None or seat.person is None or (report and report.status == "submitted"):
        return None
    if asked.closed_at is not None and asked.closed_at <= now:
        return None
    key = f"wish:{wish.seat_id}:{wish.round_id}:{wish.requested_at:%Y%m%dT%H%M%S}"
    ends = max(wish.due_at, now) + LASTS
    return NewPush(key, "reminder", seat.id, seat.person.id, wish.due_at, ends, wish.round_id)
