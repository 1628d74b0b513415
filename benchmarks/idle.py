"""What rest costs: memory of many idle conversations, and the time to be ready with many answers kept.

``python -m benchmarks.idle memory 100000`` or ``python -m benchmarks.idle start 1000000``, each a process
of its own. Memory is resident, above that of the house before anybody wrote. Idle: each head has had her
greeting and said nothing since; her state lies in the database, and on the writer's desk as far as it
keeps it.
"""

import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.people import FIRST, House, house, update
from benchmarks.turns_sqlite import AT, populate
from storage.migrations import upgrade
from tests.faults.program import Program

QUESTIONS = 10


def _resident() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def fill(heads: int, folder: str) -> dict[str, float]:
    """The people, put in by a process of their own, so that its memory is not counted."""
    async with house(Path(folder), heads):
        return {"heads": heads}


async def memory(heads: int) -> dict[str, float]:
    """Megabytes ``heads`` conversations take once each has begun."""
    with TemporaryDirectory() as folder:
        measured("fill", heads, folder)
        async with house(Path(folder), heads, people_there=True) as here:
            empty = _resident()
            for at in range(0, heads, 256):
                await asyncio.gather(*(_greeted(here, head) for head in range(at, min(at + 256, heads))))
            return {"conversations": heads, "megabytes": (_resident() - empty) / 1e6}


async def _greeted(here: House, head: int) -> None:
    raw = update(FIRST + head, 1 + head, "bắt đầu")
    await here.receiver.take(here.telegram, here.receiver.open(here.telegram, msgspec.json.decode(raw)))


def _answers(seats: int) -> Iterator[tuple[object, ...]]:
    for seat in range(1, seats + 1):
        for question in range(QUESTIONS):
            yield (
                seat,
                f"q{question}",
                json.dumps({f"q{question}": seat % 50}),
                AT,
                f"{seat}-{question}",
                seat,
            )


def start(answers: int) -> dict[str, float]:
    """Seconds from starting the program to the first 200 of /readyz, ``answers`` in the database."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chihoi.db"
        upgrade(f"sqlite:///{path}")
        database = sqlite3.connect(path, isolation_level=None)
        populate(database, answers // QUESTIONS)
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO answers (submission_id,question,state,field_values,raw,approximate,at,channel,"
            "message_id,person_id) VALUES (?,?,'given',?,'41',0,?,'telegram',?,?)",
            _answers(answers // QUESTIONS),
        )
        database.execute("COMMIT")
        database.close()
        return {"answers": answers, "seconds": _until_ready(Path(folder))}


def _until_ready(folder: Path) -> float:
    begun = time.perf_counter()
    program = Program(folder, phone_page="true")
    try:
        while not program.ready():
            time.sleep(0.01)
        return time.perf_counter() - begun
    finally:
        program.kill()


def measured(what: str, how_many: int, *more: str) -> dict[str, float]:
    """One of these in a process of its own."""
    said = subprocess.check_output([sys.executable, "-m", "benchmarks.idle", what, str(how_many), *more])
    figures: dict[str, float] = json.loads(said)
    return figures


if __name__ == "__main__":
    count = int(sys.argv[2])
    if sys.argv[1] == "start":
        told = start(count)
    else:
        told = asyncio.run(memory(count) if sys.argv[1] == "memory" else fill(count, sys.argv[3]))
    sys.stdout.write(json.dumps(told))
