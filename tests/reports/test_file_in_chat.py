"""FILE in chat: the workbook on a platform that takes files, the address of the staff page elsewhere."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.channels.telegram import Telegram
from bot.files import Files
from handlers.topics.report_file import wanted_period
from scheduler.rules.rounds import Rules
from storage.domain.messages import Address, Outbound
from storage.queries import outbox
from tests.kh83 import kh83
from tests.scheduler.conftest import HOA, LAN, Province, at, december, province

__all__ = ["december", "province"]


async def _asked(province: Province, code: str, text: str) -> Outbound:
    """What waits for this seat after she wrote."""
    await province.deliver()
    await province.say_only(code, text)
    waiting = province.ask(outbox.waiting, "web", province.clock.now(), 1000)
    return next(each.outbound for each in reversed(waiting) if each.outbound.address.account == code)


def _files(province: Province, folder: Path) -> Files:
    return Files(province.database, kh83(), folder, province.clock.now, Rules(kh83()).span)


@pytest.mark.on_postgres
async def test_the_commune_gets_its_workbook(december: Province, tmp_path: Path) -> None:
    december.turns.file_channels = frozenset({"web"})
    await december.tick(at("12/12", "07:30"))
    await december.report(HOA)
    said = await _asked(december, LAN, "file")
    assert said.file.startswith("workbook:")
    assert said.file.endswith(":2024-12")
    assert "tệp Excel số liệu tháng 12 năm 2024 của xã Nam Hoa" in said.text
    made = await _files(december, tmp_path)(said)
    path = Path(made.file)
    assert path.name == "BC_T12_2024_XaNamHoa.xlsx"
    page = load_workbook(path, data_only=True)["PL11 Nộp báo cáo"]
    names = [row[1] for row in page.iter_rows(values_only=True)]
    assert [n for n in names if str(n).startswith(("Chi", "TỔNG"))] == [
        "Chi hội xóm 5",
        "Chi hội xóm 9",
        "TỔNG CỘNG",
    ]
    assert [path.name for path in path.parent.iterdir()] == [path.name]
    noted = december.rows(
        "SELECT details FROM audit"
        " WHERE CAST(details AS text) LIKE '%%report_exported%%' OR what LIKE 'report_exp%%'"
    )
    assert len(noted) == 1


async def test_where_no_file_can_be_sent_the_staff_page_is_named(december: Province) -> None:
    december.turns.page_url = "https://hoi.example.vn"
    said = await _asked(december, LAN, "Gửi file 6 tháng")
    assert said.file == ""
    assert said.text == (
        "Ở đây em chưa gửi tệp được ạ. Chị mở trang cán bộ để tải số liệu 6 tháng đầu năm 2024 "
        "của xã Nam Hoa: https://hoi.example.vn/staff/exports"
    )
    december.turns.page_url = ""
    assert "nhờ người quản trị" in (await _asked(december, LAN, "FILE")).text


async def test_a_period_that_is_not_understood_gets_examples(december: Province) -> None:
    assert "FILE QUÝ 1" in (await _asked(december, LAN, "file hôm nọ")).text


async def test_a_branch_head_gets_no_file(december: Province) -> None:
    december.turns.file_channels = frozenset({"web"})
    assert (await _asked(december, HOA, "FILE")).file == ""


async def test_a_file_that_cannot_be_made_is_not_promised(december: Province, tmp_path: Path) -> None:
    december.turns.file_channels = frozenset({"web"})
    said = await _asked(december, LAN, "FILE NĂM 2019")
    made = await _files(december, tmp_path)(said)
    assert made.file == ""
    assert "chưa làm được" in made.text


async def test_a_file_being_sent_is_not_written_over(december: Province, tmp_path: Path) -> None:
    files = _files(december, tmp_path)
    asked = Outbound(Address("web", LAN), "Dạ", file="calendar:XA")
    first = Path((await files(asked)).file)
    with first.open("rb") as under_way:
        whole = first.read_bytes()
        december.clock.advance(timedelta(days=30))
        again = Path((await files(asked)).file)
        assert again == first
        assert under_way.read() == whole
    assert again.read_bytes() != whole
    assert [path.name for path in tmp_path.glob("*.partial")] == []


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("FILE", "2024-05"),
        ("file excel", "2024-05"),
        ("gửi file tháng 3", "2024-03"),
        ("FILE T12", "2023-12"),
        ("file tháng 03/2023", "2023-03"),
        ("file quý 2", "2024-Q2"),
        ("file quý IV", "2023-Q4"),
        ("file q1 năm 2023", "2023-Q1"),
        ("tệp 6T", "2024-H1"),
        ("file 6 tháng cuối năm", "2023-H2"),
        ("file 6 tháng đầu năm 2023", "2023-H1"),
        ("file năm", "2024"),
        ("file năm 2023", "2023"),
        ("file tháng 13", None),
        ("file gì đó", None),
    ],
)
def test_periods_are_read_as_people_write_them(text: str, period: str | None) -> None:
    assert wanted_period(text, date(2024, 6, 7), "2024-05") == period


def test_telegram_takes_files() -> None:
    assert Telegram.capabilities.files
