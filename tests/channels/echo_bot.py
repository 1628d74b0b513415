"""A bot in a process of its own, to be killed: ``python -m tests.channels.echo_bot API FOLDER``."""

import asyncio
import sys
from pathlib import Path

from bot.channels.telegram import Telegram
from bot.polling import Poller
from bot.sender import Sender
from scheduler.clock import SystemClock
from tests.channels.conftest import open_house
from tests.fakes.telegram import TOKEN


async def main(api: str, folder: Path) -> None:
    """Poll and send until killed."""
    async with open_house(folder, SystemClock()) as house:
        channel = Telegram(TOKEN, api, poll_seconds=5)
        sender = Sender(house.database, house.writer, [channel], house.clock)
        poller = Poller(channel, house.receiver(channel, sender.wake), first_pause=0.05)
        await asyncio.gather(poller.run(), sender.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
