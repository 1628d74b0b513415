"""The interface over HTTP: who may read what, and that its numbers are those of everything else."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner

from bot.cli import app as program
from bot.limits import Limit
from bot.web.api.door import Api
from bot.web.api.table import ENDPOINTS, PAGING
from bot.web.server import make_app
from bot.web.staff.backend import StaffBackend
from bot.web.staff.figures import StoredFigures
from bot.web.staff.limit import MOST
from scheduler.clock import ManualClock
from storage.database import Database
from storage.domain.figures import rounded
from storage.domain.sign_in_effects import ApiTokenIssued
from storage.queries import figures, people
from storage.writer.opening import writer_of
from tests.copies import copied
from tests.rollups.conftest import province
from tests.rollups.generated import plan

__all__ = ["province"]

NOW = datetime(2024, 12, 30, 3, 0, tzinfo=UTC)
HALF = "2024-H1"
WORDS = {"36": "tinh-" + "a" * 30, "1003": "xa-" + "b" * 30}
Answer = dict[str, Any]


@dataclass
class Asking:
    """A served interface; asks with the token of a unit."""

    client: TestClient[web.Request, web.Application]
    database: Database
    clock: ManualClock
    api: Api

    def app(self) -> web.Application:
        """The interface served anew."""
        return make_app(self.api.routes())

    async def get(
        self, path: str, of: str = "36", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Answer]:
        """The status and the JSON; {} where there is none."""
        sent = {"Authorization": f"Bearer {WORDS.get(of, of)}", **(headers or {})}
        answer = await self.client.get(f"/api/v1/{path}", headers=sent)
        return answer.status, await answer.json() if answer.status == 200 else {}


@pytest.fixture
async def asking(province: Database, tmp_path: Path) -> AsyncIterator[Asking]:
    """See `opened`; a token may ask 40 times."""
    async with opened(province, tmp_path, Limit(0.001, 40.0)) as found:
        yield found


@asynccontextmanager
async def opened(province: Database, folder: Path, limit: Limit) -> AsyncIterator[Asking]:
    """A copy of a generated year, with a token for the province and one for a commune."""
    database = copied(province, f"sqlite:///{folder / 'copy.db'}")
    writer, clock = writer_of(database), ManualClock(NOW)
    with database.reading() as reader:
        units = {code: people.unit_by_code(reader, code) for code in WORDS}
    issued = [
        ApiTokenIssued(f"cho-{code}", hashlib.sha256(WORDS[code].encode()).hexdigest(), unit.id, NOW)
        for code, unit in units.items()
        if unit is not None
    ]
    await writer.run("test", lambda reader: issued)
    backend = StaffBackend(database, writer, clock, plan(), StoredFigures(plan()))
    api = Api(backend, limit)
    async with TestClient(TestServer(make_app(api.routes()))) as client:
        yield Asking(client, database, clock, api)
    await writer.close()
    database.close()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.name)
async def test_without_a_token_nothing_is_told(asking: Asking, endpoint: Any) -> None:
    for headers in (
        {}, {"Authorization": ""}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {WORDS['36']}"},
        {"Authorization": f"Bearer {WORDS['36']}x"}, {"Authorization": "Bearer " + "y" * 5000},
    ):  # fmt: skip
        answer = await asking.client.get(endpoint.path, headers=headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "pager" not in await answer.text()
    refused = await asking.client.post(endpoint.path)
    assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize("name", ["organisationUnits", "dataValueSets", "reportingRates"])
async def test_another_subtree_is_not_there(asking: Asking, name: str) -> None:
    for code, status in (
        ("1003", 200), ("1003-01", 200), ("1005", 404), ("1005-01", 404), ("36", 404), ("x", 404)
    ):  # fmt: skip
        assert (await asking.get(f"{name}?orgUnit={code}&period={HALF}", "1003"))[0] == status, code
    assert (await asking.get(f"{name}?orgUnit=1005&period={HALF}"))[0] == 200


async def test_units_are_those_of_the_subtree(asking: Asking) -> None:
    _, said = await asking.get("organisationUnits?period=2024-02", "1003")
    found = [(each["id"], each["kind"], each["parent"]) for each in said["organisationUnits"]]
    assert found == [("1003", "XA", None), *((f"1003-0{n}", "CH", "1003") for n in (1, 2, 3))]


def _plain(value: Any) -> Any:
    return None if value is None else float(rounded(value, 4))


@pytest.mark.parametrize(("top", "viewer"), [("36", "36"), ("1003", "36"), ("1003", "1003")])
async def test_figures_are_those_of_the_house(asking: Asking, top: str, viewer: str) -> None:
    path = f"dataValueSets?orgUnit={top}&period={HALF}&children=true&pageSize=1000"
    status, said = await asking.get(path, viewer)
    assert status == 200
    mains = {(each["orgUnit"], each["dataElement"]): each for each in said["dataValueSets"]
             if each["field"] == each["dataElement"]}  # fmt: skip
    values = {(each["orgUnit"], each["dataElement"], each["field"]): each for each in said["dataValueSets"]}
    with asking.database.reading() as reader:
        ids = {code: people.unit_by_code(reader, code) for code in (top, viewer)}
        table = figures.figure_table(
            reader, plan(), HALF, ids[top].id, compare=False, viewer=ids[viewer].id  # type: ignore[union-attr]
        )  # fmt: skip
    compared = 0
    for row in (table.total, *table.rows):
        for name, found in row.figures.items():
            if found.main.state == "not_asked":
                assert (row.area.code, name) not in mains
                continue
            for figure in (found.main, *found.fields):
                if (row.area.code, name, figure.field) in values and figure.state != "not_asked":
                    got = values[row.area.code, name, figure.field]
                    if figure is found.main or figure.field != found.main.field:
                        wanted = None if figure.hidden else _plain(figure.value)
                        assert got["value"] == wanted, (row.area.code, name, figure.field)
                        assert (got["state"], got["hidden"]) == (figure.state, figure.hidden)
                        compared += 1
    assert compared >= 100


async def test_small_sensitive_figures_are_hidden_above_the_commune(asking: Asking) -> None:
    path = f"dataValueSets?orgUnit=1003&period={HALF}&children=true&pageSize=1000"
    province_sees = (await asking.get(path))[1]["dataValueSets"]
    commune_sees = (await asking.get(path, "1003"))[1]["dataValueSets"]
    hidden = [each for each in province_sees if each["hidden"]]
    assert hidden
    assert {each["value"] for each in hidden} == {None}
    assert not any(each["hidden"] for each in commune_sees)


async def test_rates_are_those_of_the_house(asking: Asking) -> None:
    _, said = await asking.get(f"reportingRates?period={HALF}&children=true")
    with asking.database.reading() as reader:
        top = people.unit_by_code(reader, "36")
        assert top is not None
        table = figures.reporting_table(reader, plan(), HALF, top.id)
    wanted = [
        (row.area.code, row.progress.expected, row.progress.actual, _plain(row.progress.reporting_rate))
        for row in (table.total, *table.rows)
    ]
    assert wanted == [
        (each["orgUnit"], each["expectedReports"], each["actualReports"], each["reportingRate"])
        for each in said["reportingRates"]
    ]
    assert wanted[0][1] > 0


async def test_periods_have_the_names_of_dhis2_too(asking: Asking) -> None:
    _, said = await asking.get("periods")
    names = {each["id"]: each["dhis2"] for each in said["periods"]}
    assert names["2024-02"] == "202402"
    assert names["2024"] == "2024"


async def test_pages_make_up_the_whole(asking: Asking) -> None:
    _, whole = await asking.get("dataElements?pageSize=1000")
    total = len(plan().indicators)
    assert whole["pager"] == {"page": 1, "pageSize": 1000, "pageCount": 1, "total": total}
    parts = [
        (await asking.get(f"dataElements?pageSize=30&page={n}"))[1] for n in range(1, -(-total // 30) + 1)
    ]
    assert [row for part in parts for row in part["dataElements"]] == whole["dataElements"]
    assert (await asking.get("dataElements?pageSize=30&page=99"))[1]["dataElements"] == []


async def test_what_did_not_change_is_not_sent_again(asking: Asking) -> None:
    headers = {"Authorization": f"Bearer {WORDS['36']}"}
    first = await asking.client.get("/api/v1/periods", headers=headers)
    again = await asking.client.get(
        "/api/v1/periods", headers={**headers, "If-None-Match": first.headers["ETag"]}
    )
    assert (again.status, await again.read()) == (304, b"")
    other = await asking.client.get("/api/v1/periods", headers={**headers, "If-None-Match": '"x"'})
    assert other.status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        "page=0", "page=x", "pageSize=1001", "pageSize=²", "none=1", "children=yes", "level=X",
        "page=1&page=2", "orgUnit=", "period=2024-13", "period=2024-3", "period=2024-", "period=%2B2024",
        "period=2024-Q5", "period=2024-Q01", "period=2024%0A", "period=%D9%A2024", "period=0000",
        "period=2024-02-30", "period=khong", f"period={'9' * 40}",
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_refused(asking: Asking, wrong: str) -> None:
    assert (await asking.get(f"reportingRates?{wrong}"))[0] == 400


async def test_an_unknown_indicator_is_not_there(asking: Asking) -> None:
    assert (await asking.get("dataValueSets?dataElement=XYZ"))[0] == 404
    _, said = await asking.get(f"dataValueSets?period={HALF}&dataElement=CT21a&dataElement=NEN.1")
    found = {each["dataElement"] for each in said["dataValueSets"]}
    assert found
    assert found <= {"CT21a", "NEN.1"}


async def test_a_token_that_asks_too_often_waits_and_no_other(asking: Asking) -> None:
    statuses = [(await asking.get("periods"))[0] for _ in range(41)]
    assert statuses == [200] * 40 + [429]
    assert (await asking.get("periods", "1003"))[0] == 200


async def test_whoever_guesses_waits(asking: Asking) -> None:
    for _ in range(MOST):
        assert (await asking.get("periods", "wrong"))[0] == 401
    assert (await asking.get("periods"))[0] == 429


async def test_the_document_is_the_table(asking: Asking) -> None:
    answer = await asking.client.get("/api/v1/openapi.json")
    whole = await answer.json()
    served = {
        route.resource.canonical
        for route in asking.client.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/")
    }
    assert set(whole["paths"]) | {"/api/v1/openapi.json"} == served
    for endpoint in ENDPOINTS:
        operation = whole["paths"][endpoint.path]["get"]
        names = [each["name"] for each in operation["parameters"]]
        assert names == [each.name for each in (*endpoint.parameters, *PAGING)]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        _, said = await asking.get(endpoint.name)
        assert set(said) == set(schema["required"])
        fields = whole["components"]["schemas"][endpoint.shape.__name__]["properties"]
        assert said[endpoint.name]
        assert all(set(row) == set(fields) for row in said[endpoint.name])


async def test_a_token_is_given_listed_and_taken_back(asking: Asking) -> None:
    async def run(*words: str) -> tuple[int, str]:
        given = ["api", "token", *words, "--database", asking.database.url]
        result = await asyncio.to_thread(CliRunner().invoke, program, given)
        return result.exit_code, result.output

    code, token = await run("create", "so-noi-vu", "--unit", "1005")
    assert code == 0
    token = token.strip()
    assert (await asking.get("organisationUnits", token))[1]["organisationUnits"][0]["id"] == "1005"
    kept = asking.database.path.read_bytes() + asking.database.path.with_name("copy.db-wal").read_bytes()
    assert token.encode() not in kept
    assert (await run("create", "so-noi-vu", "--unit", "36"))[0] == 2
    assert (await run("create", "khac", "--unit", "khong-co"))[0] == 2
    assert "so-noi-vu\t1005" in (await run("list"))[1]
    assert (await run("revoke", "so-noi-vu"))[0] == 0
    assert (await asking.get("periods", token))[0] == 401
    assert (await run("revoke", "so-noi-vu"))[0] == 2
    assert "đã thu" in (await run("list"))[1]
