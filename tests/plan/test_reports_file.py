"""reports.yaml that is wrong: every kind of fault, with file, line and field."""

import pytest

from tests.plan.small import SMALL, findings

REPORTS = """\
heads:
  XA:
    above: HỘI ${above.big}
    issuer: HỘI ${unit.big}
    sign: BC-BTV
    place: ${unit.place}
    author: Hội ${unit}
    maker: NGƯỜI LẬP BIỂU
sheets:
  - id: PL1
    name: Chỉ tiêu
    title: KẾT QUẢ
    rows: indicators
  - id: PL2
    name: Tổ chức
    title: TỔ CHỨC
    columns:
      - {head: Số dự, key: du, of: [B/A.du]}
      - {head: Hội viên, key: all, of: [B], show: whole}
      - {head: Tỷ lệ, ratio: [du, all]}
      - {head: Chưa gửi, reports: CH, count: missing}
letter:
  kind: BÁO CÁO
  subject: Kết quả ${period}
  indicators: [A]
  sections:
    - heading: I. TÌNH HÌNH
      blocks:
        - {text: "Có ${reached.A}/${units.A} chi hội, ${reports.CH.rate}%[, ${A.du} chị dự]."}
        - {insert: targets}
"""


BLOCKS = "letter.sections.0.blocks"


def _findings(text: str) -> list[str]:
    return findings({**SMALL, "reports.yaml": text})


def test_the_small_file_is_right_and_may_be_left_out() -> None:
    assert _findings(REPORTS) == []
    assert findings(SMALL) == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("title: KẾT QUẢ", "titel: KẾT QUẢ", ":12 sheets.0.titel: không có trường nào tên này"),
        ("[B/A.du]", "[Z]", ":18 sheets.1.columns.0.of.0: không có chỉ tiêu Z"),
        ("[B/A.du]", "[B/X]", ":18 sheets.1.columns.0.of.0: chỉ tiêu B không có trường X"),
        ("[du, all]", "[du, x]", ":20 sheets.1.columns.2.ratio: không có cột x"),
        ("key: all", "key: du", ":18 sheets.1.columns.0.key: du có hai lần"),
        ("reports: CH", "reports: HU", ":21 sheets.1.columns.3.reports: plan.yaml không đặt tên cấp HU"),
        (", reports: CH, count: missing", "", ":21 sheets.1.columns.3: cần đúng một trong"),
        ("of: [B], show: whole", "of: [B], show: choice", ":19 sheets.1.columns.1.choice: show: choice"),
        ("id: PL2", "id: PL1", ":14 sheets.1.id: PL1 có hai lần"),
        ("name: Tổ chức", 'name: "a/b"', ":15 sheets.1.name: tên trang dài 1 đến 31 ký tự"),
        ("    rows: indicators\n", "", ":10 sheets.0.columns: trang chỉ tiêu không đặt cột"),
        ("Kết quả ${period}", "Kết quả ${A}", ":24 letter.subject: không có ${A}"),
        ("${unit.place}", "${unit.plaec}", ":6 heads.XA.place: không có ${unit.plaec}"),
        ("${reached.A}", "${reached.Z}", f":29 {BLOCKS}.0.text: không có ${{reached.Z}}"),
        ("${reached.A}", "${reached.A", f":29 {BLOCKS}.0.text: không hiểu ${{reached.A/"),
        ("reports.CH.rate", "reports.CH.x", f":29 {BLOCKS}.0.text: không có"),
        ("indicators: [A]", "indicators: [Q]", ":25 letter.indicators.0: không có chỉ tiêu Q"),
        ("{insert: targets}", "{blank: true}", f":30 {BLOCKS}.1: cần một trong"),
        ("{insert: targets}", "{insert: x}", f":30 {BLOCKS}.1.insert: 'x' không dùng được"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(before: str, after: str, finding: str) -> None:
    assert REPORTS.count(before) == 1
    found = _findings(REPORTS.replace(before, after))
    assert any(each.startswith(f"reports.yaml{finding}") for each in found), found
