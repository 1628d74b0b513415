"""How far reporting is, by area and period (terms.md 4.1, 4.4)."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from sqlalchemy import Connection

from storage.domain.figures import Area, Progress, ReportingRow, ReportingTable
from storage.plan.model import Level, Plan
from storage.plan.periods import period_span
from storage.plan.rollups.asked import Asked, span_of
from storage.plan.rollups.land import Array, Land
from storage.queries.expected import expected_ids
from storage.queries.facts import asked_rounds
from storage.queries.forest import By, rows_below
from storage.queries.held import Held, held_of

#: Expected, came, in time: by place of the area.
_Counts: TypeAlias = tuple[Array, Array, Array]


def reporting_table(
    reader: Connection,
    plan: Plan,
    period: str,
    top: int,
    by: By = "children",
    level: Level = "CH",
    packs: Sequence[str] | None = None,
) -> ReportingTable:
    """How far the reports of ``level`` are for the rounds within ``period`` (all packs asked of that
    level, or only ``packs``), by area. A unit is expected if it is there for the whole of a round's
    period, or took the place of such units in it (`storage.queries.expected`); what a unit that is gone
    owed counts where it went. Raises KeyError if ``top`` is not there on the period's last day."""
    held = held_of(reader)
    land = held.forest.land(period_span(period)[1])
    tree = land.tree
    shown, whole = rows_below(tree, top, by), tree.area(top)
    asked = [one for one in _asked(reader, plan, period, level) if packs is None or one.pack in packs]
    counts = [(one.pack, _counted(reader, held, land, one)) for one in asked]
    rows = tuple(_row(area, land, counts) for area in shown)
    silent = np.zeros(land.size, bool)
    for one in asked:
        silent |= _expected(reader, held, one) & ~_came(held, one)[0]
    inside = np.zeros(land.size, bool)
    inside[land.below(land.place[top])] = True
    missing = [tree.area(land.ids[place]) for place in np.flatnonzero(silent & inside).tolist()]
    named = tuple(dict.fromkeys(one.pack for one in asked))
    return ReportingTable(
        period, named, rows, _row(whole, land, counts), tuple(sorted(missing, key=lambda area: area.code))
    )


def progress_of_periods(
    reader: Connection, plan: Plan, periods: Sequence[str], top: int, level: Level = "CH"
) -> dict[str, Progress]:
    """By period the total of `reporting_table`, read at once; nothing is expected of ``top`` in a period on
    whose last day it is not there."""
    held, found = held_of(reader), {}
    rounds = asked_rounds(reader, plan)
    for period in periods:
        land = held.forest.land(period_span(period)[1])
        asked = _within(rounds, period, level) if top in land.tree else []
        counts = [(one.pack, _counted(reader, held, land, one)) for one in asked]
        found[period] = sum((_progress(each, land.place[top]) for _, each in counts), Progress())
    return found


def expect_all(reader: Connection, rounds: Iterable[Asked]) -> None:
    """Work out once what is expected in these rounds."""
    held = held_of(reader)
    for one in rounds:
        _expected(reader, held, one)


def _asked(reader: Connection, plan: Plan, period: str, level: Level) -> list[Asked]:
    """The rounds of a level within a period."""
    return _within(asked_rounds(reader, plan), period, level)


def _within(rounds: Sequence[Asked], period: str, level: Level) -> list[Asked]:
    span = span_of(period)
    return [one for one in rounds if one.level == level and span.holds(one, "sum")]


def _counted(reader: Connection, held: Held, land: Land, one: Asked) -> _Counts:
    """What is expected in a round, what came of it, and what came in time, by place of the area; what a
    unit that is gone owed counts where it went."""
    expected, (came, in_time) = _expected(reader, held, one), _came(held, one)
    found = []
    for units in (expected, expected & came, expected & in_time):
        own, home = np.zeros(land.size, np.int64), land.home[units]
        np.add.at(own, home[home >= 0], 1)
        found.append(land.sums(own))
    return found[0], found[1], found[2]


def _expected(reader: Connection, held: Held, one: Asked) -> Array:
    """By place whether a unit owes a report of the round."""
    key = (one.level, one.period)
    if key not in held.expected:
        owing = np.zeros(len(held.forest.place), bool)
        owing[[held.forest.place[unit] for unit in expected_ids(reader, *key)]] = True
        held.expected[key] = owing
    return held.expected[key]


def _came(held: Held, one: Asked) -> tuple[Array, Array]:
    """By place whether a unit's report of a round came, and whether in time, by the first submission."""
    came, in_time = np.zeros((2, len(held.forest.place)), bool)
    known = held.rounds.get(one.id)
    if known is not None:
        came[known.came], in_time[known.came] = True, known.in_time
    return came, in_time


def _progress(counts: _Counts, place: int) -> Progress:
    return Progress(*(int(each[place]) for each in counts))


def _row(area: Area, land: Land, counts: Sequence[tuple[str, _Counts]]) -> ReportingRow:
    by_pack: dict[str, Progress] = {}
    for pack, each in counts:
        progress = _progress(each, land.place[area.id])
        if progress.expected:
            by_pack[pack] = by_pack.get(pack, Progress()) + progress
    return ReportingRow(area, sum(by_pack.values(), Progress()), by_pack)
