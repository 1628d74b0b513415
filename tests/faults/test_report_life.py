"""The life of a report as a state machine over the real turn, writer and file (hypothesis).

Rules say what people and machines do in any order: answer, edit, submit, correct, repeat a message, jump
the clock, crash inside or after a commit. A crash is what a kill leaves: the database file and its WAL as
they are on disk at that moment, copied away while the writer still holds them, and opened again.
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import Effect, SeatLinked, UnitsImported
from storage.domain.messages import Address, Inbound
from storage.migrations import open_database
from storage.queries import people
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter
from tests.kh83 import kh83
from tests.web.conftest import HOTLINES, SEAT, TREE

T = TypeVar("T")

HOA = Address("telegram", "42")
START = datetime(2024, 3, 14, 19, 42, tzinfo=VIETNAM)
ANSWERS = (
    "rồi", "chưa", "hôm mùng 8/3", "41", "41/62", "62", "2", "0", "không có", "chưa rõ", "bỏ qua",
    "khoảng 30",
    "đường xóm mưa là ngập", "đúng", "không", "xin lỗi em nhé", "999999", "chị Lan bị chồng đánh",
)  # fmt: skip
COMMANDS = ("menu", "tiếp", "xem", "lại", "để sau", "gặp người", "sửa")


@cache
def _empty() -> bytes:
    """The file of a migrated database, made once."""
    with tempfile.TemporaryDirectory() as folder:
        open_database(f"sqlite:///{folder}/empty.db").close()
        return Path(folder, "empty.db").read_bytes()


def empty(path: Path) -> None:
    """A migrated database with nothing in it."""
    path.write_bytes(_empty())


class Crash(Exception):
    """The power goes."""


class ReportLife(RuleBasedStateMachine):
    """One branch head, one report, everything that may befall it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="chihoi-life-"))
        self.generation = 0
        self.said: list[Inbound] = []
        self.first_submitted: dict[tuple[int, int], str | None] = {}
        self.history = 0
        self.clock = ManualClock(START)

    # --- the house

    @property
    def path(self) -> Path:
        """The database of now; every crash leaves its own behind."""
        return self.folder / f"{self.generation}.db"

    def open(self) -> None:
        """Start the program."""
        self.database: Database = Database(f"sqlite:///{self.path}")
        self.turns = Turns(kh83(), self.clock.now, HOTLINES)
        self.writer = self.run(self._writer())

    async def _writer(self) -> SqliteWriter:
        return SqliteWriter(self.database)

    def close(self) -> None:
        """Stop it in order."""
        self.run(self.writer.close())
        self.database.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """In the loop of this life."""
        return self.loop.run_until_complete(work)

    def write(self, *effects: Effect) -> None:
        """Some facts."""
        self.run(self.writer.run("test", lambda reader: effects))

    @initialize()
    def begin(self) -> None:
        """A province, a linked seat, the round of March."""
        empty(self.path)
        self.open()
        self.write(UnitsImported(TREE, START))
        seat = self.run(self.database.read(lambda reader: people.seat_by_code(reader, SEAT)))
        assert seat is not None
        self.write(SeatLinked(HOA, seat.id, START, ""))
        self.tick()

    # --- what may happen

    def take(self, inbound: Inbound) -> None:
        """A message through the turn."""
        self.run(self.writer.run(str(HOA), self.turns(inbound)))

    def new(self, text: str) -> Inbound:
        """A message not yet seen."""
        return Inbound(HOA, f"m:{len(self.said)}", self.clock.now(), text)

    def say(self, text: str) -> None:
        """She says something new."""
        inbound = self.new(text)
        self.take(inbound)
        self.said.append(inbound)

    @rule(text=st.sampled_from(ANSWERS))
    def answer(self, text: str) -> None:
        """An answer, fitting or not."""
        self.say(text)

    @rule(text=st.sampled_from(COMMANDS))
    def command(self, text: str) -> None:
        """Any command."""
        self.say(text)

    @rule(
        values=st.lists(st.sampled_from(("rồi", "8/3", "41/62", "2", "0", "không")), min_size=5, max_size=9)
    )
    def hurry(self, values: list[str]) -> None:
        """A run of answers and the confirmation, so that reports do get submitted."""
        for text in ("bắt đầu", *values, "bỏ qua", "bỏ qua", "bỏ qua", "1"):
            self.say(text)

    @rule(number=st.integers(1, 9), value=st.sampled_from(("3", "40/62", "không", "bỏ qua")))
    def correct(self, number: int, value: str) -> None:
        """SỬA n, and another value."""
        self.say(f"sửa {number}")
        self.say(value)

    @rule()
    def submit(self) -> None:
        """The confirmation, whether or not it is its time."""
        self.say("1")

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        """The platform brings an old message once more: not one row of anything changes."""
        before = self.everything()
        self.take(data.draw(st.sampled_from(self.said)))
        assert self.everything() == before

    @rule(hours=st.integers(-30, 60))
    def jump(self, hours: int) -> None:
        """The clock jumps; within the round's time."""
        moment = self.clock.now() + timedelta(hours=hours)
        self.clock.set(min(max(moment, START - timedelta(days=2)), START + timedelta(days=5)))

    @rule()
    def tick(self) -> None:
        """The clock's hand: twice is once."""
        scheduler = Scheduler(kh83(), self.writer, self.clock, self.turns)
        self.run(scheduler.tick())
        before = self.everything()
        self.run(scheduler.tick())
        assert self.everything() == before

    @rule()
    def restart(self) -> None:
        """Stopped in order and started."""
        before = self.everything()
        self.close()
        self.open()
        assert self.everything() == before

    @rule()
    def crash(self) -> None:
        """Killed between two turns: all of it is there."""
        before = self.everything()
        self.leave_behind()
        self.reopen()
        assert self.everything() == before

    @rule(text=st.sampled_from(ANSWERS), after_effects=st.booleans())
    def crash_in_turn(self, text: str, after_effects: bool) -> None:
        """Killed inside a turn, before its commit: nothing of it is there; brought again it is taken."""
        before = self.everything()
        inbound = self.new(text)
        decide = self.turns(inbound)

        def killed(reader: Reader) -> Sequence[Effect]:
            effects = decide(reader)
            if after_effects:
                reader.exec_driver_sql("DELETE FROM outbox")  # written to the file, not committed
            self.leave_behind()
            raise Crash(len(effects))

        try:
            self.run(self.writer.run(str(HOA), killed))
        except Crash:
            self.reopen()
        assert self.everything() == before
        self.take(inbound)
        self.said.append(inbound)

    def leave_behind(self) -> None:
        """What is on the disk now, under the next name. The WAL index is not: a crash loses it."""
        for side in ("", "-wal"):
            source = self.path.with_name(f"{self.path.name}{side}")
            if source.exists():
                shutil.copy(source, self.folder / f"{self.generation + 1}.db{side}")

    def reopen(self) -> None:
        """Start on what was left behind."""
        self.close()
        self.generation += 1
        self.open()

    # --- what must always hold

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read past the house."""
        with closing(sqlite3.connect(self.path)) as reader:
            return reader.execute(statement).fetchall()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        names = self.rows("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
        return {name: self.rows(f"SELECT * FROM {name} ORDER BY 1") for (name,) in names}  # noqa: S608

    @invariant()
    def each_message_is_kept_once_and_answered_once(self) -> None:
        """In the inbox once, with exactly one reply in the outbox."""
        if not hasattr(self, "writer"):
            return
        kept = [name for (name,) in self.rows("SELECT message_id FROM inbox ORDER BY id")]
        assert kept == [inbound.message_id for inbound in self.said]
        replies = self.rows("SELECT reply_to, count(*) FROM outbox WHERE priority = 'reply' GROUP BY 1")
        assert sorted(replies) == sorted((name, 1) for name in kept)

    @invariant()
    def the_report_is_whole(self) -> None:
        """One report a seat and round, its first submission's time stays, history only grows, nothing refused
        is kept."""
        if not hasattr(self, "writer"):
            return
        reports = self.rows("SELECT seat_id, round_id, status, submitted_at FROM submissions")
        assert len({report[:2] for report in reports}) == len(reports)
        for seat_id, round_id, status, submitted_at in reports:
            assert (status == "submitted") == (submitted_at is not None)
            first = self.first_submitted.setdefault((seat_id, round_id), submitted_at)
            assert first in (None, submitted_at)
            self.first_submitted[seat_id, round_id] = submitted_at
        [(history,)] = self.rows("SELECT count(*) FROM answer_history")
        assert history >= self.history
        self.history = history
        twice = "SELECT submission_id, question FROM answers GROUP BY 1, 2 HAVING count(*) > 1"
        assert self.rows(twice) == []
        states = {state for (state,) in self.rows("SELECT DISTINCT state FROM answers")}
        assert states <= {"given", "unknown", "skipped", "not_applicable"}
        for table in ("inbox", "answers"):
            column = "text" if table == "inbox" else "raw"
            assert self.rows(f"SELECT 1 FROM {table} WHERE {column} LIKE '%chồng%'") == []  # noqa: S608

    def teardown(self) -> None:
        """The last look: the file is sound."""
        if hasattr(self, "writer"):
            assert self.rows("PRAGMA integrity_check") == [("ok",)]
            assert self.rows("PRAGMA foreign_key_check") == []
            self.close()
        self.loop.close()
        shutil.rmtree(self.folder)


TestReportLife = ReportLife.TestCase
TestReportLife.settings = settings(
    max_examples=int(os.environ.get("LIFE_EXAMPLES", "12")),  # make faults tries more
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_it_can_end_submitted_and_corrected() -> None:
    """The machine does reach what it is about."""
    life = ReportLife()
    life.begin()
    life.hurry(["rồi", "8/3", "41/62", "2", "0", "không"])
    life.hurry(["rồi", "8/3", "41/62", "2", "0", "không"])
    life.the_report_is_whole()
    assert any(life.first_submitted.values())
    life.crash()
    life.correct(2, "40/62")
    life.crash_in_turn("41", after_effects=True)
    life.the_report_is_whole()
    assert life.history > 0
    life.teardown()
