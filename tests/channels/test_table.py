"""Every channel of the table: named once, with limits that can be kept, and unmoved by the unknown."""

import pytest

from bot.channel import Channel
from bot.channels import CHANNELS
from bot.channels.telegram import Telegram
from tests.channels.cases import UNKNOWN


def made(kind: type[Channel]) -> Channel:
    """One of them, with no connection."""
    return Telegram("1:x", "http://127.0.0.1:1") if kind is Telegram else kind()


def test_names_are_unique() -> None:
    names = [kind.name for kind in CHANNELS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", CHANNELS, ids=lambda kind: kind.name)
def test_limits_can_be_kept(kind: type[Channel]) -> None:
    assert kind.capabilities.text_limit >= 500  # no message is longer unless it is a list asked for
    assert 1 <= kind.capabilities.buttons_per_row <= 8


@pytest.mark.parametrize("kind", CHANNELS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("payload", UNKNOWN, ids=str)
def test_an_unknown_update_gives_nothing(kind: type[Channel], payload: object) -> None:
    assert list(made(kind).read(payload)) == []
