"""The tree by date: mergers of communes (domain.md 3.3), with and without districts, from files only."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from bot.cli import app
from storage.database import Database
from storage.domain.answers import Answer
from storage.domain.effects import AnswerRecorded, ReportSubmitted, RoundOpened, SeatLinked
from storage.domain.messages import Address
from storage.migrations import open_database
from storage.plan.periods import period_span
from storage.queries import answers, people, places
from storage.queries.expected import expected_units
from storage.scope import reaches, units_below
from storage.writer.opening import writer_of

RUNNER = CliRunner()

#: Nam Định with districts, as it was. Hồng Quang exists twice; numbers of branches repeat.
BEFORE = """mã,tên,loại,mã cấp trên,từ ngày,người phụ trách
36,Tỉnh Nam Định,TI,,01/01/2021,Vũ Thị Mai
356,Thành phố Nam Định,HU,36,01/01/2021,Đỗ Thị An
366,Huyện Nam Trực,HU,36,01/01/2021,Đỗ Thị Bình
360,Huyện Ý Yên,HU,36,01/01/2021,Đỗ Thị Chi
362,Huyện Nghĩa Hưng,HU,36,01/01/2021,Đỗ Thị Dung
13690,Xã Nam Phong,XA,356,01/01/2021,Lê Thị Phong
13693,Xã Nam Vân,XA,356,01/01/2021,Lê Thị Vân
13972,Xã Nam Điền,XA,366,01/01/2021,Lê Thị Điền
13981,Xã Nghĩa An,XA,366,01/01/2021,Lê Thị Nghĩa
13987,Xã Hồng Quang,XA,366,01/01/2021,Lê Thị Hồng
13800,Xã Hồng Quang,XA,360,01/01/2021,Lê Thị Quang
13921,Xã Nghĩa Hùng,XA,362,01/01/2021,Lê Thị Hùng
13927,Xã Nghĩa Hải,XA,362,01/01/2021,Lê Thị Hải
13924,Xã Nghĩa Lâm,XA,362,01/01/2021,Lê Thị Lâm
13690-01,Chi hội xóm 1,CH,13690,01/01/2021,Bùi Thị Một
13972-01,Chi hội xóm 1,CH,13972,01/01/2021,Bùi Thị Hai
13972-02,Chi hội xóm 2,CH,13972,01/01/2021,Bùi Thị Ba
13987-01,Chi hội xóm 7,CH,13987,01/01/2021,Bùi Thị Tư
13924-01,Chi hội xóm 9,CH,13924,01/01/2021,Bùi Thị Năm
13921-01,Chi hội xóm 8,CH,13921,01/01/2021,Bùi Thị Sáu
"""

#: 1 July 2025: no district, three new communes of eight old ones; Vị Khê and Hồng Quang cross old
#: districts, Nghĩa Lâm keeps a name with another extent.
MERGER = """mã,tên,loại,mã cấp trên,từ ngày,đến ngày,người phụ trách,gộp vào mã
356,Thành phố Nam Định,HU,36,01/01/2021,30/06/2025,Đỗ Thị An,
366,Huyện Nam Trực,HU,36,01/01/2021,30/06/2025,Đỗ Thị Bình,
360,Huyện Ý Yên,HU,36,01/01/2021,30/06/2025,Đỗ Thị Chi,
362,Huyện Nghĩa Hưng,HU,36,01/01/2021,30/06/2025,Đỗ Thị Dung,
90001,Phường Vị Khê,XA,36,01/07/2025,,Lê Thị Phong,
90002,Phường Hồng Quang,XA,36,01/07/2025,,Lê Thị Mới,
90003,Xã Nghĩa Lâm,XA,36,01/07/2025,,Lê Thị Lâm,
13690,Xã Nam Phong,XA,356,01/01/2021,30/06/2025,Lê Thị Phong,90001
13972,Xã Nam Điền,XA,366,01/01/2021,30/06/2025,Lê Thị Điền,90001
13693,Xã Nam Vân,XA,356,01/01/2021,30/06/2025,Lê Thị Vân,90002
13981,Xã Nghĩa An,XA,366,01/01/2021,30/06/2025,Lê Thị Nghĩa,90002
13987,Xã Hồng Quang,XA,366,01/01/2021,30/06/2025,Lê Thị Hồng,90002
13921,Xã Nghĩa Hùng,XA,362,01/01/2021,30/06/2025,Lê Thị Hùng,90003
13927,Xã Nghĩa Hải,XA,362,01/01/2021,30/06/2025,Lê Thị Hải,90003
13924,Xã Nghĩa Lâm,XA,362,01/01/2021,30/06/2025,Lê Thị Lâm,90003
13800,Xã Hồng Quang,XA,36,01/01/2021,,Lê Thị Quang,
13690-01,Chi hội xóm 1,CH,90001,01/01/2021,,Bùi Thị Một,
13972-01,Chi hội xóm 1,CH,90001,01/01/2021,,Bùi Thị Hai,
13972-02,Chi hội tổ dân phố Đông,CH,90001,01/01/2021,,Bùi Thị Ba,
13987-01,Chi hội xóm 7,CH,90002,01/01/2021,,Bùi Thị Tư,
13924-01,Chi hội xóm 9,CH,90003,01/01/2021,,Bùi Thị Năm,
13921-01,Chi hội xóm 8,CH,90003,01/01/2021,,Bùi Thị Sáu,
"""

OLD = ["13690", "13693", "13800", "13921", "13924", "13927", "13972", "13981", "13987"]
NEW = ["13800", "90001", "90002", "90003"]
BRANCHES = ["13690-01", "13921-01", "13924-01", "13972-01", "13972-02", "13987-01"]


def imported(url: str, folder: Path, text: str, *options: str) -> str:
    """``chihoi units import`` of this text; what it said."""
    file = folder / "tep.csv"
    file.write_text(text, "utf-8")
    result = RUNNER.invoke(app, ["units", "import", str(file), "--database", url, *options])
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A province before the merger, then merged."""
    url = f"sqlite:///{tmp_path / 'house.db'}"
    imported(url, tmp_path, BEFORE)
    return url


