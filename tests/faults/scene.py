"""A whole check-in on the fake platform while something goes wrong, and the judgement from outside.

The judge asks nobody inside the program: it compares what the platform confirmed and what each chat saw
(the fake server's ledger) with the rows of the database file after the last restart.
"""

import asyncio
import json
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.domain.effects import MessageQueued, SeatLinked, UnitsImported
from storage.domain.messages import Address, Outbound
from storage.domain.veil import veil
from storage.migrations import open_database
from storage.queries import people
from storage.writer.sqlite import SqliteWriter
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.program import Program
from tests.faults.test_restart import AT, HOA, REPLIES, SAMPLE, VALUES
from tests.pictures import jpeg
from tests.web.conftest import SEAT, TREE

#: Somebody without a seat, in the same world: what happens to her chat must not touch Hoa's.
STRANGER = 43
PUSH = "Nhắc nhẹ: mai là hạn chốt số."

#: Wraps the program so that the N-th matching system call does something else than it should.
SYNCS = "fsync,fdatasync"
#: SQLite writes with pwrite64; logs and sockets use others.
WRITES = "pwrite64"


def injected(calls: str, what: str, log: Path | str = "/dev/null") -> tuple[str, ...]:
    """A wrapper: ``injected(SYNCS, "signal=KILL:when=7")``. Each thread counts its own calls: nearly all
    are the writer's. strace marks in ``log`` what it changed (`happened`)."""
    trace = ("-e", f"trace={calls}", "-e", f"inject={calls}:{what}")
    return ("strace", "-f", "-qq", "-o", str(log), *trace)


def happened(log: Path) -> bool:
    """Whether strace changed a call: the N-th was reached."""
    return "INJECTED" in log.read_text() or "SIGKILL" in log.read_text()


@dataclass
class Verdict:
    """What the judge found; ``repeated`` replies are allowed (better twice than never)."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    repeated: int = 0
    restarts: int = 0

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice."""
        return not (self.lost or self.doubled)


class NeverHappened(Exception):
    """What somebody waited for: a reply, an empty outbox."""


Hook = Callable[["Scene", int], None]


