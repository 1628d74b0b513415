"""Somebody Zalo protects: told once a day what to do, never at every message; her commune is told."""

from datetime import timedelta
from pathlib import Path

from handlers.turn import Turns
from scheduler.clock import ManualClock
from storage.domain.messages import Address, Attachment, Inbound
from storage.migrations import open_database
from storage.writer.opening import writer_of
from tests.kh83 import kh83
from tests.zalo.packs import CASES, EVENING, HOTLINES, settle

UNREADABLE = Attachment("unreadable")


async def test_she_is_told_once_a_day(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    database = open_database(f"sqlite:///{tmp_path / 'u.db'}")
    writer = writer_of(database)
    turns = Turns(kh83(), clock.now, HOTLINES)
    await settle(database, writer, {case.pack.id: Address("zalo_bot", case.pack.id) for case in CASES})
    for day in range(2):
        for who in ("stranger", "CH-T"):
            for number in range(5):
                inbound = Inbound(
                    Address("zalo_bot", who), f"{who}-{day}-{number}", EVENING, attachment=UNREADABLE
                )
                await writer.run(who, turns(inbound))
        clock.advance(timedelta(days=1))
    with database.reading() as reader:
        heard = reader.exec_driver_sql("SELECT account, outbound ->> 'text' FROM outbox ORDER BY id").all()
        tasks = reader.exec_driver_sql("SELECT kind FROM tasks").all()
        taken = reader.exec_driver_sql("SELECT count(*) FROM inbox").scalar_one()
    await writer.close()
    database.close()
    assert [account for account, _ in heard] == ["stranger", "CH-T"] * 2
    assert all("nhập hộ" in text and "giấy" in text for _, text in heard)
    assert [tuple(task) for task in tasks] == [("enter_for_her",)]
    assert taken == 20
