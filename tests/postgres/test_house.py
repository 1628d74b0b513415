"""What of the house depends on where its rows are kept: backups, the key, who runs, what is refused."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner

from bot.app import _web, build, running
from bot.backups import Backups
from bot.cli import app
from bot.leading import lead
from bot.settings import Settings
from scheduler.clock import ManualClock
from storage.apply import apply
from storage.database import key_file, place_of
from storage.domain.effects import BackupDue, ReportSubmitted, RoundOpened, UnitsImported, UpdateSpooled
from storage.queries import people
from storage.queries.held import held_of
from storage.queries.reporting import reporting_table
from storage.sealing import new_key
from storage.writer import Reader
from tests.faults.program import free_port
from tests.kh83 import PLAN_FOLDER, kh83
from tests.postgres.test_same import START, House
from tests.storage.conftest import TREE

run = CliRunner().invoke


def _settings(url: str, folder: Path, **more: object) -> Settings:
    known: dict[str, Any] = {
        "database_url": url, "plan": PLAN_FOLDER, "photos": folder / "photos", "port": free_port(),
        "backup_recipient": new_key()[0], "backup_folder": folder / "backups", **more,
    }  # fmt: skip
    return Settings(**known)


@pytest.fixture
def there(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of a house on PostgreSQL, in the environment."""
    given = _settings(url, tmp_path)
    for name in ("database_url", "plan", "photos", "backup_recipient", "backup_folder"):
        monkeypatch.setenv(f"CHIHOI_{name.upper()}", str(getattr(given, name)))
    monkeypatch.chdir(tmp_path)
    return url


async def test_no_backup_is_tried_again_and_again(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(url)
    await house.do(BackupDue(START))
    with caplog.at_level(logging.INFO):
        await Backups(house.database, house.writer, house.clock, _settings(url, tmp_path)).run()
    assert [record.message for record in caplog.records] == ["backups_are_the_servers"]
    assert not (tmp_path / "backups").exists()
    await house.close()


@pytest.mark.parametrize("command", [["backup"], ["restore", "x.age", "--key", "k.txt", "--replace"]])
def test_what_works_on_files_only_says_so(there: str, command: list[str]) -> None:
    refused = run(app, command)
    assert refused.exit_code == 2
    assert "chỉ làm với tệp SQLite" in refused.output
    assert "pg_dump" in refused.output
    assert len(refused.output.strip().splitlines()) == 1


async def _filled(url: str) -> None:
    house = House(url)
    await house.do(UnitsImported(TREE, START))
    await house.close()


def test_the_doctor_knows_postgresql(there: str) -> None:
    asyncio.run(_filled(there))
    assert run(app, ["init"]).exit_code == 0
    said = run(app, ["doctor"]).output
    assert "✓ Dữ liệu" in said
    assert "✓ Ổ đĩa" in said
    assert "✓ Sao lưu: PostgreSQL" in said


def test_the_key_lies_beside_the_photos(url: str, tmp_path: Path) -> None:
    place = place_of(url)
    assert key_file(place, tmp_path / "photos") == tmp_path / f"chihoi-{url.rpartition('=')[2]}.key"


async def test_two_run_beside_each_other(url: str, tmp_path: Path) -> None:
    """Two whole houses start on one schema, serve, and stop in order."""
    houses = [build(_settings(url, tmp_path), ManualClock(START)) for _ in range(2)]
    async with running(houses[0], phone_page=True), running(houses[1], phone_page=True):
        for house in houses:
            async with TestClient(TestServer(_web(house, phone_page=True))) as client:
                assert (await client.get("/readyz")).status == 200
                assert (await client.get("/metrics")).status == 200
                assert (await client.get("/staff/units/%00")).status == 404
                assert (await client.get("/calendar.ics?k=%00")).status == 404


async def test_a_kept_update_wakes_whoever_handles_them(url: str) -> None:
    house, heard, begun = House(url), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    leading = asyncio.create_task(lead(house.database, "spool:zalo_oa", work, heard.set))
    await asyncio.wait_for(begun.wait(), 10)
    await house.do(UpdateSpooled("zalo_oa", "1", {}, START))
    await asyncio.wait_for(heard.wait(), 10)
    leading.cancel()
    await asyncio.wait([leading])
    await house.close()


async def test_what_is_held_takes_over_what_was_committed_late(url: str) -> None:
    """Ids are given when a line is written, not when it is committed: a report whose line has a lesser id
    than one already seen counts as soon as it is there."""
    house, plan = House(url), kh83()
    await house.do(UnitsImported(TREE, START))
    await house.do(RoundOpened("CH-T", "2024-03", START - timedelta(days=2), START + timedelta(days=4)))
    await house.link()
    with house.database.reading() as reader:
        seats = [people.seat_by_code(reader, code) for code in ("13999-01", "13999-02")]
        assert held_of(reader).line is not None
    first, second = (ReportSubmitted(seat.id, 1, START) for seat in seats if seat)

    def came() -> list[int]:
        with house.database.reading() as reader:
            top = people.unit_by_code(reader, "36")
            assert top is not None
            return [reporting_table(reader, plan, "2024-03", top.id).total.progress.actual, len(_in(reader))]

    assert came() == [0, 0]
    with house.database.connect_for_writing() as late, late.begin():
        apply(late, first)
        await house.do(second)
        assert came() == [1, 1]
    assert came() == [2, 2]
    await house.close()


def _in(reader: Reader) -> list[int]:
    return [int(unit) for each in held_of(reader).rounds.values() for unit in each.came]


def test_a_number_beyond_the_tables_is_refused(there: str) -> None:
    assert run(app, ["init"]).exit_code == 0
    refused = run(app, ["dead-letters", "retry", "99999999999"])
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
