"""So many messages in flight, each person's in order: how many a second, and how long each takes."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

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
    times.sort()
    return Speed(len(times) / took, _at(times, 0.5), _at(times, 0.99), busy / len(times) * 1e6)


async def _lane(people: Sequence[Sequence[bytes]], take: Take, times: list[float]) -> None:
    for message in range(len(people[0]) if people else 0):
        for person in people:
            begun = time.perf_counter()
            await take(person[message])
            times.append(time.perf_counter() - begun)


def _at(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def median(speeds: Sequence[Speed]) -> Speed:
    """The median of each figure."""
    return Speed(
        statistics.median(speed.per_second for speed in speeds),
        statistics.median(speed.p50 for speed in speeds),
        statistics.median(speed.p99 for speed in speeds),
        statistics.median(speed.cpu for speed in speeds),
    )
