"""A worker, a process of its own: takes messages from standard input to their commit, several at once.

A line in is JSON (account, message id, text); a line out is the id of a message that is committed.
"""

import asyncio
import json
import sys
from contextlib import closing

from handlers.turn import Turns
from scheduler.clock import ManualClock
from storage.database import Database
from storage.domain.messages import Address, Inbound
from storage.writer.opening import writer_of
from tests.kh83 import kh83
from tests.postgres.test_same import HOTLINES, START


async def work(url: str) -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    with closing(Database(url)) as database:
        writer, turns = writer_of(database), Turns(kh83(), ManualClock(START).now, HOTLINES)

        async def take(account: str, message_id: str, text: str) -> None:
            address = Address("web", account)
            await writer.run(str(address), turns(Inbound(address, message_id, START, text)))
            sys.stdout.write(f"{message_id}\n")
            sys.stdout.flush()

        async with asyncio.TaskGroup() as taking:
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                taking.create_task(take(*json.loads(line)))
        await writer.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
