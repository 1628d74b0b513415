"""An invented province in which every branch head has an account, agreed, and has a report to give."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from scheduler.clock import VIETNAM
from storage.database import Database
from storage.domain.effects import RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address
from storage.domain.units import UnitRecord
from storage.queries import people
from storage.writer import Writer

#: The evening before the round closes, as the plan KH 83 has it for March 2024.
OPENED, DUE = datetime(2024, 3, 12, tzinfo=UTC), datetime(2024, 3, 18, 13, tzinfo=UTC)
EVENING = datetime(2024, 3, 18, 18, 0, tzinfo=VIETNAM)
SINCE = datetime(2024, 3, 1, tzinfo=UTC)

PACK, PERIOD = "CH-T", "2024-03"

#: The first account's number; a Telegram account is a number.
FIRST = 5_000_000

#: Branches a commune has.
IN_COMMUNE = 20

_NAMES = ("Hoa", "Lan", "Mai", "Huệ", "Cúc", "Nga", "Thủy", "Hạnh", "Thơm", "Nhàn")


def account_of(head: int) -> int:
    """The account of the ``head``-th head, from 0."""
    return FIRST + head


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
        yield unit(f"{parent}-{number % IN_COMMUNE:02}", "CH", parent, _head(number), members=62)


def _head(number: int) -> str:
    return f"Nguyễn Thị {_NAMES[number % len(_NAMES)]}"


async def populate(writer: Writer, database: Database, heads: int) -> None:
    """Put the tree, an account for each head and the month's round into an empty database."""
    records = tuple(tree(heads))
    await writer.run("units", lambda _: (UnitsImported(records, SINCE),))
    await writer.run("round", lambda _: (RoundOpened(PACK, PERIOD, OPENED, DUE),))
    seats = await database.read(people.seats_not_linked)
    branches = sorted((seat for seat in seats if seat.unit.kind == "CH"), key=lambda seat: seat.code)
    links = [
        SeatLinked(Address("telegram", str(account_of(number))), seat.id, SINCE, "")
        for number, seat in enumerate(branches)
    ]
    await writer.run("accounts", lambda _: links)
