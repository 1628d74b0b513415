"""Generated provinces on real SQLite files, one a shape for all tests of a session."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.migrations import open_database
from storage.plan.periods import period_span
from storage.writer.opening import writer_of
from tests.rollups.generated import Shape, Year, shapes


async def write_year(database: Database, shape: Shape, seed: int) -> None:
    """A year of reports of every unit that was there, in random order of units."""
    chance = random.Random(seed)  # noqa: S311 - a test's chance
    year, writer = Year(shape, seed), writer_of(database)
    for effect in (*year.units(), *year.opened()):
        await writer.run("units", lambda _, one=effect: [one])  # type: ignore[misc]
    with database.reading() as reader:
        seats = reader.execute(
            text(
                "SELECT seats.id, units.code, units.kind, units.valid_from, units.valid_to FROM seats"
                " JOIN units ON units.id = seats.unit_id ORDER BY seats.id"
            )
        ).all()
        asked = {(row.pack, row.period): row.id for row in reader.execute(text("SELECT * FROM rounds"))}
    for pack, period, at in year.rounds():
        last = str(period_span(period)[1])
        there = [
            s for s in seats if s.kind == pack.level and str(s.valid_from) <= last <= str(s.valid_to or "9")
        ]
        for seat in there:
            if chance.random() < 0.8:
                branches = [each.code for each in seats if each.code.startswith(f"{seat.code}-")]
                effects = list(year.report(seat.id, asked[pack.id, period], pack, at, branches, chance))
                await writer.run(str(seat.id), lambda _, some=effects: some)  # type: ignore[misc]
    await writer.close()


@pytest.fixture(scope="session", params=[shape.name for shape in shapes()])
def province(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A generated year in a tree of each shape."""
    shape = next(each for each in shapes() if each.name == request.param)
    path: Path = tmp_path_factory.mktemp("rollups") / "house.db"
    database = open_database(f"sqlite:///{path}")
    asyncio.run(write_year(database, shape, seed=83))
    yield database
    database.close()
