"""Killed at any instant, two clocks, a clock set back or forward: the same messages, once."""

import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.turn import Turns
from scheduler import lease
from scheduler.clock import ManualClock
from scheduler.run import Scheduler
from tests.kh83 import ROOT, kh83
from tests.scheduler.conftest import DAO, HOA, HOTLINES, Province, at

PROGRAM = "tests.scheduler.killed"


def _run(folder: Path, die_after: int | None) -> bool:
    """One run of the program; whether it died of its kill."""
    arguments = [sys.executable, "-m", PROGRAM, str(folder), str(die_after or 0)]
    done = subprocess.run(arguments, cwd=ROOT, timeout=60, check=False, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode == -signal.SIGKILL


def _log(folder: Path) -> list[list[str]]:
    """What the platform was given, in order, and every message once."""
    lines = (folder / "sent.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(json.loads(line) for line in lines)


@pytest.mark.parametrize("die_after", [1, 3, 6, 9])
def test_killed_at_any_commit_the_messages_are_the_same(tmp_path: Path, die_after: int) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
    assert not _run(whole, None)
    assert _run(cut, die_after)
    assert not _run(cut, None)
    assert _log(cut) == _log(whole)
    assert len(_log(whole)) >= 4


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
