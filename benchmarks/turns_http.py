"""End to end over loopback: ``chihoi run`` as a process of its own, ``WIDTH`` connections to its webhook.

``python -m benchmarks.turns_http WIDTH KNOWN WRITING FOLDER``. Each connection plays its people's messages
and waits for the 200, which comes after the commit; then the next. Replies go to a platform that is none, at
Telegram's pace.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.people import FILE, PLAN, copied, updates
from benchmarks.speed import Speed, program, run
from bot.cli.loading.evening import PATH, SECRET_HEADER
from bot.cli.loading.platform import FakePlatform
from bot.cli.loading.server import PROCESSOR, SECRET, Server, metric

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def play(url: str, width: int, people: list[list[bytes]]) -> Speed:
    """The platform's side."""
    host, _, port = url.removeprefix("http://").partition(":")
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(width):
        free.put_nowait(await asyncio.open_connection(host, int(port)))
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"{SECRET_HEADER}: {SECRET}\r\nContent-Length: "
    ).encode()

    async def take(raw: bytes) -> None:
        reader, writer = await free.get()
        writer.write(b"%s%d\r\n\r\n%s" % (head, len(raw), raw))
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        await reader.readexactly(_length(answer))
        free.put_nowait((reader, writer))

    speed = await run(people, width, take)
    while not free.empty():
        free.get_nowait()[1].close()
    return speed


def _length(head: bytes) -> int:
    """The length of an answer's body."""
    lines = head.lower().split(b"\r\n")
    return next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)


async def measure(width: int, known: int, writing: int, work: Path) -> Speed:
    """Serve, play, count what was kept."""
    with copied(work / f"people-{known}") as folder:
        async with FakePlatform(lambda chat, text: None).serving("127.0.0.1", 0) as api:
            server = Server(folder, PLAN, api, log_level="WARNING")
            try:
                await server.ready()
                messages = updates(known, writing)
                before = await metric(server.url, PROCESSOR) or 0.0
                speed = await play(server.url, width, messages)
                busy = (await metric(server.url, PROCESSOR) or 0.0) - before
            finally:
                server.stop()
        with closing(sqlite3.connect(folder / FILE)) as database:
            (kept,) = database.execute("SELECT count(*) FROM inbox").fetchone()
        sent = sum(map(len, messages))
        assert kept == sent, f"{kept} of {sent} messages"
        return Speed(speed.per_second, speed.p50, speed.p99, busy / sent * 1e6)


if __name__ == "__main__":
    program(measure)
