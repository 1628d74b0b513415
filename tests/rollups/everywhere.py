"""The slow path beside a served house: what each output is compared with."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.api.door import Api
from bot.web.server import make_app
from bot.web.staff.backend import StaffBackend
from bot.web.staff.figures import StoredFigures
from bot.web.staff.pages import StaffPages
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.sign_in_effects import ApiTokenIssued
from storage.plan.model import Indicator
from storage.queries import people
from storage.writer.sqlite import SqliteWriter
from tests.rollups.generated import plan
from tests.rollups.reading import numbers, percent, shown
from tests.rollups.slow import LISTS, PERCENTS, SUMS, WEIGHTED, Number, Slow, once
from tests.rollups.test_slow_path import _packs
from tests.scheduler.conftest import HOTLINES, Province

YEAR, MONTH = "2024", "2024-12"
#: The day after the monthly reports of December were due; and when everything is in.
DIGESTS, LATER = datetime(2024, 12, 19, 8, 0, tzinfo=VIETNAM), datetime(2025, 1, 20, 9, 0, tzinfo=VIETNAM)
PROVINCE, COMMUNE = "36", "1003"
WORDS = "tinh-" + "a" * 30
KNOWN: Mapping[str, Indicator] = {each.id: each for each in plan().indicators}
QUESTIONS = [question for pack in plan().packs for question in pack.questions]
DATES = {
    *(question.date_field for question in QUESTIONS),
    *(question.name for question in QUESTIONS if question.type == "date"),
} - {None}

WINDOWS = {name: q.window for pack in plan().packs for q in pack.questions for name in q.fields}
SENSITIVE = {"NV26f", "NV26f.xa.biet", "NV26f.xa.tham_gia"}
#: What is said instead of a number.
NO_NUMBER = {"", "–", "…", "<3", "Chưa BC", "chưa báo", "kỳ này không hỏi"}

Counts = tuple[int, int, int]


@dataclass
class Truth:
    """The slow path's figures, made once a period."""

    database: Database
    open: ExitStack
    made: dict[tuple[str, bool], Slow] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def slow(self, period: str, to_date: bool = False) -> Slow:
        """Of a period."""
        if (period, to_date) not in self.made:
            reader = self.open.enter_context(self.database.reading())
            self.made[period, to_date] = Slow(reader, _packs(), period, to_date)
        return self.made[period, to_date]

    def id(self, code: str, period: str = YEAR) -> int:
        """A unit's id."""
        if not self.ids.get((code, period)):
            units = self.slow(period).units
            self.ids[code, period] = int(units[units["code"] == code].index[0])
        return self.ids[code, period]

    def main(
        self, name: str, unit: str, period: str = YEAR, to_date: bool = False
    ) -> tuple[Number | None, Counts | None]:
        """The value and the three states."""
        return self.slow(period, to_date).main(name).get(self.id(unit), (None, None))

    def part(self, name: str, field_: str, unit: str, period: str = YEAR) -> Number | None:
        """A field of an indicator."""
        return self.slow(period).field(field_, time_of(name, field_)).get(self.id(unit))


def time_of(name: str, field_: str) -> str:
    """How a field goes over time, by what the plan says of it."""
    rollup = KNOWN[name].rollup
    own: dict[str, tuple[str, ...]] = {each: (of[0],) for each, of in PERCENTS.items()}
    own |= {each: of[0] for each, of in SUMS.items()} | {each: of[0] for each, of in LISTS.items()}
    own |= {each: (of[0],) for each, of in WEIGHTED.items()} | {"CT25": ("CT25",)}
    if field_ in rollup.times:
        return str(rollup.times[field_])
    if rollup.time == "once" or field_ in own.get(name, (name,)):
        return str(rollup.time)
    return "sum" if WINDOWS.get(field_) == "flow" else "last"


def differs(where: str, seen: str | float | None, expected: Number | None, exact: bool = False) -> list[str]:
    """What is not as it should be: a number that is missing, that should not be there, or another one."""
    found = numbers(seen) if isinstance(seen, str) and seen not in NO_NUMBER else []
    if isinstance(seen, int | float):
        right = expected is not None and float(expected) == pytest.approx(float(seen), rel=1e-12)
        return [] if right else [f"{where}: {seen}, slow {expected}"]
    if exact and found:
        return [f"{where}: {seen!r} is no number"]
    right = found[0] == shown(expected) if found and expected is not None else not found
    hidden = seen in ("…", "<3")
    right = right and (bool(found) or hidden or expected is None)
    return [] if right else [f"{where}: {seen!r}, slow {expected}"]


