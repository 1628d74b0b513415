"""Figures made once: kept while nothing changed, and a little longer while reports come in.

A province's page is seconds of work; its figures change with every report. So they are kept with a mark of
the state of the database they were made of (`storage.queries.mark`). What is kept is shown while the mark
stays, and for `fresh_for` beyond; then it is made anew, by `Refresher` before it is asked for: what was
looked at lately, and what everybody looks at first.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, TypeAlias, TypeVar, cast

from bot.web.staff.figures import Figures
from storage.database import Database
from storage.domain.figures import (
    FigureTable,
    IndicatorFigures,
    Outlier,
    Progress,
    ReportingTable,
    UnitHistory,
)
from storage.plan.model import Level
from storage.plan.periods import period_span
from storage.queries.figures import By, Compared
from storage.queries.mark import figures_mark
from storage.writer import Reader

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Asks for the figures of a page.
Look: TypeAlias = Callable[[Reader], object]

#: So old a figure may be while reports come in: of a month, and of a longer period, which takes longer to
#: make and changes less by one report.
FRESH, FRESH_LONG = timedelta(minutes=1), timedelta(minutes=10)

#: How often it is looked what is stale.
EVERY = timedelta(seconds=20)

#: What nobody looked at for so long is not made anew by itself.
LOOKED_AT = timedelta(minutes=30)

#: Tables kept at once; a province's largest takes about a megabyte.
MOST = 300


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: Hashable
    made_at: datetime
    asked_at: datetime
    fresh: timedelta
    value: Any
    make: Callable[[Reader], Any]

    def holds(self, mark: Hashable, now: datetime) -> bool:
        """Whether it may be shown. A training clock may have jumped."""
        return self.mark == mark or timedelta(0) <= now - self.made_at < self.fresh

    def due(self, mark: Hashable, now: datetime) -> bool:
        """Whether to make it anew: at half its time, so that nobody finds it past it."""
        return self.mark != mark and not timedelta(0) <= now - self.made_at < self.fresh / 2


def fresh_for(period: str) -> timedelta:
    """How old a figure of a period may be."""
    first, last = period_span(period)
    return FRESH if last - first <= timedelta(days=31) else FRESH_LONG


class KeptFigures:
    """`Figures`, kept. May be asked from several threads."""

    def __init__(self, figures: Figures, now: Callable[[], datetime]) -> None:
        """``figures`` makes what is not kept; ``now`` is the clock's."""
        self._figures, self._now = figures, now
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._pinned: set[Hashable] = set()
        self._lock = Lock()

    def _get(self, reader: Reader, period: str, key: Hashable, make: Callable[[Reader], T]) -> T:
        now, mark = self._now(), figures_mark(reader)
        with self._lock:
            known = self._kept.get(key)
            if known is not None and known.holds(mark, now):
                self._kept[key] = replace(known, asked_at=now)
                self._kept.move_to_end(key)
                return cast(T, known.value)
        return cast(T, self._make(reader, key, _Kept(mark, now, now, fresh_for(period), None, make)))

    def _make(self, reader: Reader, key: Hashable, wanted: _Kept) -> Any:
        kept = replace(wanted, value=wanted.make(reader))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return kept.value

    def pin(self) -> None:
        """What is kept now stays up to date, whoever looks or not."""
        with self._lock:
            self._pinned = set(self._kept)

    def stale(self, reader: Reader) -> list[Hashable]:
        """What will be looked at and may soon no longer be shown."""
        now, mark = self._now(), figures_mark(reader)
        with self._lock:
            return [
                key
                for key, kept in self._kept.items()
                if kept.due(mark, now) and (key in self._pinned or now - kept.asked_at < LOOKED_AT)
            ]

    def renew(self, reader: Reader, key: Hashable) -> None:
        """Make one of them anew."""
        with self._lock:
            known = self._kept.get(key)
        if known is not None:
            made = replace(known, mark=figures_mark(reader), made_at=self._now())
            self._make(reader, key, made)

    # --- what is asked for

    def table(
        self, reader: Reader, period: str, top: int, by: By = "children",
        indicators: Sequence[str] | None = None, compare: bool | Sequence[Compared] = True,
        viewer: int | None = None,
    ) -> FigureTable:  # fmt: skip
        """See `Figures`."""
        names = None if indicators is None else tuple(indicators)
        compared = compare if isinstance(compare, bool) else tuple(compare)
        key = ("table", period, top, by, names, compared, viewer)
        return self._get(
            reader, period, key, lambda r: self._figures.table(r, period, top, by, names, compared, viewer)
        )

    def row(
        self, reader: Reader, indicator: str, period: str, unit: int, viewer: int | None = None
    ) -> IndicatorFigures:
        """See `Figures`."""
        key = ("row", indicator, period, unit, viewer)
        return self._get(reader, period, key, lambda r: self._figures.row(r, indicator, period, unit, viewer))

    def reporting(
        self, reader: Reader, period: str, top: int, by: By = "children", level: Level = "CH",
        packs: Sequence[str] | None = None,
    ) -> ReportingTable:  # fmt: skip
        """See `Figures`."""
        named = None if packs is None else tuple(packs)
        key = ("reporting", period, top, by, level, named)
        return self._get(
            reader, period, key, lambda r: self._figures.reporting(r, period, top, by, level, named)
        )

    def progress(
        self, reader: Reader, periods: Sequence[str], top: int, level: Level = "CH"
    ) -> dict[str, Progress]:
        """See `Figures`."""
        wanted = tuple(periods)
        key = ("progress", wanted, top, level)
        return self._get(reader, max(wanted), key, lambda r: self._figures.progress(r, wanted, top, level))

    def history(self, reader: Reader, unit: int, fields: Sequence[str] | None = None) -> UnitHistory:
        """See `Figures`. Quick, and looked at right after a correction: never kept."""
        return self._figures.history(reader, unit, fields)

    def outliers(self, reader: Reader, period: str, top: int) -> list[Outlier]:
        """See `Figures`."""
        key = ("outliers", period, top)
        return self._get(reader, period, key, lambda r: self._figures.outliers(r, period, top))


class Refresher:
    """Makes anew what staff look at, beside the loop and one table at a time."""

    def __init__(
        self, database: Database, kept: KeptFigures, first: Callable[[Reader], Sequence[Look]]
    ) -> None:
        """``first`` names what is looked at first, each a reading of its own: a stop waits for one."""
        self._database, self._kept, self._first = database, kept, first

    async def run(self) -> None:
        """Until it is cancelled; what goes wrong is said in the log and tried again."""
        begun = False
        while True:
            try:
                await (self.once() if begun else self.begin())
                begun = True
            except Exception:
                log.exception("figures_not_refreshed")
            await asyncio.sleep(EVERY.total_seconds())

    async def begin(self) -> None:
        """Make what is looked at first, and keep that up to date."""
        for look in await self._database.read(self._first):
            await self._database.read(look)
        self._kept.pin()

    async def once(self) -> None:
        """Everything that is stale now."""
        for key in await self._database.read(self._kept.stale):
            await self._database.read(partial(self._kept.renew, key=key))
