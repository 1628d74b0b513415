"""How long ``chihoi run`` takes to be ready: ``python -m benchmarks.start ANSWERS FOLDER``, in seconds, from
starting the process to the first 200 of ``/readyz``, with so many answers in the database."""

import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.people import PLAN, copied
from bot.cli.loading.platform import FakePlatform
from bot.cli.loading.server import Server


async def measure(answers: int, work: Path) -> dict[str, float]:
    """Seconds to ready."""
    with copied(work / f"answers-{answers}") as folder:
        async with FakePlatform(lambda chat, text: None).serving("127.0.0.1", 0) as api:
            begun = time.perf_counter()
            server = Server(folder, PLAN, api)
            try:
                await server.ready()
                return {"seconds": time.perf_counter() - begun}
            finally:
                server.stop()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure(int(sys.argv[1]), Path(sys.argv[2])))))
