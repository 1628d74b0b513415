"""Many people who give the sample report: their house, and their messages as Telegram's bytes."""

import json
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.channels.telegram import Telegram
from bot.photos import Photos
from bot.receive import Receiver
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from storage.database import Database
from storage.domain.effects import RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan.model import Plan
from storage.plan_files import load_plan
from storage.queries import people
from storage.writer import Writer
from storage.writer.opening import writer_of

PLAN = Path(__file__).resolve().parent.parent / "plans" / "kh83-2024"
NOW = datetime(2024, 3, 14, 19, 42, tzinfo=VIETNAM)
SINCE = datetime(2024, 3, 1, tzinfo=UTC)
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}

#: What a head writes from her first word to "Xong rồi ạ!": the sample conversation (domain guide 8.3) with
#: the photo passed over. Numbers and words in braces differ from person to person.
SCRIPT = (
    "bắt đầu", "ok e", "r, hôm mùng {day}", "{present}", "{joined} chị, 1 chị chuyển đi", "ko", "0",
    "đường xóm {head} mưa là ngập, mong xã cho đổ bê tông", "bỏ qua", "1",
)  # fmt: skip


def said(text: str, head: int) -> str:
    """A message of the script in one person's words."""
    return text.format(day=1 + head % 12, present=20 + head * 7 % 40, joined=1 + head % 5, head=head)


#: The first account's number; a Telegram account is a number.
FIRST = 5_000_000

#: Branches a commune has.
IN_COMMUNE = 20


@dataclass
class House:
    """What a turn goes through, from Telegram's bytes to the commit."""

    database: Database
    writer: Writer
    receiver: Receiver
    telegram: Telegram
    plan: Plan


def tree(heads: int) -> Iterator[UnitRecord]:
    """A province of so many branches, each with a head and its members known."""
    since = date(2021, 1, 1)

    def unit(code: str, kind: Any, parent: str | None, head: str, **figures: int) -> UnitRecord:
        return UnitRecord(code, f"Đơn vị {code}", kind, "", parent, since, None, figures, head, "chị")

    yield unit("36", "TI", None, "Trần Thị Mai")
    for commune in range(-(-heads // IN_COMMUNE)):
        yield unit(f"{commune:05}", "XA", "36", "Phạm Thị Lan")
    for number in range(heads):
        parent = f"{number // IN_COMMUNE:05}"
        yield unit(f"{parent}-{number % IN_COMMUNE:02}", "CH", parent, f"Nguyễn Thị Hoa {number}", members=62)


@asynccontextmanager
async def house(folder: Path, heads: int, people_there: bool = False) -> AsyncIterator[House]:
    """A house in which ``heads`` people have an open report and an account each; ``people_there``: an
    earlier process has put them into the database: the folder's, or the one BENCH_DATABASE_URL names."""
    plan = load_plan(PLAN)
    database = open_database(os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder / 'house.db'}"))
    writer = writer_of(database)
    if not people_there:
        await populate(writer, database, heads)
    clock = ManualClock(NOW)
    telegram = Telegram("1:bench")
    receiver = Receiver(
        writer, Turns(plan, clock.now, HOTLINES), Photos(folder / "photos"), {"telegram": telegram}, clock
    )
    yield House(database, writer, receiver, telegram, plan)
    await receiver.close()
    await writer.close()
    await telegram.close()
    database.close()


async def populate(writer: Writer, database: Database, heads: int) -> None:
    """The tree, its accounts, and the month's round."""
    records = tuple(tree(heads))
    await writer.run("setup", lambda _: (UnitsImported(records, SINCE),))
    opened = RoundOpened(
        "CH-T", "2024-03", datetime(2024, 3, 12, tzinfo=UTC), datetime(2024, 3, 18, 13, tzinfo=UTC)
    )
    await writer.run("setup", lambda _: (opened,))
    seats = await database.read(lambda reader: people.seats_not_linked(reader))
    branches = sorted((seat for seat in seats if seat.unit.kind == "CH"), key=lambda seat: seat.code)
    links = [
        SeatLinked(Address("telegram", str(FIRST + number)), seat.id, SINCE, "")
        for number, seat in enumerate(branches)
    ]
    await writer.run("setup", lambda _: links)


def update(account: int, number: int, text: str) -> bytes:
    """One message as the Bot API brings it: the ``number``-th update of all."""
    person = {"id": account, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
    message = {
        "message_id": number,
        "from": person,
        "chat": {"id": account, "first_name": "Hoa", "type": "private"},
        "date": int(NOW.timestamp()),
        "text": text,
    }
    return json.dumps({"update_id": number, "message": message}, ensure_ascii=False).encode()


def updates(heads: int, script: Sequence[str] = SCRIPT) -> list[list[bytes]]:
    """By person, her messages in order; update ids as Telegram would give them."""
    return [
        [update(FIRST + head, 1 + step * heads + head, said(text, head)) for step, text in enumerate(script)]
        for head in range(heads)
    ]
