"""Nothing is kept longer than its purpose: raw texts, accounts of ended roles, photos, the audit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from scheduler.sweep import Keep
from storage.domain.effects import Effect, RetentionReached
from storage.writer import Reader


@dataclass(frozen=True)
class Retention:
    """Four times a day, whatever is older than the days of settings goes (domain.md 6.2)."""

    name: ClassVar[str] = "retention"
    every: ClassVar[timedelta] = timedelta(hours=6)
    keep: Keep = field(default_factory=Keep)

    def keeping(self, keep: Keep) -> "Retention":
        """The same sweep with the days of settings."""
        return Retention(keep)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """What is due at ``now``; a second time it finds nothing more."""
        at = now.astimezone(UTC)
        questions = [question for pack in rules.plan.packs for question in pack.questions]
        photos = frozenset(question.name for question in questions if question.type == "image")

        def before(days: int) -> datetime:
            return at - timedelta(days=days)

        return (
            RetentionReached(
                at,
                raw=before(self.keep.raw_days),
                accounts=before(self.keep.account_days),
                photos=before(self.keep.photo_days),
                audit=before(self.keep.audit_days),
                strangers=before(self.keep.stranger_days),
                photo_fields=photos,
            ),
        )
