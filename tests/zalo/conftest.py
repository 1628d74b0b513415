"""The two fake Zalo platforms in processes of their own, the channels that talk to them, a house."""

import io
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import observe
from bot.channel import Pair
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_oa import Rules, ZaloOa
from bot.channels.zalo_oa_tokens import OaTokens
from bot.sender import Pace
from scheduler.clock import ManualClock
from tests.channels.cases import MemoryTokens
from tests.channels.conftest import NOW, House, open_house
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FIRST_REFRESH, OA_KEY, SECRETS, FakeZaloOa

Now = Callable[[], datetime]


class Fast(Pace):
    """No pace at all: a test has no platform to spare."""

    def wait(self, chat: str, now: float) -> float:
        """Never."""
        return 0.0


@pytest.fixture(scope="session")
def bot_process() -> Iterator[FakeZaloBot]:
    """One process for all tests."""
    with FakeZaloBot() as fake:
        yield fake  # type: ignore[misc]


@pytest.fixture(scope="session")
def oa_process() -> Iterator[FakeZaloOa]:
    """One process for all tests."""
    with FakeZaloOa() as fake:
        yield fake  # type: ignore[misc]


@pytest.fixture
def fake(bot_process: FakeZaloBot) -> Iterator[FakeZaloBot]:
    """A bot nobody has written to. The test fails if any call was not as the platform wants it."""
    bot_process.reset()
    yield bot_process
    assert bot_process.faults() == []


@pytest.fixture
def platform(oa_process: FakeZaloOa) -> Iterator[FakeZaloOa]:
    """An account nobody has written to, at `NOW`; the same condition."""
    oa_process.reset()
    oa_process.mode(clock=NOW.timestamp())
    yield oa_process
    assert oa_process.faults() == []


@pytest.fixture
async def bot(fake: FakeZaloBot) -> AsyncIterator[ZaloBot]:
    """A Zalo Bot that polls without waiting."""
    channel = ZaloBot(TOKEN, fake.api, poll_seconds=0, poll_pause=0.0, answer_seconds=5)
    yield channel
    await channel.close()


def account(
    api: str, store: MemoryTokens | None = None, now: Now = lambda: NOW, rules: Rules | None = None
) -> ZaloOa:
    """An account of the fake at ``api``; its first token is not renewed yet."""
    kept = store or MemoryTokens(Pair("", FIRST_REFRESH, NOW, NOW))
    http = ZaloHttp(read_seconds=5)
    tokens = OaTokens(kept, http, now, api, APP_ID, APP_SECRET, lease_seconds=2)
    return ZaloOa(tokens, http, APP_ID, APP_SECRET, OA_KEY, api, rules)


@pytest.fixture
async def oa(platform: FakeZaloOa) -> AsyncIterator[ZaloOa]:
    """An account with the settings' defaults."""
    channel = account(platform.api)
    yield channel
    await channel.close()


@pytest.fixture
def clock() -> ManualClock:
    """Stands still at `NOW`."""
    return ManualClock(NOW)


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    """An empty house."""
    async with open_house(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The lines of the log at DEBUG. The test fails if one holds a secret."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = io.StringIO()
    observe.configure((), level="DEBUG", stream=lines)  # nothing is hidden: nothing may be there
    yield lines
    root.handlers[:], root.level = handlers, level
    root.setLevel(level)
    for secret in (TOKEN, TOKEN.partition(":")[2], *SECRETS, "access-0", "refresh-0"):
        assert secret not in lines.getvalue()


@asynccontextmanager
async def closing(channel: ZaloOa | ZaloBot) -> AsyncIterator[None]:
    """Close it at the end."""
    try:
        yield
    finally:
        await channel.close()


def ago(**parts: float) -> datetime:
    """Before `NOW`."""
    return NOW - timedelta(**parts)


UTC_ZERO = datetime.fromtimestamp(0, UTC)
