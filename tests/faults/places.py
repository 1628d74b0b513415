"""The fault matrix: what goes wrong, where, and a whole check-in (or command) through it.

Each case is a function that yields one `Verdict` a run; `tests.faults.matrix` runs them all and writes the
table of docs/reliability.md, `test_matrix` runs a short slice. The pattern is SQLite's own: fail the N-th
operation for N = 1, 2, 3 ... until a run passes (sqlite.org/testing, anomaly tests).
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command

from storage import backup
from storage.database import known_revisions
from storage.migrations import config_for
from storage.sealing import new_key
from storage.sqlite_file import SqliteFile
from tests.fakes.telegram import FakeTelegram
from tests.faults.scene import STRANGER, SYNCS, WRITES, Scene, Verdict, happened, injected, rows
from tests.faults.test_restart import HOA
from tests.kh83 import PLAN_FOLDER, ROOT

#: Debian's path; libfaketime is preloaded instead of its wrapper, so that the clock can jump meanwhile.
FAKETIME = f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketime.so.1"

#: 14 March 2024, 19:42 in Vietnam.
EVENING = 1_710_420_120

#: ``FAULTS_STEP=3 make faults`` bends every third N only, for when there is no hour to spare.
STEP = int(os.environ.get("FAULTS_STEP", "1"))

Runs = Iterator[Verdict]


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    fault: str
    place: str
    run: Callable[[Path, FakeTelegram], Runs]


# --- the N-th call of the program


def every(calls: str, what: str, step: int = 1, first: int = 1) -> Callable[[Path, FakeTelegram], Runs]:
    """Bend the N-th call for N = first, first + step ... until a whole check-in passes unbent."""

    def run(folder: Path, telegram: FakeTelegram) -> Runs:
        number = first
        while True:
            verdict, bent = nth(folder, telegram, calls, what, number)
            yield verdict
            if not bent:
                return
            number += step * STEP

    return run


def nth(folder: Path, telegram: FakeTelegram, calls: str, what: str, number: int) -> tuple[Verdict, bool]:
    """One check-in with the N-th call bent; whether that call came."""
    telegram.reset()
    here = folder / f"n{number}"
    here.mkdir()
    log = here / "strace.txt"
    when = what.replace("{n}", str(number)).replace("{m}", str(number + 5))
    verdict = Scene(here, telegram, injected(calls, when, log)).play()
    return verdict, happened(log)


# --- signals


def killed_anywhere(folder: Path, telegram: FakeTelegram) -> Runs:
    """SIGKILL a moment after each message was sent, each run at another moment."""
    for run in range(6):
        telegram.reset()
        yield Scene(folder / str(run), telegram).play(_kill_after(0.02 + 0.11 * run))


def _kill_after(seconds: float) -> Callable[[Scene, int], None]:
    def hook(scene: Scene, number: int) -> None:
        """The message before was answered; of this one the program gets a part of the way."""
        if scene.program is not None and number % 2:
            scene.keep_alive()
            scene.telegram.wait(calls_getUpdates=1)
            time.sleep(seconds)  # another process is somewhere in its work then
            scene.program.kill()

    return hook


def terminated(folder: Path, telegram: FakeTelegram) -> Runs:
    """SIGTERM before each message: it ends by itself, with 0, within 10 s."""
    telegram.reset()

    def hook(scene: Scene, number: int) -> None:
        if scene.program is not None:
            assert scene.program.stop(10.0) == 0, "SIGTERM did not end it in order"

    yield Scene(folder / "term", telegram).play(hook)


# --- the platform


def scripted(method: str, action: str, times: int = 1, chat: int | None = HOA, **details: Any) -> Any:
    """Something the platform does to one call in every third message's time."""

    def run(folder: Path, telegram: FakeTelegram) -> Runs:
        telegram.reset()

        def hook(scene: Scene, number: int) -> None:
            if number % 3 == 1:
                where = {"chat": chat} if chat is not None and method == "sendMessage" else {}
                telegram.script(method, action, times=times, **where, **details)

        yield Scene(folder / f"{method}-{action}-{details.get('code', '')}", telegram).play(hook)

    return run


def photo_refused(folder: Path, telegram: FakeTelegram) -> Runs:
    """The photo cannot be fetched twice; the third time (the last) it can."""
    telegram.reset()

    def hook(scene: Scene, number: int) -> None:
        if number == 8:
            telegram.script("getFile", "error", times=2, **BROKEN)

    yield Scene(folder / "photo", telegram).play(hook)


def blocked(folder: Path, telegram: FakeTelegram) -> Runs:
    """The stranger's chat refuses everything; Hoa's goes on."""
    telegram.reset()
    scene = Scene(folder / "403", telegram)
    forbidden = "Forbidden: bot was blocked by the user"
    telegram.script("sendMessage", "error", chat=STRANGER, code=403, description=forbidden, times=99)
    verdict = scene.play()
    # What the stranger was not told is no loss: she left.
    verdict.lost = [
        each
        for each in verdict.lost
        if not each.startswith((f"reply to m:{STRANGER}:", f"reply to {STRANGER},"))
    ]
    yield verdict


