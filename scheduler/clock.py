"""The only clock of the house; everything else takes ``now`` as a parameter."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

#: Vietnam has one zone and no daylight saving; Asia/Hanoi does not exist in the tz database.
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present, aware, in Asia/Ho_Chi_Minh."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present, aware, in Asia/Ho_Chi_Minh."""
        return datetime.now(VIETNAM)  # noqa: TID251 - the one place


class ManualClock:
    """A clock that runs from the moment it was set, for tests (standing still) and the demo (running)."""

    def __init__(self, start: datetime, running: bool = False) -> None:
        """``start`` must be aware."""
        self._running = running
        self.set(start)

    def set(self, moment: datetime) -> None:
        """Jump to ``moment`` (aware)."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._moment = moment.astimezone(VIETNAM)
        self._since = datetime.now(UTC)  # noqa: TID251 - the one place

    def advance(self, by: timedelta) -> None:
        """Jump forward (or back) by ``by``."""
        self.set(self.now() + by)

    def now(self) -> datetime:
        """The set moment, plus the time since then if the clock runs; Asia/Ho_Chi_Minh."""
        if not self._running:
            return self._moment
        return self._moment + (datetime.now(UTC) - self._since)  # noqa: TID251 - the one place
