"""The one write path: groups, failures, redeliveries, and a kill in the middle."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.domain.effects import Effect, MessageQueued, MessageReceived
from storage.domain.messages import Inbound, Outbound
from storage.domain.problems import DatabaseProblem
from storage.migrations import open_database
from storage.queries import conversations
from storage.writer import Outcome, Reader, Writer, WriterClosed
from storage.writer.sqlite import SqliteWriter
from tests.storage.conftest import HANH, NOW, House, count

ROOT = Path(__file__).parents[2]


def received(message_id: str) -> MessageReceived:
    return MessageReceived(Inbound(HANH, message_id, NOW, "chào em"), "chào em")


def queued(words: str) -> MessageQueued:
    return MessageQueued(Outbound(HANH, words), NOW)


class Gate:
    """A turn that holds the writer until opened, so that the turns behind it wait as one group."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def decide(self, reader: Reader) -> Sequence[Effect]:
        self._reached.set()
        assert self._open.wait(10)
        return ()

    async def hold(self, writer: Writer) -> asyncio.Task[Outcome]:
        """Start the turn and wait until the writer is in it."""
        turn = asyncio.create_task(writer.run("gate", self.decide))
        await asyncio.to_thread(self._reached.wait, 10)
        return turn

    def open(self) -> None:
        self._open.set()


async def behind_gate(
    writer: Writer, *decides: Callable[[Reader], Sequence[Effect]]
) -> list[Outcome | BaseException]:
    """Run the turns as one group and give what each returned or raised."""
    gate = Gate()
    first = await gate.hold(writer)
    waiting = [asyncio.create_task(writer.run("k", decide)) for decide in decides]
    await asyncio.sleep(0)
    gate.open()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


def takes(message_id: str) -> Callable[[Reader], Sequence[Effect]]:
    return lambda _: [received(message_id)]


def fails(reader: Reader) -> Sequence[Effect]:
    raise LookupError("no such pack")


async def test_one_failing_turn_takes_no_other_down(empty_house: House) -> None:
    results = await behind_gate(
        empty_house.writer,
        lambda _: [received("a")],
        lambda _: [received("b"), received("a")],
        fails,
        lambda _: [received("c")],
    )
    assert [type(result) for result in results] == [Outcome, IntegrityError, LookupError, Outcome]
    seen = [empty_house.ask(conversations.seen, "web", name) for name in "abc"]
    assert seen == [True, False, True]


async def test_a_failed_commit_keeps_nothing_of_the_group_and_tells_everybody(empty_house: House) -> None:
    def orphan(reader: Reader) -> Sequence[Effect]:
        reader.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # the violation shows at COMMIT only
        reader.execute(text("INSERT INTO seats (code, role, unit_id) VALUES ('x', 'branch_head', 999)"))
        return [received("b")]

    results = await behind_gate(empty_house.writer, lambda _: [received("a")], orphan)
    assert [type(result) for result in results] == [IntegrityError, IntegrityError]
    assert empty_house.ask(count, "inbox") == 0
    await empty_house.write(received("c"))
    assert empty_house.ask(count, "inbox") == 1


async def test_turns_run_in_the_order_they_came(empty_house: House) -> None:
    order: list[int] = []

    def turn(number: int) -> Callable[[Reader], Sequence[Effect]]:
        def decide(reader: Reader) -> Sequence[Effect]:
            order.append(number)
            return ()

        return decide

    await behind_gate(empty_house.writer, *(turn(number) for number in range(50)))
    assert order == list(range(50))


async def test_a_redelivered_message_changes_nothing_and_finds_what_was_said(empty_house: House) -> None:
    def decide(reader: Reader) -> Sequence[Effect]:
        if conversations.seen(reader, "web", "m1"):
            return ()
        reply = MessageQueued(Outbound(HANH, "Em chào cô"), NOW, reply_to="m1")
        return [received("m1"), reply]

    results = await behind_gate(empty_house.writer, decide, decide)
    outcomes = [result for result in results if isinstance(result, Outcome)]
    assert [len(outcome.outbox_ids) for outcome in outcomes] == [1, 0]
    assert empty_house.ask(conversations.replies_to, "web", "m1") == [Outbound(HANH, "Em chào cô")]


async def test_an_outcome_has_the_effects_and_the_ids_of_the_outbox_rows(empty_house: House) -> None:
    effects = (received("m"), queued("một"), queued("hai"))
    assert await empty_house.write(*effects) == Outcome(effects, (1, 2))


async def test_a_decision_that_raises_stop_iteration_does_not_hang(empty_house: House) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await empty_house.writer.run("k", lambda _: [next(iter([]))])


async def test_close_finishes_what_was_taken_and_takes_no_more(database: Database) -> None:
    writer = SqliteWriter(database)
    gate = Gate()
    turns = [await gate.hold(writer)]
    turns += [asyncio.create_task(writer.run("k", takes(f"m{number}"))) for number in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    gate.open()
    await closing
    assert len(await asyncio.gather(*turns)) == 6
    with database.reading() as reader:
        assert count(reader, "inbox") == 5
    with pytest.raises(WriterClosed):
        await writer.run("k", lambda _: ())
    await writer.close()


async def test_the_queue_is_bounded(database: Database) -> None:
    writer = SqliteWriter(database, capacity=1)
    gate = Gate()
    taken = await gate.hold(writer)
    waiting = asyncio.create_task(writer.run("k", lambda _: [received("late")]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    gate.open()
    await closing
    assert await taken == Outcome(())
    with pytest.raises(WriterClosed):
        await waiting


async def test_a_turn_nobody_waits_for_any_more_is_still_kept(empty_house: House) -> None:
    gate = Gate()
    first = await gate.hold(empty_house.writer)
    left = asyncio.create_task(empty_house.writer.run("k", lambda _: [received("m")]))
    await asyncio.sleep(0)
    left.cancel()
    gate.open()
    await first
    await empty_house.write(queued("tiếp"))
    assert empty_house.ask(conversations.seen, "web", "m")


async def test_a_locked_database_is_one_clear_line(url: str) -> None:
    open_database(url).close()
    database = Database(url, busy_seconds=0.05)
    writer = SqliteWriter(database)
    locked = pytest.raises(DatabaseProblem, match="đang bị chương trình khác giữ")
    with database.connect_for_writing() as other, other.begin(), locked:
        await writer.run("k", lambda _: [received("m")])
    await writer.run("k", lambda _: [received("m")])
    await writer.close()
    database.close()


def test_a_kill_loses_nothing_that_was_acknowledged(url: str) -> None:
    command = [sys.executable, "-m", "tests.storage.acknowledger", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(200)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert len(set(acknowledged)) >= 200
    database = Database(url)
    with database.reading() as reader:
        lost = [name for name in acknowledged if not conversations.seen(reader, "web", name)]
        assert lost == []
        assert count(reader, "inbox") == count(reader, "outbox")
    database.close()
