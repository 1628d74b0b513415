"""Photos that must leave the disk: what the database no longer names is removed, and noted as gone."""

import asyncio
import logging
from datetime import UTC
from pathlib import Path

from scheduler.clock import Clock
from storage.database import Database
from storage.domain.effects import FilesErased
from storage.queries.privacy import Doomed, doomed_files
from storage.writer import Writer

log = logging.getLogger(__name__)

#: How often it is looked; an erasure is not urgent by the minute, but must not wait for a restart.
EVERY_SECONDS = 60.0


class FileEraser:
    """Removes doomed photos below the photo folder, never anything else."""

    def __init__(self, database: Database, writer: Writer, folder: Path, clock: Clock) -> None:
        """``folder`` is what stored photos' paths are relative to."""
        self._database, self._writer, self._folder, self._clock = database, writer, folder, clock

    async def once(self) -> int:
        """Remove what is doomed; how many files are gone now. A photo that another answer still shows (the
        same picture sent twice is one file) stays until that answer lets it go too."""
        doomed = await self._database.read(doomed_files)
        gone = [file for file in doomed if file.shown or self._removed(file)]
        if gone:
            ids = tuple(file.id for file in gone)
            erased = FilesErased(ids, self._clock.now().astimezone(UTC))
            await self._writer.run("erasing", lambda reader: (erased,))
            await asyncio.to_thread(self._database.checkpoint)
        return len({file.path for file in gone if not file.shown})

    def _removed(self, file: Doomed) -> bool:
        folder = self._folder.resolve()
        path = (folder / file.path).resolve()
        if not path.is_relative_to(folder):
            return True
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("photo_not_erased", extra={"file": file.id, "reason": str(error.strerror)})
            return False
        return True

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("erasing_failed")
            await asyncio.sleep(EVERY_SECONDS)
