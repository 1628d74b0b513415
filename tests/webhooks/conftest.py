"""Two communes of a district whose reports other systems are told of."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import seal_of
from bot.cli import app
from bot.hooks.deliverer import Deliverer
from bot.web.staff.figures import StoredFigures
from tests.fakes.receiver import Receiver
from tests.kh83 import kh83
from tests.scheduler.conftest import Province
from tests.staff.conftest import house

__all__ = ["house"]


@dataclass
class Telling:
    """The house with its loop that tells, and the command line."""

    house: Province
    deliverer: Deliverer
    receiver: Receiver

    async def run(self, *words: str) -> tuple[int, str]:
        """``chihoi webhook ...``: the exit code and what it said."""
        given = ["webhook", *words, "--database", self.house.database.url]
        result = await asyncio.to_thread(CliRunner().invoke, app, given)
        return result.exit_code, result.output.strip()

    async def hook(self, unit: str = "36", name: str = "hoi") -> str:
        """Register the receiver's path ``name`` for a unit; its secret."""
        address = f"{self.receiver.api}/{name}"
        code, secret = await self.run("create", name, address, "--unit", unit, "--allow-private")
        assert code == 0, secret
        return secret

    async def reports(self, code: str) -> None:
        """A branch head answers her whole report of March."""
        await self.house.say(code, "bắt đầu")
        await self.house.report(code)

    async def told(self, path: str = "hoi") -> list[str]:
        """What a receiver has heard when everything due was told."""
        await self.deliverer.settled()
        return self.receiver.types(path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The other systems, in a process of their own."""
    fake = Receiver()
    with fake:
        yield fake


@pytest.fixture
async def telling(house: Province, receiver: Receiver, tmp_path: Path) -> AsyncIterator[Telling]:
    """Nobody is registered yet."""
    plan, database = kh83(), house.database
    seal = seal_of(database, tmp_path / "photos")
    deliverer = Deliverer(database, house.writer, house.clock, plan, StoredFigures(plan), seal)
    yield Telling(house, deliverer, receiver)
    await deliverer.close()
