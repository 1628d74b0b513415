"""A short slice of the fault matrix (`tests.faults.places`); ``make faults`` runs all of it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram
from tests.faults.places import BROKEN, RETRY, backups, migrations, nth, second_program
from tests.faults.scene import SYNCS, Scene, judge, rows
from tests.faults.test_restart import HOA


def _may_trace() -> bool:
    """Some sandboxes have strace and forbid what it does."""
    strace = shutil.which("strace")
    return strace is not None and subprocess.run([strace, "-qq", "-o", "/dev/null", "true"]).returncode == 0


traced = pytest.mark.skipif(not _may_trace(), reason="strace may not trace a process here")


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    """A platform that outlives every program."""
    with FakeTelegram() as fake:
        yield fake
        assert fake.faults() == []


@traced
def test_killed_inside_an_fsync(tmp_path: Path, telegram: FakeTelegram) -> None:
    verdict, bent = nth(tmp_path, telegram, SYNCS, "signal=KILL:when={n}", 12)
    assert bent
    assert verdict.restarts == 1
    assert verdict.good, verdict


@traced
def test_a_disk_that_fails_once(tmp_path: Path, telegram: FakeTelegram) -> None:
    verdict, bent = nth(tmp_path, telegram, SYNCS, "error=EIO:when={n}", 9)
    assert bent
    assert verdict.restarts == 0
    assert verdict.good, verdict


def _everything(scene: Scene, number: int) -> None:
    """Another trouble before each message."""
    telegram = scene.telegram
    if number == 1:
        telegram.script("sendMessage", "drop_after", chat=HOA)
    if number == 2:
        telegram.script("sendMessage", "error", chat=HOA, **RETRY)
    if number == 3:
        telegram.script("getUpdates", "drop_after")
    if number == 4:
        telegram.script("sendMessage", "error", **BROKEN)
    if number in (5, 6):
        for update in telegram.ledger()["updates"][-3:]:
            telegram.push(HOA, "again", update=update["update_id"])
    if number == 7:
        telegram.script("sendMessage", "drop_before", chat=HOA)
        second_program(scene)
    if number == 8:
        telegram.script("getFile", "error", **BROKEN)


def test_a_bad_network_and_a_second_program(tmp_path: Path, telegram: FakeTelegram) -> None:
    telegram.reset()
    verdict = Scene(tmp_path / "net", telegram).play(_everything)
    assert verdict.good, verdict
    assert verdict.repeated == 1  # delivered, and the answer lost: said once more
    _the_judge_sees(tmp_path / "net", telegram)


def _the_judge_sees(folder: Path, telegram: FakeTelegram) -> None:
    """The oracle itself: each thing that must not be is found when it is put there."""
    ledger = telegram.ledger()
    assert judge(folder, ledger).good
    push = next(sent for sent in ledger["sent"] if sent["text"].startswith("Nhắc nhẹ"))
    assert judge(folder, {**ledger, "sent": [*ledger["sent"], push]}).doubled
    assert judge(folder, {**ledger, "sent": ledger["sent"][:-1]}).lost
    unseen = {"update_id": 1, "message": {"chat": {"id": HOA}, "message_id": 999}}
    more = {"updates": [*ledger["updates"], unseen], "confirmed": [*ledger["confirmed"], 1]}
    assert judge(folder, {**ledger, **more}).lost == ["message m:42:999"]
    assert rows(folder, "SELECT count(*) FROM answers") != [(0,)]


@traced
def test_killed_while_backing_up_and_migrating(tmp_path: Path, telegram: FakeTelegram) -> None:
    for case in (backups("signal=KILL:when={n}"), migrations("signal=KILL:when={n}")):
        assert next(case(tmp_path, telegram)).good
