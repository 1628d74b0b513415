"""So many messages in flight, each person's in order: how many a second, and how long each takes."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

Take = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Speed:
    """Messages a second; the milliseconds from bytes to done, the middle and the slowest hundredth; the
    microseconds of processor a message took, all threads together (not the kernel's writing to disk)."""

    per_second: float
    p50: float
    p99: float
    cpu: float = 0.0


async def run(people: Sequence[Sequence[bytes]], width: int, take: Take) -> Speed:
    """Play all messages, ``width`` in flight: everybody's first, then everybody's second, and so on."""
    lanes = [people[lane::width] for lane in range(min(width, len(people)))]
    times: list[float] = []
    start, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_lane(lane, take, times) for lane in lanes))
    took, busy = time.perf_counter() - start, time.process_time() - busy
    return speed_of(times, took, busy)


async def _lane(people: Sequence[Sequence[bytes]], take: Take, times: list[float]) -> None:
    for message in range(len(people[0]) if people else 0):
        for person in people:
            begun = time.perf_counter()
            await take(person[message])
            times.append(time.perf_counter() - begun)


def speed_of(times: Sequence[float], took: float, busy: float) -> Speed:
    """The speed of messages that took ``times``; ``took`` all together, ``busy`` of the processor (all
    in seconds)."""
    ordered = sorted(times)
    return Speed(len(times) / took, at(ordered, 0.5), at(ordered, 0.99), busy / len(times) * 1e6)


def at(ordered: Sequence[float], part: float) -> float:
    """The milliseconds below which ``part`` of the ``ordered`` seconds lie."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def median(speeds: Sequence[Speed]) -> Speed:
    """The median of each figure."""
    return Speed(
        *(statistics.median(getattr(speed, each.name) for speed in speeds) for each in fields(Speed))
    )


def program(measure: Callable[..., Coroutine[Any, Any, Speed]]) -> None:
    """The command line of one measurement, ``WIDTH KNOWN WRITING FOLDER`` and whatever else ``measure``
    takes; its speed goes to stdout as JSON."""
    width, known, writing = map(int, sys.argv[1:4])
    speed = asyncio.run(measure(width, known, writing, Path(sys.argv[4]), *sys.argv[5:]))
    sys.stdout.write(json.dumps(asdict(speed)))
