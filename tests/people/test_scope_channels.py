"""Who may choose the channel somebody is written to on."""

import asyncio

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.people.conftest import House

RUNNER = CliRunner()


@pytest.mark.parametrize(("as_", "code"), [("14000", 2), ("13999", 0)])
async def test_a_channel_is_chosen_within_ones_own_tree(house: House, as_: str, code: int) -> None:
    command = ["channels", "prefer", "13999-05", "zalo_oa", "--database", house.database.url, "--as", as_]
    result = await asyncio.to_thread(RUNNER.invoke, app, command)
    assert result.exit_code == code, result.output


async def test_everybodys_numbers_are_asked_by_the_province_only(house: House) -> None:
    command = ["channels", "ask-phones", "--database", house.database.url, "--as", "13999"]
    refused = await asyncio.to_thread(RUNNER.invoke, app, command)
    assert refused.exit_code == 2
