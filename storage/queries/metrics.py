"""The figures that are watched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.domain.webhooks import Webhook
from storage.queries.keeping import last_backup
from storage.queries.rounds import rounds_open
from storage.queries.webhooks import all_webhooks
from storage.tables.answers import submissions
from storage.tables.keeping import dead_letters
from storage.tables.outbox import outbox
from storage.tables.people import seats, units


@dataclass(frozen=True, slots=True)
class Figures:
    """``outbox``: messages by (priority, state); ``reports``: (expected, submitted) by (pack, period) of
    open rounds; ``last_backup`` aware, UTC; ``webhooks`` those not revoked."""

    outbox: Mapping[tuple[str, str], int]
    reports: Mapping[tuple[str, str], tuple[int, int]]
    dead_letters: int
    last_backup: datetime | None
    webhooks: Sequence[Webhook] = ()


def figures(reader: Connection, now: datetime, levels: Mapping[str, str]) -> Figures:
    """All of them at ``now`` (aware). ``levels``: the kind of unit each pack is asked of."""
    grouped = select(outbox.c.priority, outbox.c.state, func.count()).group_by(
        outbox.c.priority, outbox.c.state
    )
    letters = select(func.count()).select_from(dead_letters).where(dead_letters.c.state == "waiting")
    return Figures(
        {(priority, state): count for priority, state, count in reader.execute(grouped)},
        _reports(reader, now, levels),
        int(reader.execute(letters).scalar_one()),
        last_backup(reader),
        [hook for hook in all_webhooks(reader) if hook.revoked_at is None],
    )


def _reports(
    reader: Connection, now: datetime, levels: Mapping[str, str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Expected is every active unit of the pack's level (terms.md)."""
    kinds = (
        select(units.c.kind, func.count())
        .join(seats, seats.c.unit_id == units.c.id)
        .where(
            units.c.valid_to.is_(None) | (units.c.valid_to >= now.date()), units.c.valid_from <= now.date()
        )
        .group_by(units.c.kind)
    )
    expected = {str(kind): int(count) for kind, count in reader.execute(kinds)}
    found = {}
    for each in rounds_open(reader, now):
        given = select(func.count()).where(
            submissions.c.round_id == each.id, submissions.c.status == "submitted"
        )
        count = int(reader.execute(given).scalar_one())
        found[each.pack, each.period] = (expected.get(levels.get(each.pack, ""), 0), count)
    return found
