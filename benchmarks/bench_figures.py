"""A province's month from summaries and from the answers themselves, at 1,000,000 answers.
``python -m benchmarks.bench_figures [ANSWERS]``"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from handlers.reports.digest import digest
from storage.apply import apply
from storage.domain.answers import Answer
from storage.domain.effects import RoundOpened, SummariesRebuilt, UnitsImported
from storage.domain.people import Seat
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan.periods import figures_span
from storage.plan_files import load_plan
from storage.queries import people
from storage.queries.figures import field_totals, figure_table, reporting_table
from storage.queries.summaries import recomputed
from storage.tables.answers import answers, submissions

BRANCHES, PER_COMMUNE = 2_400, 11
NOW = datetime(2024, 3, 12, tzinfo=UTC)
FIELDS = ("MH33.2", "NEN.5.ket_nap", "NV26f", "NV26e")


def _units() -> Iterator[UnitRecord]:
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


def _fill(connection: Connection, count: int) -> list[str]:
    """Months back from March 2024 until there are ``count`` answers; the periods."""
    apply(connection, UnitsImported(tuple(_units()), NOW))
    branches = "SELECT s.id FROM seats s JOIN units u ON u.id = s.unit_id WHERE u.kind = 'CH'"
    seats = [int(row[0]) for row in connection.exec_driver_sql(branches)]
    chance, periods, made = random.Random(1), [], 0
    year, month = 2024, 3
    while made < count:
        period = f"{year}-{month:02}"
        opens = datetime(year, month, 12, tzinfo=UTC)
        apply(connection, RoundOpened("CH-T", period, opens, opens + timedelta(days=6)))
        asked = connection.exec_driver_sql("SELECT max(id) FROM rounds").scalar_one()
        made += _reports(connection, seats, int(asked), opens, chance)
        periods.append(period)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    apply(connection, SummariesRebuilt(NOW))
    return periods


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


def _milliseconds(work: Callable[[], object], times: int = 9) -> float:
    work()
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


def _from_answers(reader: Connection, asked: int) -> dict[str, int]:
    """What the digest's figures cost without summaries: the month's answers read and added."""
    statement = (
        select(answers.c.field_values)
        .join(submissions, submissions.c.id == answers.c.submission_id)
        .where(submissions.c.round_id == asked, submissions.c.status == "submitted")
    )
    totals = dict.fromkeys(FIELDS, 0)
    for values in reader.execute(statement).scalars():
        for field in totals.keys() & values.keys():
            value = values[field]
            totals[field] += int(bool(value)) if isinstance(value, str) else int(value)
    return totals


def main(count: int) -> None:
    """Print each as milliseconds, and as a ratio to counting from the answers."""
    plan = load_plan(Path("plans/kh83-2024"))
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        with database.connect_for_writing() as connection, connection.begin():
            periods = _fill(connection, count)
        with database.reading() as reader:
            asked = reader.exec_driver_sql("SELECT id FROM rounds WHERE period = '2024-03'").scalar_one()
            seat = people.seat_by_code(reader, "36")
            assert seat is not None
            top = seat.unit.id
            assert dict(field_totals(reader, plan, "2024-03", top, FIELDS)) == _from_answers(
                reader, int(asked)
            )
            print(f"{len(periods)} months, {count:,} answers, {BRANCHES} branches")
            slow = _milliseconds(lambda: _from_answers(reader, int(asked)), 3)
            began = time.process_time()
            whole = len(recomputed(reader))
            print(f"all {whole:,} summaries from the answers: {time.process_time() - began:.1f} s")
            for name, work in _works(reader, plan, seat, int(asked), top).items():
                took = _milliseconds(work)
                print(f"{name}: {took:.1f} ms, {slow / took:.1f} times as fast as the month's answers")
            print(f"the month's answers: {slow:.1f} ms")
        database.close()


def _works(
    reader: Connection, plan: Any, seat: Seat, asked: int, top: int
) -> dict[str, Callable[[], object]]:
    month = "2024-03"
    return {
        "figures of the digest": lambda: field_totals(reader, plan, month, top, FIELDS),
        "the whole digest": lambda: digest(plan, reader, seat, {"round": asked}, NOW, figures_span, {}),
        "one indicator by district, compared": lambda: figure_table(
            reader, plan, "2024-03", top, "children", ["MH33.2"]
        ),
        "all indicators by district, compared": lambda: figure_table(reader, plan, "2024-03", top),
        "a year by commune, compared": lambda: figure_table(reader, plan, "2024", top, "XA"),
        "reporting by district": lambda: reporting_table(reader, plan, "2024-03", top),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