@dataclass
class House:
    """The year's database with its clock, its chat and its web server."""

    chat: Province
    truth: Truth
    client: TestClient[web.Request, web.Application]

    async def page(self, path: str) -> str:
        """A page of the staff."""
        answer = await self.client.get(path)
        assert answer.status == 200, path
        return await answer.text()

    async def enter(self, code: str) -> None:
        """She writes TRANG, opens her link and presses the button."""
        said = "\n".join(await self.chat.say(code, "TRANG"))
        token = said.split("/staff/enter?k=")[1].split()[0]
        await self.client.post("/staff/enter", data={"k": token}, allow_redirects=False)

    def asked(self) -> set[str]:
        """What the province is asked at all: HD47 is of districts."""
        kinds = {self.truth.slow(YEAR).kind(unit) for unit in self.truth.slow(YEAR).areas}
        return set(KNOWN) - ({"CT0"} if "HU" in kinds else {"CT0", "HD47"})

    @once
    def below(self, code: str) -> list[str]:
        """The codes of the units right below one at the year's end."""
        slow, top = self.truth.slow(YEAR), self.truth.id(code)
        codes = slow.units["code"]
        return sorted(str(codes[u]) for u in slow.members[top] if slow.parent(u, slow.last) == top)


@pytest.fixture(scope="session")
def truth(province: Database) -> Iterator[Truth]:
    """The slow path of a generated year, for all tests: none of them changes an answer."""
    with ExitStack() as opened:
        yield Truth(province, opened)


@pytest.fixture
async def house(province: Database, truth: Truth, tmp_path: Path) -> AsyncIterator[House]:
    """A copy of a generated year, served."""
    path = tmp_path / "year.db"
    with closing(sqlite3.connect(province.path)) as whole, closing(sqlite3.connect(path)) as copy:
        whole.backup(copy)
    database = Database(f"sqlite:///{path}", durable=False)
    writer, clock = SqliteWriter(database), ManualClock(DIGESTS)
    turns = Turns(plan(), clock.now, HOTLINES, "http://trang.test")
    chat = Province(database, writer, clock, turns, Scheduler(plan(), writer, clock, turns))
    backend = StaffBackend(database, writer, clock, plan(), StoredFigures(plan()), "http://trang.test")
    app = make_app([*StaffPages(backend).routes(), *Api(backend).routes()])
    with database.reading() as reader:
        top = people.unit_by_code(reader, PROVINCE)
    assert top is not None
    token = ApiTokenIssued("so", hashlib.sha256(WORDS.encode()).hexdigest(), top.id, DIGESTS.astimezone(UTC))
    await chat.write(token)
    await chat.link(PROVINCE, COMMUNE)
    async with TestClient(TestServer(app)) as client:
        yield House(chat, truth, client)
    await writer.close()
    database.close()


def less(now: Number | None, then: Number | None) -> Number | None:
    return None if now is None or then is None else now - then


def row_differs(
    house: House, row: Mapping[str, Any], unit: str, name: str, field_: str, of_field: bool = False
) -> list[str]:
    """A row of figures as data, as written to at most four decimals."""
    if row["hidden"] in (True, "True", "true"):
        return [] if name in SENSITIVE else [f"{unit} {name} is hidden"]
    own = field_ in ("", name) and not of_field
    if not own and WINDOWS.get(field_, "") is not None and field_ in KNOWN and field_ != name:
        return []  # of another indicator: it has rows of its own
    if field_ in DATES:
        return [] if row["value"] in ("", None) else [f"{unit} {name} {field_}: a day has no sum"]
    truth = house.truth
    if of_field and KNOWN[name].rollup.criteria and field_ == name:
        six, inside = truth.slow(YEAR).six(), truth.slow(YEAR).members[truth.id(unit)]
        passed = [six[each] for each in inside if each in six]
        whole = truth.slow(YEAR).count(("CH",)).get(truth.id(unit), 0)
        return same(row, unit, name, percent(sum(passed), whole) if passed else None)
    expected = truth.main(name, unit)[0] if own else truth.part(name, field_, unit)
    return same(row, unit, f"{name} {field_}", expected)


def same(row: Mapping[str, Any], unit: str, name: str, expected: Number | None) -> list[str]:
    seen = None if row["value"] in ("", None) else float(row["value"])
    right = seen == (expected if expected is None else pytest.approx(float(expected), abs=1e-4))
    return [] if right else [f"{unit} {name}: {row['value']}, slow {expected}"]