def expected(url: str, kind: str, period: str, below: str = "36") -> list[str]:
    """The codes of the units that owe a report."""
    database = Database(url)
    try:
        with database.reading() as reader:
            unit = people.unit_by_code(reader, below)
            assert unit is not None
            within = units_below(unit.id, _last(period))
            return [each.code for each in expected_units(reader, kind, period, within)]
    finally:
        database.close()


def _last(period: str) -> date:
    return period_span(period)[1]


@pytest.mark.parametrize(
    ("kind", "period", "codes"),
    [
        ("XA", "2025-05", OLD),
        ("XA", "2025-06", OLD),
        ("XA", "2025-Q2", OLD),
        ("XA", "2025-H1", OLD),
        ("XA", "2025-07", NEW),
        ("XA", "2025-Q3", NEW),
        ("XA", "2025-H2", NEW),
        ("XA", "2025", NEW),
        ("XA", "2024", OLD),
        ("HU", "2025-06", ["356", "360", "362", "366"]),
        ("HU", "2025-07", []),
        ("HU", "2025", []),
        ("CH", "2025-06", BRANCHES),
        ("CH", "2025-07", BRANCHES),
        ("CH", "2025", BRANCHES),
    ],
)
def test_expected_reports_before_during_and_after(
    url: str, tmp_path: Path, kind: str, period: str, codes: list[str]
) -> None:
    imported(url, tmp_path, MERGER, "--from", "2025-07-01")
    assert expected(url, kind, period) == codes


def test_who_stood_where_is_kept(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, MERGER, "--from", "2025-07-01")
    assert expected(url, "CH", "2025-06", "366") == ["13972-01", "13972-02", "13987-01"]
    assert expected(url, "CH", "2025-06", "13972") == ["13972-01", "13972-02"]
    assert expected(url, "CH", "2025-07", "90001") == ["13690-01", "13972-01", "13972-02"]
    assert expected(url, "CH", "2025-07", "90003") == ["13921-01", "13924-01"]
    assert expected(url, "CH", "2025-06", "13924") == ["13924-01"]
    assert expected(url, "CH", "2025-07", "13972") == []


