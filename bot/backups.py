"""Making the backups that the calendar asks for, beside everything else.

The sweep ``backups`` writes down that one is due; here it is made in a thread of its own, and that it is
there (or why not) is written down like every other fact. A backup that fails is tried again, and every
failure is an error in the log: nobody may find out on the day she needs it.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.settings import Settings
from scheduler.clock import Clock
from storage import backup
from storage.database import Database
from storage.domain.effects import BackupFailed, BackupMade, Effect
from storage.queries.keeping import DueBackup, due_backup
from storage.sqlite_file import SqliteFile
from storage.writer import Writer

log = logging.getLogger(__name__)

#: How often it is looked whether a backup is due; after a failure twice as long each time, at most an hour.
LOOK_SECONDS, MOST_SECONDS = 60.0, 3600.0


class Backups:
    """The loop that makes backups. Without CHIHOI_BACKUP_RECIPIENT it makes none."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, settings: Settings) -> None:
        """``settings``: where from, where to, for whose key, and how long they are kept."""
        self._database, self._writer, self._clock = database, writer, clock
        self._folder, self._photos = settings.backup_folder, settings.photos
        self._recipient = settings.backup_recipient
        self._keep = timedelta(days=settings.backup_keep_days)
        self._failures = 0

    async def run(self) -> None:
        """Make what is due until cancelled; one under way is finished first. Of PostgreSQL there is no file
        to copy."""
        if self._recipient and not isinstance(self._database.place, SqliteFile):
            log.warning("backups_are_the_servers", extra={"hint": "pg_dump; docs/operations.md"})
            return
        while self._recipient:
            try:
                await self.step()
            except Exception:
                log.exception("backup_not_recorded")
            pause = min(LOOK_SECONDS * 2.0 ** min(self._failures, 10), MOST_SECONDS)
            await asyncio.sleep(pause)

    async def step(self) -> None:
        """Make the backup that is due, if one is, and forget the old ones."""
        due = await self._database.read(due_backup)
        if due is None or not self._recipient:
            return
        made = await asyncio.to_thread(self._make, due, self._clock.now(), self._recipient)
        await self._writer.run("backup", lambda reader: (made,))

    def _make(self, due: DueBackup, now: datetime, recipient: str) -> Effect:
        at = now.astimezone(UTC)
        try:
            made = backup.make(self._database.path, self._photos, self._folder, recipient, at)
            gone = backup.prune(self._folder, at, self._keep)
        except Exception as error:
            self._failures += 1
            log.error("backup_failed", extra={"folder": str(self._folder), "reason": str(error)})
            return BackupFailed(due.id, at, str(error))
        self._failures = 0
        log.info("backup_made", extra={"file": made.path.name, "size": made.size, "forgotten": gone})
        return BackupMade(due.id, at, Path(made.path).name, made.size, made.sha256)
