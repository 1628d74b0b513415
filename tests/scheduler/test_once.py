"""Killed at any instant, two clocks, a clock set back or forward: the same messages, once."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.turn import Turns
from scheduler import lease, run
from scheduler.clock import ManualClock
from scheduler.run import Scheduler
from tests.kh83 import ROOT, kh83
from tests.scheduler.conftest import DAO, HOA, HOTLINES, Province, at

PROGRAM = "tests.scheduler.killed"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of `tests.scheduler.killed`."""
    folder = tmp_path_factory.mktemp("killed")
    arguments = [sys.executable, "-m", PROGRAM, str(folder)]
    done = subprocess.run(arguments, cwd=ROOT, timeout=300, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return folder


def _log(folder: Path) -> list[list[str]]:
    """What the platform was given."""
    lines = (folder / "sent.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(json.loads(line) for line in lines)


def test_killed_after_any_commit_the_messages_are_the_same(killed: Path) -> None:
    whole = _log(killed / "whole")
    assert len(whole) >= 4
    assert len({tuple(each) for each in whole}) == len(whole)
    cut = {int(folder.name): _log(folder) for folder in killed.iterdir() if folder.name.isdigit()}
    assert len(cut) >= 12
    assert {number: log for number, log in cut.items() if log != whole} == {}


def test_two_processes_with_a_clock_each_send_once(killed: Path) -> None:
    with closing(sqlite3.connect(killed / "both" / "p.db")) as database:
        pushes = database.execute("select seat_id, key, state from pushes where state <> 'muted'").fetchall()
        said = database.execute(
            "select account, outbound from outbox where priority = 'push' and state = 'sent'"
        ).fetchall()  # one taken back, because a clock was ahead, stands there too
    assert len(said) >= 4
    assert len(set(said)) == len(said)
    assert len({key for _, key, _ in pushes}) == len(pushes)
    assert _log(killed / "both") == _log(killed / "whole")


async def test_a_clock_set_back_or_forward_a_day_repeats_and_loses_nothing(province: Province) -> None:
    await province.until(at("15/3", "12:00"))
    first = list(province.heard)
    again = await province.until_back(at("14/3", "12:00"), at("15/3", "12:00"))
    assert again == []
    heard = await province.tick(at("17/3", "07:00"))
    heard += await province.tick(at("18/3", "08:00"))  # over the moment of T-1
    assert any("hôm nay 18/3 là chốt số tháng 3" in each.text for each in heard)
    assert len({(each.to, each.text) for each in first}) == len(first)


async def test_of_two_clocks_one_acts(province: Province) -> None:
    other_clock = ManualClock(at("12/3", "07:30"))
    turns = Turns(kh83(), other_clock.now, HOTLINES)
    other = Scheduler(kh83(), province.writer, other_clock, turns, holder="other")
    province.clock.set(at("12/3", "07:30"))
    await asyncio.gather(*(scheduler.tick() for _ in range(3) for scheduler in (province.scheduler, other)))
    heard = await province.deliver()
    assert sorted(each.to for each in heard if each.to in (HOA, DAO)) == [HOA, DAO]
    assert len(province.rows("select distinct holder from leases")) == 1


async def test_the_lease_of_a_dead_clock_ends_and_one_from_the_future_is_void(province: Province) -> None:
    now = at("12/3", "07:00")
    await province.writer.run("x", lambda reader: lease.take(reader, "dead", now))
    assert not province.ask(lease.free, "alive", now + timedelta(seconds=30))
    assert province.ask(lease.free, "alive", now + lease.LASTS)
    assert province.ask(lease.free, "alive", now - timedelta(days=1))


async def test_a_step_planned_in_slices_is_planned_whole_and_once(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SLICE", 3)
    heard = await province.tick(at("12/3", "07:30"))
    opened = """select seat_id from pushes where kind = 'open'
        and round_id = (select id from rounds where pack = 'CH-T')"""
    assert len(province.rows(opened)) == 2  # Hoa and Đào: those with an account
    assert province.rows("select step from planned_steps where step like '%@%'") == []
    heard += await province.until(at("12/3", "12:00"))
    assert sorted(each.to for each in heard if each.to in (HOA, DAO)) == [HOA, DAO]