def repeated(folder: Path, telegram: FakeTelegram) -> Runs:
    """Every message comes twice, and the ones before come again out of order."""
    telegram.reset()
    made: list[int] = []

    def hook(scene: Scene, number: int) -> None:
        mine = [each["update_id"] for each in telegram.ledger()["updates"] if each["update_id"] not in made]
        made.extend(mine)
        for update in reversed(made[-4:]):
            telegram.push(HOA, "again", update=update)
        made.extend(
            each["update_id"] for each in telegram.ledger()["updates"] if each["update_id"] not in made
        )

    yield Scene(folder / "again", telegram).play(hook)


def day_old(folder: Path, telegram: FakeTelegram) -> Runs:
    """The platform kept everything for a day (the program was down)."""
    telegram.reset()
    scene = Scene(folder / "old", telegram)
    yesterday = int(time.time()) - 86_000  # noqa: TID251 - a platform has its own clock
    say = scene.say

    def old(text: str | None) -> int:
        return say(text) if text is None else telegram.says(HOA, text, date=yesterday)

    scene.say = old  # type: ignore[method-assign]
    yield scene.play()


# --- clock, instances


def clock_jumps(folder: Path, telegram: FakeTelegram) -> Runs:
    """The machine's clock jumps a day ahead, then back by two, in the middle of the conversation."""
    telegram.reset()
    here = folder / "clock"
    here.mkdir()
    offset = here / "offset.txt"
    base = EVENING - int(time.time())  # noqa: TID251 - the real clock is what is bent
    offset.write_text(f"{base:+d}")
    environment = {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    def hook(scene: Scene, number: int) -> None:
        jump = {3: 86_400, 6: -86_400}.get(number)
        if jump is not None:
            offset.write_text(f"{base + jump:+d}")

    yield Scene(here, telegram, environment=environment, rehearse_at="").play(hook)


def two_instances(folder: Path, telegram: FakeTelegram) -> Runs:
    """A second program is started on the same database in the middle: it is refused, the first goes on."""
    telegram.reset()

    def hook(scene: Scene, number: int) -> None:
        if number == 4:
            second_program(scene)

    yield Scene(folder / "two", telegram).play(hook)


def second_program(scene: Scene) -> None:
    """Start one beside the scene's; it must refuse."""
    assert scene.program is not None
    given = {f"CHIHOI_{name}": value for name, value in scene.program.settings.items()}
    second = _command((), {**os.environ, **given, "HERE": str(ROOT)}, "run")
    assert second.returncode == 2, second.stderr
    assert "trợ lý đang chạy" in second.stderr, second.stderr


# --- commands


def backups(what: str, calls: str = SYNCS) -> Callable[[Path, FakeTelegram], Runs]:
    """`chihoi backup` with its N-th call bent: whatever has a backup's name opens, and the next works."""

    def run(folder: Path, telegram: FakeTelegram) -> Runs:
        here = folder / "backup"
        here.mkdir()
        public, private = new_key()
        _old_database(here / "chihoi.db", known_revisions()[-1])
        environment = _command_environment(here, public)
        number, bent = 0, True
        while bent:
            number += STEP
            log = here / f"strace{number}.txt"
            _command(injected(calls, what.replace("{n}", str(number)), log), environment, "backup")
            bent = happened(log)
            yield _opens(here, private)
        assert _command((), environment, "backup").returncode == 0

    return run


def _opens(here: Path, private: str) -> Verdict:
    verdict = Verdict()
    for made in backup.backups_in(here / "backups"):
        contents = backup.open_backup(made, private, here / "drill.db")
        if contents.rows["rounds"] != 1:
            verdict.lost.append(made.name)
    if rows(here, "PRAGMA integrity_check") != [("ok",)]:
        verdict.lost.append("the database itself")
    return verdict


def migrations(what: str, calls: str = SYNCS) -> Callable[[Path, FakeTelegram], Runs]:
    """`chihoi init` on a database of the first revision with its N-th call bent: it is whole, of the old
    or of the new revision, and the next time brings it to the new one with everything in it."""

    def run(folder: Path, telegram: FakeTelegram) -> Runs:
        number, bent = 0, True
        while bent:
            number += STEP
            here = folder / f"migrate{number}"
            here.mkdir()
            _old_database(here / "chihoi.db", "v0001")
            environment = _command_environment(here, "")
            log = here / "strace.txt"
            _command(injected(calls, what.replace("{n}", str(number)), log), environment, "init")
            bent = happened(log)
            verdict = Verdict()
            if rows(here, "PRAGMA integrity_check") != [("ok",)]:
                verdict.lost.append("integrity_check")
            again = _command((), environment, "init")
            found = rows(here, "SELECT pack, version_num FROM rounds, alembic_version")
            if again.returncode != 0 or found != [("CH-T", known_revisions()[-1])]:
                verdict.lost.append(f"{again.stderr} {found}")
            yield verdict

    return run


def exports(folder: Path, telegram: FakeTelegram) -> Runs:
    """`chihoi answers export` on a full disk: no file with the name asked for, or a whole one."""
    here = folder / "export"
    here.mkdir()
    _old_database(here / "chihoi.db", known_revisions()[-1])
    environment = _command_environment(here, "")
    words = ("answers", "export", "--round", "CH-T:2024-03", "--format", "csv", "--out", "out.csv")
    for error in ("ENOSPC", "EIO"):
        bent = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", str(here / ".out.csv.partial"))
        fault = ("-e", "trace=write", "-e", f"inject=write:error={error}")
        done = _command((*bent, *fault), environment, *words)
        verdict = Verdict()
        if done.returncode == 0 or (here / "out.csv").exists():
            verdict.lost.append(f"half a file was given out after {error}")
        yield verdict
    assert _command((), environment, *words).returncode == 0


def _old_database(path: Path, revision: str) -> None:
    engine = SqliteFile(path).engine(writing=True)
    with engine.begin() as connection:
        command.upgrade(config_for(connection), revision)
    engine.dispose()
    with closing(sqlite3.connect(path)) as writer, writer:
        opens = "2024-03-12 00:00:00"
        values = ("CH-T", "2024-03", opens, opens)
        writer.execute("INSERT INTO rounds (pack, period, opens_at, due_at) VALUES (?, ?, ?, ?)", values)


def _command_environment(here: Path, recipient: str) -> Mapping[str, str]:
    given = {
        "CHIHOI_DATABASE_URL": f"sqlite:///{here / 'chihoi.db'}",
        "CHIHOI_PLAN": str(PLAN_FOLDER),
        "CHIHOI_PHOTOS": str(here / "photos"),
        "CHIHOI_BACKUP_FOLDER": str(here / "backups"),
        "CHIHOI_BACKUP_RECIPIENT": recipient,
        "PYTHONPATH": str(ROOT),
        "HERE": str(here),
    }
    return {**os.environ, **given}


def _command(
    wrapper: Sequence[str], environment: Mapping[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    """One command of the program, in its own folder."""
    return subprocess.run(
        [*wrapper, sys.executable, "-m", "bot", *words],
        cwd=environment["HERE"], env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


EVERYWHERE = "receive, understand, store, answer, outbox, schedule"
RETRY: dict[str, Any] = {
    "code": 429,
    "description": "Too Many Requests: retry after 1",
    "parameters": {"retry_after": 1},
}
BROKEN: dict[str, Any] = {"code": 500, "description": "Internal Server Error: restart"}

CASES: tuple[Case, ...] = (
    Case("SIGKILL inside the N-th fsync, every N", EVERYWHERE, every(SYNCS, "signal=KILL:when={n}")),
    Case("I/O error of the N-th fsync, every 2nd N", EVERYWHERE, every(SYNCS, "error=EIO:when={n}", 2)),
    Case("disk full for 6 writes from the N-th, N = 5, 20 ...", EVERYWHERE,
         every(WRITES, "error=ENOSPC:when={n}..{m}", 15, 5)),
    Case("SIGKILL at six moments after a message", EVERYWHERE, killed_anywhere),
    Case("SIGTERM before every message", EVERYWHERE, terminated),
    Case("connection cut before the call", "answer, outbox", scripted("sendMessage", "drop_before")),
    Case("connection cut after delivery", "answer, outbox", scripted("sendMessage", "drop_after")),
    Case("timeout after delivery", "answer, outbox",
         scripted("sendMessage", "delay_after", parameters={"wait": 22})),
    Case("429 with retry_after", "answer, outbox", scripted("sendMessage", "error", **RETRY)),
    Case("500", "answer, outbox", scripted("sendMessage", "error", **BROKEN)),
    Case("403 in another chat", "answer, outbox", blocked),
    Case("connection cut before the call", "receive", scripted("getUpdates", "drop_before")),
    Case("connection cut with the updates in it", "receive", scripted("getUpdates", "drop_after")),
    Case("500", "receive", scripted("getUpdates", "error", **BROKEN)),
    Case("429 with retry_after", "receive", scripted("getUpdates", "error", **RETRY)),
    Case("500, twice, of the photo", "receive", photo_refused),
    Case("every message again, out of order", "receive, understand, store", repeated),
    Case("updates a day old", "receive, understand, store", day_old),
    Case("clock a day ahead, then two back", EVERYWHERE, clock_jumps),
    Case("a second program on the same database", EVERYWHERE, two_instances),
    Case("SIGKILL inside the N-th fsync, every N", "back up", backups("signal=KILL:when={n}")),
    Case("I/O error of the N-th fsync, every N", "back up", backups("error=EIO:when={n}")),
    Case("SIGKILL inside the N-th fsync, every N", "migrate", migrations("signal=KILL:when={n}")),
    Case("I/O error of the N-th fsync, every N", "migrate", migrations("error=EIO:when={n}")),
    Case("disk full, I/O error", "export", exports),
)  # fmt: skip
