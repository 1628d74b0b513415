"""Whether the summaries are what the answers give: a recomputation, compared row by row."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.domain.facts import Fact, facts_of
from storage.tables.people import units
from storage.tables.rounds import rounds
from storage.tables.summaries import counting_answers, unit_figures

Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the answers give; None where one side has no row."""

    pack: str
    period: str
    unit_code: str
    field: str
    kept: Fact | None
    counted: Fact | None


def recomputed(reader: Connection) -> dict[Key, Fact]:
    """What the answers give, by (round id, unit id, field)."""
    return {
        (row.round_id, row.unit_id, field): fact
        for row in reader.execute(counting_answers())
        for field, fact in facts_of(row.state, row.field_values).items()
    }


def differences(reader: Connection) -> tuple[int, list[Difference]]:
    """How many rows there should be, and those that differ, by round, unit and field."""
    counted = recomputed(reader)
    kept = {
        (row.round_id, row.unit_id, row.field): Fact(row.number, row.whole, row.word)
        for row in reader.execute(select(unit_figures))
    }
    odd = sorted(key for key in counted.keys() | kept.keys() if counted.get(key) != kept.get(key))
    return len(counted), list(_named(reader, odd, kept, counted)) if odd else []


def _named(
    reader: Connection, keys: list[Key], kept: dict[Key, Fact], counted: dict[Key, Fact]
) -> Iterator[Difference]:
    codes = {row.id: row.code for row in reader.execute(select(units.c.id, units.c.code))}
    asked = {row.id: row for row in reader.execute(select(rounds.c.id, rounds.c.pack, rounds.c.period))}
    for key in keys:
        round_id, unit_id, field = key
        of = asked[round_id]
        yield Difference(of.pack, of.period, codes[unit_id], field, kept.get(key), counted.get(key))