class Scene:
    """Hoa's check-in of March. A push to her and one to the stranger wait in the outbox."""

    def __init__(
        self,
        folder: Path,
        telegram: FakeTelegram,
        wrapper: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        **settings: str,
    ) -> None:
        """``wrapper`` and ``environment`` are for the first run of the program only."""
        self.folder, self.telegram = folder, telegram
        self.settings = {
            "telegram_token": TOKEN,
            "telegram_api": telegram.api,
            "telegram_poll_seconds": "1",
            **settings,
        }
        self.restarts = 0
        folder.mkdir(parents=True, exist_ok=True)
        prepared(folder)
        telegram.says(STRANGER, "xin chào")
        self.wrapper, self.environment = wrapper, environment
        self.program: Program | None = None

    # --- the program

    def start(self, wrapper: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> None:
        """Start it (again)."""
        self.program = Program(self.folder, wrapper, environment, **self.settings)

    def keep_alive(self) -> None:
        """Somebody (systemd) starts it again when it has ended."""
        if self.program is None or not self.program.alive():
            if self.program is not None:
                self.program.kill()
                self.restarts += 1
            self.start()

    def until(self, happened: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
        """Wait, keeping the program alive."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end:
                log = (self.folder / "log.txt").read_text()[-3000:]
                raise NeverHappened(f"{what}; seen {self.telegram.texts(HOA)}; log {log}")
            self.keep_alive()
            time.sleep(0.03)  # another process works; there is nothing to wait on

    # --- the people

    def play(self, before: Hook = lambda scene, number: None) -> Verdict:
        """The whole check-in; ``before(scene, number)`` is called before each message. Then the verdict."""
        missing = []
        try:
            for number, (text, reply) in enumerate(zip(("bắt đầu", *SAMPLE), REPLIES, strict=True)):
                before(self, number)
                seen = len(self.telegram.texts(HOA))
                self.say(text)
                if self.program is None:
                    self.start(self.wrapper, self.environment)
                self.until(lambda s=seen, r=reply: self.heard(s, r), reply)  # type: ignore[misc]
            self.until(self.settled, "an empty outbox and everything confirmed")
        except NeverHappened as never:
            missing.append(f"never happened: {never}")
        finally:
            if self.program is not None:
                self.program.kill()
        verdict = judge(self.folder, self.telegram.ledger())
        verdict.lost += missing
        verdict.restarts = self.restarts
        return verdict

    def say(self, text: str | None) -> int:
        """Hoa says something, or sends the photo; the id of the update."""
        return self.telegram.sends_photo(HOA, jpeg()) if text is None else self.telegram.says(HOA, text)

    def heard(self, seen: int, reply: str) -> bool:
        """Whether she saw the reply since."""
        return any(reply in text for text in self.telegram.texts(HOA)[seen:])

    def settled(self) -> bool:
        """Nothing waits any more, neither here nor there."""
        waiting = rows(self.folder, "SELECT count(*) FROM outbox WHERE state = 'waiting'")
        return waiting == [(0,)] and not self.telegram.ledger()["pending"]


# --- before and after


_TEMPLATE: dict[str, Path] = {}


def prepared(folder: Path) -> None:
    """The database of the scene, made once and copied."""
    template = _TEMPLATE.get("made")
    if template is None or not template.exists():
        template = folder.parent / "template.db"
        asyncio.run(_fill(template))
        _TEMPLATE["made"] = template
    shutil.copy(template, folder / "chihoi.db")


async def _fill(path: Path) -> None:
    address = Address("telegram", str(HOA))
    with closing(open_database(f"sqlite:///{path}")) as database:
        writer = SqliteWriter(database)
        await writer.run("test", lambda _: (UnitsImported(TREE, AT),))
        seat = await database.read(lambda reader: people.seat_by_code(reader, SEAT))
        assert seat is not None
        pushes = [
            MessageQueued(Outbound(Address("telegram", str(chat)), PUSH), AT, "push", key=f"test:{chat}")
            for chat in (HOA, STRANGER)
        ]
        await writer.run("test", lambda _: (SeatLinked(address, seat.id, AT, ""), *pushes))
        await writer.close()


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    """Read the file as it is, past the program."""
    with closing(sqlite3.connect(folder / "chihoi.db", timeout=10)) as reader:
        return reader.execute(statement).fetchall()


class Plain:
    """Who and which message a hash in the database stands for: strangers are kept under hashes only."""

    def __init__(self, folder: Path, ledger: Mapping[str, Any]) -> None:
        [(key,)] = rows(folder, "SELECT secret FROM house_keys WHERE name = 'veil'")
        messages = [update["message"] for update in ledger["updates"] if "message" in update]
        names = {str(message["chat"]["id"]) for message in messages}
        names |= {f"m:{message['chat']['id']}:{message['message_id']}" for message in messages}
        self._names = {veil(key, "telegram", name): name for name in names}

    def __call__(self, kept: str) -> str:
        """The platform's own name of what is kept as ``kept``."""
        return self._names.get(kept, kept)


def judge(folder: Path, ledger: Mapping[str, Any]) -> Verdict:
    """Compare the platform's ledger with the database."""
    verdict = Verdict()
    if rows(folder, "PRAGMA integrity_check") != [("ok",)]:
        verdict.lost.append("integrity_check")
    plain = Plain(folder, ledger)
    _judge_messages(folder, ledger, verdict, plain)
    _judge_outbox(folder, ledger, verdict, plain)
    _judge_report(folder, verdict)
    return verdict


def _judge_messages(folder: Path, ledger: Mapping[str, Any], verdict: Verdict, plain: Plain) -> None:
    """Every confirmed message is in the inbox once; none was put aside as not understood by a machine."""
    kept = Counter(plain(name) for (name,) in rows(folder, "SELECT message_id FROM inbox"))
    confirmed = set(ledger["confirmed"])
    for update in ledger["updates"]:
        message = update.get("message")
        if message is None or update["update_id"] not in confirmed:
            continue
        name = f"m:{message['chat']['id']}:{message['message_id']}"
        if kept[name] == 0:
            verdict.lost.append(f"message {name}")
    verdict.doubled += [f"message {name}" for name, count in kept.items() if count > 1]
    verdict.lost += [f"dead letter {name}" for (name,) in rows(folder, "SELECT message_id FROM dead_letters")]


def _judge_outbox(folder: Path, ledger: Mapping[str, Any], verdict: Verdict, plain: Plain) -> None:
    """Every message has its reply, every reply was seen, no push was seen twice."""
    seen = Counter((str(sent["chat"]), sent["text"]) for sent in ledger["sent"])
    made: Counter[tuple[str, str, str]] = Counter()
    query = "SELECT account, json_extract(outbound, '$.text'), priority, reply_to, state FROM outbox"
    answered: Counter[str] = Counter()
    for account, text, priority, reply_to, state in rows(folder, query):
        made[plain(account), text, priority] += 1
        answered[plain(reply_to or "")] += 1
        if priority != "push" and state != "sent":
            verdict.lost.append(f"reply to {plain(reply_to or '')}: {state}")
    for (account, text, priority), count in made.items():
        times = seen[account, text]
        if priority == "push" and times > count:
            verdict.doubled.append(f"push to {account}: {times} times")
        if priority != "push":
            verdict.repeated += max(0, times - count)
            if times < count:
                verdict.lost.append(f"reply to {account}, seen {times} of {count}: {text[:40]}")
    for (kept,) in rows(folder, "SELECT message_id FROM inbox"):
        name = plain(kept)
        if answered[name] != 1:
            (verdict.doubled if answered[name] else verdict.lost).append(
                f"{answered[name]} replies to {name}"
            )


def _judge_report(folder: Path, verdict: Verdict) -> None:
    """The report is the sample's, each answer once."""
    values: dict[str, Any] = {}
    for question, state, found in rows(folder, "SELECT question, state, field_values FROM answers"):
        values.update(json.loads(found))
        if state not in ("given", "unknown", "skipped", "not_applicable"):
            verdict.lost.append(f"answer {question}: {state}")
    photos = values.pop("MH33.2.anh", [])
    if values != VALUES:
        verdict.lost.append(f"answers {values}")
    if [(folder / "photos" / path).exists() for path in photos] != [True]:
        verdict.lost.append("the photo")
    if rows(folder, "SELECT status FROM submissions") != [("submitted",)]:
        verdict.lost.append("the report is not submitted")
    replaced = rows(folder, "SELECT count(*) FROM answer_history")[0][0]
    if replaced:
        verdict.doubled.append(f"{replaced} answers recorded again")
