"""One measurement of Chi Hội, a process of its own: ``python -m benchmarks.turns_chihoi WIDTH KNOWN
WRITING FOLDER``.

From Telegram's bytes to the commit of message, state, answer, history and reply, by the same two calls as
`bot.web.webhooks` and `bot.polling`. What is sent is taken from the outbox by other hands (25 a second on
Telegram), here by nobody.
"""

from pathlib import Path

import msgspec

from benchmarks.people import copied, house, updates
from benchmarks.speed import Speed, program, run
from bot.app import House


async def measure(width: int, known: int, writing: int, work: Path) -> Speed:
    """``writing`` of the ``known`` people through the script, ``width`` in flight."""
    with copied(work / f"people-{known}") as folder:
        async with house(folder) as here:
            telegram = here.channels["telegram"]

            async def take(raw: bytes) -> None:
                await here.receiver.take(telegram, here.receiver.open(telegram, msgspec.json.decode(raw)))

            messages = updates(known, writing)
            speed = await run(messages, width, take)
            check(here, writing, sum(map(len, messages)))
            return speed


def check(here: House, reports: int, messages: int) -> None:
    """Everything was kept, else the measurement is worth nothing."""
    wanted = {
        "SELECT count(*) FROM submissions WHERE status='submitted'": reports,
        "SELECT count(*) FROM inbox": messages,
        "SELECT count(*) FROM outbox WHERE priority='reply'": messages,
    }
    with here.database.reading() as reader:
        for question, right in wanted.items():
            found = reader.exec_driver_sql(question).scalar()
            assert found == right, f"{question}: {found}, not {right}"


if __name__ == "__main__":
    program(measure)
