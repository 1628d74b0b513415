"""A backup a night."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

from scheduler.rules.rounds import Rules
from storage.domain.effects import BackupDue, Effect
from storage.queries.keeping import last_backup_due
from storage.writer import Reader

#: When nobody writes, in Vietnam.
AT = time(2, 30)


class NightlyBackups:
    """Asks for a backup once a night; a night missed (the machine was off) is made up for at once. The
    copying itself takes long and is `bot.backups`' work, outside the writer."""

    name: ClassVar[str] = "backups"
    every: ClassVar[timedelta] = timedelta(minutes=10)

    def decide(self, rules: Rules, reader: Reader, now: datetime) -> Sequence[Effect]:
        """The backup of the last night, unless it was asked for already."""
        due = latest(now)
        asked = last_backup_due(reader)
        return () if asked is not None and asked >= due else (BackupDue(due.astimezone(UTC)),)


def latest(now: datetime) -> datetime:
    """The last time `AT` before ``now`` (aware; the answer has its zone)."""
    today = datetime.combine(now.date(), AT, now.tzinfo)
    return today if today <= now else today - timedelta(days=1)
