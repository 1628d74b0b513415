"""The limit below everything: the same rows with the sqlite3 module alone, ``WIDTH`` turns a commit.

``python -m benchmarks.turns_sqlite WIDTH KNOWN WRITING FOLDER``: the rows are those that Chi Hội's own turns
wrote (`benchmarks.written`), as many rows a statement as are alike; tables, indexes, triggers and pragmas
are the house's. Nothing is read, decided or said.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.people import FILE, copied
from benchmarks.speed import Speed, program, speed_of
from benchmarks.written import Row, written
from bot.cli.loading.script import SCRIPT

Statements = Sequence[tuple[str, list[tuple[Any, ...]]]]


def gathered(turns: Sequence[Sequence[Row]]) -> Statements:
    """The rows of a group of turns by statement."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for turn in turns:
        for statement, values in turn:
            found.setdefault(statement, []).append(values)
    return list(found.items())


def by_step(turns: Sequence[Sequence[Row]]) -> Iterator[Sequence[Sequence[Row]]]:
    """The turns of each step of the script; all who wrote took it one after the other."""
    writers = len(turns) // len(SCRIPT)
    return (turns[at : at + writers] for at in range(0, len(turns), writers))


async def measure(width: int, known: int, writing: int, work: Path) -> Speed:
    """Everybody's turns, ``width`` a commit; the rows are made before the clock starts."""
    turns = [turn for step in by_step(written(known, work)) for turn in step[:writing]]
    groups = [gathered(turns[at : at + width]) for at in range(0, len(turns), width)]
    with copied(work / f"people-{known}") as folder, closing(_opened(folder / FILE)) as database:
        times: list[float] = []
        start, busy = time.perf_counter(), time.process_time()
        for group in groups:
            begun = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            database.execute("PRAGMA defer_foreign_keys=ON")  # the order within a group is ours
            for statement, values in group:
                database.executemany(statement, values)
            database.execute("COMMIT")
            times.append(time.perf_counter() - begun)
        took, busy = time.perf_counter() - start, time.process_time() - busy
        (kept,) = database.execute("SELECT count(*) FROM inbox").fetchone()
        assert kept == len(turns), f"{kept} of {len(turns)} turns"
        speed = speed_of(times, took, busy)
        return Speed(len(turns) / took, speed.p50, speed.p99, busy / len(turns) * 1e6)


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-16384",
    ):  # fmt: skip
        database.execute(f"PRAGMA {pragma}")
    return database


if __name__ == "__main__":
    program(measure)
