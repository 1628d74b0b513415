"""The contract of a sweep: one look of the clock, safe to run twice.

A sweep is one file in ``sweeps/`` and one line in its table. It reads, applies the rules and returns
effects; the writer commits them like any turn's. Doing it again at the same moment must change
nothing, because a restart does just that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from scheduler.rules.rounds import Rules
from storage.domain.effects import Effect
from storage.writer import Reader


@dataclass(frozen=True)
class Keep:
    """How many days things are kept (domain.md 6.2): raw texts, accounts after a role ended, photos,
    audit lines, and what strangers were asked before they agreed."""

    raw_days: int = 90
    account_days: int = 30
    photo_days: int = 550
    audit_days: int = 731
    stranger_days: int = 7


class Sweep(Protocol):
    """One thing the clock does."""

    name: ClassVar[str]
    every: ClassVar[timedelta]

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """What is due at ``now`` (aware, Asia/Ho_Chi_Minh) and not yet done. ``rules.plan`` is the plan."""
