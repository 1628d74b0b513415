"""Every entrance stands in docs/security.md with who may use it, and without that right it gives nothing."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from typer.main import get_command

from bot.app import House, _web, build
from bot.channels.telegram import SECRET_HEADER, Telegram
from bot.cli import app
from bot.settings import Settings
from bot.web.server import REFUSED_LIMIT
from handlers.topics import TOPICS
from scheduler.clock import ManualClock
from tests.cli.test_backup import EVENING
from tests.fakes.telegram import TOKEN
from tests.kh83 import PLAN_FOLDER, ROOT

Client = TestClient[web.Request, web.Application]
SECRET = "s" * 40
TELEGRAM_PATH = Telegram.path


def listed(heading: str) -> set[str]:
    """The first column of the table under a heading."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    part = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE))


def commands(group: object, before: str = "chihoi") -> set[str]:
    """Every command of the tree, as it is typed."""
    found: set[str] = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        words = f"{before} {name}"
        found |= commands(command, words) if hasattr(command, "commands") else {words}
    return found


def routes(application: web.Application) -> set[str]:
    """Every route of the web server, HEAD left out."""
    found = set()
    for route in application.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if route.method != "HEAD":
            found.add(f"{route.method} {path}")
    return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house with every channel and page there can be; it is not started."""
    given = {
        "database_url": f"sqlite:///{tmp_path / 'house.db'}",
        "plan": PLAN_FOLDER,
        "photos": tmp_path / "photos",
        "telegram_token": TOKEN,
        "telegram_mode": "webhook",
        "telegram_webhook_secret": SECRET,
        "public_url": "https://example.vn",
    }
    built = build(Settings.model_validate(given), ManualClock(EVENING))
    yield built
    await built.writer.close()
    for channel in built.channels.values():
        await channel.close()
    await built.receiver.close()
    built.database.close()


def test_every_command_is_listed() -> None:
    assert commands(get_command(app)) == listed("Commands")
    assert isinstance(app, typer.Typer)


def test_every_topic_is_listed() -> None:
    assert {topic.name for topic in TOPICS} == listed("What a message may do")


async def test_in_real_use_the_training_phone_is_not_there(house: House) -> None:
    real = routes(_web(house, phone_page=False))
    assert real == {
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
        "GET /static",
        "GET /calendar.ics",
        *(route for route in real if "/staff" in route),  # tests/access, tests/staff_page
        *(route for route in real if "/api/v1/" in route),  # tests/access, tests/api
        f"POST {TELEGRAM_PATH}",
    }


async def client_of(house: House) -> Client:
    return TestClient(TestServer(_web(house, phone_page=False)))


@pytest.mark.parametrize("given", [None, "", "s" * 39, "s" * 41, "S" * 40, "sé"])
async def test_a_webhook_without_its_secret_changes_nothing(house: House, given: str | None) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "date": 0, "text": "ok"}}
    headers = {} if given is None else {SECRET_HEADER: given}
    async with await client_of(house) as client:
        answer = await client.post(TELEGRAM_PATH, json=update, headers=headers)
        assert answer.status == 403
    with house.database.reading() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM inbox").scalar() == 0
        assert reader.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar() == 0


async def test_whoever_guesses_is_refused_everything_after_a_while(house: House) -> None:
    tries = int(REFUSED_LIMIT[1])
    async with await client_of(house) as client:
        for _ in range(tries):
            assert (await client.post(TELEGRAM_PATH, json={})).status == 403
        right = {SECRET_HEADER: SECRET}
        assert (await client.post(TELEGRAM_PATH, json={}, headers=right)).status == 429
        assert (await client.get("/healthz")).status == 429


async def test_a_platform_with_the_secret_is_never_slowed_down(house: House) -> None:
    async with await client_of(house) as client:
        for number in range(int(REFUSED_LIMIT[1]) * 2):
            answer = await client.post(
                TELEGRAM_PATH, json={"update_id": number}, headers={SECRET_HEADER: SECRET}
            )
            assert answer.status == 200


async def test_figures_are_for_this_machine_only(house: House) -> None:
    async with await client_of(house) as client:
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"})).status == 404
    house.metrics._token = "secret"
    async with await client_of(house) as client:
        assert (await client.get("/metrics")).status == 404
        assert (await client.get("/metrics", headers={"Authorization": "Bearer wrong"})).status == 404
        assert (await client.get("/metrics", headers={"Authorization": "Bearer secret"})).status == 200
