"""Deaf, dead and slow channels are told; figures are counted; what may be fetched and how much sent."""

import logging
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.alerts import Alerts
from bot.limits import Limit
from bot.metrics import Metrics
from bot.receive import Receiver
from bot.urls import may_fetch
from bot.watch import MOST_SILENT_SECONDS, MOST_WAIT_SECONDS, Watch
from bot.web.health import Health
from bot.web.server import make_app
from scheduler.clock import ManualClock
from storage.domain.effects import MessageQueued
from storage.domain.messages import Address, Inbound, Outbound
from tests.channels.conftest import NOW, House


class Poll:
    """A poller as it says of itself."""

    def __init__(self, silent: float | None, stopped: str = "") -> None:
        self.silent_seconds, self.stopped = silent, stopped


def watch_of(house: House, **pollers: Poll) -> Watch:
    return Watch(house.database, house.clock, ("telegram", "web"), dict(pollers))


@pytest.mark.parametrize(
    ("poll", "said"),
    [
        (Poll(MOST_SILENT_SECONDS + 1), "deaf: kênh telegram"),
        (Poll(1.0, "Unauthorized"), "dead: kênh telegram"),
    ],
)
async def test_a_silent_channel_makes_the_house_not_ready(
    house: House, caplog: pytest.LogCaptureFixture, poll: Poll, said: str
) -> None:
    watch = watch_of(house, telegram=poll)
    async with TestClient(TestServer(make_app(Health(house.database, watch).routes()))) as client:
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert said in await answer.text()
        assert (await client.get("/healthz")).status == 200
        watch.pollers["telegram"] = Poll(3.0)
        assert (await client.get("/readyz")).status == 200
    watch.pollers["telegram"] = poll
    await watch.look()
    await watch.look()
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert told == ["channel_deaf" if "deaf" in said else "channel_dead"]  # once, not at every look


async def test_an_answer_that_waits_is_told(
    house: House, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    address = Address("telegram", "42")
    await house.queue(
        MessageQueued(Outbound(address, "nhắc"), NOW - timedelta(days=1), "push"),
        MessageQueued(Outbound(address, "dạ"), NOW),
    )
    watch = watch_of(house)
    assert await watch.look() == []  # a push may wait for the morning
    clock.advance(timedelta(seconds=MOST_WAIT_SECONDS + 1))
    [slow] = await watch.look()
    assert (slow.kind, slow.channel) == ("slow", "telegram")
    assert "outbox_old" in caplog.text


async def test_the_administrator_is_told_in_chat_once(house: House, clock: ManualClock) -> None:
    watch = watch_of(house, telegram=Poll(1.0, "Unauthorized"))
    to = (Address("telegram", "7"), Address("zalo_bot", "8"))
    watch.alert = Alerts(house.writer, clock, to).tell
    await watch.look()
    again = watch_of(house, telegram=Poll(1.0, "Unauthorized"))  # after a restart
    again.alert = watch.alert
    await again.look()
    queued = "SELECT channel, account, priority, outbound ->> 'text' FROM outbox ORDER BY id"
    told = house.rows(queued)
    assert [row[:3] for row in told] == [("telegram", "7", "push"), ("zalo_bot", "8", "push")]
    assert str(told[0][3]).startswith("Báo động: kênh telegram đã dừng vì mã (token) bị từ chối.")
    clock.advance(timedelta(hours=6))
    await watch_again(house, watch)
    assert len(house.rows(queued)) == 4


async def watch_again(house: House, watch: Watch) -> None:
    """The same trouble in another stretch of the day, with nothing remembered."""
    later = watch_of(house, telegram=Poll(1.0, "Unauthorized"))
    later.alert = watch.alert
    await later.look()


async def test_what_is_measured(house: House, clock: ManualClock) -> None:
    watch = watch_of(house, telegram=Poll(1.0))
    metrics = Metrics(house.database, watch, clock, {"CH-T": "CH"})
    logging.getLogger("x").addHandler(metrics)
    logging.getLogger("x").warning("send_failed", extra={"channel": "telegram"})
    logging.getLogger("x").warning("chị Hoa %s", "0912345678")
    logging.getLogger("x").removeHandler(metrics)
    await house.queue(MessageQueued(Outbound(Address("telegram", "42"), "dạ"), NOW))
    metrics.turns.observe(0.02)
    async with TestClient(TestServer(make_app(metrics.routes()))) as client:
        page = await (await client.get("/metrics")).text()
    for line in (
        'chihoi_events_total{channel="telegram",event="send_failed"} 1.0',
        'chihoi_events_total{channel="",event="other"} 1.0',
        'chihoi_outbox_messages{priority="reply",state="waiting"} 1.0',
        'chihoi_channel_up{channel="telegram"} 1.0',
        "chihoi_turn_seconds_count 1.0",
        "chihoi_backup_age_seconds -1.0",
        "chihoi_dead_letters 0.0",
    ):
        assert line in page
    assert "Hoa" not in page


async def test_a_flood_is_acknowledged_and_not_answered(house: House) -> None:
    receiver = Receiver(house.writer, house.turn, house.photos, {}, house.clock)
    times: list[float] = []
    receiver.guard(Limit(0.0, 3.0), times.append)
    address = Address("telegram", "42")
    for number in range(10):
        await receiver(Inbound(address, f"m{number}", NOW, "một"))
    await receiver(Inbound(Address("telegram", "43"), "other", NOW, "một"))
    assert house.rows("SELECT reading, count(*) FROM inbox GROUP BY 1") == [("", 4), ("flood", 7)]
    assert house.rows("SELECT count(*) FROM outbox") == [(4,)]
    assert house.rows("SELECT count(*) FROM inbox WHERE reading = 'flood' AND text != ''") == [(0,)]
    assert len(times) == 4


def test_a_limit_fills_again_and_forgets_the_quiet() -> None:
    limit = Limit(1.0, 2.0, most_keys=2)
    assert [limit.allows("a", 0.0) for _ in range(3)] == [True, True, False]
    assert limit.exhausted("a", 0.5)
    assert not limit.exhausted("a", 1.0)
    assert [limit.allows("a", 1.0), limit.allows("a", 1.0)] == [True, False]
    limit.allows("b", 1.0)
    limit.allows("c", 1.0)
    assert not limit.exhausted("a", 1.0)  # forgotten


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://zdn.vn/a.jpg", True),
        ("https://photo.zdn.vn/a.jpg?x=1", True),
        ("https://photo.zdn.vn:443/a.jpg", True),
        ("http://photo.zdn.vn/a.jpg", False),
        ("https://photo.zdn.vn:8443/a.jpg", False),
        ("https://evilzdn.vn/a.jpg", False),
        ("https://zdn.vn.evil.vn/a.jpg", False),
        ("https://zdn.vn@evil.vn/a.jpg", False),
        ("https://evil.vn/?https://zdn.vn", False),
        ("https://evil.vn\\@zdn.vn/", False),
        ("https://evil.vn#@zdn.vn/", False),
        ("https://127.0.0.1/", False),
        ("https://127.1/", False),
        ("https://2130706433/", False),
        ("https://0x7f000001/", False),
        ("https://[::1]/", False),
        ("https://localhost/", False),
        ("file:///etc/passwd", False),
        ("https://zdn.vn:99999/", False),
        ("https://ｚdn.vn/", False),
        ("", False),
    ],
)
def test_where_photos_may_come_from(url: str, allowed: bool) -> None:
    assert may_fetch(url, ("zdn.vn",)) is allowed
    assert not may_fetch(url, ())
