"""How far reporting is, by area and period (terms.md 4.1, 4.4)."""

from collections.abc import Iterable, Mapping, Sequence, Set

from sqlalchemy import Connection, false, func, select

from storage.domain.figures import Area, Progress, ReportingRow, ReportingTable
from storage.domain.tree import Tree
from storage.plan.model import Level, Plan
from storage.plan.periods import period_span
from storage.plan.rollups.asked import Asked, span_of
from storage.queries.expected import expected_ids
from storage.queries.facts import asked_rounds
from storage.queries.forest import By, forest_of, rows_below
from storage.tables.answers import submissions
from storage.tables.people import seats
from storage.tables.rounds import rounds as rounds_table
from storage.tables.summaries import DEPUTY_ROLE

#: By area and pack.
_Sums = dict[int, dict[str, Progress]]


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
    tree = forest_of(reader).on(period_span(period)[1])
    shown, whole = rows_below(tree, top, by), tree.area(top)
    asked = [one for one in _asked(reader, plan, period, level) if packs is None or one.pack in packs]
    came = _came(reader, [one.id for one in asked])
    sums, silent = _summed(reader, tree, asked, came, {top, *(area.id for area in shown)})
    rows = tuple(_row(area, sums.get(area.id, {})) for area in shown)
    missing = sorted(
        (tree.area(unit) for unit in silent if unit in tree and top in tree.paths[unit]),
        key=lambda area: area.code,
    )
    named = tuple(dict.fromkeys(one.pack for one in asked))
    return ReportingTable(period, named, rows, _row(whole, sums.get(top, {})), tuple(missing))


def progress_of_periods(
    reader: Connection, plan: Plan, periods: Sequence[str], top: int, level: Level = "CH"
) -> dict[str, Progress]:
    """By period the total of `reporting_table`, read at once; nothing is expected of ``top`` in a period on
    whose last day it is not there."""
    forest = forest_of(reader)
    asked = {period: _asked(reader, plan, period, level) for period in periods}
    came = _came(reader, {one.id for rounds in asked.values() for one in rounds})
    found = {}
    for period, rounds in asked.items():
        tree = forest.on(period_span(period)[1])
        sums, _ = _summed(reader, tree, rounds, came, {top} if top in tree else set())
        found[period] = sum(sums.get(top, {}).values(), Progress())
    return found


def _asked(reader: Connection, plan: Plan, period: str, level: Level) -> list[Asked]:
    """The rounds of a level within a period."""
    span = span_of(period)
    return [one for one in asked_rounds(reader, plan) if one.level == level and span.holds(one, "sum")]


def _summed(
    reader: Connection,
    tree: Tree,
    asked: Sequence[Asked],
    came: Mapping[int, Mapping[int, bool]],
    wanted: Set[int],
) -> tuple[_Sums, set[int]]:
    """The sums of the areas ``wanted``, and the units that owe a report they did not send."""
    counts: dict[tuple[int, str], list[int]] = {}
    silent: set[int] = set()
    for one in asked:
        sent = came.get(one.id, {})
        for unit in expected_ids(reader, one.level, one.period):
            on_time = sent.get(unit)
            if on_time is None:
                silent.add(unit)
            home = tree.home(unit)
            for area in tree.paths[home] if home is not None else ():
                if area in wanted:
                    count = counts.setdefault((area, one.pack), [0, 0, 0])
                    count[0] += 1
                    count[1] += on_time is not None
                    count[2] += bool(on_time)
    sums: _Sums = {}
    for (area, pack), count in counts.items():
        sums.setdefault(area, {})[pack] = Progress(*count)
    return sums, silent


def _came(reader: Connection, round_ids: Iterable[int]) -> Mapping[int, Mapping[int, bool]]:
    """By round and unit the reports that came: whether in time, by the first submission."""
    statement = (
        select(
            submissions.c.round_id,
            seats.c.unit_id,
            # Compared in the database: making dates of them costs more than all the rest.
            (func.coalesce(submissions.c.submitted_at <= rounds_table.c.due_at, false())).label("in_time"),
        )
        .join(seats, seats.c.id == submissions.c.seat_id)
        .join(rounds_table, rounds_table.c.id == submissions.c.round_id)
        .where(
            submissions.c.status == "submitted", seats.c.role != DEPUTY_ROLE,
            submissions.c.round_id.in_(list(round_ids)),
        )
    )  # fmt: skip
    found: dict[int, dict[int, bool]] = {}
    for round_id, unit_id, in_time in reader.execute(statement).all():
        found.setdefault(round_id, {})[unit_id] = bool(in_time)
    return found


def _row(area: Area, packs: Mapping[str, Progress]) -> ReportingRow:
    return ReportingRow(area, sum(packs.values(), Progress()), dict(packs))
