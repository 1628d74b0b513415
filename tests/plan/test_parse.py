"""A plan that is wrong: every kind of fault, with file, line and field."""

from pathlib import Path

import pytest

from storage.domain.problems import PlanProblem
from storage.plan_files import load_plan
from tests.plan.small import SMALL, broken, findings

CH, XA = "packs/CH-T.yaml", "packs/XA-T.yaml"


def test_the_small_plan_is_right() -> None:
    assert findings(SMALL) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "finding"),
    [
        # the model
        (CH, "type: ratio", "type: ratoi", f"{CH}:12 questions.1.type: 'ratoi' không dùng được"),
        (CH, "    summary: Dự\n", "", f"{CH}:11 questions.1.summary: thiếu trường này"),
        (CH, "    minimum: 5", "    minimun: 5", f"{CH}:25 questions.2.minimun: không có trường nào tên này"),
        (CH, "minimum: 5", "minimum: [1]", f"{CH}:25 questions.2.minimum: [1] không dùng được; phải là số"),
        (CH, "indicators: [A]", "indicators: A", f"{CH}:10 questions.0.indicators: phải là danh sách"),
        (CH, "title: Báo cáo tháng", "title: 7", f"{CH}:2 title: phải là chữ"),
        ("plan.yaml", "year: 2024", "year: nay", "plan.yaml:3 year: 'nay' không dùng được; phải là số"),
        ("plan.yaml", "lists:", "packs: []\nlists:", "plan.yaml:13 packs: đặt ở packs/"),
        ("events.yaml", "day: 28", "ends: mai", "events.yaml:5 0.ends: 'mai' không dùng được; phải là ngày"),
        # YAML itself
        (CH, "level: CH", "level: CH\nlevel: XA", f'{CH}:4: khóa "level" có hai lần'),
        (CH, "level: CH", "level: [CH", f"{CH}:4: YAML sai"),
        # names and expressions
        (CH, "${A}", "regex(${A}, 'x')", f"{CH}:15 questions.1.relevant: ký tự 1: không có hàm regex()"),
        (CH, "relevant: ${A}", "relevant: ${A} =", f"{CH}:15 questions.1.relevant: ký tự 7: biểu thức chưa"),
        (CH, "relevant: ${A}", "relevant: ${A.x}", f"{CH}:15 questions.1.relevant: không có ${{A.x}}"),
        (
            CH,
            "relevant: ${A}",
            "relevant: ${NEN.1} > 1",
            f"{CH}:15 questions.1.relevant: ${{NEN.1}} phải được hỏi",
        ),
        (CH, "(Có ${NEN.1} hội", "(Có ${NEN.9} hội", f"{CH}:13 questions.1.label: không có ${{NEN.9}}"),
        (
            CH,
            "(Có ${NEN.1} hội",
            "(Có ${NEN.1 hội",
            f"{CH}:13 questions.1.label: không hiểu '${{NEN.1 hội viên)]'",
        ),
        (
            CH,
            ". > ${NEN.1}",
            ". > ${last.Z}",
            f"{CH}:18 questions.1.warnings.0.when: ${{last.Z}}: bộ CH-T không hỏi",
        ),
        (
            CH,
            ". > ${NEN.1}",
            ". > ${sum.A}",
            f"{CH}:18 questions.1.warnings.0.when: ${{sum.A}}: cấp CH không cộng",
        ),
        (CH, "nhiều ạ.", "${item} ạ.", f"{CH}:19 questions.1.warnings.0.message: ${{item}} chỉ dùng"),
        (XA, "${sum.NEN.1}", "${A}", f"{XA}:8 questions.0.label: không có ${{A}}; có ${{sum.A}}"),
        (XA, "${sum.NEN.1}", "${sum.Z}", f"{XA}:8 questions.0.label: ${{sum.Z}}: các chi hội không báo Z"),
        (
            XA,
            "${count.CH}",
            "${count.HU}",
            f"{XA}:8 questions.0.label: không có ${{count.HU}}; có ${{count.CH}}",
        ),
        # one question
        (CH, "name: A.du", "name: A", f"{CH}:11 questions.1.name: A đã có ở câu 0"),
        (CH, "minimum: 5", "minimum: 700", f"{CH}:25 questions.2.minimum: minimum 700 lớn hơn maximum 600"),
        (CH, "minimum: 5", "constraint: . > 1", f"{CH}:25 questions.2.constraint: cần constraint_message"),
        (CH, "minimum: 5", "calculation: 1 + 1", f"{CH}:25 questions.2.calculation: dòng calculate cần"),
        (CH, "minimum: 5", "date_field: D", f"{CH}:25 questions.2.date_field: chỉ dùng với yes_no"),
        (CH, "minimum: 5", "total: ${A.du}", f"{CH}:25 questions.2.total: chỉ dùng với ratio"),
        (
            CH,
            "    total: ${NEN.1}",
            "    minimum: 1",
            f"{CH}:16 questions.1.minimum: chỉ dùng với một con số",
        ),
        (CH, "minimum: 5", "repeat: cities", f"{CH}:25 questions.2.repeat: không có danh sách cities"),
        (CH, "minimum: 5", "evidence: {photo: refused}", f"{CH}:25 questions.2.evidence: photo: refused cần"),
        (
            XA,
            "      - {name: wrong, label: Chưa đúng}\n",
            "",
            f"{XA}:10 questions.0.choices: select_one cần ít nhất 2",
        ),
        (XA, "name: wrong", "name: right", f'{XA}:12 questions.0.choices.1.name: "right" có hai lần'),
        (XA, "type: select_one", "type: text", f"{XA}:10 questions.0.choices: text không có lựa chọn"),
        (CH, "đã sinh hoạt", "bắt buộc sinh hoạt", f'{CH}:8 questions.0.label: không dùng chữ "bắt buộc"'),
        (CH, "Mấy hội viên ạ?", "Bạn có mấy hội viên?", f'{CH}:23 questions.2.label: không dùng chữ "Bạn"'),
        (CH, "Mấy hội viên ạ?", "Mấy " * 130, f"{CH}:23 questions.2.label: tin nhắn dài"),
        (CH, "indicators: [A]", "indicators: [Z]", f"{CH}:10 questions.0.indicators.0: không có chỉ tiêu Z"),
        (CH, "    indicators: [A]\n", "", f"{CH}:6 questions.0.indicators: câu hỏi phải thuộc"),
        # a pack in its plan
        (CH, "id: CH-T", "id: CH-X", f"{CH}:1 id: bộ CH-X phải ở tệp packs/CH-X.yaml"),
        (CH, "frequency: T", "frequency: Q", f"{CH}:4 frequency: deadlines.yaml không có mã Q"),
        (CH, "frequency: T", "frequency: T\nevent: LE", f"{CH}:5 event: events.yaml không có LE"),
        (CH, "frequency: T", "frequency: T\nmonths: [13]", f"{CH}:5 months: tháng từ 1 đến 12"),
        (CH, "frequency: T", "frequency: T\nasked_with: Z", f"{CH}:5 asked_with: không có bộ câu hỏi Z"),
        (
            CH,
            "frequency: T",
            "frequency: T\nsubject: số ${unit}",
            f"{CH}:5 subject: chỉ dùng được ${{period}}",
        ),
        # the other files
        ("plan.yaml", '  "2": Ngày hội', '  "3": Ngày lễ', "plan.yaml:9 items.3: mục 3 chưa có chỉ tiêu"),
        (
            "plan.yaml",
            "members: NEN.1",
            "members: NEN.2",
            "plan.yaml:12 baselines.members: không có câu hỏi nào",
        ),
        ("plan.yaml", "  superior: Trần Thị Lan\n", "", "plan.yaml:16 sample: thiếu superior"),
        ("deadlines.yaml", '"18"', '"ngày 18"', 'deadlines.yaml:4 0.due.CH: không hiểu "ngày 18"'),
        ("deadlines.yaml", '"12"', '"31/2"', 'deadlines.yaml:3 0.opens.CH: không hiểu "31/2"'),
        ("indicators.yaml", "- id: B", "- id: A", "indicators.yaml:10 1.id: A có hai lần"),
        (
            "indicators.yaml",
            "fields: [A]",
            "fields: [Z]",
            "indicators.yaml:9 0.fields.0: không có câu hỏi nào hỏi Z",
        ),
        (
            "indicators.yaml",
            "${value} >= 1",
            "${value} =>",
            "indicators.yaml:7 0.rollup.test: ký tự 11: không chờ '>'",
        ),
        ("indicators.yaml", "${value} >= 1", "${x}", "indicators.yaml:7 0.rollup.test: không có ${x}"),
        ("indicators.yaml", ", numerator: A.du", "", "indicators.yaml:14 1.rollup.units: wpct cần numerator"),
        (
            "indicators.yaml",
            "  target: 90\n",
            "",
            "indicators.yaml:1 0.target: target và comparator phải có cùng nhau",
        ),
        ("events.yaml", "day: 28", "day: 31", "events.yaml:5 0.day: không có ngày 31/6"),
        ("events.yaml", "  day: 28\n", "", "events.yaml:1 0.day: precision: day cần day"),
        (
            "events.yaml",
            "CH-T, A",
            "CH-T, Z",
            "events.yaml:8 0.results.1: không có bộ câu hỏi hay chỉ tiêu Z",
        ),
        ("events.yaml", "T-7", "7 ngày", 'events.yaml:7 0.reminders.0: không hiểu "7 ngày"'),
    ],
)
def test_a_fault_names_file_line_and_field(file: str, before: str, after: str, finding: str) -> None:
    found = broken(file, before, after)

    assert any(line.startswith(finding) for line in found), found


