"""A thousand messages of a hundred branch heads with 30 % duplicates, replays, reordering and a crash:
each is taken once, each answer kept once, each reply queued once and heard."""

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.domain.effects import ConversationMoved, Effect, PauseSet, RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.queries import answers, people, rounds
from storage.writer import Reader
from storage.writer.opening import writer_of
from tests.fakes.process import ROOT, FakeProcess
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOa
from tests.faults.program import free_port
from tests.zalo.packs import EVENING

HEADS = 100
SCRIPT = (
    "bắt đầu", "tiếp", "có", "41", "2 chị, 1 chị chuyển đi", "1", "0", "đường xóm mưa là ngập", "bỏ qua", "1",
)  # fmt: skip
VALUES = {"MH33.2.du": [41, 62], "NEN.5.ket_nap": 2, "NEN.5.ra": 1, "MH11.6": 1, "NV26f": 0}

#: These type so fast that the platform mixes up their own messages; of them only "once" can be asked.
CHAOTIC = frozenset(f"u{number:03}" for number in range(90, HEADS))

#: At a kill so many messages may be under way in the sender (`bot.sender`); the platform took them and
#: nobody knows.
UNDER_WAY = 10

NAMES = tuple(f"u{number:03}" for number in range(HEADS))


def _unit(code: str, kind: Any, parent: str | None, head: str) -> UnitRecord:
    figures = {"members": 62} if parent else {}
    return UnitRecord(code, f"Đơn vị {code}", kind, "", parent, date(2021, 1, 1), None, figures, head, "chị")


async def settle(database: Database, channel: str) -> None:
    """A hundred branches, each head linked, the round open."""
    at = EVENING.astimezone(UTC)
    writer = writer_of(database)
    tree = [_unit("top", "XA", None, "Lan"), *(_unit(name, "CH", "top", f"Hoa {name}") for name in NAMES)]
    opened = RoundOpened("CH-T", "2024-03", at - timedelta(days=1), at + timedelta(days=9))
    silence = PauseSet(None, at - timedelta(days=1), at + timedelta(days=9))  # replies are counted here
    await writer.run("setup", lambda reader: (UnitsImported(tuple(tree), at), silence, opened))

    def link(reader: Reader) -> Sequence[Effect]:
        asked = rounds.round_of(reader, "CH-T", "2024-03")
        assert asked is not None
        effects: list[Effect] = []
        for name in NAMES:
            seat, address = people.seat_by_code(reader, name), Address(channel, name)
            assert seat is not None
            effects.append(SeatLinked(address, seat.id, at, ""))
            effects.append(ConversationMoved(address, at, seat.id, asked.id))
        return effects

    await writer.run("setup", link)
    await writer.close()


