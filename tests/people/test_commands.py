"""``chihoi privacy`` and ``chihoi letters`` as a person types them."""

import asyncio
import json
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.letters import Doors, say, square
from bot.letters import letters as page_of
from handlers.topic import HouseWords
from storage.domain.codes import is_code
from storage.queries import people
from tests.people.conftest import CODE, House, everything
from tests.people.test_rights import hoa_enrolled, reported

RUNNER = CliRunner()


def chihoi(house: House, *arguments: str | Path) -> Result:
    """A command on this house's database."""
    return RUNNER.invoke(app, [*map(str, arguments), "--database", house.database.url])


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Where the letters go."""
    return tmp_path / "thu.html"


def run(house: House, letters: Path, *more: str) -> str:
    """The letters of xã Nam Hoa."""
    result = chihoi(house, "letters", "--unit", "13999", "--out", letters, *more)
    assert result.exit_code == 0, result.stderr
    return letters.read_text("utf-8")


def test_letters_of_a_commune_have_a_page_each_with_a_working_code(house: House, letters: Path) -> None:
    page = run(house, letters, "--telegram", "@ChiHoiBot", "--zalo", "Trợ lý Hội")
    assert page.count("<article>") == 6, "five heads and the president; the empty seat has nobody to write to"
    codes = re.findall(r"<strong>(.+?)</strong>", page)
    assert len(set(codes)) == 6
    assert all(is_code(code) for code in codes)
    assert "Kính gửi chị Nguyễn Thị Hoa" in page
    assert "Chi hội trưởng xóm 5, Xã Nam Hoa" in page
    assert "chị Lan, Chủ tịch Hội xã" in page
    assert letters.stat().st_mode & 0o077 == 0
    plain = codes[-1].replace(" ", "")
    assert square(f"https://t.me/ChiHoiBot?start={plain}") in page
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org)|<script", page), "nothing from elsewhere"
    assert chihoi(house, "letters", "--out", letters).exit_code == 2, "never written over"


def test_letters_again_end_the_codes_before(house: House, letters: Path, tmp_path: Path) -> None:
    first = re.findall(r"<strong>(.+?)</strong>", run(house, letters))[-1]
    assert say("by_hand") in letters.read_text("utf-8")
    run(house, tmp_path / "lan-2.html", "--empty")
    assert (tmp_path / "lan-2.html").read_text("utf-8").count("<article>") == 7
    assert first not in str(house.rows("SELECT sha256 FROM one_time_codes")), "hashes only"
    assert house.rows("SELECT count(*) FROM one_time_codes WHERE replaced_at IS NOT NULL") == [(6,)]


async def test_a_name_in_a_letter_is_only_text(house: House) -> None:
    seat = house.seat("13999-05")
    assert seat.person is not None
    page = page_of([(seat, CODE)], Doors(zalo="<b>Zalo</b>"), HouseWords(), date(2024, 3, 14))
    assert "<b>Zalo" not in page
    assert "&lt;b&gt;Zalo" in page


async def test_export_gives_her_everything_and_is_noted(house: House, tmp_path: Path) -> None:
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    out = tmp_path / "hoa.json"
    result = await _in_thread(house, "privacy", "export", "13999-05", "--out", out)
    assert result.exit_code == 0, result.stderr
    kept = json.loads(out.read_text("utf-8"))
    assert [row["name"] for row in kept["person"]] == ["Nguyễn Thị Hoa"]
    assert [row["account"] for row in kept["accounts"]] == [hoa.address.account]
    assert len(kept["answers"]) >= 7
    assert len(kept["consents"]) == 1
    assert any("mưa là ngập" in row["text"] for row in kept["received"])
    person = house.seat("13999-05").person
    assert person is not None
    noted = house.rows("SELECT what, person_id FROM audit WHERE what = 'person_exported'")
    assert noted == [("person_exported", person.id)]


async def test_erase_by_command_leaves_no_trace(house: House) -> None:
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    photos = house.folder / "photos"
    asked = await _in_thread(house, "privacy", "erase", "13999-05", "--photos", photos, answer="n\n")
    assert "Chưa xóa gì" in asked.stdout
    done = await _in_thread(house, "privacy", "erase", "13999-05", "--yes", "--photos", photos)
    assert "1 tệp ảnh" in done.stdout
    found = everything(house)
    for trace in (hoa.address.account, "Nguyễn Thị Hoa", "mưa là ngập", "a picture of Hoa"):
        assert trace not in found
    again = await _in_thread(house, "privacy", "erase", "13999-05", "--yes")
    assert "vị trí này đang trống" in again.stderr
    assert house.ask(people.seats_of, hoa.address) == []


async def test_the_consent_log_can_be_printed(house: House, tmp_path: Path) -> None:
    hoa = await hoa_enrolled(house)
    await hoa.says("xem thông tin")
    out = tmp_path / "so.txt"
    assert (await _in_thread(house, "privacy", "report", "--out", out)).exit_code == 0
    text = out.read_text("utf-8")
    assert "14/03/2024 19:30\tđồng ý\t2026-11\tzalo\t13999-05\tNguyễn Thị Hoa\t#" in text
    assert "Em xin lưu: tên, chức vụ, Chi hội" in text, "the text agreed to stands above"
    assert "18/03/2024 17:00\tshow_request\t13999-05" in text
    assert hoa.address.account not in text


async def test_an_export_of_answers_is_noted_with_its_questions(house: House) -> None:
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    result = await _in_thread(house, "answers", "export", "--round", "CH-T:2024-03", "--as", "13999")
    assert result.exit_code == 0, result.stderr
    ((details, seat_id),) = house.rows(
        "SELECT CAST(details AS text), seat_id FROM audit WHERE what = 'answers_exported'"
    )
    noted = json.loads(str(details))
    assert "NV26f" in str(noted["questions"]), "the sensitive indicator is among what was read"
    assert seat_id == house.seat("13999").id
    assert "mưa" not in str(details)


async def _in_thread(house: House, *arguments: str | Path, answer: str = "") -> Result:
    """A command runs an event loop of its own, so not in ours."""
    given = [*map(str, arguments), "--database", house.database.url]
    return await asyncio.to_thread(RUNNER.invoke, app, given, input=answer)
