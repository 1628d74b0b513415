"""Told at least once, whatever receivers do: tried again with growing gaps, given up after days, and one in
trouble keeps nobody else waiting."""

import asyncio
import socket
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.hooks.addresses import Forbidden, GuardedResolver, fault_of
from bot.hooks.poster import Answer, Poster
from bot.metrics import Metrics
from bot.watch import Watch
from bot.web.server import make_app
from storage.domain.webhooks import GIVE_UP_AFTER
from tests.fakes.receiver import Receiver
from tests.staff.conftest import DAO, HOA, TAM
from tests.webhooks.conftest import Telling


async def passes(telling: Telling, **time: float) -> None:
    """Let time pass; then everything due is told."""
    telling.house.clock.advance(timedelta(**time))
    await telling.deliverer.settled()


def tries(telling: Telling) -> int:
    """How often the receiver was asked."""
    return len(telling.receiver.ledger()["asked"])


async def test_it_is_tried_again_with_growing_gaps_under_the_same_id(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    telling.receiver.script("hoi", status=503, times=4)
    await passes(telling)
    seen = [tries(telling)]
    for step in ({"seconds": 4}, {"seconds": 1}, {"seconds": 59}, {"seconds": 1}, {"minutes": 4},
                 {"minutes": 1}, {"minutes": 29}, {"minutes": 1}):  # fmt: skip
        await passes(telling, **step)
        seen.append(tries(telling))
    assert seen == [1, 1, 2, 2, 3, 3, 4, 4, 5]
    asked = [each["headers"] for each in telling.receiver.ledger()["asked"]]
    assert len({each["webhook-id"] for each in asked}) == 1
    assert len({each["webhook-timestamp"] for each in asked}) == 5
    assert telling.receiver.types() == ["report.submitted"]
    await passes(telling, days=1)
    assert tries(telling) == 5


@pytest.mark.parametrize(
    "trouble",
    [{"status": 500}, {"status": 408}, {"status": 429}, {"action": "drop"}, {"action": "drop_after"}],
)
async def test_a_receiver_in_trouble_is_left_alone(telling: Telling, trouble: dict[str, Any]) -> None:
    await telling.hook()
    for code in (HOA, DAO):
        await telling.reports(code)
    telling.receiver.script("hoi", **trouble)
    await passes(telling)
    assert tries(telling) == 1
    await passes(telling, seconds=5)
    units = {each["data"]["orgUnit"] for each in telling.receiver.told()}
    assert units == {HOA, DAO}


@pytest.mark.parametrize("status", [302, 400, 404, 410])
async def test_an_event_that_is_refused_holds_nothing_up(telling: Telling, status: int) -> None:
    await telling.hook()
    for code in (HOA, DAO, TAM):
        await telling.reports(code)
    telling.receiver.script("hoi", status=status)
    await passes(telling)
    assert [each["data"]["orgUnit"] for each in telling.receiver.told()] == [DAO, TAM]
    await passes(telling, seconds=5)
    assert [each["data"]["orgUnit"] for each in telling.receiver.told()] == [DAO, TAM, HOA]


async def test_a_slow_receiver_keeps_nobody_else_waiting(telling: Telling) -> None:
    await telling.hook(name="cham")
    await telling.hook(name="nhanh")
    telling.receiver.script("cham", action="delay", seconds=60)
    await telling.reports(HOA)
    await telling.deliverer.look()
    await asyncio.to_thread(telling.receiver.wait, asked=2, told=1)
    assert telling.receiver.types("nhanh") == ["report.submitted"]
    await telling.reports(DAO)  # chat goes on meanwhile
    await telling.deliverer.look()
    await asyncio.to_thread(telling.receiver.wait, told=2)
    assert telling.receiver.types("nhanh") == ["report.submitted"] * 2
    assert telling.receiver.types("cham") == []


async def test_no_answer_in_time_is_a_failure(telling: Telling) -> None:
    telling.receiver.script("hoi", action="delay", seconds=60)
    poster = Poster(seconds=0.2)
    answer = await poster.post(f"{telling.receiver.api}/hoi", True, b"{}", {})
    await poster.close()
    assert answer == Answer("no answer in time", resting=True)


async def test_the_receiver_may_ask_for_time(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    telling.receiver.script("hoi", status=429, headers={"Retry-After": "600"})
    await passes(telling)
    await passes(telling, seconds=599)
    assert tries(telling) == 1
    await passes(telling, seconds=1)
    assert telling.receiver.types() == ["report.submitted"]


async def test_after_days_it_is_given_up_and_seen(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    telling.receiver.script("hoi", status=500, times=1000)
    await passes(telling)
    code, said = await telling.run("list")
    assert code == 0
    assert "chưa nhận tin nào\tchờ 1\tbỏ 0\thỏng 1 lần liền: HTTP 500" in said
    await passes(telling, seconds=5)
    assert "hỏng 2 lần liền" in (await telling.run("list"))[1]
    telling.house.clock.advance(GIVE_UP_AFTER)
    await telling.house.tick()
    asked = tries(telling)
    await passes(telling, hours=1)
    assert tries(telling) == asked
    assert "chờ 0\tbỏ 1" in (await telling.run("list"))[1]
    assert [row[0] for row in telling.house.rows("SELECT what FROM audit")].count(
        "webhook_events_given_up"
    ) == 1


async def test_it_is_measured(telling: Telling) -> None:
    await telling.hook()
    await telling.hook(name="thu")
    await telling.run("revoke", "thu")
    await telling.reports(HOA)
    telling.receiver.script("hoi", status=500)
    await passes(telling)
    house = telling.house
    metrics = Metrics(house.database, Watch(house.database, house.clock, ()), house.clock, {})
    async with TestClient(TestServer(make_app(metrics.routes()))) as client:
        page = await (await client.get("/metrics")).text()
    assert 'chihoi_webhook_events{state="waiting",webhook="hoi"} 1.0' in page
    assert 'chihoi_webhook_events{state="given_up",webhook="hoi"} 0.0' in page
    assert 'chihoi_webhook_failures{webhook="hoi"} 1.0' in page
    assert "thu" not in page


async def test_what_is_revoked_is_told_nothing_more(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    code, said = await telling.run("revoke", "hoi")
    assert (code, said) == (0, "Đã thu hoi.")
    await telling.reports(DAO)
    assert await telling.told() == []
    assert [tuple(row) for row in telling.house.rows("SELECT state FROM webhook_events")] == [("dropped",)]
    assert "đã thu" in (await telling.run("list"))[1]
    for words in (("revoke", "hoi"), ("test", "hoi"), ("revoke", "khac")):
        assert (await telling.run(*words))[0] == 2
    address = f"{telling.receiver.api}/hoi"
    assert (await telling.run("create", "hoi", address, "--unit", "36", "--allow-private"))[0] == 2


async def test_revoked_while_it_is_sent_it_stays_dropped(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    telling.receiver.script("hoi", action="drop", seconds=1)
    await telling.deliverer.look()
    await asyncio.to_thread(telling.receiver.wait, asked=1)
    await telling.run("revoke", "hoi")
    await telling.deliverer.settled()
    await passes(telling, minutes=5)
    assert tries(telling) == 1
    assert telling.house.rows("SELECT state FROM webhook_events")[0][0] == "dropped"


async def test_a_trial_is_signed_and_says_what_came_back(telling: Telling) -> None:
    await telling.hook()
    assert await telling.run("test", "hoi") == (0, "Nơi nhận đã nhận tin thử.")
    [said] = telling.receiver.told()
    assert (said["type"], said["data"]) == ("webhook.test", {"orgUnit": "36"})
    assert telling.receiver.ledger()["told"][0]["headers"]["webhook-signature"].startswith("v1,")
    telling.receiver.script("hoi", status=403)
    assert await telling.run("test", "hoi") == (2, "hoi: nơi nhận không nhận tin: HTTP 403")


async def test_the_secret_lies_sealed_and_is_useless_with_another_key(telling: Telling) -> None:
    secret = await telling.hook()
    assert secret.startswith("whsec_")
    path = telling.house.database.path
    kept = path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()
    assert secret.encode() not in kept
    assert b"http://127.0.0.1" in kept
    path.with_name(f"{path.name}.key").unlink()
    code, said = await telling.run("test", "hoi")
    assert code == 2
    assert "khóa của máy khác" in said


async def test_what_is_old_is_forgotten(telling: Telling) -> None:
    await telling.hook()
    await telling.reports(HOA)
    await telling.told()
    await passes(telling, days=120)
    await telling.house.tick()
    assert telling.house.rows("SELECT count(*) FROM webhook_events")[0][0] == 0
    assert "nhận 09:00 14/03/2024" in (await telling.run("list"))[1]


# --- where it may go

ALLOWED = ("https://nhan.example.vn/x?key=1", "https://nhan.example.vn:8443/", "https://8.8.8.8/x",
           "https://[2606:4700::1111]/")  # fmt: skip
INSIDE = ("https://10.0.0.1/", "https://192.168.1.9/x", "https://172.16.0.1/", "https://127.0.0.1/",
          "https://[::1]/", "https://localhost/", "http://127.0.0.1:8080/", "http://localhost/",
          "https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://100.64.0.1/",
          "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/")  # fmt: skip
NEVER = ("http://nhan.example.vn/", "ftp://nhan.example.vn/", "https://", "https:///x", "nhan.example.vn",
         "https://a:b@nhan.example.vn/", "https://nhan.example.vn/#x", "https://nhan.example.vn:99999/",
         "https://169.254.169.254/latest", "https://[fe80::1]/", "https://0.0.0.0/", "https://224.0.0.1/",
         "https://nhận.example.vn/", "https://nhan.example.vn/a b", "https://nhan.example.vn\\@10.0.0.1/",
         "http://10.0.0.1/", "https://nhan.example.vn/" + "x" * 1000)  # fmt: skip


@pytest.mark.parametrize("url", ALLOWED)
def test_an_address_outside_is_allowed(url: str) -> None:
    assert fault_of(url) == ""


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_allowed_on_demand(url: str) -> None:
    assert fault_of(url) != ""
    assert fault_of(url, allow_private=True) == ""


@pytest.mark.parametrize("url", NEVER)
async def test_other_addresses_are_never_allowed(telling: Telling, url: str) -> None:
    assert fault_of(url) != ""
    assert fault_of(url, allow_private=True) != ""
    code, said = await telling.run("create", "hoi", url, "--unit", "36", "--allow-private")
    assert code == 2
    assert len(said.splitlines()) == 1
    assert telling.house.rows("SELECT count(*) FROM webhooks")[0][0] == 0


async def test_a_name_that_points_inside_is_refused_when_it_is_sent(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def lying(host: Any, *args: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == "nhan.example.vn" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    with pytest.raises(Forbidden):
        await GuardedResolver(False).resolve("nhan.example.vn", receiver.port)
    poster = Poster()
    url = f"https://nhan.example.vn:{receiver.port}/hoi"
    assert await poster.post(url, False, b"{}", {}) == Answer("address not allowed", resting=True)
    assert (await poster.post(url, True, b"{}", {})).error.startswith("no answer (")  # it is not TLS
    await poster.close()


@pytest.mark.parametrize("words", [("hoi", "--unit", "khong-co"), ("x" * 61, "--unit", "36")])
async def test_what_is_wrong_is_said(telling: Telling, words: tuple[str, ...]) -> None:
    name, *rest = words
    code, said = await telling.run("create", name, "https://nhan.example.vn/", *rest)
    assert code == 2
    assert said
