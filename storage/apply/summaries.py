"""Summaries follow the answers that count, in the same transaction.

One statement a change: a first submission adds all rows of the report at once, a correction touches only
the fields whose figure changed, and a draft nothing.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from storage.apply.audit import note
from storage.domain.effects import SummariesRebuilt
from storage.domain.facts import Fact, facts_of
from storage.tables.answers import answers, submissions
from storage.tables.people import seats
from storage.tables.summaries import DEPUTY_ROLE, counting_answers, unit_figures

#: Rows added in one go when all are made anew.
BATCH = 10_000

_KEY = ("round_id", "field", "unit_id")
_THIS = tuple(unit_figures.c[name] == bindparam(f"where_{name}") for name in _KEY)
_DROP = delete(unit_figures).where(*_THIS)
_CHANGE = update(unit_figures).where(*_THIS)
_ADD = insert(unit_figures)

_OWNER = (
    select(submissions.c.round_id, seats.c.unit_id)
    .join(seats, seats.c.id == submissions.c.seat_id)
    .where(
        submissions.c.id == bindparam("report"), submissions.c.status == "submitted",
        seats.c.role != DEPUTY_ROLE,
    )
)  # fmt: skip
_GIVEN = select(answers.c.state, answers.c.field_values).where(answers.c.submission_id == bindparam("report"))


def answer_changed(
    connection: Connection, report_id: int, before: Mapping[str, Fact], after: Mapping[str, Fact]
) -> None:
    """The answer of one question of a report changed: its figures, where the report is submitted."""
    changed = {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)}
    owner = connection.execute(_OWNER, {"report": report_id}).first() if changed else None
    if owner is None:
        return
    for field in sorted(changed):
        this = {"where_round_id": owner.round_id, "where_field": field, "where_unit_id": owner.unit_id}
        if field not in after:
            connection.execute(_DROP, this)
        elif field in before:
            connection.execute(_CHANGE, {**this, **_columns(after[field])})
        else:
            connection.execute(_ADD, _row(owner.round_id, owner.unit_id, field, after[field]))


def report_counts(connection: Connection, report_id: int) -> None:
    """A report was submitted for the first time: all its figures."""
    owner = connection.execute(_OWNER, {"report": report_id}).first()
    if owner is None:
        return
    found: dict[str, Fact] = {}
    for row in connection.execute(_GIVEN, {"report": report_id}):
        found.update(facts_of(row.state, row.field_values))
    rows = [_row(owner.round_id, owner.unit_id, field, fact) for field, fact in found.items()]
    if rows:
        connection.execute(_ADD, rows)


def _row(round_id: int, unit_id: int, field: str, fact: Fact) -> dict[str, Any]:
    return {"round_id": round_id, "unit_id": unit_id, "field": field, **_columns(fact)}


def _columns(fact: Fact) -> dict[str, Any]:
    return {"number": fact.number, "whole": fact.whole, "word": fact.word}


def summaries_rebuilt(connection: Connection, effect: SummariesRebuilt) -> None:
    """All rows made anew from the answers."""
    connection.execute(delete(unit_figures))
    count = 0
    for rows in _batches(connection.execute(_counting())):
        connection.execute(_ADD, rows)
        count += len(rows)
    note(connection, "summaries_rebuilt", effect.at, rows=count)


@cache
def _counting() -> Any:
    return counting_answers()


def _batches(found: Iterable[Row[Any]]) -> Iterable[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for row in found:
        facts = facts_of(row.state, row.field_values)
        rows += [_row(row.round_id, row.unit_id, field, fact) for field, fact in facts.items()]
        if len(rows) >= BATCH:
            yield rows
            rows = []
    if rows:
        yield rows
