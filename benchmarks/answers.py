"""A province that has reported for years: ``python -m benchmarks.answers FOLDER ANSWERS`` makes a folder with
a database of so many answers, in months before March 2024, and their summaries."""

import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from benchmarks.people import FILE
from storage.apply import apply
from storage.domain.answers import Answer
from storage.domain.effects import RoundOpened, SummariesRebuilt, UnitsImported
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.tables.answers import answers, submissions

BRANCHES, PER_COMMUNE = 2_400, 11
NOW = datetime(2024, 3, 12, tzinfo=UTC)


def units() -> Iterator[UnitRecord]:
    """A province, ten districts, communes, branches."""
    since = date(2015, 1, 1)

    def unit(code: str, kind: Any, parent: str | None) -> UnitRecord:
        return UnitRecord(
            code, f"Đơn vị {code}", kind, "", parent, since, None, {"members": 60}, "Chị", "chị"
        )

    yield unit("36", "TI", None)
    yield from (unit(f"h{n}", "HU", "36") for n in range(10))
    communes = -(-BRANCHES // PER_COMMUNE)
    yield from (unit(f"x{n}", "XA", f"h{n % 10}") for n in range(communes))
    yield from (unit(f"c{n}", "CH", f"x{n % communes}") for n in range(BRANCHES))


def _given(chance: random.Random) -> list[Answer]:
    members = chance.randint(0, 3)
    return [
        Answer("MH33.2", "given", {"MH33.2": chance.random() < 0.8, "MH33.2.ngay": "2024-03-08"}),
        Answer("MH33.2.du", "given", {"MH33.2.du": [chance.randint(10, 60), 60]}),
        Answer("NEN.5", "given", {"NEN.5.ket_nap": members, "NEN.5.ra": 0}),
        Answer("MH11.6", "given", {"MH11.6": chance.randint(0, 2)}),
        Answer("NV26f", "given", {"NV26f": int(chance.random() < 0.01)}),
        Answer("NV26e", "given", {"NV26e": chance.choice(("", "", "đường xóm mưa là ngập"))}),
    ]


def fill(connection: Connection, count: int) -> None:
    """Months back from March 2024 until there are ``count`` answers; March is open, the others closed."""
    apply(connection, UnitsImported(tuple(units()), NOW))
    branches = "SELECT s.id FROM seats s JOIN units u ON u.id = s.unit_id WHERE u.kind = 'CH'"
    seats = [int(row[0]) for row in connection.exec_driver_sql(branches)]
    chance, made = random.Random(1), 0
    year, month = 2024, 3
    while made < count:
        opens = datetime(year, month, 12, tzinfo=UTC)
        apply(connection, RoundOpened("CH-T", f"{year}-{month:02}", opens, opens + timedelta(days=6)))
        asked = connection.exec_driver_sql("SELECT max(id) FROM rounds").scalar_one()
        made += _reports(connection, seats, int(asked), opens, chance)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    connection.exec_driver_sql("UPDATE rounds SET closed_at = due_at WHERE period <> '2024-03'")
    apply(connection, SummariesRebuilt(NOW))


def _reports(
    connection: Connection, seats: list[int], asked: int, at: datetime, chance: random.Random
) -> int:
    first = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM submissions").scalar_one() + 1
    connection.execute(
        submissions.insert(),
        [
            {"id": first + n, "seat_id": seat, "round_id": asked, "status": "submitted", "state": {},
             "moved_at": at, "submitted_at": at}
            for n, seat in enumerate(seats)
        ],
    )  # fmt: skip
    rows = [
        {"submission_id": first + n, "question": each.question, "state": each.state,
         "field_values": each.values, "raw": "", "approximate": False, "at": at, "channel": "web",
         "message_id": "", "proxy": False}
        for n in range(len(seats))
        for each in _given(chance)
    ]  # fmt: skip
    connection.execute(answers.insert(), rows)
    return len(rows)


def make(folder: Path, count: int) -> None:
    """The folder."""
    folder.mkdir(parents=True)
    database = open_database(f"sqlite:///{folder / FILE}")
    with database.connect_for_writing() as connection, connection.begin():
        fill(connection, count)
    database.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
