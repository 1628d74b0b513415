"""What idle conversations cost: ``python -m benchmarks.memory CONVERSATIONS FOLDER``, in megabytes.

Resident memory above that of the same house before anybody wrote. Idle: each head has had her greeting and
has said nothing since.
"""

import asyncio
import gc
import json
import resource
import sys
from pathlib import Path

import msgspec

from benchmarks.people import copied, house, updates
from benchmarks.speed import run

#: Messages in flight while the conversations begin.
WIDTH = 256


def resident() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def measure(conversations: int, work: Path) -> dict[str, float]:
    """Megabytes of so many conversations once each has begun."""
    with copied(work / f"people-{conversations}") as folder:
        messages = updates(conversations, conversations, steps=1)
        async with house(folder) as here:
            telegram = here.channels["telegram"]

            async def take(raw: bytes) -> None:
                await here.receiver.take(telegram, here.receiver.open(telegram, msgspec.json.decode(raw)))

            gc.collect()
            empty = resident()
            await run(messages, WIDTH, take)
            gc.collect()
            return {"megabytes": (resident() - empty) / 1e6}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure(int(sys.argv[1]), Path(sys.argv[2])))))
