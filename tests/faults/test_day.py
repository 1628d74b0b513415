"""24 hours of a province by the virtual clock, with random faults and kills: nothing lost, nothing twice.

The short version; ``make faults`` plays 250 heads (DAY_HEADS).
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.day import SCRIPT, code_of
from tests.kh83 import ROOT

HEADS = int(os.environ.get("DAY_HEADS", "12"))

#: One moment in so many kills: about five kills a day, however many heads.
DEADLY = HEADS * len(SCRIPT) * 6 // 5

#: Megabytes a process may grow in a day: it kept nothing it does not need.
GROWTH = 12


def _live(folder: Path, seed: int, deadly: int) -> int:
    """From life to life until the day is over; how many were killed."""
    for killed in range(100):
        words = map(str, (folder, HEADS, seed, deadly))
        command = [sys.executable, "-m", "tests.faults.day", *words]
        done = subprocess.run(command, cwd=ROOT, timeout=600, check=False, capture_output=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
        if done.returncode == 0:
            return killed
    raise AssertionError("killed a hundred times")


def _lines(folder: Path, name: str) -> list[list[object]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day with kills."""
    folder = tmp_path_factory.mktemp("day")
    killed = _live(folder, seed=3, deadly=DEADLY)
    assert killed >= 2, "too few kills to say anything"
    return folder


def test_every_message_is_kept_once_and_answered_and_no_push_goes_twice(lived: Path) -> None:
    shown = Counter((str(account), str(text)) for account, text in _lines(lived, "shown.jsonl"))
    acked = {f"m:{number}:{line}" for number, line in _lines(lived, "acked.jsonl")}
    with closing(sqlite3.connect(lived / "chihoi.db")) as reader:
        taken = [name for (name,) in reader.execute("SELECT message_id FROM inbox")]
        sent = "SELECT account, json_extract(outbound, '$.text'), reply_to, priority, state FROM outbox"
        rows = reader.execute(sent).fetchall()
        assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert reader.execute("SELECT count(*) FROM dead_letters").fetchall() == [(0,)]
    assert len(acked) == HEADS * len(SCRIPT)
    assert sorted(taken) == sorted(acked)
    replies = [row for row in rows if row[3] != "push"]
    assert sorted(row[2] for row in replies) == sorted(acked)
    assert {row[4] for row in replies} == {"sent"}
    wanted = Counter((account, text) for account, text, *_ in replies)
    assert [key for key, count in wanted.items() if shown[key] < count] == []
    pushes = Counter((account, text) for account, text, _, priority, _ in rows if priority == "push")
    assert len(pushes) >= HEADS  # every head was greeted
    assert [key for key, count in pushes.items() if shown[key] > count] == []


def test_every_report_is_handed_in_with_its_figures(lived: Path) -> None:
    with closing(sqlite3.connect(lived / "chihoi.db")) as reader:
        submitted = reader.execute("SELECT count(*) FROM submissions WHERE status = 'submitted'").fetchone()
        given = reader.execute(
            "SELECT seats.code, count(*) FROM answers JOIN submissions ON submissions.id = submission_id"
            " JOIN seats ON seats.id = seat_id GROUP BY seats.code"
        ).fetchall()
        replaced = reader.execute("SELECT count(*) FROM answer_history").fetchone()
    assert submitted == (HEADS,)
    assert {code for code, _ in given} == {code_of(number) for number in range(HEADS)}
    assert len({count for _, count in given}) == 1
    assert replaced == (0,)


def test_memory_is_flat(tmp_path: Path) -> None:
    """A day without a kill: what a process holds at its end is what it held after the morning's greetings."""
    assert _live(tmp_path, seed=4, deadly=0) == 0
    memory = [int(str(megabytes)) for _, megabytes in _lines(tmp_path, "memory.jsonl")]
    assert len(memory) == 24
    assert memory[-1] - memory[4] <= GROWTH, memory
