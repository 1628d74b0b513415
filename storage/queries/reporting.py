"""How far reporting is, by area and period (terms.md 4.1, 4.4)."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from storage.domain.figures import Area, Progress, ReportingRow, ReportingTable
from storage.domain.tree import Tree
from storage.plan.model import Level, Plan
from storage.plan.periods import period_span
from storage.plan.rollups.asked import Asked, span_of
from storage.queries.expected import expected_ids
from storage.queries.facts import asked_rounds
from storage.queries.forest import By, Forest, rows_below
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
    tree = Forest(reader).on(period_span(period)[1])
    shown, whole = rows_below(tree, top, by), tree.area(top)
    asked = [
        one
        for one in asked_rounds(reader, plan)
        if one.level == level and span_of(period).holds(one, "sum") and (packs is None or one.pack in packs)
    ]
    sums, silent = _summed(reader, tree, asked)
    rows = tuple(_row(area, sums.get(area.id, {})) for area in shown)
    missing = sorted(
        (tree.area(unit) for unit in silent if unit in tree and top in tree.paths[unit]),
        key=lambda area: area.code,
    )
    named = tuple(dict.fromkeys(one.pack for one in asked))
    return ReportingTable(period, named, rows, _row(whole, sums.get(top, {})), tuple(missing))


def _summed(reader: Connection, tree: Tree, asked: Sequence[Asked]) -> tuple[_Sums, set[int]]:
    """The sums of all areas, and the units that owe a report they did not send."""
    came = _came(reader, [one.id for one in asked])
    sums: _Sums = {}
    silent: set[int] = set()
    for one in asked:
        sent = came.get(one.id, {})
        for unit in expected_ids(reader, one.level, one.period):
            home = tree.home(unit)
            part = Progress(1, int(unit in sent), int(sent.get(unit, False)))
            silent |= {unit} if unit not in sent else set()
            for area in tree.paths[home] if home is not None else ():
                packs = sums.setdefault(area, {})
                packs[one.pack] = packs.get(one.pack, Progress()) + part
    return sums, silent


def _came(reader: Connection, round_ids: Iterable[int]) -> Mapping[int, Mapping[int, bool]]:
    """By round and unit the reports that came: whether in time, by the first submission."""
    statement = (
        select(submissions.c.round_id, seats.c.unit_id, submissions.c.submitted_at, rounds_table.c.due_at)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .join(rounds_table, rounds_table.c.id == submissions.c.round_id)
        .where(
            submissions.c.status == "submitted", seats.c.role != DEPUTY_ROLE,
            submissions.c.round_id.in_(list(round_ids)),
        )
    )  # fmt: skip
    found: dict[int, dict[int, bool]] = {}
    for round_id, unit_id, submitted_at, due_at in reader.execute(statement):
        found.setdefault(round_id, {})[unit_id] = submitted_at is not None and submitted_at <= due_at
    return found


def _row(area: Area, packs: Mapping[str, Progress]) -> ReportingRow:
    return ReportingRow(area, sum(packs.values(), Progress()), dict(packs))
