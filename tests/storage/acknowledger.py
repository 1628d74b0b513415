"""Run as a process by test_writer: takes messages without end and prints each id once it is committed."""

import asyncio
import sys
from collections.abc import Sequence

from storage.domain.effects import Effect, MessageQueued, MessageReceived
from storage.domain.messages import Address, Inbound, Outbound
from storage.migrations import open_database
from storage.writer import Reader
from storage.writer.sqlite import SqliteWriter
from tests.storage.conftest import NOW


async def chat(writer: SqliteWriter, account: str) -> None:
    """One person who writes as fast as she is answered."""
    address = Address("web", account)
    number = 0
    while True:
        number += 1
        name = f"{account}-{number}"

        def decide(reader: Reader, name: str = name) -> Sequence[Effect]:
            inbound = Inbound(address, name, NOW, "có")
            return [MessageReceived(inbound, "có"), MessageQueued(Outbound(address, "Dạ"), NOW)]

        await writer.run(str(address), decide)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


async def main(url: str) -> None:
    """Eight people at once."""
    writer = SqliteWriter(open_database(url))
    await asyncio.gather(*(chat(writer, f"p{number}") for number in range(8)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