def test_a_unit_that_begins_in_a_period_of_its_own_owes_none(url: str, tmp_path: Path) -> None:
    fresh = "mã,tên,loại,mã cấp trên,từ ngày\n13690-02,Chi hội xóm 2,CH,13690,15/05/2024\n"
    imported(url, tmp_path, fresh)
    assert "13690-02" not in expected(url, "CH", "2024-05")
    assert "13690-02" in expected(url, "CH", "2024-06")


HAI = Address("zalo", "1")


async def _reports_twice(url: str) -> None:
    """Chi hội xóm 1 of Nam Điền reports 10 for June and 7 for July."""
    database = open_database(url)
    writer = writer_of(database)
    at = datetime(2025, 6, 14, 1, tzinfo=UTC)
    with database.reading() as reader:
        branch = people.seat_by_code(reader, "13972-01")
    assert branch is not None
    await writer.run("k", lambda _: [SeatLinked(HAI, branch.id, at, "")])
    for number, (month, value) in enumerate((("2025-06", 10), ("2025-07", 7)), 1):
        answer = Answer("NEN.5", "given", {"NEN.5": value})
        effects = [
            RoundOpened("CH-T", month, at, at),
            AnswerRecorded(branch.id, number, at, answer, HAI, month),
            ReportSubmitted(branch.id, number, at),
        ]
        await writer.run("k", lambda _, made=tuple(effects): made)  # type: ignore[misc]
    await writer.close()
    database.close()


def test_sums_are_taken_over_the_tree_of_the_period(url: str, tmp_path: Path) -> None:
    asyncio.run(_reports_twice(url))
    imported(url, tmp_path, MERGER, "--from", "2025-07-01")
    database = Database(url)
    with database.reading() as reader:
        old, new = people.unit_by_code(reader, "13972"), people.unit_by_code(reader, "90001")
        assert old is not None
        assert new is not None
        assert answers.sums_below(reader, old.id, "2025-06") == {"NEN.5": 10}
        assert answers.sums_below(reader, old.id, "2025-07") == {}
        assert answers.sums_below(reader, new.id, "2025-07") == {"NEN.5": 7}
        assert answers.count_below(reader, old.id, date(2025, 6, 30)) == 2
        assert answers.count_below(reader, new.id, date(2025, 7, 1)) == 3
        held = people.seats_of(reader, HAI)
        assert [(seat.code, seat.parent_name) for seat in held] == [("13972-01", "Phường Vị Khê")]
        for words in ("xóm 1 nam điền", "xom 1 vi khe"):
            assert "13972-01" in [s.code for s in places.find_branches(reader, words, date(2025, 8, 1), 5)]
        renamed = places.find_branches(reader, "xóm 2 nam điền", date(2025, 8, 1), 5)
        assert [seat.unit.name for seat in renamed] == ["Chi hội tổ dân phố Đông"], "by its old name"
    database.close()


def test_the_preview_says_what_would_change_and_changes_nothing(url: str, tmp_path: Path) -> None:
    before = RUNNER.invoke(app, ["units", "list", "--database", url]).stdout
    said = imported(url, tmp_path, MERGER, "--from", "2025-07-01", "--dry-run")
    lines = said.splitlines()
    for line in ("thêm: 3", "đổi tên: 1", "chuyển cấp trên: 7", "gộp vào: 8", "kết thúc ngày: 4"):
        assert line in lines, said
    assert "  13972-02\tChi hội tổ dân phố Đông\tChi hội xóm 2 → Chi hội tổ dân phố Đông" in lines
    assert "  13972\tXã Nam Điền\t90001" in lines
    assert lines[-1] == "Chưa đổi gì."
    assert RUNNER.invoke(app, ["units", "list", "--database", url]).stdout == before
    assert expected(url, "XA", "2025-07") == OLD


@pytest.mark.parametrize(("answer", "codes"), [("n\n", OLD), ("y\n", NEW)])
def test_it_can_be_asked_before_it_is_taken(url: str, tmp_path: Path, answer: str, codes: list[str]) -> None:
    file = tmp_path / "gop.csv"
    file.write_text(MERGER, "utf-8")
    arguments = ["units", "import", str(file), "--ask", "--from", "2025-07-01", "--database", url]
    assert RUNNER.invoke(app, arguments, input=answer).exit_code == 0
    assert expected(url, "XA", "2025-07") == codes


