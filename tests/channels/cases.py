"""The table runner every channel's test uses: what comes in, what goes out, and what must never happen.

Automatic, beside the cases given: an update of a kind nobody knows gives nothing, and no error of a
channel holds its secret, however it is printed.
"""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channel import Channel, NotNow, Pair, SendError, Sent, Tools
from storage.domain.messages import Address, Inbound, Outbound
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_server import decoded


class MemoryTokens:
    """`bot.channel.TokenStore` of one process, with a pair that is good for ever."""

    def __init__(self, pair: Pair | None = None) -> None:
        self.pair = pair
        self.leased = False

    async def current(self) -> Pair | None:
        return self.pair

    async def lease(self, seconds: float) -> Pair | None:
        return None if self.leased else self.pair

    async def keep(self, pair: Pair) -> None:
        self.pair = pair


#: What a channel is made with where nothing is stored.
NO_TOOLS = Tools(lambda: datetime(2024, 3, 12, tzinfo=UTC), lambda name, first: MemoryTokens())

#: Updates of a shape the platforms may bring one day.
UNKNOWN: Sequence[Mapping[str, Any]] = (
    {"update_id": 1},
    {"update_id": 2, "brand_new_kind": {"chat": {"id": 1}, "text": "chào"}},
)


@dataclass(frozen=True)
class IncomingTestCase:
    """One update and what is read in it."""

    label: str
    payload: Mapping[str, Any]
    wanted: Sequence[Inbound] = ()
    departures: Sequence[Address] = ()


@dataclass(frozen=True)
class OutgoingTestCase:
    """One message, the calls it makes, and what comes of it: `Sent`, or an error of that class."""

    label: str
    outbound: Outbound
    calls: Sequence[Mapping[str, Any]] = ()
    script: Mapping[str, Any] = field(default_factory=dict)
    wanted: Sent | type[SendError] = SendError
    retry_after: float | None = None


def secret_free(error: BaseException, secrets: Sequence[str]) -> None:
    """No form of the error holds a secret: its text, its repr, its traceback with all causes."""
    printed = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    assert not [secret for secret in secrets if secret in printed]
    chained: BaseException | None = error
    while chained is not None:
        assert not [secret for secret in secrets if secret in repr(chained)]
        chained = chained.__cause__ or chained.__context__


async def run_outgoing(
    channel: Channel, fake: FakeTelegram, case: OutgoingTestCase, secrets: Sequence[str]
) -> None:
    """Send the message of a case and compare."""
    if case.script:
        fake.script(**case.script)
    if isinstance(case.wanted, Sent):
        assert await channel.send(case.outbound) == case.wanted
    else:
        with pytest.raises(case.wanted) as caught:
            await channel.send(case.outbound)
        assert type(caught.value) is case.wanted
        assert not isinstance(caught.value, NotNow) or caught.value.retry_after == case.retry_after
        secret_free(caught.value, secrets)
    if case.calls:
        made = [
            {name: decoded(value) for name, value in call["params"].items()}
            for call in fake.ledger()["calls"]
        ]
        assert made == list(case.calls)
