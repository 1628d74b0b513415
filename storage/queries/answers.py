"""What was answered: of one seat, before, and below a unit."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Date, Integer, Row, ScalarSelect, Select, Table, bindparam, func, select

from storage.desk import Desk, find, recall, recall_beside
from storage.domain.answers import Answer, Value
from storage.domain.people import Unit
from storage.domain.rounds import Submission
from storage.plan.periods import period_span
from storage.plan.remembered import Remembered
from storage.queries.people import PEOPLE, UNIT_COLUMNS, unit_of
from storage.scope import children_of, units_below
from storage.shelf import Record
from storage.tables.answers import answer_history, submissions
from storage.tables.answers import answers as answers_table
from storage.tables.people import base_figures, persons, seats, units
from storage.tables.rounds import rounds
from storage.tables.summaries import unit_figures

T = TypeVar("T")

#: Sums over branches come from these: no number of a submitted report changes without its summary.
_SUMMED_FROM = frozenset({"units", "unit_placements", "seats", "rounds", "unit_figures"})

#: What is known of a seat before a round comes from these.
_KNOWN_FROM = PEOPLE | {"rounds", "base_figures", "submissions", "answers"}
_KNOWN_BELOW_FROM = _KNOWN_FROM | _SUMMED_FROM

#: The columns of an export, in order. ``path`` is the codes from the top of the tree to the unit.
EXPORT_COLUMNS = (
    "unit_code", "unit_name", "unit_kind", "parent_code", "parent_name", "path", "seat", "person", "question",
    "field", "value", "state", "approximate", "raw", "at", "submitted_at", "channel", "proxy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer as it was: who gave it when and where, and when another took its place. Times UTC."""

    answer: Answer
    at: datetime
    channel: str
    message_id: str
    person_id: int | None
    replaced_at: datetime


# What every turn asks is built once: building a statement costs more than running it.


def _given() -> Select[tuple[dict[str, Value]]]:
    """The values a seat gave, the earliest round first, so that the latest wins."""
    return (
        select(answers_table.c.field_values)
        .join(submissions, submissions.c.id == answers_table.c.submission_id)
        .join(rounds, rounds.c.id == submissions.c.round_id)
        .where(submissions.c.seat_id == bindparam("seat"), answers_table.c.state == "given")
        .order_by(rounds.c.opens_at, answers_table.c.at, answers_table.c.id)
    )


def _last_round() -> ScalarSelect[int]:
    """The round of the pack that opened last before that of the period."""
    of_pack = rounds.c.pack == bindparam("pack")
    this = select(rounds.c.opens_at).where(of_pack, rounds.c.period == bindparam("period")).scalar_subquery()
    earlier = select(rounds.c.id).where(of_pack, rounds.c.opens_at < this)
    return earlier.order_by(rounds.c.opens_at.desc()).limit(1).scalar_subquery()


def _of_report(table: Table) -> Select[Any]:
    return (
        select(table)
        .join(submissions, submissions.c.id == table.c.submission_id)
        .where(submissions.c.seat_id == bindparam("seat"), submissions.c.round_id == bindparam("round"))
        .order_by(table.c.id)
    )


_ANSWERS = _of_report(answers_table)
_HISTORY = _of_report(answer_history)
_FIGURES = (
    select(base_figures.c.name, base_figures.c.figure)
    .join(seats, seats.c.unit_id == base_figures.c.unit_id)
    .where(seats.c.id == bindparam("seat"))
)
_KNOWN = (
    select(rounds.c.opens_at, answers_table.c.at, answers_table.c.id, answers_table.c.field_values)
    .join_from(submissions, rounds, rounds.c.id == submissions.c.round_id)
    .join(answers_table, answers_table.c.submission_id == submissions.c.id)
    .where(submissions.c.seat_id == bindparam("seat"), rounds.c.opens_at < bindparam("before"))
    .where(answers_table.c.question == bindparam("question"), answers_table.c.state == "given")
)
_PREVIOUS = _given().where(rounds.c.id == _last_round())


def submission(reader: Connection, seat_id: int, round_id: int) -> Submission | None:
    """A seat's report in a round; None if not begun."""
    row = find(reader, submissions, seat_id=seat_id, round_id=round_id)
    if row is None:
        return None
    return Submission(row.seat_id, row.round_id, row.status, row.state, row.submitted_at)


def _answer(row: Row[Any]) -> Answer:
    return Answer(row.question, row.state, row.field_values, row.raw, row.approximate)


def _at_desk(desk: Desk, seat_id: int, round_id: int) -> dict[str, Answer]:
    """The same from the rows on the desk, each made into an answer once."""
    report = desk.find(submissions, {"seat_id": seat_id, "round_id": round_id})
    if report is None:
        return {}
    return {name: _made(row) for name, row in desk.family(answers_table, report.id).items()}


