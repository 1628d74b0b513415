"""``chihoi export`` as a person types it, on a generated year of reports."""

import asyncio
import csv
import json
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

import bot.cli.export as command
from bot.cli import app
from storage.migrations import open_database
from storage.queries import figures, people
from tests.kh83 import PLAN_FOLDER, kh83
from tests.rollups.conftest import write_year
from tests.rollups.generated import shapes

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A province with districts and a year of reports."""
    found = f"sqlite:///{tmp_path_factory.mktemp('export') / 'house.db'}"
    database = open_database(found)
    asyncio.run(write_year(database, shapes()[0], seed=83))
    database.close()
    return found


def _export(url: str, *arguments: str | Path) -> Result:
    given = ["export", *map(str, arguments), "--database", url, "--plan", str(PLAN_FOLDER)]
    return RUNNER.invoke(app, given)


def test_every_kind_is_written_and_named(url: str, tmp_path: Path) -> None:
    done = _export(url, "--period", "2024-H1", "--unit", "36", "--to", tmp_path / "new")
    assert done.exit_code == 0, done.stderr
    stem = "BC_6T_2024_DonVi36"
    names = [".xlsx", ".docx", "_TyLe.png", "_ChiTieu.png", "_DiaBan.png", ".csv", ".json"]
    assert done.stdout.splitlines() == [str(tmp_path / "new" / f"{stem}{name}") for name in names]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(f"{stem}{n}" for n in names)
    assert load_workbook(tmp_path / "new" / f"{stem}.xlsx").sheetnames[0] == "PL1 Chỉ tiêu"
    assert any("BÁO CÁO" in p.text for p in Document(str(tmp_path / "new" / f"{stem}.docx")).paragraphs)
    assert (tmp_path / "new" / f"{stem}_TyLe.png").read_bytes().startswith(b"\x89PNG")


def test_every_file_says_the_same_numbers(url: str, tmp_path: Path) -> None:
    only = [each for kind in ("xlsx", "csv", "json") for each in ("--only", kind)]
    assert _export(url, "--period", "2024-H1", "--unit", "36", "--to", tmp_path, *only).exit_code == 0
    stem = tmp_path / "BC_6T_2024_DonVi36"
    told = json.loads(stem.with_suffix(".json").read_text("utf-8"))
    assert (told["period"], told["unit"], told["plan"]) == ("2024-H1", "36", "KH83-2024")
    by_json = {(row["unit"], row["indicator"], row["field"]): row for row in told["figures"]}
    assert stem.with_suffix(".csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with stem.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as file:
        by_csv = {(row["unit"], row["indicator"], row["field"]): row for row in csv.DictReader(file)}
    assert by_csv.keys() == by_json.keys()
    database = open_database(url)
    with database.reading() as reader:
        top = people.unit_by_code(reader, "36")
        assert top is not None
        table = figures.figure_table(reader, kh83(), "2024-H1", top.id)
    database.close()
    numbers = 0
    for row in (table.total, *table.rows):
        for name, given in row.figures.items():
            value = given.main.value
            if value is not None:
                numbers += 1
                assert by_json[row.area.code, name, ""]["value"] == pytest.approx(float(value))
                assert float(by_csv[row.area.code, name, ""]["value"]) == pytest.approx(float(value))
    assert numbers > 100
    page = load_workbook(stem.with_suffix(".xlsx"), data_only=True)["PL1 Chỉ tiêu"]
    names = {each.name: each.id for each in kh83().indicators}
    rows = [row for row in page.iter_rows(min_row=12, values_only=True) if row[1] in names]
    assert len(rows) > 60
    for cells in rows:
        value = table.total.figures[names[str(cells[1])]].main.value
        if value is not None:
            assert cells[4] == pytest.approx(float(value))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--period", "2024-X1"), "--period: không hiểu kỳ '2024-X1'"),
        (("--period", "2024-13"), "--period: không hiểu kỳ '2024-13'"),
        (("--period", "2024-03-08"), "--period: không hiểu kỳ '2024-03-08'"),
        (("--period", "hôm nay"), "--period: không hiểu kỳ"),
        (("--period", "2024-Q1", "--unit", "999"), "999: không có đơn vị mang mã này"),
        (("--period", "2024-Q1", "--unit", "1003-01"), "1003-01: Đơn vị 1003-01 không lập báo cáo"),
        (("--period", "2020-Q1", "--unit", "36"), "36: Đơn vị 36 không có vào ngày 31/03/2020"),
        (("--period", "2024-Q1", "--as", "1003", "--unit", "36"), "36: ngoài địa bàn của Đơn vị 1003"),
        (("--period", "2024-Q1", "--as", "nobody"), "nobody: không có vị trí mang mã này"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    url: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = _export(url, *arguments, "--to", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_one_line(url: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = _export(url, "--period", "2024-Q1", "--unit", "36", "--only", "csv", "--to", tmp_path / "out")
    assert done.exit_code == 2
    assert "không tạo được thư mục" in done.stderr


def test_if_one_file_fails_there_is_none(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path, found: object) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("disk")

    monkeypatch.setattr(command, "write_letter", broken)
    done = _export(
        url, "--period", "2024-Q1", "--unit", "1003", "--to", tmp_path, "--only", "xlsx", "--only", "docx"
    )
    assert done.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_a_seat_exports_its_own_area_and_it_is_noted(url: str, tmp_path: Path) -> None:
    done = _export(url, "--period", "2024-Q1", "--as", "1003", "--only", "xlsx", "--to", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["BC_Q1_2024_DonVi1003.xlsx"]
    names = [
        row[1].value for row in load_workbook(tmp_path / "BC_Q1_2024_DonVi1003.xlsx")["PL2 Tổ chức, hội viên"]
    ]
    assert [name for name in names if str(name).startswith("Đơn vị 1")] == [
        "Đơn vị 1003-01", "Đơn vị 1003-02", "Đơn vị 1003-03",
    ]  # fmt: skip
    database = open_database(url)
    with database.reading() as reader:
        noted = reader.exec_driver_sql(
            "SELECT count(*) FROM audit WHERE what = 'report_exported' OR details LIKE '%report_exported%'"
        ).scalar_one()
    database.close()
    assert noted >= 1
