"""Every route of the web server, without and with a false word of who asks.

A route that stands in no line of `ROUTES` fails. Here a role is nobody, somebody with a forged
secret, or the platform itself; what officers see of whose area: tests/staff_page.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import House, _web, build
from bot.settings import Settings
from bot.web.api.table import ENDPOINTS
from scheduler.clock import ManualClock
from storage.domain.effects import UnitsImported
from storage.tables import metadata
from tests.architecture.test_access import listed, routes
from tests.cli.test_backup import EVENING
from tests.fakes.telegram import TOKEN
from tests.fakes.zalo_bot import TOKEN as ZALO_TOKEN
from tests.kh83 import PLAN_FOLDER
from tests.people.conftest import START, TREE

OPEN, HIDDEN, FORBIDDEN = 200, 404, 403

#: The pages of officers are not there for anybody else; their door says how one signs in.
SIGN_IN, GONE = 401, 410
STAFF = (
    "GET /staff/areas", "GET /staff/indicators", "GET /staff/indicators/{indicator}",
    "GET /staff/units/{code}", "GET /staff/events", "GET /staff/approvals", "GET /staff/people",
    "GET /staff/plan", "GET /staff/exports", "GET /staff/exports/{name}.{suffix}", "POST /staff/letters",
    "POST /staff/leave", "POST /staff/exports", "GET /staff/exports/papers/{id}",
    "GET /staff/exports/papers/{id}/file",
)  # fmt: skip

#: What nobody, and whoever forges every secret there is, is answered.
ROUTES: Mapping[str, int] = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": HIDDEN,
    "GET /static": FORBIDDEN,  # the folder itself; its files are open
    "GET /calendar.ics": OPEN,
    "GET /staff": SIGN_IN,
    "GET /staff/enter": GONE,
    "POST /staff/enter": GONE,
    **dict.fromkeys(STAFF, HIDDEN),
    "GET /api/v1/openapi.json": OPEN,
    **{f"GET {each.path}": SIGN_IN for each in ENDPOINTS},
    "POST /telegram/updates": FORBIDDEN,
    "POST /zalo-bot/updates": FORBIDDEN,
    "POST /zalo-oa/events": FORBIDDEN,
}
TRAINING = {
    "GET /", "POST /phone/seat", "POST /phone/messages", "GET /phone/transcript", "GET /phone/stored",
    "GET /phone/photo", "POST /phone/clock", "GET /phone/stranger", "POST /phone/stranger",
}  # fmt: skip
FORGED = {
    "X-Telegram-Bot-Api-Secret-Token": "x" * 40,
    "X-Bot-Api-Secret-Token": "x" * 40,
    "X-ZEvent-Signature": f"mac={'0' * 64}",
    "Authorization": "Bearer x",
    "Cookie": "session=x; seat=36",
}
NAMES = [record.head for record in TREE if record.head]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house with every channel by webhook and a token for its figures."""
    given = {
        "database_url": f"sqlite:///{tmp_path / 'house.db'}", "plan": PLAN_FOLDER,
        "photos": tmp_path / "photos", "public_url": "https://example.vn", "metrics_token": "m" * 30,
        "telegram_token": TOKEN, "telegram_mode": "webhook", "telegram_webhook_secret": "s" * 40,
        "zalo_bot_token": ZALO_TOKEN, "zalo_bot_mode": "webhook", "zalo_bot_secret": "z" * 40,
        "zalo_oa_app_id": "1234567890", "zalo_oa_app_secret": "a" * 20, "zalo_oa_secret_key": "k" * 20,
        "zalo_oa_refresh_token": "r" * 40,
    }  # fmt: skip
    built = build(Settings.model_validate(given), ManualClock(EVENING))
    await built.writer.run("test", lambda reader: (UnitsImported(TREE, START),))
    yield built
    await built.writer.close()
    for channel in built.channels.values():
        await channel.close()
    await built.receiver.close()
    built.database.close()


async def test_every_route_has_a_line(house: House) -> None:
    assert routes(_web(house, phone_page=False)) == set(ROUTES)
    assert routes(_web(house, phone_page=True)) == set(ROUTES) | TRAINING == listed("Routes")


def _rows(house: House) -> dict[str, int]:
    with house.database.reading() as reader:
        names = list(metadata.tables)
        return {name: reader.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}  # noqa: S608


@pytest.mark.parametrize("headers", [{}, FORGED], ids=["nobody", "forged"])
async def test_without_the_right_secret_nothing_is_changed_or_told(
    house: House, headers: dict[str, str]
) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": {"id": 42}, "text": "ok"}}
    before = _rows(house)
    async with TestClient(TestServer(_web(house, phone_page=False))) as client:
        for route, wanted in ROUTES.items():
            method, path = route.split()
            answer = await client.request(
                method, path, headers=headers, json=update if method == "POST" else None
            )
            assert answer.status == wanted, route
            page = await answer.text()
            assert [name for name in NAMES if name in page] == [], route
        for route in TRAINING:
            method, path = route.split()
            assert (await client.request(method, path, headers=headers)).status == HIDDEN, route
    assert _rows(house) == before


async def test_another_method_is_told_which_ones_there_are(house: House) -> None:
    """RFC 9110, 15.5.6: a 405 has ``Allow``."""
    wanted: dict[str, set[str]] = {}
    for route in ROUTES:
        method, path = route.split()
        for name, value in (("{indicator}", "CT25"), ("{code}", "36"), ("{name}.{suffix}", "so-lieu.csv")):
            path = path.replace(name, value)
        wanted.setdefault(path.replace("{id}", "1" * 32), set()).update(
            {method} | ({"HEAD"} if method == "GET" else set())
        )
    async with TestClient(TestServer(_web(house, phone_page=False))) as client:
        for path, methods in wanted.items():
            answer = await client.delete(path, headers={"Accept": "text/html" if "staff" in path else "*/*"})
            assert answer.status == 405, path
            assert set(answer.headers["Allow"].split(",")) == methods, path
