"""The Excel file that staff fill in with units and people: ``chihoi units template``."""

from pathlib import Path
from typing import get_args

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from storage.domain.people import AddressForm, UnitKind
from storage.unit_files import COLUMNS

#: Rows with drop-down lists: more than the largest province has units.
ROWS = 6000

_WIDTHS = {"name": 34, "head": 28, "deputy": 28, "area_kind": 14}

_EXAMPLES = (
    {"code": "36", "name": "Tỉnh Nam Định", "kind": "TI", "valid_from": "01/01/2021", "head": "Họ và tên"},
    {"code": "13999", "name": "Xã Nam Hoa", "kind": "XA", "area_kind": "xa", "parent": "36",
     "valid_from": "01/01/2021", "head": "Họ và tên", "deputy": "Họ và tên"},
    {"code": "13999-05", "name": "Chi hội xóm 5", "kind": "CH", "area_kind": "xom", "parent": "13999",
     "valid_from": "01/01/2021", "members": 62, "households": 96, "head": "Họ và tên", "address_form": "chị"},
)  # fmt: skip

_HELP = (
    ("mã", "Mã của đơn vị, không đổi khi đổi tên. Chi hội: mã xã, gạch ngang, số thứ tự (13999-05)."),
    ("tên", "Tên đầy đủ. Đổi tên thì ghi tên mới, giữ nguyên mã."),
    ("loại", "TI tỉnh, HU huyện, TT đơn vị trực thuộc, XA xã phường thị trấn, CH chi hội, TO tổ, BAN ban."),
    ("loại địa bàn", "xa, phuong, thi_tran, xom, thon, tdp; để trống cũng được."),
    ("mã cấp trên", "Mã của đơn vị ngay trên. Không có cấp huyện thì ghi mã tỉnh."),
    ("từ ngày", "Ngày đơn vị bắt đầu có, ví dụ 01/01/2021."),
    ("đến ngày", "Ngày cuối cùng của đơn vị; còn hoạt động thì để trống."),
    ("số hội viên, số hộ", "Chỉ ghi cho chi hội."),
    ("người phụ trách", "Họ và tên; chưa có ai thì để trống."),
    ("xưng hô", "chị, cô, bác hoặc anh; để trống là chị."),
    ("cấp phó", "Họ và tên Phó Chủ tịch, nếu cần làm việc thay Chủ tịch trên máy."),
    ("gộp vào mã", "Khi nhập xã: mã của xã mới, cùng với ngày cuối cùng ở cột đến ngày."),
    ("Khi nhập xã", "Ghi các xã cũ (đến ngày, gộp vào mã), xã mới, và các chi hội với mã cấp trên mới."
                    " Rồi: chihoi units import TỆP --from NGÀY --dry-run"),
)  # fmt: skip


def write_template(path: Path) -> None:
    """Write the workbook: a sheet to fill in, with examples and lists, and one that explains it."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one
    sheet.title = "Đơn vị"
    columns = list(COLUMNS)
    sheet.append([COLUMNS[column] for column in columns])
    for example in _EXAMPLES:
        sheet.append([example.get(column) for column in columns])
    _dress(sheet, columns)
    _lists(sheet, columns)
    _explain(book.create_sheet("Cách điền"))
    book.save(path)


def _dress(sheet: Worksheet, columns: list[str]) -> None:
    sheet.freeze_panes = "C2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(column, 16)
        heading = sheet.cell(1, number)
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor="FBE4EC")


def _lists(sheet: Worksheet, columns: list[str]) -> None:
    for column, allowed in (("kind", get_args(UnitKind)), ("address_form", get_args(AddressForm))):
        letter = get_column_letter(columns.index(column) + 1)
        choice = DataValidation(type="list", formula1=f'"{",".join(allowed)}"', allow_blank=True)
        choice.error = f"Chọn một trong: {', '.join(allowed)}"
        choice.showErrorMessage = True
        choice.add(f"{letter}2:{letter}{ROWS}")
        sheet.add_data_validation(choice)
    # Codes are text: 00123 must keep its zeros.
    for column in ("code", "parent", "merged_into"):
        letter = get_column_letter(columns.index(column) + 1)
        for row in range(2, 200):
            sheet[f"{letter}{row}"].number_format = "@"


def _explain(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 100
    for name, words in _HELP:
        sheet.append([name, words])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        sheet.cell(sheet.max_row, 2).alignment = Alignment(wrap_text=True, vertical="top")
