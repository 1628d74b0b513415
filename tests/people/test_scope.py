"""Everybody sees and touches her own subtree only, in chat and by command."""

from pathlib import Path

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from storage.queries import people
from storage.scope import reaches, scope_of
from tests.people.conftest import House
from tests.people.test_seats import asks

DAY_SEATS = {
    "36": {"36", "361", "13999", "13999-05", "14000", "14000-05"},
    "13999": {"13999", "13999-05"},
    "13999-05": {"13999-05"},
}

#: Those that name nobody, or are the administrator's own: whoever gives links to seats may be anybody.
NAMELESS = {
    "summaries rebuild", "summaries verify", "staff link",
    "webhook create", "webhook list", "webhook revoke", "webhook test",
}  # fmt: skip
GUARDED = {
    "channels prefer", "channels ask-phones", "units import", "units list", "units codes", "answers export",
    "export", "letters", "schedule",
    "privacy export", "privacy erase", "privacy report",
}  # fmt: skip


@pytest.mark.parametrize("code", DAY_SEATS)
async def test_a_seat_reaches_its_own_subtree(house: House, code: str) -> None:
    seat, day = house.seat(code), house.clock.now().date()
    for other in DAY_SEATS["36"]:
        unit_id = house.seat(other).unit.id
        assert house.ask(reaches, [seat], unit_id, day) == (other in DAY_SEATS[code])
    assert not house.ask(reaches, [], seat.unit.id, day)
    seen = {each.code for each in house.ask(people.all_units, scope_of([seat], day))}
    assert seen >= DAY_SEATS[code]
    assert not seen & (DAY_SEATS["36"] - DAY_SEATS[code])


@pytest.mark.parametrize("order", ["NHẬP HỘ XÓM 5 HỒNG QUANG", "BÀN GIAO XÓM 5 HỒNG QUANG"])
async def test_an_order_finds_nothing_outside(house: House, order: str) -> None:
    lan = await house.linked("13999", "111")
    said = await lan.says(order)
    assert "Lê Thị Thu" not in said
    assert "chưa tìm thấy nơi này trong địa bàn" in said or "Xóm" not in said


@pytest.mark.parametrize("order", ["NHẬP HỘ XÓM 4", "BÀN GIAO XÓM 4", "DUYỆT"])
async def test_a_branch_head_has_no_such_powers(house: House, order: str) -> None:
    hoa = await house.linked("13999-05", "222")
    before = house.rows("SELECT count(*) FROM matters")
    said = await hoa.says(order)
    assert "xóm 4" not in said.lower()
    assert house.rows("SELECT count(*) FROM matters") == before


async def test_the_right_to_enter_for_a_branch_ends_with_the_seat(house: House) -> None:
    lan = await house.linked("13999", "111")
    await lan.says("nhập hộ xóm 5")
    await lan.says("rồi")
    mai = await house.linked("361", "333")
    for words in ("bàn giao xã nam hoa", "Lê Thị Mới", "1"):
        await mai.says(words)
    said = await lan.says("41")
    assert "Câu" not in said
    assert house.rows("SELECT count(*) FROM answers WHERE question LIKE '%%du%%'") == [(0,)]


async def test_a_request_is_shown_to_its_own_commune_only(house: House) -> None:
    lan, xuan = await house.linked("13999", "111"), await house.linked("14000", "112")
    await asks(house, "222", "xom 5 hong quang", "Lê Thị Thu")
    assert "Lê Thị Thu" in xuan.last()
    assert "Lê Thị Thu" not in lan.last()
    assert "không có ai chờ" in await lan.says("duyệt")
    await lan.says("1")
    assert house.rows("SELECT outcome FROM seat_requests") == [("",)]


def _commands() -> dict[str, typer.core.TyperCommand]:
    found = {}
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        children = getattr(command, "commands", None)
        found.update(
            {f"{name} {child}": each for child, each in children.items()} if children else {name: command}
        )
    return found


def test_every_command_that_names_people_takes_as() -> None:
    guarded = {name for name, command in _commands().items() if any("--as" in p.opts for p in command.params)}
    assert guarded == GUARDED
    touched = {
        name for name, command in _commands().items() if any("--database" in p.opts for p in command.params)
    }
    assert touched - guarded == NAMELESS, "a command over the database without --as"


@pytest.fixture
async def url(house: House) -> str:
    """The database, with a report in each commune."""
    for account, code in (("222", "13999-05"), ("223", "14000-05")):
        head = await house.linked(code, account)
        await head.says("bắt đầu")
        await head.says("1")
        await head.says("rồi")
    await house.issue("13999-04", "CH-A7K4M3Q9F")
    return house.database.url


@pytest.mark.parametrize(
    "arguments",
    [
        ["units", "list"],
        ["answers", "export", "--round", "CH-T:2024-03"],
        ["units", "codes", "--out", "OUT"],
        ["letters", "--out", "OUT"],
        ["privacy", "report"],
    ],
)
def test_a_command_run_as_a_president_shows_her_commune_only(
    url: str, tmp_path: Path, arguments: list[str]
) -> None:
    out = tmp_path / "out.txt"
    given = [str(out) if each == "OUT" else each for each in arguments]
    result = CliRunner().invoke(app, [*given, "--as", "13999", "--database", url])
    assert result.exit_code == 0, result.stderr
    shown = result.stdout + (out.read_text("utf-8") if out.exists() else "")
    for name in ("Hồng Quang", "Lê Thị Thu", "14000", "Phạm Thị Xuân"):
        assert name not in shown
    everything = CliRunner().invoke(
        app, [*[e.replace("out.txt", "all.txt") for e in given], "--database", url]
    )
    assert everything.exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["units", "list", "--unit", "14000"],
        ["answers", "export", "--round", "CH-T:2024-03", "--unit", "14000"],
        ["units", "codes", "--out", "OUT", "--unit", "14000"],
        ["letters", "--out", "OUT", "--unit", "14000"],
        ["privacy", "report", "--unit", "14000"],
        ["privacy", "export", "14000-05", "--out", "OUT"],
        ["privacy", "erase", "14000-05", "--yes"],
        ["units", "import", "FILE"],
    ],
)
def test_a_command_refuses_what_lies_outside(url: str, tmp_path: Path, arguments: list[str]) -> None:
    file = tmp_path / "units.csv"
    file.write_text(
        "code,name,kind,parent,valid_from,head\n14000-05,Chi hội khác,CH,14000,2021-01-01,Ai Đó\n", "utf-8"
    )
    names = {"OUT": str(tmp_path / "out.txt"), "FILE": str(file)}
    given = [names.get(each, each) for each in arguments]
    result = CliRunner().invoke(app, [*given, "--as", "13999", "--database", url])
    assert result.exit_code == 2
    assert "ngoài địa bàn" in result.stderr
    assert not (tmp_path / "out.txt").exists()
    listed = CliRunner().invoke(app, ["units", "list", "--database", url]).stdout
    assert "14000-05\tCH\tChi hội xóm 5\tLê Thị Thu" in listed
