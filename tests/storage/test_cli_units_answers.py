"""``chihoi units`` and ``chihoi answers export`` as a person types them."""

import asyncio
import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from bot.cli import answers as answers_command
from bot.cli import units as units_command
from storage.domain.answers import Answer
from storage.domain.codes import ALPHABET, CODE_LENGTH, code_sha256
from storage.domain.effects import AnswerRecorded, ReportSubmitted, RoundOpened, SeatLinked, UnitsImported
from storage.migrations import open_database
from storage.queries import people
from storage.writer.opening import writer_of
from tests.storage.conftest import HANH, NOW, TREE, unit
from tests.storage.test_unit_files import BRANCH, COMMUNE, TOP, lines

RUNNER = CliRunner()


def units(url: str, *arguments: str | Path) -> Result:
    """``chihoi units ...`` on this database."""
    return RUNNER.invoke(units_command.app, [*map(str, arguments), "--database", url])


def export(url: str, *arguments: str | Path) -> Result:
    """``chihoi answers export ...`` on this database."""
    return RUNNER.invoke(answers_command.app, ["export", *map(str, arguments), "--database", url])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A units file with three units."""
    path = tmp_path / "don-vi.csv"
    path.write_text(lines(TOP, COMMUNE, BRANCH), encoding="utf-8")
    return path


def test_importing_says_what_was_added_and_updated(url: str, file: Path) -> None:
    first = units(url, "import", file)
    assert first.exit_code == 0
    assert first.stdout.splitlines() == [
        "Đã nhận 3 đơn vị: thêm 3, cập nhật 0.", "  TI       1", "  XA       1", "  CH       1",
    ]  # fmt: skip
    file.write_text(lines(COMMUNE, COMMUNE.replace("13999", "14000")), encoding="utf-8")
    again = units(url, "import", file)
    assert again.stdout.splitlines()[0] == "Đã nhận 2 đơn vị: thêm 1, cập nhật 1."
    listed = units(url, "list")
    assert listed.stdout.splitlines() == [
        "13999\tXA\tXã Hải Đông\tPhạm Thị Lan", "13999-01\tCH\tChi hội xóm 1\tVũ Thị Hạnh",
        "14000\tXA\tXã Hải Đông\tPhạm Thị Lan", "36\tTI\tTỉnh Nam Định\tTrần Thị Mai",
    ]  # fmt: skip
    below = units(url, "list", "--unit", "13999")
    assert [line.split("\t")[0] for line in below.stdout.splitlines()] == ["13999", "13999-01"]


def test_a_bad_file_is_a_line_an_error_and_changes_nothing(url: str, file: Path, tmp_path: Path) -> None:
    file.write_text(lines(TOP, COMMUNE.replace(",36,", ",99,"), BRANCH.replace("CH", "??")), encoding="utf-8")
    result = units(url, "import", file)
    assert result.exit_code == 2
    assert [line for line in result.stderr.splitlines() if line.startswith("dòng")] == [
        "dòng 3, cột parent: không có đơn vị 99",
        "dòng 4, cột kind: “??” không có trong TI, HU, XA, TT, CH, TO, BAN",
    ]
    assert result.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_codes_work_once_and_are_for_those_not_linked(url: str, file: Path, tmp_path: Path) -> None:
    units(url, "import", file)
    out = tmp_path / "ma-moi.csv"
    result = units(url, "codes", "--out", out)
    assert result.exit_code == 0
    assert "Đã cấp 3 mã mời" in result.stdout
    assert out.stat().st_mode & 0o077 == 0
    heading, *rows = list(csv.reader(io.StringIO(out.read_text("utf-8-sig"))))
    assert heading == ["mã", "đơn vị", "cấp trên", "người phụ trách", "mã mời"]
    assert rows[1][:4] == ["13999-01", "Chi hội xóm 1", "Xã Hải Đông", "Vũ Thị Hạnh"]
    assert {row[4][:3] for row in rows} == {"CH-", "XA-", "TI-"}
    assert all(len(row[4]) == 3 + CODE_LENGTH and set(row[4][3:]) <= set(ALPHABET) for row in rows)

    async def link() -> None:
        database = open_database(url)
        writer = writer_of(database)
        seat = await database.read(lambda reader: people.seat_for_enrolment(reader, code_sha256(rows[1][4])))
        assert seat is not None
        assert seat.code == "13999-01"
        await writer.run("k", lambda _: [SeatLinked(HANH, seat.id, NOW, rows[1][4])])
        await writer.close()
        database.close()

    asyncio.run(link())
    again = units(url, "codes", "--unit", "13999", "--out", tmp_path / "lan-2.csv")
    assert "Đã cấp 1 mã mời" in again.stdout


def test_codes_do_not_overwrite_a_file_nor_name_an_unknown_unit(url: str, file: Path, tmp_path: Path) -> None:
    units(url, "import", file)
    there = units(url, "codes", "--out", file)
    assert (there.exit_code, "đã có tệp này" in there.stderr) == (2, True)
    unknown = units(url, "codes", "--unit", "777", "--out", tmp_path / "x.csv")
    assert (unknown.exit_code, unknown.stderr) == (2, "777: không có đơn vị mang mã này\n")
    nowhere = units(url, "codes", "--out", tmp_path / "no" / "x.csv")
    assert (nowhere.exit_code, "không ghi được tệp" in nowhere.stderr) == (2, True)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".csv", ".db", ".db-wal", ".db-shm"}
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("command", ["list", "codes"])
def test_without_a_database_it_is_one_line(url: str, command: str, tmp_path: Path) -> None:
    more: list[str | Path] = ["--out", tmp_path / "x.csv"] if command == "codes" else []
    result = units(url, command, *more)
    assert result.exit_code == 2
    assert "chưa có cơ sở dữ liệu" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def answered(url: str) -> str:
    """A database with one submitted report, some of it meant for a spreadsheet to stumble over."""

    async def fill() -> None:
        database = open_database(url)
        writer = writer_of(database)
        evil = unit("13999-09", "CH", "13999", name="=HYPERLINK(A1)", valid_from=date(2021, 1, 1))
        await writer.run("k", lambda _: [UnitsImported((*TREE, evil), NOW)])
        await writer.run("k", lambda _: [RoundOpened("CH-T", "2024-03", NOW, NOW + timedelta(days=6))])
        answers = (
            Answer("CT25", "given", {"CT25": -3}, "-3"),
            Answer("MH", "given", {"so": 41, "duoc": True, "tile": [3, 4]}, "@cmd\x07"),
            Answer("NV26f", "unknown"),
        )
        recorded = [AnswerRecorded(5, 1, NOW, answer, HANH, "m") for answer in answers]
        await writer.run("k", lambda _: [*recorded, ReportSubmitted(5, 1, NOW)])
        await writer.close()
        database.close()

    asyncio.run(fill())
    return url


def test_csv_goes_to_stdout_and_cannot_run_as_a_formula(answered: str) -> None:
    result = export(answered, "--round", "CH-T:2024-03")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["question"], row["field"], row["value"]) for row in rows] == [
        ("CT25", "CT25", "-3"), ("MH", "so", "41"), ("MH", "duoc", "true"), ("MH", "tile", "[3, 4]"),
        ("NV26f", "NV26f", ""),
    ]  # fmt: skip
    assert {row["unit_name"] for row in rows} == {"'=HYPERLINK(A1)"}
    assert [row["raw"] for row in rows] == ["'-3", *["'@cmd\x07"] * 3, ""]
    assert rows[0]["at"] == rows[0]["submitted_at"] == "2024-03-12T08:00:00+07:00"


def test_json_keeps_types(answered: str, tmp_path: Path) -> None:
    result = export(answered, "--round", "1", "--format", "json")
    rows = json.loads(result.stdout)
    assert [row["value"] for row in rows] == [-3, 41, True, [3, 4], None]
    assert rows[0]["raw"] == "-3"
    out = tmp_path / "a.json"
    assert export(answered, "--round", "1", "--format", "json", "--out", out).stdout == ""
    assert json.loads(out.read_text("utf-8")) == rows


def test_a_workbook_has_typed_cells_and_no_formula(answered: str, tmp_path: Path) -> None:
    out = tmp_path / "a.xlsx"
    assert export(answered, "--round", "CH-T:2024-03", "--format", "xlsx", "--out", out).exit_code == 0
    heading, *rows = load_workbook(out).worksheets[0].iter_rows()
    places = {cell.value: number for number, cell in enumerate(heading)}

    def cell(row: int, column: str) -> Any:
        return rows[row][places[column]]

    assert [cell(row, "value").value for row in range(5)] == [-3, 41, True, "[3, 4]", None]
    assert cell(0, "at").value == datetime(2024, 3, 12, 8, 0)  # noqa: DTZ001 - a cell has no zone
    assert cell(1, "raw").value == "'@cmd"
    assert (cell(0, "unit_name").data_type, cell(0, "unit_name").value) == ("s", "'=HYPERLINK(A1)")


def test_csv_for_a_file_is_read_rightly_by_excel(answered: str, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    export(answered, "--round", "1", "--out", out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbfunit_code,")


def test_an_empty_round_is_an_empty_table(answered: str) -> None:
    async def open_round() -> None:
        database = open_database(answered)
        writer = writer_of(database)
        opens = datetime(2024, 4, 12, tzinfo=UTC)
        await writer.run("k", lambda _: [RoundOpened("CH-T", "2024-04", opens, opens)])
        await writer.close()
        database.close()

    asyncio.run(open_round())
    assert json.loads(export(answered, "--round", "CH-T:2024-04", "--format", "json").stdout) == []
    assert len(export(answered, "--round", "CH-T:2024-04").stdout.splitlines()) == 1


@pytest.mark.parametrize("name", ["CH-T:2030-01", "77", "²", "gì đó"])
def test_an_unknown_round_names_those_there_are(answered: str, name: str) -> None:
    result = export(answered, "--round", name)
    assert result.exit_code == 2
    assert result.stderr == f"{name}: không có đợt này; các đợt đã mở: CH-T:2024-03\n"
    assert result.stdout == ""


def test_a_workbook_needs_a_file(answered: str) -> None:
    result = export(answered, "--round", "1", "--format", "xlsx")
    assert (result.exit_code, "--out" in result.stderr) == (2, True)
