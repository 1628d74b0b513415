"""What other systems are told, of whom, and that it is genuine."""

import re
from datetime import UTC, timedelta
from typing import Any

import pytest

from bot.limits import Limit
from bot.web.api.document import document
from bot.web.api.door import Api
from bot.web.server import make_app
from bot.web.staff.backend import StaffBackend
from bot.web.staff.figures import StoredFigures
from storage.domain.effects import RoundClosed, RoundOpened
from storage.domain.sign_in import token_sha256
from storage.domain.sign_in_effects import ApiTokenIssued
from storage.queries import rounds
from tests.kh83 import ROOT, kh83
from tests.scheduler.conftest import at
from tests.staff.conftest import BINH, DAO, HOA, LAN, MAI, THU, XUAN
from tests.staff.test_approvals import report as quarterly
from tests.webhooks.conftest import Telling

TREE_NAMES = ("Hoa", "Lan", "Mai", "Nguyễn", "Trần")


async def test_a_submitted_report_is_told_once_with_the_figures_of_the_interface(telling: Telling) -> None:
    await telling.hook(MAI)
    await telling.reports(HOA)
    assert await telling.told() == ["report.submitted"]
    assert await telling.told() == ["report.submitted"]
    [said] = telling.receiver.told()
    assert said["timestamp"] == "2024-03-14T02:00:00Z"
    assert {name: said["data"][name] for name in ("orgUnit", "dataSet", "period", "question")} == {
        "orgUnit": HOA, "dataSet": "CH-T", "period": "2024-03", "question": None,
    }  # fmt: skip
    values = said["data"]["dataValues"]
    whole = await _asked(telling, HOA)
    assert values == [each for each in whole if each["dataElement"] in {v["dataElement"] for v in values}]
    told = {each["field"]: each["value"] for each in values}
    assert (told["MH11.6"], told["NEN.5.ket_nap"], told["NEN.5.ra"]) == (0, 2, 1)


async def _asked(telling: Telling, unit: str) -> list[dict[str, Any]]:
    """The interface's answer to a token of the province."""
    from aiohttp.test_utils import TestClient, TestServer

    house = telling.house
    issued = ApiTokenIssued("may", token_sha256("x" * 40), house.seat(MAI).unit.id, house.clock.now())
    await house.write(issued)
    backend = StaffBackend(house.database, house.writer, house.clock, kh83(), StoredFigures(kh83()))
    async with TestClient(TestServer(make_app(Api(backend, Limit(1, 9)).routes()))) as client:
        path = f"/api/v1/dataValueSets?orgUnit={unit}&period=2024-03&pageSize=1000"
        answer = await client.get(path, headers={"Authorization": "Bearer " + "x" * 40})
        return list((await answer.json())["dataValueSets"])


def _genuine() -> Any:
    """The function of docs/api.md, as a reader would copy it."""
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)  # noqa: S102 - our own page
    return found["genuine"]


async def test_the_signature_is_checked_as_the_docs_say(telling: Telling) -> None:
    secret = await telling.hook()
    other = await telling.hook(name="khac")
    await telling.reports(HOA)
    await telling.told()
    [came] = [each for each in telling.receiver.ledger()["told"] if each["path"] == "hoi"]
    headers, body, now = came["headers"], came["body"].encode(), telling.house.clock.now().timestamp()
    genuine = _genuine()
    assert genuine(secret, headers, body, now)
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"].startswith("evt_")
    assert not genuine(other, headers, body, now)
    assert not genuine(secret, headers, body + b" ", now)
    assert not genuine(secret, {**headers, "webhook-id": "evt_2"}, body, now)
    assert not genuine(secret, headers, body, now + 301)
    again = {**headers, "webhook-timestamp": str(int(now) + 1)}
    assert not genuine(secret, again, body, now)


