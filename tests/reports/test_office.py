"""LibreOffice opens the papers: it computes the workbook anew to the same values, and lays both out."""

import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.reports.letter import write_letter
from handlers.reports.workbook import write_workbook
from tests.reports.made import gathered

OFFICE = shutil.which("soffice")

pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")


def _converted(path: Path, kind: str, folder: Path) -> Path:
    """The file as LibreOffice writes it, with a profile of its own."""
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [
        str(OFFICE),
        profile,
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(folder / "out"),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / "out" / f"{path.stem}.{kind}"


def test_the_workbook_computes_to_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(path, gathered(most=3))
    said = load_workbook(path, data_only=True)
    bare = tmp_path / "bare.xlsx"
    load_workbook(path).save(bare)  # openpyxl keeps formulas only, so that LibreOffice has to compute them
    computed = load_workbook(_converted(bare, "xlsx", tmp_path), data_only=True)
    formulas = 0
    for name in said.sheetnames:
        own, anew, written = said[name], computed[name], load_workbook(path)[name]
        assert isinstance(own, Worksheet)
        assert isinstance(anew, Worksheet)
        assert isinstance(written, Worksheet)
        for row in written.iter_rows():
            for cell in row:
                value = anew[cell.coordinate].value
                assert not str(value).startswith(("#", "Err:")), f"{name}!{cell.coordinate}"
                if str(cell.value).startswith("="):
                    formulas += 1
                    expected = own[cell.coordinate].value
                    where = f"{name}!{cell.coordinate} {cell.value}"
                    if expected in ("", None):
                        assert value in ("", None), where
                    else:
                        assert value == pytest.approx(expected), where
    assert formulas > 500


def test_the_letter_can_be_laid_out(tmp_path: Path) -> None:
    path = tmp_path / "draft.docx"
    write_letter(path, gathered())
    assert _converted(path, "pdf", tmp_path).read_bytes().startswith(b"%PDF")
