"""SIGTERM in the middle of work: it ends in order within 10 s, whatever the platform does, and goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.program import Program, until
from tests.faults.scene import prepared, rows
from tests.faults.test_restart import HOA


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A platform that outlives the program."""
    with FakeTelegram() as fake:
        yield fake


def test_it_stops_while_the_platform_keeps_it_waiting(tmp_path: Path, telegram: FakeTelegram) -> None:
    prepared(tmp_path)
    settings = {"telegram_token": TOKEN, "telegram_api": telegram.api, "telegram_poll_seconds": "50"}
    telegram.script("sendMessage", "delay_after", times=8, parameters={"wait": 60})
    people = range(100, 140)
    for person in people:
        telegram.says(person, "xin chào")  # strangers: load, and every answer hangs
    telegram.says(HOA, "bắt đầu")
    program = Program(tmp_path, **settings)
    telegram.wait(calls_sendMessage=8)
    assert program.stop(10.0) == 0
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    [(taken,)] = rows(tmp_path, "SELECT count(*) FROM inbox")
    assert taken == len(people) + 1
    program = Program(tmp_path, **settings)
    try:
        until(lambda: rows(tmp_path, "SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(0,)], 60)
    finally:
        program.kill()
    replies = "SELECT count(*) FROM outbox WHERE priority = 'reply' AND state = 'sent'"
    assert rows(tmp_path, replies) == [(len(people) + 1,)]