def test_a_merger_with_a_mistake_is_refused_whole(url: str, tmp_path: Path) -> None:
    file = tmp_path / "sai.csv"
    file.write_text(MERGER.replace("30/06/2025,Lê Thị Điền,90001", ",Lê Thị Điền,90001").replace(
        "Lê Thị Vân,90002", "Lê Thị Vân,77777"), "utf-8")  # fmt: skip
    result = RUNNER.invoke(app, ["units", "import", str(file), "--database", url])
    assert result.exit_code == 2
    assert "dòng 10, cột đến ngày: đơn vị gộp vào nơi khác phải có ngày cuối cùng" in result.stderr
    assert "dòng 11, cột gộp vào mã: không có đơn vị 77777" in result.stderr
    assert expected(url, "XA", "2025-07") == OLD


def test_the_template_can_be_filled_in_and_taken(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'moi.db'}", tmp_path / "mau.xlsx"
    assert RUNNER.invoke(app, ["units", "template", str(file)]).exit_code == 0
    assert RUNNER.invoke(app, ["units", "template", str(file)]).exit_code == 2, "never written over"
    result = RUNNER.invoke(app, ["units", "import", str(file), "--database", url])
    assert result.exit_code == 0, result.stderr
    book = load_workbook(file)
    assert book.sheetnames == ["Đơn vị", "Cách điền"]
    listed = RUNNER.invoke(app, ["units", "list", "--database", url]).stdout.splitlines()
    assert [line.split("\t")[:2] for line in listed] == [["13999", "XA"], ["13999-05", "CH"], ["36", "TI"]]


def test_a_deputy_has_a_seat_of_her_own(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, "mã,tên,loại,mã cấp trên,từ ngày,người phụ trách,cấp phó\n"
             "13987,Xã Hồng Quang,XA,366,01/01/2021,Lê Thị Hồng,Phạm Thị Phó\n")  # fmt: skip
    database = Database(url)
    with database.reading() as reader:
        seat = people.seat_by_code(reader, "13987-P")
        branch = people.seat_by_code(reader, "13987-01")
    database.close()
    assert seat is not None
    assert (seat.role, seat.person.name if seat.person else "") == ("commune_deputy", "Phạm Thị Phó")
    assert branch is not None
    assert branch.superior is not None
    assert branch.superior.name == "Lê Thị Hồng"


def test_five_thousand_branches_from_excel(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["mã", "tên", "loại", "mã cấp trên", "từ ngày", "số hội viên", "người phụ trách"])
    sheet.append(["37", "Tỉnh Ninh Bình", "TI", "", "2021-01-01", None, "Vũ Thị Mai"])
    for number in range(130):
        sheet.append(
            [f"{14000 + number}", f"Xã số {number}", "XA", "37", "2021-01-01", None, f"Lê Thị {number}"]
        )
    for number in range(5000):
        commune = 14000 + number % 130
        row = [
            f"{commune}-{number:04}",
            f"Chi hội xóm {number}",
            "CH",
            f"{commune}",
            "2021-01-01",
            60,
            f"Bùi {number}",
        ]
        sheet.append(row)
    file, url = tmp_path / "lon.xlsx", f"sqlite:///{tmp_path / 'lon.db'}"
    book.save(file)
    result = RUNNER.invoke(app, ["units", "import", str(file), "--database", url])
    assert result.exit_code == 0, result.stderr
    assert "thêm 5131" in result.stdout


def test_the_president_of_a_merged_commune_reaches_nothing_any_more(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, MERGER, "--from", "2025-07-01")
    database = Database(url)
    with database.reading() as reader:
        old, new, branch = (people.seat_by_code(reader, code) for code in ("13972", "90001", "13972-01"))
        assert old is not None
        assert new is not None
        assert branch is not None
        last, first = date(2025, 6, 30), date(2025, 7, 1)
        assert reaches(reader, [old], branch.unit.id, last)
        assert not reaches(reader, [old], branch.unit.id, first)
        assert reaches(reader, [new], branch.unit.id, first)
        assert not reaches(reader, [new], branch.unit.id, last)
    database.close()
