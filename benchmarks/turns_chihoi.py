"""One measurement of Chi Hội, a process of its own: ``python -m benchmarks.turns_chihoi WIDTH PEOPLE``.

From Telegram's bytes to the commit of message, state, answer, history and reply, as `bot.web.webhooks`
and `bot.polling` do it. What is sent is taken from the outbox by other hands (25 a second on Telegram).
"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.load import Speed, run
from benchmarks.people import SCRIPT, house, updates


async def measure(width: int, heads: int, steps: int = len(SCRIPT)) -> Speed:
    """All people through the script, ``width`` in flight."""
    with TemporaryDirectory() as folder:
        async with house(Path(folder), heads) as here:

            async def take(raw: bytes) -> None:
                update = here.receiver.open(here.telegram, msgspec.json.decode(raw))
                await here.receiver.take(here.telegram, update)

            speed = await run(updates(heads, SCRIPT[:steps]), width, take)
            _check(here.database, heads * steps)
            return speed


def _check(database: object, expected: int) -> None:
    with database.reading() as reader:  # type: ignore[attr-defined]
        submitted = reader.exec_driver_sql(
            "SELECT count(*) FROM submissions WHERE status='submitted'"
        ).scalar()
        assert submitted == (expected // len(SCRIPT) if expected % len(SCRIPT) == 0 else submitted)
        for table in ("inbox", "outbox"):
            found = reader.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()  # noqa: S608
            assert found == expected, f"{table}: {found} of {expected}"


if __name__ == "__main__":
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else len(SCRIPT)
    print(json.dumps(asdict(asyncio.run(measure(int(sys.argv[1]), int(sys.argv[2]), steps)))))
