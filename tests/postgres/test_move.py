"""``chihoi move``: everything, or nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.migrations import open_database
from tests.postgres.test_same import HANH, House, _life
from tests.storage.conftest import unit

run = CliRunner().invoke


async def _lived(tmp_path: Path) -> tuple[str, House]:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    house = House(url)
    await _life(house)
    await house.writer.close()
    return url, house


async def test_what_was_moved_lives_on(url: str, tmp_path: Path) -> None:
    """The same rows there, and the next message changes both in the same way."""
    old_url, old = await _lived(tmp_path)
    done = run(app, ["move", "--to", url, "--from", old_url])
    assert done.exit_code == 0, done.output
    assert "hai bên khớp từng bảng" in done.output
    kept = old.rows()
    old.database.close()
    houses = House(old_url), House(url)
    assert kept == houses[0].rows() == houses[1].rows()
    for house in houses:
        house.clock.advance(old.clock.now() - house.clock.now())
    said = [await house.say(HANH, 99_999, "xem") for house in houses]
    assert said[0] == said[1]
    assert houses[0].rows() == houses[1].rows()
    for house in houses:
        await house.close()


async def test_a_place_that_is_not_empty_is_refused(url: str, tmp_path: Path) -> None:
    from storage.domain.effects import UnitsImported
    from tests.postgres.test_same import START

    old_url, old = await _lived(tmp_path)
    old.database.close()
    there = House(url)
    await there.do(UnitsImported((unit("36", "TI", None),), START))
    before = there.rows()
    refused = run(app, ["move", "--to", url, "--from", old_url])
    assert refused.exit_code == 2
    assert "đã có dữ liệu" in refused.output
    assert there.rows() == before
    await there.close()


@pytest.mark.parametrize("to", ["sqlite:///x.db", "mysql://a/b"])
def test_only_from_sqlite_to_postgresql(to: str, tmp_path: Path) -> None:
    old_url = f"sqlite:///{tmp_path / 'old.db'}"
    open_database(old_url).close()
    refused = run(app, ["move", "--to", to, "--from", old_url])
    assert refused.exit_code == 2


def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    old_url = f"sqlite:///{tmp_path / 'old.db'}"
    open_database(old_url).close()
    refused = run(app, ["move", "--to", "postgresql://a:geheim@127.0.0.1:1/b", "--from", old_url])
    assert refused.exit_code == 2
    assert "không trả lời" in refused.output
    assert "geheim" not in refused.output
    assert len(refused.output.strip().splitlines()) == 1
