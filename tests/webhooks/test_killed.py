"""The program killed between the commit of a report and its delivery, and between the delivery and writing
that down: the receiver hears of it all the same, under one id."""

import asyncio
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest

from bot.app import seal_of
from bot.hooks.signature import new_secret
from storage.domain.messages import Address
from storage.domain.webhook_effects import WebhookRegistered
from storage.migrations import open_database
from storage.queries import people
from storage.writer.sqlite import SqliteWriter
from tests.fakes.receiver import Receiver
from tests.faults.program import Program, until
from tests.faults.test_restart import AT, SAMPLE, _people, _post
from tests.pictures import jpeg
from tests.web.conftest import SEAT


async def _registered(url: str, address: str) -> None:
    """A webhook of the whole tree."""
    with closing(open_database(url)) as database:
        writer = SqliteWriter(database)
        seat = await database.read(lambda reader: people.seat_by_code(reader, SEAT))
        assert seat is not None
        sealed = seal_of(database, database.path.parent / "photos").close_in(new_secret())
        made = WebhookRegistered("hoi", address, seat.unit.id, True, AT.astimezone(UTC), sealed)
        await writer.run("test", lambda _: (made,))
        await writer.close()


def _reported(program: Program) -> None:
    """The whole check-in by the page, each message acknowledged."""
    until(program.ready)
    for number, text in enumerate(("bắt đầu", *SAMPLE)):
        fields = {"seat": SEAT, "id": f"message-{number:04}", "text": text or ""}
        assert _post(program.port, fields, b"" if text else jpeg()) == 204


@pytest.mark.parametrize("moment", ["before it was taken", "after it was taken"])
def test_killed_in_between(tmp_path: Path, receiver: Receiver, moment: str) -> None:
    url = f"sqlite:///{tmp_path / 'chihoi.db'}"
    asyncio.run(_people(url, Address("web", SEAT)))
    asyncio.run(_registered(url, f"{receiver.api}/hoi"))
    action = "delay" if moment == "before it was taken" else "delay_after"
    receiver.script("hoi", action=action, seconds=600)
    program = Program(tmp_path, phone_page="true")
    _reported(program)
    receiver.wait(seconds=55, asked=1)
    program.kill()
    before = len(receiver.types())
    program = Program(tmp_path, phone_page="true")
    try:
        receiver.wait(seconds=55, asked=2)
        until(lambda: receiver.types() == ["report.submitted"] * (before + 1))
    finally:
        program.kill()
    assert len({each["headers"]["webhook-id"] for each in receiver.ledger()["asked"]}) == 1
