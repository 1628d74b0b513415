"""What units said, from the summaries, as roll-ups want it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from storage.domain.facts import Fact
from storage.plan.model import Indicator, Plan
from storage.plan.names import is_count
from storage.plan.rollups.asked import Asked, Entry, Span, one_a_period, rounds_of
from storage.plan.rollups.catalogue import FieldInfo, expression
from storage.queries.rounds import all_rounds
from storage.tables.answers import answers, submissions
from storage.tables.people import base_figures, seats
from storage.tables.summaries import DEPUTY_ROLE, unit_figures

_COLUMNS = (
    unit_figures.c.round_id, unit_figures.c.field, unit_figures.c.unit_id, unit_figures.c.number,
    unit_figures.c.whole, unit_figures.c.word,
)  # fmt: skip

Read = dict[str, dict[int, Sequence[Entry]]]

#: More units than this are not named one by one: all are read.
NAMED_UNITS = 2_000


def asked_rounds(reader: Connection, plan: Plan) -> tuple[Asked, ...]:
    """Every round of a pack of the plan, in the order in which they count."""
    return rounds_of(plan, all_rounds(reader))


def needed_fields(indicators: Iterable[Indicator], by_id: Mapping[str, Indicator]) -> set[str]:
    """The fields these indicators' figures are made of."""
    needed: set[str] = set()
    for indicator in indicators:
        rollup = indicator.rollup
        needed |= {*indicator.fields, rollup.numerator or "", rollup.override or ""}
        for text in (rollup.test, rollup.value):
            needed |= expression(text).names if text else frozenset()
        others = [by_id[name] for name in (*rollup.criteria, *indicator.fields) if name in by_id]
        others = [other for other in others if other.id != indicator.id]
        if rollup.criteria or rollup.units == "derived":
            needed |= needed_fields(others, by_id)
    return needed - {"", "value"}


def stocks_of(indicators: Iterable[Indicator], by_id: Mapping[str, Indicator]) -> set[str]:
    """The fields that are the wholes of these indicators' percents."""
    found = set()
    for indicator in indicators:
        names = [indicator.id, *indicator.rollup.criteria, *indicator.fields]
        for one in (by_id[name] for name in names if name in by_id):
            if one.rollup.denominator and not is_count(one.rollup.denominator):
                found.add(one.rollup.denominator)
    return found


def read_facts(
    reader: Connection,
    fields: Mapping[str, FieldInfo],
    names: Collection[str],
    rounds: Sequence[Asked],
    units: Collection[int] | None = None,
    moved_only: bool = False,
) -> Read:
    """By field and unit what was said in these rounds; ``moved_only`` leaves out zeros."""
    if not rounds or not names:
        return {}
    condition = [unit_figures.c.round_id.in_([one.id for one in rounds]), _named(fields, names)]
    if units is not None and len(units) <= NAMED_UNITS:
        condition.append(unit_figures.c.unit_id.in_(units))
    if moved_only:
        condition.append(unit_figures.c.number != 0)
    by_round: dict[int, list[Any]] = {}
    for row in reader.execute(select(*_COLUMNS).where(and_(*condition))).all():
        by_round.setdefault(row[0], []).append(row)
    return _gathered(by_round, rounds)


def _named(fields: Mapping[str, FieldInfo], names: Collection[str]) -> Any:
    """A repeated question keeps a field an entry of its list: ``NV22e.13999-05``."""
    plain = unit_figures.c.field.in_(sorted(names))
    repeated = [name for name in sorted(names) if name in fields and fields[name].repeated]
    ranges = [
        and_(unit_figures.c.field >= f"{name}.", unit_figures.c.field < f"{name}/") for name in repeated
    ]
    return or_(plain, *ranges)


def _gathered(by_round: Mapping[int, list[Any]], rounds: Sequence[Asked]) -> Read:
    found: dict[str, dict[int, list[Entry]]] = {}
    for one in rounds:
        for _, field, unit_id, number, whole, word in by_round.get(one.id, ()):
            entry = Entry(one, Fact(number, whole, word))
            found.setdefault(field, {}).setdefault(unit_id, []).append(entry)
    return {
        field: {unit: said if _distinct(said) else one_a_period(said) for unit, said in units.items()}
        for field, units in found.items()
    }


def _distinct(said: Sequence[Entry]) -> bool:
    return len(said) == 1 or len({entry.asked.period for entry in said}) == len(said)


def read_stocks(
    reader: Connection,
    plan: Plan,
    fields: Mapping[str, FieldInfo],
    names: Collection[str],
    rounds: Sequence[Asked],
    units: Collection[int] | None = None,
) -> tuple[Read, dict[str, dict[int, int]]]:
    """What is known of stocks up to now: what units said of them and of the flows that move them, and by
    field and unit what came with the units file."""
    if not names:
        return {}, {}
    moves = {flow for name in names if (move := plan.moves.get(name)) for flow in (move.plus, move.minus)}
    facts = read_facts(reader, fields, names, rounds, units)
    facts.update(read_facts(reader, fields, moves, rounds, units, moved_only=True))
    columns = {column: field for column, field in plan.baselines.items() if field in names}
    statement = select(base_figures.c.name, base_figures.c.unit_id, base_figures.c.figure)
    baselines: dict[str, dict[int, int]] = {}
    for name, unit_id, figure in reader.execute(statement.where(base_figures.c.name.in_(columns))):
        baselines.setdefault(columns[name], {})[unit_id] = figure
    return facts, baselines


def read_texts(
    reader: Connection,
    fields: Mapping[str, FieldInfo],
    names: Collection[str],
    rounds: Sequence[Asked],
    units: Collection[int] | None = None,
) -> dict[str, dict[int, list[tuple[Asked, str]]]]:
    """By field and unit the texts, links and dates that were said, the earliest round first."""
    shown = {
        name: info
        for name in names
        if (info := fields.get(name)) is not None and info.kind in ("text", "date")
    }
    if not shown or not rounds:
        return {}
    by_id = {one.id: one for one in rounds}
    condition = [
        submissions.c.status == "submitted", seats.c.role != DEPUTY_ROLE, answers.c.state == "given",
        submissions.c.round_id.in_(list(by_id)), answers.c.question.in_({i.question for i in shown.values()}),
    ]  # fmt: skip
    if units is not None and len(units) <= NAMED_UNITS:
        condition.append(seats.c.unit_id.in_(units))
    statement = (
        select(submissions.c.round_id, seats.c.unit_id, answers.c.field_values)
        .join(submissions, submissions.c.id == answers.c.submission_id)
        .join(seats, seats.c.id == submissions.c.seat_id)
        .where(*condition)
    )
    found: dict[str, dict[int, list[tuple[Asked, str]]]] = {}
    rows = sorted(reader.execute(statement), key=lambda row: by_id[row.round_id].order)
    for round_id, unit_id, values in rows:
        for name in shown.keys() & values.keys():
            if isinstance(values[name], str):
                found.setdefault(name, {}).setdefault(unit_id, []).append((by_id[round_id], values[name]))
    return found


def touching(rounds: Sequence[Asked], spans: Collection[Span]) -> list[Asked]:
    """The rounds that any of these spans may count."""
    return [one for one in rounds if any(span.holds(one, "once") for span in spans)]
