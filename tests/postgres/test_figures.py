"""A generated year on both databases: the same figures, oddities, histories and answers to programs."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from bot.limits import Limit
from bot.web.api.door import Api
from bot.web.api.table import ENDPOINTS
from bot.web.server import make_app
from bot.web.staff.backend import StaffBackend
from bot.web.staff.figures import StoredFigures
from scheduler.clock import ManualClock
from storage.database import Database
from storage.domain.figures import Figure, FigureTable, ReportingTable
from storage.domain.sign_in_effects import ApiTokenIssued
from storage.migrations import open_database
from storage.queries import figures, people
from storage.queries.history import unit_history
from storage.queries.summaries import differences
from storage.writer.opening import writer_of
from tests.rollups.conftest import write_year
from tests.rollups.generated import plan, shapes

NOW = datetime(2024, 12, 30, 3, 0, tzinfo=UTC)
WORD = "kho-" + "a" * 30


def _all_figures(database: Database) -> list[Any]:
    """Everything that is made of the summaries and answers."""
    with database.reading() as reader:
        rows, odd = differences(reader)
        assert (rows > 2_000, odd) == (True, [])
        top = people.unit_by_code(reader, "36")
        branch = people.unit_by_code(reader, "1003-01")
        assert top is not None
        assert branch is not None
        return [
            *(
                _rows(figures.figure_table(reader, plan(), period, top.id, "all"))
                for period in ("2024", "2024-07")
            ),
            _rows(figures.figure_table(reader, plan(), "2024-H1", top.id, viewer=top.id)),
            _rates(figures.reporting_table(reader, plan(), "2024-H2", top.id, "all")),
            list(figures.outliers(reader, plan(), "2024-06", top.id)),
            list(figures.outliers(reader, plan(), "2024-H2", top.id, codes=["part_over_whole"])),
            unit_history(reader, plan(), branch.id),
        ]


def _figure(figure: Figure) -> tuple[Any, ...]:
    return figure.state, figure.value, figure.numerator, figure.denominator, figure.counts, figure.hidden


def _rows(table: FigureTable) -> list[Any]:
    """Every figure of a table."""
    return [
        (row.area, [_figure(row.figures[name].main) for name in table.indicators])
        for row in (table.total, *table.rows)
    ]


def _rates(table: ReportingTable) -> list[Any]:
    """Every count of a table of reports, and who is missing."""
    whole = [(row.area, row.progress) for row in (table.total, *table.rows)]
    return [*whole, *(area.code for area in table.missing)]


@asynccontextmanager
async def _asked(database: Database) -> AsyncIterator[TestClient[Any, Any]]:
    """The interface for programs, served from kept figures, and a token for the province."""
    writer, clock = writer_of(database), ManualClock(NOW)
    with database.reading() as reader:
        top = people.unit_by_code(reader, "36")
    assert top is not None
    issued = ApiTokenIssued("kho", hashlib.sha256(WORD.encode()).hexdigest(), top.id, NOW)
    await writer.run("test", lambda reader: (issued,))
    backend = StaffBackend(database, writer, clock, plan(), StoredFigures(plan()))
    async with TestClient(TestServer(make_app(Api(backend, Limit(1.0, 100.0)).routes()))) as client:
        yield client
    await writer.close()


async def _answers(database: Database) -> list[Any]:
    """What every address answers a program."""
    found = []
    async with _asked(database) as client:
        for endpoint in ENDPOINTS:
            for period in ("2024-H1", "2024-06"):
                asked = {"period": period} if "period" in {each.name for each in endpoint.parameters} else {}
                answer = await client.get(
                    endpoint.path, params=asked, headers={"Authorization": f"Bearer {WORD}"}
                )
                found.append((endpoint.name, answer.status, await answer.json()))
    return found


async def test_a_year_gives_the_same_figures_and_answers(url: str, tmp_path: Path) -> None:
    here, there = (open_database(each) for each in (f"sqlite:///{tmp_path / 'a.db'}", url))
    for database in (here, there):
        await write_year(database, shapes()[0], seed=83)
    for one, other in zip(_all_figures(here), _all_figures(there), strict=True):
        assert one == other
    answers = await _answers(here)
    assert answers == await _answers(there)
    assert {status for _, status, _ in answers} == {200}
    for database in (here, there):
        database.close()