def test_a_circle_of_calculations_is_refused() -> None:
    rows = """\
  - {name: p, type: calculate, label: p, summary: p, calculation: "${q} + 1"}
  - {name: q, type: calculate, label: q, summary: q, calculation: "${p} + 1"}
"""
    found = findings({**SMALL, CH: SMALL[CH] + rows})

    assert found == [f"{CH}:28 questions.3.calculation: ${{q}} phải được tính trước câu này"]


def test_an_indicator_nobody_is_asked_for_is_a_fault_unless_derived() -> None:
    row = '- {id: C, name: c, item: "1", levels: [CH], rollup: {units: UNITS, time: last}}\n'

    asked = findings({**SMALL, "indicators.yaml": SMALL["indicators.yaml"] + row.replace("UNITS", "sum")})
    derived = findings(
        {**SMALL, "indicators.yaml": SMALL["indicators.yaml"] + row.replace("UNITS", "derived")}
    )

    assert len(asked) == 1
    assert asked[0].startswith("indicators.yaml:17 2.id: C không được hỏi trong bộ nào")
    assert derived == []


def test_all_faults_are_told_at_once_also_those_beside_an_unreadable_file() -> None:
    files = {
        **SMALL,
        "events.yaml": "- id: [",
        CH: SMALL[CH].replace("type: ratio", "type: ratoi").replace("title:", "titel:"),
        XA: SMALL[XA].replace("Chưa đúng", "Đúng").replace("Đúng không", "Yêu cầu"),
    }

    found = findings(files)

    assert [line.split(":")[0] for line in found] == ["events.yaml", CH, CH, CH, XA, XA]


