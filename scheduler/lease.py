"""The lease: of several processes on one database exactly one acts as the clock.

It is a row with an end. Who holds it renews it at every tick; who finds it ended takes it. An end
further ahead than a lease can last is of a clock that was set back since, and counts as ended.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from storage.domain.effects import Effect, LeaseTaken
from storage.queries.pushes import lease
from storage.writer import Reader

NAME = "clock"

#: How long a holder that was killed keeps the others waiting.
LASTS = timedelta(seconds=60)


def free(reader: Reader, holder: str, now: datetime) -> bool:
    """Whether ``holder`` has the lease or may take it; ``now`` aware."""
    held = lease(reader, NAME)
    return held is None or held.holder == holder or not now < held.until <= now + LASTS


def take(reader: Reader, holder: str, now: datetime) -> Sequence[Effect]:
    """The lease renewed, or taken; nothing where another holds it."""
    if not free(reader, holder, now):
        return ()
    held = lease(reader, NAME)
    if held is not None and held.holder == holder and now + LASTS / 2 < held.until <= now + LASTS:
        return ()
    return (LeaseTaken(NAME, holder, (now + LASTS).astimezone(UTC)),)
