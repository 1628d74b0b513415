"""Units files of every sort: taken whole, or refused whole in words the office understands."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from storage.domain.problems import UnitsProblem
from storage.domain.units import UnitRecord
from storage.unit_files import COLUMNS, read_units

HEADER = ",".join(COLUMNS)
TOP = "36,Tỉnh Nam Định,TI,tinh,,2021-01-01,,,,Trần Thị Mai,cô"
COMMUNE = "13999,Xã Hải Đông,XA,xa,36,2021-01-01,,,,Phạm Thị Lan,chị"
BRANCH = "13999-01,Chi hội xóm 1,CH,xom,13999,1/1/2021,31/12/2030,1.166,177,Vũ Thị Hạnh,Cô"
SAMPLE = Path(__file__).parents[2] / "samples" / "nam-dinh-2024.csv"


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def read(tmp_path: Path, text: str | bytes, name: str = "units.csv") -> tuple[UnitRecord, ...]:
    """Read a file with this content."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_units(path, quiet)


def lines(*rows: str) -> str:
    """A CSV file with our heading."""
    return "\n".join((HEADER, *rows)) + "\n"


def refused(tmp_path: Path, text: str | bytes, name: str = "units.csv") -> list[str]:
    """What is said of a file that is refused."""
    with pytest.raises(UnitsProblem) as problem:
        read(tmp_path, text, name)
    return [str(finding) for finding in problem.value.findings]


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """A real .xlsx with these rows."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def test_a_file_becomes_records(tmp_path: Path) -> None:
    top, commune, branch = read(tmp_path, lines(TOP, COMMUNE, BRANCH))
    assert (top.kind, top.parent, top.figures, top.address_form) == ("TI", None, {}, "cô")
    assert commune.area_kind == "xa"
    assert branch == UnitRecord(
        "13999-01", "Chi hội xóm 1", "CH", "xom", "13999", date(2021, 1, 1), date(2030, 12, 31),
        {"members": 1166, "households": 177}, "Vũ Thị Hạnh", "cô",
    )  # fmt: skip


def test_the_sample_is_taken_with_progress() -> None:
    heard: list[tuple[int, int]] = []
    records = read_units(SAMPLE, lambda done, total: heard.append((done, total)))
    assert len(records) == 2637
    assert (heard[0], heard[-1]) == ((1, 2637), (2637, 2637))
    assert sum(record.kind == "CH" for record in records) == 2400


def test_parents_come_first_wherever_they_stand(tmp_path: Path) -> None:
    records = read(tmp_path, lines(BRANCH, COMMUNE, TOP))
    assert [record.code for record in records] == ["36", "13999", "13999-01"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_vietnamese_headings_any_order_extra_columns_and_semicolons(tmp_path: Path, encoding: str) -> None:
    text = (
        "Ghi chú;Loại;MÃ;Tên;Mã cấp trên;Từ ngày;số  hội viên;Xưng hô;Người phụ trách\r\n"
        "x;TI;36;Tỉnh Nam Định;;2021-01-01;;;\r\n;;;;;;;;\r\n"
        ";ch;01;Chi hội;36;01.02.2021;0;Bác;Trần Văn A\r\n"
    )
    _, branch = read(tmp_path, text.encode(encoding))
    assert (branch.code, branch.kind, branch.valid_from) == ("01", "CH", date(2021, 2, 1))
    assert (branch.figures, branch.address_form, branch.head) == ({"members": 0}, "bác", "Trần Văn A")


def test_decomposed_letters_are_composed(tmp_path: Path) -> None:
    (unit,) = read(tmp_path, lines("36,Ti\u0309nh,TI,,,2021-01-01,,,,,"))
    assert unit.name == "Tỉnh"
    assert unit.address_form == "chị"


def test_a_workbook_with_typed_cells_and_an_empty_row(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "units.xlsx",
        [
            list(COLUMNS.values()),
            [36, "Tỉnh Nam Định", "TI", "tinh", None, datetime(2021, 1, 1), None, None, None, "Mai", "cô"],  # noqa: DTZ001
            [],
            [
                13999.0,
                "Xã Hải Đông",
                "XA",
                "xa",
                "36",
                "2021-01-01",
                date(2030, 1, 1),
                None,
                None,
                "Lan",
                None,
            ],
            ["13999-01", "Chi hội", "CH", "xom", 13999, "1/1/2021", None, 166, 177.0, None, "chị"],
        ],
    )
    records = read_units(path, quiet)
    assert [record.code for record in records] == ["36", "13999", "13999-01"]
    assert records[1].valid_to == date(2030, 1, 1)
    assert records[2].figures == {"members": 166, "households": 177}


def test_a_workbook_names_the_row_as_excel_shows_it(tmp_path: Path) -> None:
    row = ["1", "A", "TI", "", "", "2021-01-01"]
    path = workbook(tmp_path / "units.xlsx", [list(COLUMNS)[:6], row, [], [], ["2", "B", "XY", "", "1", "x"]])
    with pytest.raises(UnitsProblem) as problem:
        read_units(path, quiet)
    assert str(problem.value).splitlines() == [
        "dòng 5, cột kind: “XY” không có trong TI, HU, XA, TT, CH, TO, BAN",
        "dòng 5, cột valid_from: “x” không phải ngày; hãy viết như 2024-03-31 hoặc 31/3/2024",
    ]


def test_every_error_at_once_with_row_and_column(tmp_path: Path) -> None:
    text = lines(
        TOP,
        "13999,Xã Hải Đông,XA,xa,99,2021-13-01,,,,Lan,chị",
        "13999,,CH,xom,,2021-01-01,2020-01-01,-3,1.5,Hạnh,bà",
    )
    assert refused(tmp_path, text) == [
        "dòng 3, cột valid_from: “2021-13-01” không phải ngày; hãy viết như 2024-03-31 hoặc 31/3/2024",
        "dòng 3, cột parent: không có đơn vị 99",
        "dòng 4, cột name: còn trống",
        "dòng 4, cột address_form: “bà” không có trong chị, cô, bác, anh",
        "dòng 4, cột valid_to: 2020-01-01 trước 2021-01-01",
        "dòng 4, cột parent: CH phải có đơn vị cấp trên",
        "dòng 4, cột members: “-3” không phải số nguyên từ 0 trở lên",
        "dòng 4, cột households: “1.5” không phải số nguyên từ 0 trở lên",
        "dòng 4, cột code: 13999 đã có ở dòng 3",
    ]


def test_the_column_is_named_as_the_file_names_it(tmp_path: Path) -> None:
    text = "mã,tên,loại,mã cấp trên,từ ngày\n1,A,TI,13999,2021-01-01\n"
    assert refused(tmp_path, text) == ["dòng 2, cột mã cấp trên: không có đơn vị 13999"]


def test_a_parent_may_be_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text(lines(COMMUNE), encoding="utf-8")
    assert read_units(path, quiet, known={"36"})[0].parent == "36"


def test_circles_are_named_once(tmp_path: Path) -> None:
    rows = [f"{code},Xã,XA,,{parent},2021-01-01,,,,," for code, parent in ("ab", "bc", "ca", "dd", "ea")]
    assert refused(tmp_path, lines(*rows)) == [
        "dòng 2, cột parent: vòng lặp: a → b → c → a",
        "dòng 5, cột parent: vòng lặp: d → d",
    ]


def test_missing_and_doubled_columns(tmp_path: Path) -> None:
    assert refused(tmp_path, "mã,tên,code,từ ngày\n1,A,1,2021-01-01\n") == [
        "dòng tiêu đề: cột code có hai lần",
        "dòng tiêu đề: thiếu cột loại (kind), mã cấp trên (parent)",
    ]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "tệp trống"),
        (b"\xef\xbb\xbf \n\n", "a.csv", "tệp trống"),
        (b"", "a.xlsx", "tệp trống"),
        (HEADER.encode(), "a.csv", "chỉ có dòng tiêu đề"),
        ("mã,tên\n1,Xã".encode("utf-16"), "a.csv", "UTF-8"),
        (f'{HEADER}\n1,"Xã,TI'.encode(), "a.csv", "ngoặc kép"),
        (b"not a workbook", "a.xlsx", "không phải là tệp Excel .xlsx"),
        (b"PK\x03\x04 broken", "a.xlsx", "không phải là tệp Excel .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 EncryptedPackage", "a.xlsx", "mật khẩu"),
        (b"anything", "a.ods", ".csv hoặc .xlsx"),
    ],
)
def test_a_file_that_is_not_what_it_says(tmp_path: Path, content: bytes, name: str, said: str) -> None:
    (line,) = refused(tmp_path, content, name)
    assert said in line


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "units.xlsx"
    subprocess.run([sys.executable, "-m", "zipfile", "-c", str(path), __file__], check=True)
    with pytest.raises(UnitsProblem, match=re.escape(".xlsx")):
        read_units(path, quiet)


def test_an_empty_workbook_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnitsProblem, match="tệp trống"):
        read_units(workbook(tmp_path / "units.xlsx", []), quiet)
    with pytest.raises(UnitsProblem, match="không đọc được tệp"):
        read_units(tmp_path / "gone.csv", quiet)


def test_a_workbook_that_unpacks_without_end_is_refused_before_it_does(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/big.xml", "w") as big:
        for _ in range(201):
            big.write(b"\0" * 1_000_000)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(UnitsProblem, match="bung ra quá lớn"):
        read_units(bomb, lambda done, total: None)


def test_a_file_that_is_no_units_file_by_its_size(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 20_000_001)
    with pytest.raises(UnitsProblem, match="tệp quá lớn"):
        read_units(large, lambda done, total: None)