@pytest.mark.parametrize("file", ["plan.yaml", "indicators.yaml", "deadlines.yaml", "events.yaml"])
def test_a_missing_file_is_one_line(file: str) -> None:
    files = {name: text for name, text in SMALL.items() if name != file}

    assert findings(files) == [f"{file}: thiếu tệp này"]


def test_files_that_are_not_what_they_should_be() -> None:
    assert findings({**SMALL, "plan.yaml": "- a"}) == ["plan.yaml:1: phải là các cặp khóa: giá trị"]
    assert findings({**SMALL, "events.yaml": "a: 1"}) == ["events.yaml:1: phải là danh sách"]
    assert findings({**SMALL, CH: ""}) == [f"{CH}:1: tệp trống"]
    assert findings({**SMALL, CH: "&a [*a]"})[0].startswith(f"{CH}:1")


def test_a_folder_is_read_and_its_faults_told(tmp_path: Path) -> None:
    for name, text in SMALL.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    assert [pack.id for pack in load_plan(tmp_path).packs] == ["CH-T", "XA-T"]

    (tmp_path / "events.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanProblem, match=r"events\.yaml: không phải UTF-8"):
        load_plan(tmp_path)


def test_no_such_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlanProblem, match="không có thư mục kế hoạch này"):
        load_plan(tmp_path / "none")
    with pytest.raises(PlanProblem, match=r"không phải thư mục kế hoạch: thiếu plan\.yaml"):
        load_plan(tmp_path)
