"""The report's papers, Excel and Word, made beside the loop while she waits or does something else.

A province's quarter takes up to 20 seconds: too long for one answer. So a form begins the work, a page says
how it stands, and the finished file lies in memory for a while. A restart forgets it.
"""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

from handlers.reports.gather import gather
from handlers.reports.gathered import Gathered
from handlers.reports.words import file_stem
from storage.database import Database
from storage.plan.model import Plan

log = logging.getLogger(__name__)

#: Finished files kept at once, and how long.
KEPT = 12
KEEP = timedelta(hours=1)

#: How long a page waits for a file before it says that it takes longer; most are made by then.
PATIENCE_SECONDS = 3.0

State: TypeAlias = Literal["working", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for: ``kind`` "xlsx" or "docx", of the unit ``top`` (``code``) in ``period``, as
    seen from the unit ``viewer``; ``owner`` is the hash of her session: nobody else is given the file."""

    kind: str
    top: int
    code: str
    period: str
    viewer: int
    owner: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that is being made or was: ``task`` gives its name and bytes."""

    wanted: Wanted
    begun_at: datetime
    task: "asyncio.Task[tuple[str, bytes]]"

    @property
    def state(self) -> State:
        """How the work stands."""
        if not self.task.done():
            return "working"
        return "failed" if self.task.cancelled() or self.task.exception() else "done"


def _workbook(path: Path, found: Gathered) -> None:
    from handlers.reports.workbook import write_workbook  # costs a second, and many runs write nothing

    write_workbook(path, found)


def _letter(path: Path, found: Gathered) -> None:
    from handlers.reports.letter import write_letter

    write_letter(path, found)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper; ``detailed``: see `gather`."""

    media_type: str
    write: Callable[[Path, Gathered], None]
    detailed: bool


_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS: Mapping[str, Kind] = {
    "xlsx": Kind(f"{_OFFICE}.spreadsheetml.sheet", _workbook, True),
    "docx": Kind(f"{_OFFICE}.wordprocessingml.document", _letter, False),
}


class Papers:
    """Makes papers, one at a time: each takes a core and up to 300 MB."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        kinds: Mapping[str, Kind] = KINDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """``kinds`` by suffix; ``patience`` in seconds: see `PATIENCE_SECONDS`."""
        self._database, self._plan, self._kinds, self._patience = database, plan, kinds, patience
        self._papers: OrderedDict[str, Paper] = OrderedDict()
        self._turn = asyncio.Lock()

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """What can be made."""
        return self._kinds

    def begin(self, wanted: Wanted, now: datetime) -> str:
        """Begin to make a file; its id. One already under way for the same person is not begun twice."""
        self._forget(now)
        for known, paper in self._papers.items():
            if paper.wanted == wanted and paper.state == "working":
                return known
        id_ = secrets.token_urlsafe(12)
        self._papers[id_] = Paper(wanted, now, asyncio.create_task(self._make(wanted, now)))
        return id_

    def find(self, id_: str, owner: str, now: datetime) -> Paper | None:
        """A file of hers; None for what is not there, is too old or somebody else's."""
        self._forget(now)
        paper = self._papers.get(id_)
        return paper if paper is not None and paper.wanted.owner == owner else None

    async def wait(self, paper: Paper) -> State:
        """How it stands, after waiting a moment for it."""
        await asyncio.wait({paper.task}, timeout=self._patience)
        return paper.state

    async def _make(self, wanted: Wanted, now: datetime) -> tuple[str, bytes]:
        try:
            async with self._turn:
                return await asyncio.to_thread(self._made, wanted, now)
        except Exception:
            log.exception("paper_not_made", extra={"kind": wanted.kind, "period": wanted.period})
            raise

    def _made(self, wanted: Wanted, now: datetime) -> tuple[str, bytes]:
        kind = self._kinds[wanted.kind]
        with self._database.reading() as reader:
            found = gather(reader, self._plan, wanted.period, wanted.top, now, wanted.viewer, kind.detailed)
        name = f"{file_stem(found.top, wanted.period)}.{wanted.kind}"
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            kind.write(path, found)
            return name, path.read_bytes()

    def _forget(self, now: datetime) -> None:
        """Let go of the finished files that are too old or too many, the oldest first."""
        finished = [id_ for id_, paper in self._papers.items() if paper.state != "working"]
        many = len(finished) - KEPT
        for place, id_ in enumerate(finished):
            if place < many or now - self._papers[id_].begun_at > KEEP:
                del self._papers[id_]
