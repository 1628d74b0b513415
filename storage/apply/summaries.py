"""Summaries follow the answers that count, in the same transaction.

One statement a change: a first submission adds all rows of the report at once, a correction touches only
the fields whose figure changed, and a draft nothing.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from storage.apply.audit import note
from storage.desk import find, find_all, lay, recall
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

_UNIT = select(seats.c.unit_id).where(seats.c.id == bindparam("seat"), seats.c.role != DEPUTY_ROLE)


def answer_changed(
    connection: Connection, report_id: int, before: Mapping[str, Fact], after: Mapping[str, Fact]
) -> None:
    """The answer of one question of a report changed: its figures, where the report is submitted."""
    changed = {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)}
    owner = _owner(connection, report_id) if changed else None
    if owner is None:
        return
    round_id, unit_id = owner
    for field in sorted(changed):
        this = {"where_round_id": round_id, "where_field": field, "where_unit_id": unit_id}
        if field not in after:
            connection.execute(_DROP, this)
        elif field in before:
            connection.execute(_CHANGE, {**this, **_columns(after[field])})
        else:
            connection.execute(_ADD, _row(round_id, unit_id, field, after[field]))


def report_counts(connection: Connection, report_id: int) -> None:
    """A report was submitted for the first time: all its figures."""
    owner = _owner(connection, report_id)
    if owner is None:
        return
    found: dict[str, Fact] = {}
    for row in find_all(connection, answers, submission_id=report_id):
        found.update(facts_of(row.state, row.field_values))
    lay(connection, unit_figures, [_row(*owner, field, fact) for field, fact in found.items()])


def _owner(connection: Connection, report_id: int) -> tuple[int, int] | None:
    """The round and the unit a submitted report speaks for; None where it does not count."""
    report = find(connection, submissions, id=report_id)
    if report is None or report.status != "submitted":
        return None

    def unit() -> int | None:
        found: int | None = connection.execute(_UNIT, {"seat": report.seat_id}).scalar()
        return found

    unit_id = recall(connection, frozenset({"seats"}), ("speaks for", report.seat_id), unit)
    return None if unit_id is None else (report.round_id, unit_id)


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
