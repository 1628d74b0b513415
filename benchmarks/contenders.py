"""Who is measured beside whom. Each measurement is a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed import Speed
from bot.cli.loading.server import free_port

ROOT = Path(__file__).resolve().parent.parent

#: The environment of the rivals (Makefile).
RIVALS = ROOT / ".venv" / "bench" / "bin" / "python"

OURS, LIMIT = "Chi Hội", "bare SQLite, the same rows"
PTB, AIOGRAM, REDIS = "(a) PTB + SQLModel", "(b) aiogram + SQLite state", "(c) aiogram + Redis state"
HTTP = "Chi Hội over HTTP"


@dataclass(frozen=True)
class Contender:
    """A module that measures one design. ``few`` people write at one in flight, ``many`` at more, at least
    as many as are in flight: enough for some seconds."""

    name: str
    module: str
    few: int
    many: int
    more: tuple[str, ...] = ()

    @property
    def rival(self) -> bool:
        """Whether it runs in the rivals' environment."""
        return ".rivals." in self.module

    def once(self, width: int, known: int, work: Path) -> Speed:
        """One measurement: ``width`` in flight, of so many people ``known``."""
        writing = self.few if width == 1 else max(self.many, width)
        python = str(RIVALS) if self.rival else sys.executable
        given = [str(width), str(known), str(writing), str(work), *self.more]
        return Speed(**json.loads(subprocess.check_output([python, "-m", self.module, *given], cwd=ROOT)))


#: As many people as write at most; `benchmarks.written` records them.
MANY = 1000

TABLE = (
    Contender(OURS, "benchmarks.turns_chihoi", 100, MANY),
    Contender(LIMIT, "benchmarks.turns_sqlite", 100, MANY),
    Contender(PTB, "benchmarks.rivals.ptb_sqlmodel", 50, 200),
    Contender(AIOGRAM, "benchmarks.rivals.aiogram_sqlmodel", 30, 60, ("sqlite",)),
    Contender(REDIS, "benchmarks.rivals.aiogram_sqlmodel", 30, 100, ("redis",)),
)
OVER_HTTP = Contender(HTTP, "benchmarks.turns_http", 100, MANY)


def absent(contender: Contender) -> str:
    """Why a contender cannot be measured here; empty if it can."""
    if contender.rival and not RIVALS.exists():
        return "its packages are not installed (make bench installs them)"
    if contender.name == REDIS and "BENCH_REDIS" not in os.environ:
        return "redis-server is not installed"
    return ""


@contextmanager
def redis(folder: Path) -> Iterator[None]:
    """A Redis of our own, in memory only, at the URL in BENCH_REDIS; nothing where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        yield
        return
    port = free_port()
    settings = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    running = subprocess.Popen([program, *settings, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    os.environ["BENCH_REDIS"] = f"redis://127.0.0.1:{port}/0"
    time.sleep(0.5)
    try:
        yield
    finally:
        del os.environ["BENCH_REDIS"]
        running.terminate()
        running.wait()
