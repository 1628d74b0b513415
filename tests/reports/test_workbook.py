"""The Excel appendices: every figure given stands in its cell, formulas compute to it, paper is as asked."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.reports.gathered import Gathered
from handlers.reports.words import number
from handlers.reports.workbook import sheet_content, write_workbook
from handlers.reports.workbook.columns import figure_of
from handlers.reports.workbook.content import FIRST_ROW, HEAD_ROW, Cell, address, ratio, summed
from storage.domain.figures import Figure, Number
from storage.plan.reports import Column, Sheet
from tests.kh83 import kh83
from tests.reports.made import gathered, silent

SHEETS = {sheet.id: sheet for sheet in kh83().reports.sheets}


@cache
def _province(name: str = "nam-dinh-2024") -> Gathered:
    return gathered(name, most=40 if name.startswith("ninh") else 4)


@pytest.fixture(scope="module", params=["nam-dinh-2024", "ninh-binh-2025"])
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Gathered, Path]:
    """A workbook with districts, and one of a province without."""
    path = tmp_path_factory.mktemp("workbook") / "book.xlsx"
    write_workbook(path, _province(request.param))
    return _province(request.param), path


def _sheet(path: Path, id_: str, values: bool = True) -> Worksheet:
    book: Workbook = load_workbook(path, data_only=values)
    found = book[SHEETS[id_].name]
    assert isinstance(found, Worksheet)
    return found


def test_the_plan_says_which_sheets_there_are(written: tuple[Gathered, Path]) -> None:
    names = load_workbook(written[1]).sheetnames
    assert names == [sheet.name for sheet in kh83().reports.sheets]
    assert [sheet.id for sheet in kh83().reports.sheets] == [f"PL{place}" for place in range(1, 12)]


def test_every_sheet_is_made_for_paper(written: tuple[Gathered, Path]) -> None:
    for page in load_workbook(written[1]).worksheets:
        assert isinstance(page, Worksheet)
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert page.page_setup.fitToWidth in (None, 1)  # 1 is what the format takes where nothing is said
        assert page.page_setup.fitToHeight == 0
        assert page.sheet_properties.pageSetUpPr is not None
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.print_title_rows == f"${HEAD_ROW + 1}:${HEAD_ROW + 3}"
        assert str(page.freeze_panes).endswith(str(FIRST_ROW + 1))
        foot: Any = page.oddFooter and page.oddFooter.center
        assert foot is not None
        assert foot.text == "Trang &P/&N"
        texts = [cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in texts
        assert "NGƯỜI LẬP BIỂU" in texts
        assert "TM. BAN THƯỜNG VỤ" in texts
        assert any("6 THÁNG ĐẦU NĂM 2024" in text for text in texts)
        borders = page.cell(FIRST_ROW + 2, 2).border  # the first row may be merged
        assert borders.bottom.style == borders.top.style == "thin"


def _shown(figure: Figure, column: Column) -> Number | None:
    """What the plan wants to be seen of a figure, without going through the code of the sheets."""
    if figure.hidden:
        return None
    if column.show in ("reached", "not_reached", "not_reported", "units"):
        counts = figure.counts
        if counts is None:
            return None
        if column.show in ("reached", "not_reached") and counts.not_reported == counts.total:
            return None
        return counts.total if column.show == "units" else int(getattr(counts, column.show))
    if figure.state != "reported":
        return None
    return {
        "value": figure.value, "part": figure.numerator, "whole": figure.denominator,
        "choice": figure.choices.get(column.choice, 0),
    }[column.show]  # fmt: skip


def _pairs(found: Gathered, sheet: Sheet, page: Worksheet) -> Iterator[tuple[str, Number | None, Any]]:
    """For every cell that holds a figure: where it is, the figure given, and what the file says."""
    rows = [line.row for line in found.lines()] + [found.tables[0].total]
    for at, row in enumerate(rows, start=FIRST_ROW + 1):
        for place, column in enumerate(sheet.columns, start=3):
            figure = figure_of(column, row.figures) if column.of else None
            if figure is not None and column.show != "text":
                cell = page.cell(at, place)
                yield f"{sheet.id}!{cell.coordinate}", _shown(figure, column), cell.value


@pytest.mark.parametrize("id_", [each.id for each in SHEETS.values() if each.rows == "units"])
def test_every_figure_given_stands_in_its_cell(written: tuple[Gathered, Path], id_: str) -> None:
    found, path = written
    pairs = list(_pairs(found, SHEETS[id_], _sheet(path, id_)))
    assert len(pairs) > 30 or id_ == "PL11"
    for where, given, stored in pairs:
        if given is None:
            assert not isinstance(stored, int | float), where
        else:
            assert stored == pytest.approx(float(given)), where


def test_totals_are_formulas_over_districts_and_these_over_their_communes(tmp_path: Path) -> None:
    write_workbook(tmp_path / "book.xlsx", _province())
    page = _sheet(tmp_path / "book.xlsx", "PL2", values=False)
    rows = [row for row in page.iter_rows(min_row=FIRST_ROW + 1) if row[1].value]
    total = next(row for row in rows if row[1].value == "TỔNG CỘNG")
    assert str(total[2].value).startswith("=SUM(C12,C17,")
    assert rows[0][2].value == "=SUM(C13:C16)"
    assert str(total[6].value) == f'=IFERROR(F{total[0].row}/E{total[0].row}*100,"")'


def test_column_numbers_say_how_columns_are_made(written: tuple[Gathered, Path]) -> None:
    numbers = [cell.value for cell in _sheet(written[1], "PL2")[HEAD_ROW + 3]]
    assert numbers == ["A", "B", "(1)", "(2)", "(3)", "(4)", "(5)=(4)/(3)", "(6)", "(7)"]


def test_units_stand_in_administrative_order(written: tuple[Gathered, Path]) -> None:
    found, path = written
    names = [row[1].value for row in _sheet(path, "PL7").iter_rows(min_row=FIRST_ROW + 1) if row[1].value]
    areas = [line.area for line in found.lines()]
    assert names[: len(areas)] == [area.name for area in areas]
    tops = [area.code for area in areas if area.parent_id == found.top.id]
    assert tops == sorted(tops)


def test_who_has_not_reported_is_seen_and_named(written: tuple[Gathered, Path]) -> None:
    found, path = written
    page = _sheet(path, "PL2")
    for at, line in enumerate(found.lines(), start=FIRST_ROW + 1):
        if line.area.kind == "XA":
            assert (page.cell(at, 6).value == "Chưa BC") == silent(line.area)
    listed = [row[0].value for row in _sheet(path, "PL11").iter_rows() if isinstance(row[0].value, str)]
    late = found.reporting["XA"][0].missing[0]
    assert any(late.name in text for text in listed)
    assert any(text == "TÀI LIỆU NỘI BỘ" for text in listed)


def test_small_counts_of_a_sensitive_indicator_are_nowhere(written: tuple[Gathered, Path]) -> None:
    found, path = written
    page, column = _sheet(path, "PL8"), 8
    assert page.cell(HEAD_ROW + 2, column).value == "Chi hội biết"
    hidden = 0
    for at, line in enumerate(found.lines(), start=FIRST_ROW + 1):
        figure = line.row.figures["NV26f"].figure("NV26f")
        if figure is not None and figure.hidden:
            hidden += 1
            assert page.cell(at, column).value == "<3"
    assert hidden > 1
    notes = [row[0].value for row in page.iter_rows() if isinstance(row[0].value, str)]
    assert any(note.startswith("<3 và …") for note in notes)


@pytest.mark.parametrize("text", ["=1+1", "+84912", "-1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_what_somebody_wrote_is_never_run(tmp_path: Path, text: str) -> None:
    write_workbook(tmp_path / "book.xlsx", gathered(text=text, most=1))
    found = []
    for page in load_workbook(tmp_path / "book.xlsx").worksheets:
        cells = [cell for row in page.iter_rows() for cell in row if text in str(cell.value)]
        found += [(cell.value, cell.data_type, cell.hyperlink) for cell in cells]
    assert found
    assert set(found) == {(f"'{text}", "s", None)}


def test_the_indicators_stand_against_plan_and_last_year(written: tuple[Gathered, Path]) -> None:
    found, path = written
    values, formulas = _sheet(path, "PL1"), _sheet(path, "PL1", values=False)
    names = {each.name: found.whole[each.id] for each in found.plan.indicators}
    seen = 0
    for line, row in enumerate(values.iter_rows(min_row=FIRST_ROW + 1), start=FIRST_ROW + 1):
        given = names.get(str(row[1].value))
        if given is None or given.achievement is None:
            continue
        seen += 1
        assert row[3].value == given.target
        assert row[6].value == pytest.approx(float(given.achievement))
        assert formulas.cell(line, 7).value == f'=IFERROR(F{line}/D{line}*100,"")'
        assert row[8].value == pytest.approx(float(given.change_on_year or 0))
        assert formulas.cell(line, 9).value == f"=E{line}-H{line}"
        assert row[9].value == {"reached": "Đạt", "not_reached": "Chưa", "exceeded": "Vượt"}[given.verdict]
    assert seen == 8


def test_events_stand_with_the_units_that_held_them(written: tuple[Gathered, Path]) -> None:
    found, path = written
    page = _sheet(path, "PL9", values=False)
    first = [cell.value for cell in page[FIRST_ROW + 1]]
    assert first[:3] == ["I", "Ngày Quốc tế Phụ nữ 08/3", "08/3/2024"]
    assert first[3] == f"=SUM(D{FIRST_ROW + 2}:D{FIRST_ROW + 1 + len(found.events[0].table.rows)})"


def test_a_district_of_one_file_name_has_no_diacritics() -> None:
    from handlers.reports.words import file_stem

    district = next(area for area in _province().tables[0].rows if area.area.name == "Huyện Hải Hậu").area
    assert file_stem(district, "2024-H1") == "BC_6T_2024_HuyenHaiHau"
    assert file_stem(district, "2024-Q3") == "BC_Q3_2024_HuyenHaiHau"
    assert file_stem(district, "2024-02") == "BC_T02_2024_HuyenHaiHau"
    assert file_stem(district, "2024") == "BC_NAM_2024_HuyenHaiHau"


def test_a_total_that_is_no_sum_is_no_formula() -> None:
    parts = [Cell(2), Cell("<3", "center")]
    assert summed(Cell(4), parts, ["C1:C2"]) == Cell(4)
    assert summed(Cell(2), parts, ["C1:C2"]).formula == "=SUM(C1:C2)"
    assert summed(Cell("Chưa BC", "center"), parts, ["C1:C2"]).formula == ""


def test_a_percent_of_nothing_is_nothing() -> None:
    assert ratio(Cell(1), Cell(0), "A1", "B1") == Cell("", "percent", '=IFERROR(A1/B1*100,"")')
    assert ratio(Cell("Chưa BC"), Cell(3), "A1", "B1") == Cell(None, "percent")
    assert ratio(Cell(1), Cell(3), "A1", "B1").value == Fraction(100, 3)


def test_columns_are_lettered_as_in_excel() -> None:
    assert [address(0, column) for column in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]


def test_numbers_are_written_as_vietnamese_write_them() -> None:
    assert [number(each) for each in (1389, Fraction(135, 2), 100, -1234567)] == [
        "1.389", "67,5", "100", "-1.234.567",
    ]  # fmt: skip


def test_content_is_the_same_for_the_same_figures() -> None:
    sheet = SHEETS["PL4"]
    assert sheet_content(sheet, _province()) == sheet_content(sheet, gathered())
