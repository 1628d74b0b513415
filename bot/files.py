"""Files that go along with a message: made when it is sent, not while a turn waits.

The outbox says what is wanted ("chart:ROUND:UNIT", "calendar:LEVEL", "workbook:UNIT:PERIOD"); here
it becomes a file in a folder of its own, and the envelope that the channel gets names its path. A file that
cannot be made leaves the message as it is, for the words count; only where the file is all that was asked
for, it says so.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from handlers.reports.calendar_file import calendar_file
from handlers.reports.digest import areas, chart_words
from handlers.reports.words import file_stem, say
from storage.database import Database
from storage.domain.messages import Outbound
from storage.plan.model import Plan
from storage.plan.periods import VIETNAM
from storage.queries import people, progress, rounds
from storage.queries.pushes import changes

log = logging.getLogger(__name__)


@contextmanager
def _new(path: Path) -> Iterator[Path]:
    """A file to write, which takes its name when it is whole: the one before may just be on its way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as opened:
        partial = Path(opened.name)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class Files:
    """Makes files for messages."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        folder: Path,
        now: Callable[[], datetime],
        span: Callable[[str], tuple[date, date]],
    ) -> None:
        """``folder`` is made when first needed; ``now`` is the clock's; ``span``: see `Rules.span`."""
        self._database, self._plan, self._folder = database, plan, folder
        self._now, self._span = now, span

    async def __call__(self, outbound: Outbound) -> Outbound:
        """The message with its file's path, or without one."""
        if not outbound.file:
            return outbound
        try:
            path = await asyncio.to_thread(self._made, outbound.file)
        except Exception:
            log.exception("file_not_made", extra={"file": outbound.file})
            alone = outbound.file.startswith("workbook:")
            text = say("file.failed") if alone else outbound.text
            return replace(outbound, text=text, file="")
        return replace(outbound, file=str(path) if path else "")

    def _made(self, wanted: str) -> Path | None:
        kind, _, rest = wanted.partition(":")
        if kind == "workbook":
            unit, _, period = rest.partition(":")
            return self.workbook(int(unit), period)
        data = self.calendar(rest or None) if kind == "calendar" else self.chart(*map(int, rest.split(":")))
        if data is None:
            return None
        path = self._folder / (wanted.replace(":", "-") + (".ics" if kind == "calendar" else ".png"))
        with _new(path) as partial:
            partial.write_bytes(data)
        return path

    def workbook(self, unit_id: int, period: str) -> Path:
        """The Excel appendices of a unit as they are seen from it, under the name staff know files by.
        KeyError if the unit was not there on the period's last day."""
        from handlers.reports.gather import gather
        from handlers.reports.workbook import write_workbook

        at = self._now().astimezone(VIETNAM)
        with self._database.reading() as reader:
            found = gather(reader, self._plan, period, unit_id, at, viewer=unit_id)
        path = self._folder / found.top.code / f"{file_stem(found.top, period)}.xlsx"
        with _new(path) as partial:
            write_workbook(partial, found)
        return path

    def calendar(self, level: str | None = None) -> bytes:
        """The plan's events as iCalendar; ``level`` only those told to it."""
        with self._database.reading() as reader:
            said = changes(reader)
        return calendar_file(self._plan, said, self._now(), level)

    def chart(self, round_id: int, unit_id: int) -> bytes | None:
        """Reporting rates of a round by the areas below a unit, as PNG; None if there is no such round."""
        with self._database.reading() as reader:
            asked = rounds.round_by_id(reader, round_id)
            pack = self._plan.pack(asked.pack) if asked else None
            top = next((unit for unit in people.all_units(reader) if unit.id == unit_id), None)
            if asked is None or pack is None or top is None:
                return None
            communes = progress.by_parent(
                reader, asked.id, pack.level, self._span(asked.period), asked.due_at
            )
            rated = areas(reader, communes, top)
        whole = progress.total(dict(enumerate(part for _, part in rated)))
        title, subtitle = chart_words(asked, top, whole, self._now())
        from handlers.reports.chart import rates_chart  # costs a second, and most runs draw nothing

        return rates_chart(title, subtitle, rated)
