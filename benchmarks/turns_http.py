"""End to end over loopback: the aiohttp webhook in one process, ``WIDTH`` connections in another.

``python -m benchmarks.turns_http WIDTH PEOPLE``. Each connection plays its people's messages and waits for
the 200, which comes after the commit; then the next.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import Speed, run
from benchmarks.people import NOW, house, updates
from bot.channels.telegram import SECRET_HEADER, Telegram
from bot.web.server import make_app, serve
from bot.web.webhooks import in_turn, webhook

SECRET = "bench-secret"  # noqa: S105


async def play(port: int, width: int, heads: int) -> Speed:
    """The platform's side."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(width):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    head = (
        f"POST {Telegram.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{SECRET_HEADER}: {SECRET}\r\nContent-Length: "
    ).encode()

    async def take(raw: bytes) -> None:
        reader, writer = await free.get()
        writer.write(b"%s%d\r\n\r\n%s" % (head, len(raw), raw))
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        free.put_nowait((reader, writer))

    return await run(updates(heads), width, take)


async def measure(width: int, heads: int) -> Speed:
    """The house's side: serve, have the other process play, count what was kept."""
    with TemporaryDirectory() as folder:
        async with house(Path(folder), heads) as here:
            here.telegram.secret = SECRET
            app = make_app(webhook(here.telegram, in_turn(here.telegram, here.receiver), lambda: NOW))
            runner = await serve(app, "127.0.0.1", 0)
            port = runner.addresses[0][1]
            busy = time.process_time()
            player = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.turns_http", str(width), str(heads), str(port),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            said, _ = await player.communicate()
            busy = time.process_time() - busy
            await runner.cleanup()
            speed = json.loads(said)
            with here.database.reading() as reader:
                kept = reader.exec_driver_sql("SELECT count(*) FROM inbox").scalar() or 0
            assert kept == sum(map(len, updates(heads)))
            return Speed(**{**speed, "cpu": busy / kept * 1e6})


if __name__ == "__main__":
    width, heads = int(sys.argv[1]), int(sys.argv[2])
    figures = play(int(sys.argv[3]), width, heads) if len(sys.argv) > 3 else measure(width, heads)
    sys.stdout.write(json.dumps(asdict(asyncio.run(figures))))
