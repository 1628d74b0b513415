"""The limit below everything: the same rows with the sqlite3 module alone, ``WIDTH`` turns a commit.

``python -m benchmarks.turns_sqlite WIDTH PEOPLE``: the tables, indexes and pragmas are those of the
house; nothing is read, decided or said. A turn is a message, an account, a conversation, a report's
state, an answer, its audit line and a reply.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import Speed
from benchmarks.people import FIRST, SCRIPT
from storage.migrations import upgrade

AT = "2024-03-14 12:42:00.000000"
STATE = json.dumps({"version": 1, "stage": "asking", "asking": "MH33.2.du", "pending": None, "tries": 0})
REPLY = "Dạ, em ghi: có sinh hoạt, ngày 08/3.\nCâu 2/7. Hôm đó có bao nhiêu chị dự ạ? (62 hội viên)"

STATEMENTS = (
    "INSERT INTO inbox (channel,message_id,account,at,text,reading) VALUES ('telegram',?,?,?,'41','answer')",
    "UPDATE accounts SET wrote_at=?, reachable=1 WHERE channel='telegram' AND account=?",
    "UPDATE conversations SET seat_id=?, round_id=1, moved_at=? WHERE channel='telegram' AND account=?",
    "UPDATE submissions SET state=?, moved_at=? WHERE seat_id=? AND round_id=1",
    "INSERT INTO answers (submission_id,question,state,field_values,raw,approximate,at,channel,message_id,"
    "person_id) VALUES (?,?,'given',?,'41',0,?,'telegram',?,?)",
    "INSERT INTO audit (at,what,seat_id,round_id,person_id,channel,details) "
    "VALUES (?,'answer_recorded',?,1,?,'telegram',?)",
    "INSERT INTO outbox (channel,account,state,priority,rank,outbound,reply_to,queued_at,attempts,error) "
    "VALUES ('telegram',?,'waiting','reply',0,?,?,?,0,'')",
)


def rows(head: int, step: int) -> Iterator[tuple[object, ...]]:
    """What each statement of one turn is given."""
    account, seat, message = str(FIRST + head), head + 1, f"{FIRST + head}:{step}"
    question = f"q{step}"
    outbound = {"address": {"channel": "telegram", "account": account}, "text": REPLY, "choices": []}
    yield (message, account, AT)
    yield (AT, account)
    yield (seat, AT, account)
    yield (STATE, AT, seat)
    yield (seat, question, json.dumps({question: [41, 62]}), AT, message, seat)
    yield (AT, seat, seat, json.dumps({"question": question, "state": "given", "corrected": False}))
    yield (account, json.dumps(outbound, ensure_ascii=False), message, AT)


def populate(database: sqlite3.Connection, heads: int) -> None:
    """People, accounts, conversations and empty reports."""
    numbers = [(head + 1, str(FIRST + head)) for head in range(heads)]
    database.execute("BEGIN")
    database.execute("INSERT INTO rounds VALUES (1,'CH-T','2024-03',?,?,NULL)", (AT, AT))
    database.execute("INSERT INTO units VALUES (1,'1','','','CH','',NULL,'2021-01-01',NULL)")
    for statement in (
        "INSERT INTO persons (id,name,folded,address_form) SELECT ?1,'','','chị' WHERE ?2=?2",
        "INSERT INTO seats SELECT ?1,?2,'branch_head',1",
        f"INSERT INTO accounts SELECT ?1,'telegram',?2,?1,'{AT}',NULL,1",
        f"INSERT INTO conversations SELECT ?1,'telegram',?2,?1,1,'{AT}'",
        f"INSERT INTO submissions SELECT ?1,?1,1,'draft','{{}}','{AT}',NULL WHERE ?2=?2",
    ):
        database.executemany(statement, numbers)
    database.execute("COMMIT")


def measure(width: int, heads: int) -> Speed:
    """Everybody's turns, ``width`` a commit; the rows are made before the clock starts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "house.db"
        upgrade(f"sqlite:///{path}")
        database = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            database.execute(f"PRAGMA {pragma}")
        populate(database, heads)
        turns = [tuple(rows(head, step)) for step in range(len(SCRIPT)) for head in range(heads)]
        groups = [list(zip(*turns[at : at + width], strict=True)) for at in range(0, len(turns), width)]
        times = []
        start = time.perf_counter()
        for group in groups:
            begun = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            for statement, values in zip(STATEMENTS, group, strict=True):
                database.executemany(statement, values)
            database.execute("COMMIT")
            times.append((time.perf_counter() - begun) * 1000)
        took = time.perf_counter() - start
        database.close()
        times.sort()
        return Speed(len(turns) / took, times[len(times) // 2], times[int(len(times) * 0.99)])


if __name__ == "__main__":
    print(json.dumps(asdict(measure(int(sys.argv[1]), int(sys.argv[2])))))
