"""``chihoi move``: everything, or nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.database import exists, key_file, place_of
from storage.domain.effects import BackupDue, DeadLetterKept, TokensLeased, UnitsImported
from storage.domain.messages import Inbound
from storage.domain.sign_in_effects import ApiTokenIssued, StaffLinkMade, StaffSignedIn
from storage.instance import only_instance
from storage.migrations import open_database
from storage.queries import people
from storage.sealing import Seal
from tests.postgres.test_same import HANH, START, House, _life
from tests.storage.conftest import unit

run = CliRunner().invoke


async def _lived(tmp_path: Path) -> tuple[str, House]:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    house = House(url)
    await _life(house)
    await _signed_in(house)
    await house.writer.close()
    return url, house


async def _signed_in(house: House) -> None:
    """What no conversation leaves: a link and a session of the staff page, a program's token, a backup, a
    message nobody could answer, a renewed pair of tokens."""
    with house.database.reading() as reader:
        seat = people.seat_by_code(reader, "36")
    assert seat is not None
    assert seat.person is not None
    who, later = (seat.id, seat.person.id), START + timedelta(days=1)
    lost = Inbound(HANH, "lost", START, "dạ ạ")
    await house.do(
        StaffLinkMade("a" * 64, *who, START, later), StaffSignedIn("a" * 64, "b" * 64, *who, START, later),
        ApiTokenIssued("kho", "c" * 64, seat.unit.id, START), BackupDue(START),
        DeadLetterKept(lost, START, "E"), TokensLeased("zalo_oa", START, "one", later, "seed", "age:sealed"),
    )  # fmt: skip


async def test_what_was_moved_lives_on(url: str, tmp_path: Path) -> None:
    """The same rows there, and the next message changes both in the same way."""
    old_url, old = await _lived(tmp_path)
    done = run(app, ["move", "--to", url, "--from", old_url])
    assert done.exit_code == 0, done.output
    assert "hai bên khớp từng bảng" in done.output
    kept = old.rows()
    assert _named(done.output) == {name: str(len(rows)) for name, rows in kept.items()}
    for name in ("unit_figures", "staff_links", "staff_sessions", "api_tokens", "backups", "dead_letters"):
        assert kept[name], name
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


def _named(output: str) -> dict[str, str]:
    """What the command says of each table: how many rows."""
    lines = (line.split() for line in output.splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 3 and words[1].isdecimal()}


async def test_what_is_sealed_can_be_opened_there(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIHOI_PHOTOS", str(tmp_path / "photos"))
    old_url, old = await _lived(tmp_path)
    old.database.close()
    word = Seal(tmp_path / "old.db.key").close_in("bí mật")
    done = run(app, ["move", "--to", url, "--from", old_url])
    assert done.exit_code == 0, done.output
    key = key_file(place_of(url), tmp_path / "photos")
    assert key.stat().st_mode & 0o777 == 0o600
    assert Seal(key).open_up(word) == "bí mật"


async def test_while_the_assistant_runs_nothing_is_moved(url: str, tmp_path: Path) -> None:
    old_url = f"sqlite:///{tmp_path / 'old.db'}"
    open_database(old_url).close()
    with only_instance(tmp_path / "old.db"):
        refused = run(app, ["move", "--to", url, "--from", old_url])
    assert refused.exit_code == 2
    assert "trợ lý đang chạy" in refused.output
    assert not exists(url)


async def test_a_place_that_is_not_empty_is_refused(url: str, tmp_path: Path) -> None:
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
