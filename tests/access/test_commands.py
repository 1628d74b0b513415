"""Every command of the program, run as every role (``--as``) on a place outside its own.

A command that stands in neither table fails `test_every_command_has_a_line`.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from tests.access.test_chat import SEATS, opened, template
from tests.architecture.test_access import commands

__all__ = ["template"]

#: Nothing runs these but the administrator's account on the machine: they take no ``--as``.
OF_THE_MACHINE = {
    "api token create", "api token list", "api token revoke",
    "backup", "dead-letters list", "dead-letters retry", "demo", "doctor", "init", "load", "move",
    "plan check", "plan show", "replay", "restore", "run", "simulate", "staff link", "summaries rebuild",
    "summaries verify", "understand", "units template", "webhook create", "webhook list", "webhook revoke",
    "webhook test",
}  # fmt: skip

#: Commands over people and figures, on the branch 14000-05 of another commune. Whoever's subtree does not
#: hold it is refused and changes nothing.
OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "answers export": ("--round", "CH-T:2024-03", "--unit", "14000-05"),
    "export": ("--period", "2024-03", "--unit", "14000", "--to", "OUT", "--only", "csv"),
    "channels ask-phones": (),
    "channels prefer": ("14000-05", "telegram"),
    "letters": ("--out", "OUT", "--unit", "14000-05"),
    "privacy erase": ("14000-05", "--yes"),
    "privacy export": ("14000-05", "--out", "OUT"),
    "privacy report": ("--unit", "14000-05"),
    "schedule": ("--from", "2024-03-01", "--to", "2024-03-02", "--unit", "14000-05"),
    "units codes": ("--out", "OUT", "--unit", "14000-05"),
    "units import": ("FILE",),
    "units list": ("--unit", "14000-05"),
}
BELOW = ("branch_head", "commune_president", "commune_deputy")
ROW = "code,name,kind,parent,valid_from,head\n14000-05,Chi hội khác,CH,14000,2021-01-01,Ai Đó\n"


def test_every_command_has_a_line() -> None:
    assert commands(get_command(app), "") == {f" {name}" for name in (*OF_THE_MACHINE, *OUTSIDE)}


def _dump(path: Path) -> list[str]:
    """Every row of the file."""
    with closing(sqlite3.connect(path)) as reader:
        return list(reader.iterdump())


@pytest.mark.parametrize("seat", [*(SEATS[who] for who in BELOW), "no-such-seat"])
async def test_outside_every_command_is_refused_and_changes_nothing(
    template: Path, tmp_path: Path, seat: str
) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    (tmp_path / "units.csv").write_text(ROW, "utf-8")
    names = {"OUT": str(tmp_path / "out.txt"), "FILE": str(tmp_path / "units.csv")}
    async with opened(template, folder) as house:
        for name, words in OUTSIDE.items():
            before = _dump(house.database.path)
            given = [*name.split(), *(names.get(word, word) for word in words)]
            run = [*given, "--as", seat, "--database", house.database.url]
            result = await asyncio.to_thread(CliRunner().invoke, app, run)
            assert result.exit_code == 2, (name, result.output)
            assert "Lê Thị Thu" not in result.output
            assert not (tmp_path / "out.txt").exists(), name
            assert _dump(house.database.path) == before, name


@pytest.mark.parametrize("name", sorted(set(OUTSIDE) - {"units import", "schedule", "channels ask-phones"}))
async def test_inside_the_province_may(template: Path, tmp_path: Path, name: str) -> None:
    """Else the test above could not fail."""
    folder = tmp_path / "house"
    folder.mkdir()
    async with opened(template, folder) as house:
        words = [str(tmp_path / "out.txt") if word == "OUT" else word for word in OUTSIDE[name]]
        run = [*name.split(), *words, "--as", SEATS["province_staff"], "--database", house.database.url]
        result = await asyncio.to_thread(CliRunner().invoke, app, run)
        assert result.exit_code == 0, result.output
