"""Every channel of the table: named once, with limits that can be kept, and unmoved by the unknown."""

import pytest
from pydantic import SecretStr

from bot.app import channels_of
from bot.channel import Channel, Registered
from bot.channels import CHANNELS
from bot.settings import Settings
from tests.channels.cases import NO_TOOLS, UNKNOWN

SET_UP = Settings(  # type: ignore[call-arg]
    _env_file=None,
    telegram_token=SecretStr("1:x"),
    zalo_bot_token=SecretStr("1:x"),
    zalo_oa_app_id="1",
    zalo_oa_app_secret=SecretStr("x"),
    zalo_oa_secret_key=SecretStr("x"),
)


def made(kind: type[Registered]) -> Channel:
    """One of them, with no connection."""
    return channels_of(SET_UP, NO_TOOLS)[kind.name]


def test_names_are_unique() -> None:
    names = [kind.name for kind in CHANNELS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", CHANNELS, ids=lambda kind: kind.name)
def test_limits_can_be_kept(kind: type[Registered]) -> None:
    assert kind.capabilities.text_limit >= 500  # no message is longer unless it is a list asked for
    assert 1 <= kind.capabilities.buttons_per_row <= 8


@pytest.mark.parametrize("kind", CHANNELS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("payload", UNKNOWN, ids=str)
def test_an_unknown_update_gives_nothing(kind: type[Registered], payload: object) -> None:
    assert list(made(kind).read(payload)) == []
