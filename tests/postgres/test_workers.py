"""Two workers on one database, and one of them killed: no answer twice, none lost."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from storage.domain.effects import RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address, Inbound
from storage.queries import people
from storage.queries.summaries import differences
from storage.writer import Reader
from tests.postgres.test_same import START, House
from tests.storage.conftest import unit

HEADS = 24
SCRIPT = ("bắt đầu", "ok e", "r, hôm mùng {day}", "{present}", "2 chị, 1 chị chuyển đi", "ko", "0", "ko",
          "bỏ qua", "1")  # fmt: skip

#: What a head says: account, message id, text.
Message = tuple[str, str, str]


def _script(head: int) -> list[Message]:
    texts = [text.format(day=1 + head % 12, present=20 + head) for text in SCRIPT]
    return [(f"head{head}", f"{head}.{step}", text) for step, text in enumerate(texts)]


async def _commune(house: House) -> None:
    """A commune of so many branches, every head linked, March open."""
    tree = [unit("36", "TI", None), unit("13999", "XA", "36", head="Phạm Thị Lan")]
    tree += [
        unit(f"13999-{n:02}", "CH", "13999", head=f"Nguyễn Thị Hoa {n}", figures={"members": 80})
        for n in range(HEADS)
    ]
    await house.do(UnitsImported(tuple(tree), START))
    await house.do(RoundOpened("CH-T", "2024-03", START - timedelta(days=2), START + timedelta(days=4)))

    def linked(reader: Reader) -> Sequence[SeatLinked]:
        seats = [people.seat_by_code(reader, f"13999-{n:02}") for n in range(HEADS)]
        return [
            SeatLinked(Address("web", f"head{n}"), seat.id, START, "") for n, seat in enumerate(seats) if seat
        ]

    await house.writer.run("test", linked)


class Worker:
    """One process."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "tests.postgres.worker", url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def bring(self, messages: Sequence[Message]) -> None:
        """Hand it messages, as a platform does."""
        assert self._process.stdin is not None
        self._process.stdin.writelines(f"{json.dumps(message)}\n" for message in messages)
        self._process.stdin.flush()

    def acknowledged(self, count: int) -> set[str]:
        """Wait until it has acknowledged so many."""
        assert self._process.stdout is not None
        return {self._process.stdout.readline().strip() for _ in range(count)}

    def kill(self) -> None:
        """As kill -9 does."""
        self._process.kill()
        self._process.communicate()

    def end(self) -> None:
        """Whatever became of it."""
        if self._process.returncode is None:
            self.kill()

    def finish(self) -> None:
        """No more comes."""
        self._process.communicate()
        assert self._process.returncode == 0


@contextmanager
def _workers(url: str) -> Iterator[tuple[Worker, Worker]]:
    workers = Worker(url), Worker(url)
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def _told(house: House) -> dict[str, list[tuple[object, ...]]]:
    """What is kept, without the numbers that hang on who came first."""
    with house.database.reading() as reader:

        def rows(sql: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in reader.exec_driver_sql(sql)]

        return {
            "messages": rows("SELECT account, message_id, text, reading FROM inbox ORDER BY 1, 2"),
            "replies": rows(
                "SELECT account, reply_to, outbound ->> 'text', priority, state FROM outbox ORDER BY 1, 2, 3"
            ),
            "reports": rows(
                "SELECT seats.code, status, count(answers.id) FROM submissions"
                " JOIN seats ON seats.id = seat_id JOIN answers ON submission_id = submissions.id"
                " GROUP BY 1, 2 ORDER BY 1"
            ),
            "answers": rows(
                "SELECT seats.code, question, answers.state, CAST(field_values AS varchar), message_id"
                " FROM answers JOIN submissions ON submissions.id = submission_id"
                " JOIN seats ON seats.id = seat_id ORDER BY 1, 2"
            ),
            "history": rows("SELECT count(*) FROM answer_history"),
            "figures": rows(
                "SELECT units.code, field, number, whole, word FROM unit_figures"
                " JOIN units ON units.id = unit_id ORDER BY 1, 2"
            ),
        }


async def test_a_worker_is_killed_in_the_middle(url: str, tmp_path: Path) -> None:
    """Step by step through the report, as heads do. In the middle one worker is killed with messages in
    its hands; the platform brings all that was not acknowledged, and some that was, to the other."""
    plain, house = House(f"sqlite:///{tmp_path / 'a.db'}"), House(url)
    for each in (plain, house):
        await _commune(each)
    scripts = [_script(head) for head in range(HEADS)]
    for step in range(len(SCRIPT)):
        for script in scripts:
            await _say(plain, script[step])
    with _workers(url) as (first, second):
        for step in range(len(SCRIPT)):
            said = [script[step] for script in scripts]
            if step < 5:
                first.bring(said[::2])
                second.bring(said[1::2])
                first.acknowledged(HEADS // 2)
                second.acknowledged(HEADS // 2)
            elif step == 5:
                first.bring(said)
                first.acknowledged(HEADS // 3)
                first.kill()
                second.bring(said)
                second.acknowledged(HEADS)
            else:
                second.bring([*said, *said[:5]])
                second.acknowledged(HEADS + 5)
        second.finish()
    kept = _told(house)
    assert kept == _told(plain)
    assert len(kept["replies"]) >= HEADS * len(SCRIPT)
    with house.database.reading() as reader:
        count, odd = differences(reader)
    assert count == len(kept["figures"]) > HEADS
    assert not odd
    for each in (plain, house):
        await each.close()


async def _say(house: House, message: Message) -> None:
    account, message_id, text = message
    address = Address("web", account)
    await house.writer.run(str(address), house.turns(Inbound(address, message_id, START, text)))
