"""One unit through time: what it said, round by round, and how it changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, Table, literal, select, union_all

from storage.domain.figures import HIDDEN_BELOW, Area, Milestone, PastValue, UnitHistory
from storage.domain.people import Unit
from storage.plan.model import Plan
from storage.plan.rollups.asked import span_of
from storage.plan.rollups.catalogue import fields_of
from storage.queries.forest import Forest
from storage.queries.held import held_of
from storage.tables.answers import answer_history, answers, submissions
from storage.tables.people import seats
from storage.tables.rounds import rounds


def unit_history(
    reader: Connection,
    plan: Plan,
    unit: int,
    fields: Sequence[str] | None = None,
    hide_small: bool = True,
) -> UnitHistory:
    """What one unit said over all rounds, newest period first, earlier versions after what counts, and how
    the unit changed. Texts that were erased are "". ``fields``: all by default. ``hide_small`` leaves out
    sensitive numbers under 3 (state "hidden"), as for everybody above the commune that owns them.
    Raises KeyError if there is no such unit."""
    forest = held_of(reader).forest
    known = forest.units[unit]
    info = fields_of(plan)
    guarded = {name for name, one in info.items() if one.sensitive} if hide_small else set()
    values = [
        value
        for row in _rows(reader, unit)
        for value in _values(row, guarded)
        if fields is None or value.field in fields
    ]
    values.sort(key=lambda value: value.replaced_at is not None)
    values.sort(key=lambda value: (span_of(value.period).last, value.period), reverse=True)
    area = Area(known.id, known.code, known.name, known.kind, known.area_kind, known.parent_id)
    return UnitHistory(area, tuple(values), tuple(_milestones(forest, known)), tuple(_reports(reader, unit)))


def _rows(reader: Connection, unit: int) -> Sequence[Row[Any]]:
    both = union_all(_versions(answers, unit), _versions(answer_history, unit)).subquery()
    return reader.execute(select(both).order_by(both.c.at.desc(), both.c.id)).all()


def _versions(table: Table, unit: int) -> Any:
    replaced = (
        table.c.replaced_at if "replaced_at" in table.c else literal(None, answer_history.c.replaced_at.type)
    )
    return (
        select(
            table.c.id, rounds.c.period, rounds.c.pack, table.c.question, table.c.state, table.c.field_values,
            table.c.at, replaced.label("replaced_at"), table.c.approximate, table.c.proxy, table.c.person_id,
        )
        .join(submissions, submissions.c.id == table.c.submission_id)
        .join(rounds, rounds.c.id == submissions.c.round_id)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .where(seats.c.unit_id == unit)
    )  # fmt: skip


def _values(row: Row[Any], guarded: set[str]) -> Iterator[PastValue]:
    given: Mapping[str, Any] = row.field_values or {row.question: None}
    for field, value in given.items():
        small = field in guarded and isinstance(value, int) and 0 < value < HIDDEN_BELOW
        said = row.state == "given" and not small
        yield PastValue(
            row.period, row.pack, row.question, field, "hidden" if small else row.state,
            value if said else None, row.at, row.replaced_at, row.approximate, row.proxy, row.person_id,
        )  # fmt: skip


def _reports(reader: Connection, unit: int) -> Iterator[tuple[str, str, Any, bool]]:
    statement = (
        select(rounds.c.pack, rounds.c.period, submissions.c.submitted_at, rounds.c.due_at)
        .join(submissions, submissions.c.round_id == rounds.c.id)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .where(seats.c.unit_id == unit)
        .order_by(rounds.c.opens_at.desc(), rounds.c.id)
    )
    for row in reader.execute(statement):
        in_time = row.submitted_at is not None and row.submitted_at <= row.due_at
        yield row.pack, row.period, row.submitted_at, in_time


def _milestones(forest: Forest, unit: Unit) -> Iterator[Milestone]:
    yield Milestone(unit.valid_from, "began")
    places = forest.placements.get(unit.id, ())
    for was, now in pairwise(places):
        if was.name != now.name:
            yield Milestone(now.first, "renamed", name=now.name)
        if was.parent_id != now.parent_id:
            yield Milestone(now.first, "moved", _area(forest, now.parent_id))
    for old, new in sorted(forest.merges.items()):
        ended = forest.units[old].valid_to
        if new == unit.id and ended is not None:
            yield Milestone(date.fromordinal(ended.toordinal() + 1), "merged_from", _area(forest, old))
    if unit.valid_to is not None:
        into = forest.merges.get(unit.id)
        yield Milestone(unit.valid_to, "merged_into" if into else "ended", _area(forest, into))


def _area(forest: Forest, unit_id: int | None) -> Area | None:
    unit = forest.units.get(unit_id) if unit_id is not None else None
    if unit is None:
        return None
    return Area(unit.id, unit.code, unit.name, unit.kind, unit.area_kind, unit.parent_id)