def storm(seed: int) -> list[dict[str, Any]]:
    """The messages in the order in which the platform brings them: chats mixed, 30 % again, some of them
    long after, and of the chaotic each for itself."""
    dice = random.Random(seed)  # noqa: S311
    waiting = {name: [(f"{name}-{number}", text) for number, text in enumerate(SCRIPT)] for name in NAMES}
    for name in CHAOTIC:
        dice.shuffle(waiting[name])
    items: list[dict[str, Any]] = []
    while waiting:
        name = dice.choice(list(waiting))
        message_id, text = waiting[name].pop(0)
        line = f"{message_id}" if name in CHAOTIC else name
        items.append({"who": name, "id": message_id, "text": text, "line": line})
        if not waiting[name]:
            del waiting[name]
    for item in dice.sample(items, len(items) * 3 // 10):
        at = dice.randint(items.index(item) + 1, len(items))
        items.insert(at, {**item, "line": f"again-{item['id']}-{at}", "again": True})
    return items


class Storm:
    """The platform, the house and the crash."""

    def __init__(self, folder: Path, fake: FakeProcess, channel: str) -> None:
        self.folder, self.fake, self.channel, self.port = folder, fake, channel, free_port()
        self.name = "zalo_oa" if channel == "oa" else "zalo_bot"

    def start(self) -> "subprocess.Popen[bytes]":
        command = ["tests.zalo.storm_house", str(self.folder), str(self.port), self.channel, self.fake.api]
        with (self.folder / "log.txt").open("a") as log:
            return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=log, stderr=log)

    def blow(self, items: list[dict[str, Any]]) -> None:
        if self.channel == "oa":
            url = f"http://127.0.0.1:{self.port}/zalo-oa/events"
            self.fake.control("mode", {"webhook": url, "clock": EVENING.timestamp()})
            made = [{**one, "user": one.pop("who"), "msg_id": one.pop("id")} for one in items]
        else:
            self.fake.control("mode", {"replaying": self.channel == "polling"})
            made = [{**one, "chat": one.pop("who"), "message_id": one.pop("id")} for one in items]
        self.fake.control("many", {"items": made})

    def run(self) -> dict[str, Any]:
        """Blow, kill in the middle, go on to the end; the platform's ledger."""
        with closing(open_database(f"sqlite:///{self.folder / 'chihoi.db'}")) as database:
            asyncio.run(settle(database, self.name))
        house = self.start()
        try:
            if self.channel == "webhook":
                self.fake.wait(30, attempts=1)  # the test of the address
            self.blow(storm(7))
            self.fake.wait(60, sent=HEADS * len(SCRIPT) * 2 // 5)
            house.kill()
            house.wait(10)
            house = self.start()
            return self.until_quiet()
        finally:
            house.kill()
            house.wait(10)

    def until_quiet(self) -> dict[str, Any]:
        """Everything was answered, and nothing more waits to be handled."""
        wanted = HEADS * len(SCRIPT)
        self.fake.wait(60, sent=wanted)
        with closing(Database(f"sqlite:///{self.folder / 'chihoi.db'}")) as database:
            answered = "SELECT count(*) FROM outbox WHERE state = 'sent' AND reply_to IS NOT NULL"
            kept = "SELECT count(*) FROM spool"  # receipts come after the answers
            for _ in range(600):
                with database.reading() as reader:
                    left = reader.exec_driver_sql(kept).scalar_one()
                    if left == 0 and reader.exec_driver_sql(answered).scalar_one() >= wanted:
                        return self.fake.ledger()
                time.sleep(0.1)
        raise AssertionError("not everything was answered within a minute")


@pytest.fixture(params=["webhook", "polling", "oa"])
def blown(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Storm, dict[str, Any]]]:
    """A storm that is over."""
    with FakeZaloOa() if request.param == "oa" else FakeZaloBot() as fake:
        blowing = Storm(tmp_path, fake, request.param)
        yield blowing, blowing.run()


def test_each_answer_once_and_each_reply_once(blown: tuple[Storm, dict[str, Any]]) -> None:
    blowing, ledger = blown
    with (
        closing(Database(f"sqlite:///{blowing.folder / 'chihoi.db'}")) as database,
        database.reading() as reader,
    ):
        taken = reader.exec_driver_sql("SELECT message_id FROM inbox").scalars().all()
        replies = reader.exec_driver_sql("SELECT reply_to FROM outbox WHERE reply_to IS NOT NULL").scalars()
        wanted = sorted(f"{name}-{number}" for name in NAMES for number in range(len(SCRIPT)))
        assert sorted(taken) == wanted
        assert sorted(replies) == wanted
        assert reader.exec_driver_sql("SELECT count(*) FROM spool").scalar_one() == 0
        assert reader.exec_driver_sql("SELECT DISTINCT state FROM outbox").scalars().all() == ["sent"]
        kept = {name: _values(reader, name) for name in NAMES if name not in CHAOTIC}
        history = reader.exec_driver_sql(
            "SELECT count(*) FROM answer_history WHERE message_id NOT LIKE 'u09%'"
        ).scalar_one()
        submitted = reader.exec_driver_sql(
            "SELECT count(*) FROM submissions WHERE status = 'submitted'"
        ).scalar_one()
    # A message polled and not committed at the kill comes again only after those behind it.
    late = 1 if blowing.channel == "polling" else 0
    assert sum(values != VALUES for values in kept.values()) <= late
    assert history <= 10 * late
    assert submitted >= HEADS - len(CHAOTIC) - late
    heard = Counter(sent["chat"] for sent in ledger["sent"])
    assert all(count >= len(SCRIPT) for count in heard.values())
    assert len(heard) == HEADS
    assert sum(heard.values()) - len(wanted) <= UNDER_WAY
    assert ledger["faults"] == []


def _values(reader: Reader, name: str) -> dict[str, Any]:
    seat, asked = people.seat_by_code(reader, name), rounds.round_of(reader, "CH-T", "2024-03")
    assert seat is not None
    assert asked is not None
    given = answers.answers(reader, seat.id, asked.id).values()
    values = {field: value for answer in given for field, value in answer.values.items()}
    return {field: values.get(field) for field in VALUES}