async def test_nobody_is_named(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    await telling.house.say(LAN, "hỏi xóm 5", "2", "nhờ chị Hoa xem lại sổ", "1")
    await telling.told()
    said = str(telling.receiver.ledger()["asked"])
    assert len(telling.receiver.told()) == 2
    for name in (*TREE_NAMES, "xem lại", "web:", '"web"', "person"):
        assert name not in said


@pytest.mark.parametrize(("unit", "hears"), [(MAI, True), (BINH, True), (LAN, True), (HOA, True),
                                             (XUAN, False), (THU, False), (DAO, False)])  # fmt: skip
async def test_only_its_own_subtree_is_told(telling: Telling, unit: str, hears: bool) -> None:
    await telling.hook(unit)
    await telling.reports(HOA)
    assert await telling.told() == (["report.submitted"] if hears else [])


async def test_what_is_not_submitted_is_not_told(telling: Telling) -> None:
    await telling.hook()
    await telling.house.say(HOA, "bắt đầu", "1", "rồi")
    assert await telling.told() == []


async def test_where_nobody_is_registered_nothing_is_written(telling: Telling) -> None:
    await telling.reports(HOA)
    assert telling.house.rows("SELECT count(*) FROM webhook_events")[0][0] == 0
    await telling.hook()
    assert await telling.told() == []


async def test_a_figure_asked_back_and_corrected(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    telling.house.clock.advance(timedelta(minutes=5))
    await telling.house.say(LAN, "hỏi xóm 5", "2", "1", "1")
    await telling.house.tick(at("14/3", "09:30"))
    await telling.house.say(HOA, "28")
    assert await telling.told() == ["report.submitted", "report.returned", "report.corrected"]
    first, returned, corrected = telling.receiver.told()
    assert returned["data"]["question"] == "MH33.2.du"
    assert corrected["data"]["question"] is None

    def attended(said: dict[str, Any]) -> set[int]:
        return {v["numerator"] for v in said["data"]["dataValues"] if v["field"] == "MH33.2.du"}

    assert attended(corrected) == {28}
    ids = {each["headers"]["webhook-id"] for each in telling.receiver.ledger()["told"]}
    assert len(ids) == 3
    assert first["data"]["orgUnit"] == HOA


async def test_reports_approved_and_taken_back(telling: Telling) -> None:
    house = telling.house
    opens, due = at("10/3", "07:30"), at("20/3", "20:30")
    await house.write(RoundOpened("CH-Q", "2024-Q1", opens.astimezone(UTC), due.astimezone(UTC)))
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    await house.write(RoundClosed(march.id, at("13/3", "10:00").astimezone(UTC)))
    await quarterly(house, HOA)
    await telling.hook(LAN)
    await telling.hook(XUAN, "khac")
    await house.say(LAN, "duyệt số", "1")
    await house.say(LAN, "hủy duyệt", "1")
    assert await telling.told() == ["reports.approved", "reports.unapproved"]
    approved, undone = (each["data"] for each in telling.receiver.told())
    assert approved == {"orgUnit": LAN, "dataSet": "CH-Q", "period": "2024-Q1",
                        "actualReports": 1, "expectedReports": 3}  # fmt: skip
    assert undone == {**approved, "actualReports": None, "expectedReports": None}
    assert telling.receiver.types("khac") == []


async def test_sensitive_figures_stay_in_the_commune(telling: Telling) -> None:
    for unit in (MAI, LAN):
        await telling.hook(unit, unit)
    await telling.reports(HOA)
    telling.house.clock.advance(timedelta(minutes=5))
    await telling.house.say(HOA, "sửa 5", "2")
    await telling.deliverer.settled()

    def cases(unit: str) -> list[tuple[Any, bool]]:
        values = telling.receiver.told(unit)[-1]["data"]["dataValues"]
        return [(each["value"], each["hidden"]) for each in values if each["field"] == "NV26f"]

    assert (cases(MAI), cases(LAN)) == ([], [(2, False)])


async def test_the_document_has_the_shapes(telling: Telling) -> None:
    whole = document()
    schemas = whole["components"]["schemas"]
    named = {
        each["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for each in whole["webhooks"].values()
    }
    kinds = [kind for name in named for kind in _kinds(schemas[name])]
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert sorted(kinds) == sorted(set(re.findall(r"`((?:reports?|webhook)\.[a-z]+)`", page)))
    await telling.hook()
    await telling.reports(HOA)
    await telling.told()
    [said] = telling.receiver.told()
    assert set(said) == set(schemas["ReportEvent"]["properties"])
    assert set(said["data"]) == set(schemas["ReportEventData"]["properties"])


def _kinds(schema: dict[str, Any]) -> list[str]:
    kind = schema["properties"]["type"]
    return list(kind.get("enum", [kind.get("const")]))