def _made(row: Record) -> Answer:
    if row.made_of is None:
        row.made_of = Answer(row.question, row.state, row.field_values, row.raw, row.approximate)
    made: Answer = row.made_of
    return made


def answers(reader: Connection, seat_id: int, round_id: int) -> dict[str, Answer]:
    """The answers that count, by question, in the order first given."""
    if isinstance(reader, Desk):
        return _at_desk(reader, seat_id, round_id)
    rows = reader.execute(_ANSWERS, {"seat": seat_id, "round": round_id})
    return {row.question: _answer(row) for row in rows}


def history(reader: Connection, seat_id: int, round_id: int) -> list[Earlier]:
    """Every earlier version of the report's answers, the first replaced first."""
    return [
        Earlier(_answer(row), row.at, row.channel, row.message_id, row.person_id, row.replaced_at)
        for row in reader.execute(_HISTORY, {"seat": seat_id, "round": round_id})
    ]


def recall_known(
    reader: Connection, seat_id: int, round_id: int, key: Hashable, build: Callable[[], T], below: bool
) -> T:
    """What ``build`` makes of the seat, the round, all that the seat told in other rounds, and with ``below``
    of what was told below it; kept at the writer's desk until any of it changes."""
    tables = _KNOWN_BELOW_FROM if below else _KNOWN_FROM
    return recall_beside(reader, tables, seat_id, round_id, key, build)


def known_values(
    reader: Connection,
    seat_id: int,
    before: datetime,
    baselines: Mapping[str, str],
    moves: Mapping[str, tuple[str, str]],
    wanted: Remembered,
) -> dict[str, Value]:
    """By field, the latest value this seat gave in rounds that opened before ``before`` (aware), of the
    ``wanted`` fields: a seat has said hundreds by the end of a year, and a pack asks for one or two.

    ``baselines`` gives the field of each base figure of its unit (members: NEN.1), known before any
    answer; ``moves`` the flows (plus, minus) that change a stock between two times it is asked.
    """
    known: dict[str, Value] = {}
    if not wanted.fields.isdisjoint(baselines.values()):
        figures = {row.name: row.figure for row in reader.execute(_FIGURES, {"seat": seat_id})}
        known = {field: figures[name] for name, field in baselines.items() if name in figures}
    for values in _said_before(reader, seat_id, before, wanted.questions):
        for stock, (plus, minus) in moves.items():
            if stock in known:
                known[stock] += values.get(plus, 0) - values.get(minus, 0)
        known.update(values)
    return {name: value for name, value in known.items() if name in wanted.fields}


def _said_before(
    reader: Connection, seat_id: int, before: datetime, questions: Iterable[str]
) -> list[dict[str, Value]]:
    """What was given to these questions, in the order of the rounds, then of the answers."""
    this = {"seat": seat_id, "before": before}
    rows = [
        (row.opens_at, row.at, row.id, row.field_values)
        for question in questions
        for row in reader.execute(_KNOWN, {**this, "question": question})
    ]
    return [values for *_, values in sorted(rows, key=lambda row: row[:3])]


def previous_values(reader: Connection, seat_id: int, pack: str, period: str) -> dict[str, Value]:
    """By field, what this seat gave in the round of the pack just before that of ``period``; empty if
    it gave nothing then (two rounds ago is not "last time")."""
    previous: dict[str, Value] = {}
    for values in reader.execute(_PREVIOUS, {"seat": seat_id, "pack": pack, "period": period}).scalars():
        previous.update(values)
    return previous


_UNIT, _DAY = bindparam("unit", type_=Integer), bindparam("day", type_=Date)
_BELOW = (
    select(answers_table.c.field_values)
    .join(submissions, submissions.c.id == answers_table.c.submission_id)
    .join(rounds, rounds.c.id == submissions.c.round_id)
    .join(seats, seats.c.id == submissions.c.seat_id)
    .join(units, units.c.id == seats.c.unit_id)
    .where(units.c.id.in_(children_of(_UNIT, _DAY)))
    .where(units.c.kind == "CH", rounds.c.period == bindparam("period"))
    .where(submissions.c.status == "submitted", answers_table.c.state == "given")
)
_YEAR = (
    select(unit_figures.c.unit_id, unit_figures.c.number, rounds.c.period)
    .join(rounds, rounds.c.id == unit_figures.c.round_id)
    .join(units, units.c.id == unit_figures.c.unit_id)
    .where(units.c.id.in_(children_of(_UNIT, _DAY)), units.c.kind == "CH")
    .where(unit_figures.c.field == bindparam("field"), rounds.c.period.startswith(bindparam("year")))
    .order_by(rounds.c.opens_at, rounds.c.id)
)
_COUNT_BELOW = (
    select(func.count())
    .select_from(units)
    .where(units.c.id.in_(units_below(_UNIT, _DAY)))
    .where(units.c.kind == "CH", units.c.id != _UNIT)
)


