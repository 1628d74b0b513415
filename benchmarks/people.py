"""Many people who give the sample report: the database they are in, their house, their messages.

``python -m benchmarks.people FOLDER HEADS`` makes a folder with the database, once for many measurements.
"""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from bot.app import House, build
from bot.cli.loading.province import EVENING, account_of, populate
from bot.cli.loading.script import SCRIPT, said, update
from bot.cli.loading.server import SECRET, TOKEN
from bot.settings import Settings
from scheduler.clock import ManualClock
from storage.migrations import open_database
from storage.writer.opening import writer_of

PLAN = Path(__file__).resolve().parent.parent / "plans" / "kh83-2024"

#: The name of the database in its folder.
FILE = "chihoi.db"


async def make(folder: Path, heads: int, url: str = "") -> None:
    """A database in which ``heads`` people have an account each and a report to give: a file in a new
    folder, or at ``url``."""
    if not url:
        folder.mkdir(parents=True)
    database = open_database(url or f"sqlite:///{folder / FILE}")
    writer = writer_of(database)
    await populate(writer, database, heads)
    await writer.close()
    database.close()


@contextmanager
def copied(people: Path) -> Iterator[Path]:
    """A folder with a copy of the database in the folder ``people``, for one measurement."""
    with TemporaryDirectory(dir=people.parent) as name:
        shutil.copy(people / FILE, name)
        yield Path(name)


@asynccontextmanager
async def house(folder: Path, url: str = "") -> AsyncIterator[House]:
    """The house on the database in ``folder`` (or at ``url``), as `chihoi run` builds it, with nothing
    running: neither clock nor sender. Its clock goes."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=url or f"sqlite:///{folder / FILE}",
        photos=folder / "photos",
        plan=PLAN,
        telegram_token=SecretStr(TOKEN),
        telegram_mode="webhook",
        telegram_webhook_secret=SecretStr(SECRET),
        public_url="https://bench.invalid",
    )
    built = build(settings, ManualClock(EVENING, running=True))
    yield built
    await built.receiver.close()
    await built.writer.close()
    for channel in built.channels.values():
        await channel.close()
    built.database.close()


def updates(known: int, writing: int, steps: int = len(SCRIPT)) -> list[list[bytes]]:
    """By person, her messages in order, of ``writing`` people spread over the ``known`` ones; a minute
    apart, update ids as Telegram would give them."""
    heads = range(0, known, known // writing)[:writing]
    return [
        [
            update(
                account_of(head),
                1 + step * writing + number,
                1 + step,
                said(text, head),
                EVENING + timedelta(minutes=step),
            )
            for step, text in enumerate(SCRIPT[:steps])
        ]
        for number, head in enumerate(heads)
    ]


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]), int(sys.argv[2])))
