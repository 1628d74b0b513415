"""A small province lives through some weeks; the independent check finds nothing but what is planted."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from bot.cli.simulate import play, some_of
from bot.cli.simulating.check import check
from scheduler.clock import VIETNAM
from storage.database import Database
from storage.unit_files import read_units
from tests.kh83 import ROOT, kh83

END = datetime(2024, 3, 27, 21, tzinfo=VIETNAM)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty branches from 1/1 to 27/3/2024."""
    file = tmp_path_factory.mktemp("simulate") / "year.db"
    units = some_of(read_units(ROOT / "samples/nam-dinh-2024.csv", lambda done, total: None), 20)
    violations = asyncio.run(play(kh83(), units, 3, file, 2024, END))
    assert violations == []
    return file


def _rules_broken(file: Path) -> set[str]:
    database = Database(f"sqlite:///{file}")
    try:
        with database.reading() as reader:
            return {violation.rule for violation in check(reader, kh83(), END)}
    finally:
        database.close()


PLANTED = {
    "quiet": """update outbox set settled_at = '2024-03-20 05:00:00.000000'
        where id = (select outbox_id from pushes where state = 'sent' order by id limit 1)""",
    "after submission": """update submissions set submitted_at = '2023-12-01 00:00:00.000000'
        where id = (select s.id from submissions s
            join pushes p on p.seat_id = s.seat_id and p.round_id = s.round_id
            where p.kind = 'nudge' and p.state = 'sent' limit 1)""",
    "unexplained": """delete from pushes where id = (select p.id from pushes p
            join rounds r on r.id = p.round_id
            left join submissions s on s.seat_id = p.seat_id and s.round_id = p.round_id
            where p.step = 'T-1' and r.pack = 'CH-T' and s.submitted_at is null limit 1)""",
    "limits": """update outbox set settled_at = '2024-03-20 01:30:00.000000'
        where id in (select outbox_id from pushes where state = 'sent' and person_id =
            (select person_id from pushes where state = 'sent' order by id limit 1))""",
}


@pytest.mark.parametrize("rule", PLANTED)
def test_the_check_finds_what_is_planted(simulated: Path, tmp_path: Path, rule: str) -> None:
    assert _rules_broken(simulated) == set()
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(simulated)) as whole, closing(sqlite3.connect(copy)) as other:
        whole.backup(other)
    with closing(sqlite3.connect(copy)) as connection, connection:
        assert connection.execute(PLANTED[rule]).rowcount >= 1
    assert rule in _rules_broken(copy)