_CHILDREN = select(*UNIT_COLUMNS).where(units.c.id.in_(children_of(_UNIT, _DAY))).order_by(units.c.code)


def sums_below(
    reader: Connection, unit_id: int, period: str, stocks: tuple[str, ...] = ()
) -> Mapping[str, int | float]:
    """By field, the sum over submitted reports for ``period`` of the branches directly below the unit:
    numbers, and true as 1. Fields of other types are left out. Of the ``stocks`` (fields that hold until
    they are asked again) each branch's latest number of the year counts, up to the period's end."""

    def found() -> dict[str, int | float]:
        return _summed(reader, unit_id, period, stocks)

    return recall(reader, _SUMMED_FROM, ("sums", unit_id, period, stocks), found)


def _summed(reader: Connection, unit_id: int, period: str, stocks: Iterable[str]) -> dict[str, int | float]:
    sums: dict[str, int | float] = {}
    this = {"unit": unit_id, "day": period_span(period)[1], "period": period}
    for values in reader.execute(_BELOW, this).scalars():
        for name, value in values.items():
            if isinstance(value, int | float):  # bool is an int: true is 1
                sums[name] = sums.get(name, 0) + value
    for name in stocks:
        if latest := _latest_below(reader, unit_id, period, name):
            sums[name] = sum(latest.values())
    return sums


def _latest_below(reader: Connection, unit_id: int, period: str, field: str) -> dict[int, int | float]:
    """By branch the number it last gave of a stock in the year, in periods that ended by then."""
    end = period_span(period)[1]
    asked = {"unit": unit_id, "day": end, "field": field, "year": f"{end.year}"}
    return {
        row.unit_id: int(row.number) if row.number == int(row.number) else row.number
        for row in reader.execute(_YEAR, asked)
        if period_span(row.period)[1] <= end
    }


def count_below(reader: Connection, unit_id: int, day: date) -> int:
    """How many branches exist on ``day`` anywhere below the unit."""
    return int(reader.execute(_COUNT_BELOW, {"unit": unit_id, "day": day}).scalar_one())


def children(reader: Connection, unit_id: int, day: date) -> list[Unit]:
    """The units directly below that exist on ``day``, by code."""
    return [unit_of(row) for row in reader.execute(_CHILDREN, {"unit": unit_id, "day": day})]


def export_rows(
    reader: Connection, round_id: int, within: Select[tuple[int]] | None = None
) -> Iterator[dict[str, Any]]:
    """One row a field of every answer of the round, with the keys of `EXPORT_COLUMNS`; an answer
    without a value is one row with ``value`` None. By unit code, then as answered. Times UTC.

    Raw text of sensitive questions is empty because it was never kept. ``within`` is a scope.
    """
    paths = _paths(reader)
    parent = units.alias("parent")
    statement = (
        select(
            units.c.id.label("unit_id"),
            units.c.code.label("unit_code"),
            units.c.name.label("unit_name"),
            units.c.kind.label("unit_kind"),
            func.coalesce(parent.c.code, "").label("parent_code"),
            func.coalesce(parent.c.name, "").label("parent_name"),
            seats.c.code.label("seat"),
            func.coalesce(persons.c.name, "").label("person"),
            submissions.c.submitted_at,
            answers_table,
        )
        .join(submissions, submissions.c.id == answers_table.c.submission_id)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .join(units, units.c.id == seats.c.unit_id)
        .outerjoin(parent, parent.c.id == units.c.parent_id)
        .outerjoin(persons, persons.c.id == answers_table.c.person_id)
        .where(submissions.c.round_id == round_id)
        .order_by(units.c.code, seats.c.code, answers_table.c.id)
    )
    if within is not None:
        statement = statement.where(units.c.id.in_(within))
    for row in reader.execute(statement).mappings():
        for field, value in (row["field_values"] or {row["question"]: None}).items():
            flat = {**row, "path": paths[row["unit_id"]], "field": field, "value": value}
            yield {column: flat[column] for column in EXPORT_COLUMNS}


def _paths(reader: Connection) -> dict[int, str]:
    """For every unit the codes from the top of the tree down to it: ``36/356/13633``."""
    rows = {row.id: row for row in reader.execute(select(units.c.id, units.c.code, units.c.parent_id))}
    paths: dict[int, str] = {}
    for unit_id in rows:
        codes, above, passed = [], unit_id, set()
        while above in rows and above not in passed:  # a circle in the data must not hang an export
            passed.add(above)
            codes.append(rows[above].code)
            above = rows[above].parent_id
        paths[unit_id] = "/".join(reversed(codes))
    return paths
