"""Turns a second on PostgreSQL by one and by two processes: ``python -m benchmarks.bench_postgres [ROUNDS]``.

A server of our own that waits for the disk (``fsync``, ``synchronous_commit`` on), on this machine: it
shares the processors with the workers. Each worker takes its people's messages from Telegram's bytes to the
commit, `WIDTH` in flight. Medians of ROUNDS (3), the two taking turns.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.people import house, make, updates
from benchmarks.speed import run
from bot.cli.loading.script import SCRIPT
from tests.postgres_server import running_server

HEADS, WIDTH = 120, 16

_WORKER = (sys.executable, "-m", "benchmarks.bench_postgres", "worker")


async def work(worker: int, workers: int, folder: Path, url: str) -> float:
    """One process's share, begun when standard input says so; its 99th percentile in milliseconds."""
    async with house(folder, url) as here:
        telegram = here.channels["telegram"]

        async def take(raw: bytes) -> None:
            await here.receiver.take(telegram, here.receiver.open(telegram, msgspec.json.decode(raw)))

        share = updates(HEADS, HEADS)[worker::workers]
        print("ready", flush=True)
        sys.stdin.readline()
        return (await run(share, WIDTH, take)).p99


def once(url: str, workers: int) -> tuple[float, float]:
    """Messages a second of all processes together, and the worst of their 99th percentiles."""
    with TemporaryDirectory() as folder:
        asyncio.run(make(Path(folder), HEADS, url))
        started = [
            subprocess.Popen(
                [*_WORKER, str(worker), str(workers), folder, url],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for worker in range(workers)
        ]  # fmt: skip
        for each in started:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        for each in started:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        slowest = max(float(each.communicate()[0]) for each in started)
        return HEADS * len(SCRIPT) / (time.perf_counter() - begun), slowest


def main(rounds: int) -> None:
    """Both, side by side."""
    figures: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    with running_server(durable=True) as server:
        place = f"postgresql://chihoi@/postgres?host={server}"
        for number in range(rounds):
            for workers, found in figures.items():
                found.append(once(f"{place}&schema=round_{number}_{workers}", workers))
    print(f"{HEADS} people, {len(SCRIPT)} messages each, {WIDTH} in flight a process, load {os.getloadavg()}")
    for workers, found in figures.items():
        print(
            f"{workers} process(es): {_middle(found, 0):,.0f} turns a second, p99 {_middle(found, 1):,.0f} ms"
        )


def _middle(found: Sequence[tuple[float, float]], place: int) -> float:
    return statistics.median(each[place] for each in found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        print(asyncio.run(work(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
