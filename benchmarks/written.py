"""What a turn of Chi Hội writes, row by row, seen from the database's side: triggers note every row that is
inserted, changed or deleted, whichever way the program wrote it.

``python -m benchmarks.written KNOWN WRITING FOLDER`` plays the script once, one message at a time, and keeps
what each turn wrote in ``FOLDER/written-KNOWN.jsonl``, for `benchmarks.turns_sqlite` to write again.
"""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.people import FILE, copied, house, updates

#: A table, its columns, and those of its primary key.
Table = tuple[str, list[str], list[str]]


class Row(NamedTuple):
    """One row written: a statement, and what it is given."""

    statement: str
    values: tuple[Any, ...]


def tables(database: sqlite3.Connection) -> Iterator[Table]:
    """Every table of the house."""
    named = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"
    for (name,) in database.execute(f"{named} AND name NOT LIKE 'bench_%'").fetchall():
        columns = database.execute(f"PRAGMA table_info({name})").fetchall()
        yield name, [column[1] for column in columns], [column[1] for column in columns if column[5]]


def watch(path: Path) -> None:
    """From now on every row written is noted in ``bench_rows``."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE bench_rows (id INTEGER PRIMARY KEY, name, old, new)")
        for name, columns, _ in tables(database):
            new, old = (
                "json_object(" + ", ".join(f"'{column}', {side}.{column}" for column in columns) + ")"
                for side in ("NEW", "OLD")
            )
            for what, was, becomes in (
                ("INSERT", "NULL", new), ("UPDATE", old, new), ("DELETE", old, "NULL"),
            ):  # fmt: skip
                database.execute(
                    f"CREATE TRIGGER bench_{name}_{what} AFTER {what} ON {name} BEGIN "  # noqa: S608
                    f"INSERT INTO bench_rows (name, old, new) VALUES ('{name}', {was}, {becomes}); END"
                )
        database.commit()


def again(table: Table, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Row:
    """The statement that writes a row once more: an update sets the columns that changed (the last one
    where none did), found by the primary key."""
    name, columns, key = table
    found = " AND ".join(f"{column}=?" for column in key)
    if old is None:
        assert new is not None
        marks = ", ".join("?" * len(columns))
        return Row(f"INSERT INTO {name} VALUES ({marks})", tuple(new.values()))  # noqa: S608
    which = tuple(old[column] for column in key)
    if new is None:
        return Row(f"DELETE FROM {name} WHERE {found}", which)  # noqa: S608
    changed = [column for column in columns if old[column] != new[column]] or [columns[-1]]
    sets = ", ".join(f"{column}=?" for column in changed)
    return Row(
        f"UPDATE {name} SET {sets} WHERE {found}",  # noqa: S608
        (*(new[column] for column in changed), *which),
    )


async def record(known: int, writing: int, work: Path) -> None:
    """Play the script and keep what each turn wrote."""
    with copied(work / f"people-{known}") as folder:
        watch(folder / FILE)
        async with house(folder) as here:
            telegram = here.channels["telegram"]
            ends = [0]
            with closing(sqlite3.connect(folder / FILE)) as reader:
                shapes = {table[0]: table for table in tables(reader)}
                for step in zip(*updates(known, writing), strict=True):
                    for raw in step:
                        update = here.receiver.open(telegram, msgspec.json.decode(raw))
                        await here.receiver.take(telegram, update)
                        ends.append(reader.execute("SELECT max(id) FROM bench_rows").fetchone()[0])
                found = reader.execute("SELECT name, old, new FROM bench_rows ORDER BY id").fetchall()
    rows = [
        again(shapes[name], *(json.loads(side) if side is not None else None for side in sides))
        for name, *sides in found
    ]
    with (work / f"written-{known}.jsonl").open("w", encoding="utf-8") as lines:
        for first, last in pairwise(ends):
            lines.write(json.dumps(rows[first:last], ensure_ascii=False) + "\n")


def written(known: int, work: Path) -> list[list[Row]]:
    """What each turn wrote, in the order of the turns."""
    with (work / f"written-{known}.jsonl").open(encoding="utf-8") as lines:
        return [[Row(row[0], tuple(row[1])) for row in json.loads(line)] for line in lines]


if __name__ == "__main__":
    asyncio.run(record(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
