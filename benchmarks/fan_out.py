"""The sender with many pushes waiting: ``python -m benchmarks.fan_out PUSHES FOLDER``.

``chihoi run`` sends them over loopback HTTP to a platform that is none, as fast as a setting allows (1,000 a
second); some people of the 2,000 known write meanwhile and wait for their reply.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from benchmarks.people import FILE, PLAN, copied
from benchmarks.speed import at
from bot.cli.loading.evening import Evening, Plan
from bot.cli.loading.platform import FakePlatform
from bot.cli.loading.province import EVENING
from bot.cli.loading.server import MEMORY, PER_SECOND, PROCESSOR, SECRET, Server, metric
from storage.domain.effects import MessageQueued
from storage.domain.messages import Address, Outbound
from storage.migrations import open_database
from storage.writer.sqlite import SqliteWriter

#: The accounts the pushes go to, apart from everybody else's, and what they say.
PUSHED = 9_000_000
NEWS = "Mời chị dự sinh hoạt Chi hội lúc 14 giờ thứ Bảy tại nhà văn hóa xóm ạ."

#: Who writes meanwhile, within how many seconds.
WRITING, WITHIN = 100, 4.0


@dataclass
class Pushes:
    """When those came that came."""

    times: list[float] = field(default_factory=list)

    async def all(self, count: int) -> None:
        """Wait for the last."""
        while len(self.times) < count:
            await asyncio.sleep(0.01)


async def _queue(folder: Path, pushes: int) -> None:
    """The pushes wait in the outbox before the program starts."""
    at = EVENING.astimezone(UTC)
    queued = [
        MessageQueued(Outbound(Address("telegram", str(PUSHED + number)), NEWS), at, "push")
        for number in range(pushes)
    ]
    database = open_database(f"sqlite:///{folder / FILE}")
    writer = SqliteWriter(database)
    await writer.run("pushes", lambda _: queued)
    await writer.close()
    database.close()


async def measure(pushes: int, work: Path) -> dict[str, float]:
    """Pushes a second, processor time of each, how long replies waited meanwhile, memory of a waiting one."""
    evening, went = Evening(Plan(WRITING, 1, WITHIN, 1)), Pushes()

    def heard(chat: int, text: str) -> None:
        if chat >= PUSHED:
            went.times.append(time.perf_counter())
        else:
            evening.heard(chat, text)

    with copied(work / "people-2000") as folder:
        await _queue(folder, pushes)
        async with FakePlatform(heard).serving("127.0.0.1", 0) as api:
            server = Server(folder, PLAN, api, telegram_per_second=PER_SECOND, log_level="WARNING")
            try:
                await server.ready()
                busy = await metric(server.url, PROCESSOR) or 0.0
                already = len(went.times)
                told, _ = await asyncio.gather(evening.play(server.url, SECRET), went.all(pushes))
                busy = (await metric(server.url, PROCESSOR) or 0.0) - busy
                most = await metric(server.url, MEMORY) or 0.0
            finally:
                server.stop()
    assert len(went.times) == pushes, f"{len(went.times)} of {pushes} pushes"
    assert told.faultless, told
    waits = sorted(told.waits)
    return {
        "per_second": pushes / (went.times[-1] - went.times[0]),
        "cpu": busy / (pushes - already + WRITING) * 1e6,
        "reply_p50": at(waits, 0.5),
        "reply_most": waits[-1] * 1000,
        "megabytes": most / 1e6,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure(int(sys.argv[1]), Path(sys.argv[2])))))
