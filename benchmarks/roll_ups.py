"""A province's month from summaries and from the answers themselves: ``python -m benchmarks.roll_ups ANSWERS
FOLDER``, in the folder that `benchmarks.answers` made."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from benchmarks.people import FILE, PLAN, copied
from handlers.reports.digest import digest
from storage.domain.people import Seat
from storage.migrations import open_database
from storage.plan.periods import figures_span
from storage.plan_files import load_plan
from storage.queries import people
from storage.queries.figures import field_totals, figure_table, reporting_table
from storage.tables.answers import answers, submissions

NOW = datetime(2024, 3, 12, tzinfo=UTC)
FIELDS = ("MH33.2", "NEN.5.ket_nap", "NV26f", "NV26e")

#: The same figures from summaries and the slow way, in the table of what was measured.
QUICK, SLOW = "figures of the digest", "the month's answers"


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


def measure(count: int, work: Path) -> dict[str, float]:
    """Each in milliseconds of processor time; "the month's answers" is what the others replace."""
    plan = load_plan(PLAN)
    with copied(work / f"answers-{count}") as folder:
        database = open_database(f"sqlite:///{folder / FILE}")
        with database.reading() as reader:
            asked = reader.exec_driver_sql("SELECT id FROM rounds WHERE period = '2024-03'").scalar_one()
            seat = people.seat_by_code(reader, "36")
            assert seat is not None
            top = seat.unit.id
            right = _from_answers(reader, int(asked))
            assert dict(field_totals(reader, plan, "2024-03", top, FIELDS)) == right
            took = {SLOW: _milliseconds(lambda: _from_answers(reader, int(asked)), 3)}
            for name, work_of in _works(reader, plan, seat, int(asked), top).items():
                took[name] = _milliseconds(work_of)
        database.close()
        return took


def _works(
    reader: Connection, plan: Any, seat: Seat, asked: int, top: int
) -> dict[str, Callable[[], object]]:
    month = "2024-03"
    return {
        QUICK: lambda: field_totals(reader, plan, month, top, FIELDS),
        "the whole digest": lambda: digest(plan, reader, seat, {"round": asked}, NOW, figures_span, {}),
        "one indicator by district, compared": lambda: figure_table(
            reader, plan, "2024-03", top, "children", ["MH33.2"]
        ),
        "all indicators by district, compared": lambda: figure_table(reader, plan, "2024-03", top),
        "a year by commune, compared": lambda: figure_table(reader, plan, "2024", top, "XA"),
        "reporting by district": lambda: reporting_table(reader, plan, "2024-03", top),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]))))
