"""A small plan that is right, to be broken one place at a time."""

from storage.domain.problems import PlanProblem
from storage.plan.parse import parse_plan

PLAN = """\
id: SMALL
title: Kế hoạch nhỏ
year: 2024
theme: Thử
issuer: Hội
document: Văn bản số 1
items:
  "1": Sinh hoạt
  "2": Ngày hội
levels: {CH: Chi hội, XA: Hội xã}
baselines:
  members: NEN.1
lists:
  targets:
    - {name: a, label: Chỉ tiêu a}
sample:
  unit: Chi hội xóm 5
  parent: Hội xã
  person: Nguyễn Thị Hoa
  address_form: chị
  superior: Trần Thị Lan
  members: 62
"""

INDICATORS = """\
- id: A
  name: Sinh hoạt
  item: "1"
  levels: [CH]
  target: 90
  comparator: ">="
  rollup: {units: pct_units, time: last, level: CH, test: "${value} >= 1"}
  frequency: [T]
  fields: [A]
- id: B
  name: Số dự
  item: "1"
  levels: [CH]
  rollup: {units: wpct, time: last, numerator: A.du, denominator: NEN.1}
  frequency: [T]
  fields: [A.du, NEN.1]
"""

DEADLINES = """\
- code: T
  name: Tháng
  opens: {CH: "12", XA: "19"}
  due: {CH: "18", XA: "20"}
"""

EVENTS = """\
- id: HOI
  item: "2"
  name: Ngày hội
  month: 6
  day: 28
  precision: day
  reminders: [T-7, T, T+1]
  results: [CH-T, A]
"""

CH_T = """\
id: CH-T
title: Báo cáo tháng
level: CH
frequency: T
questions:
  - name: A
    type: yes_no
    label: Tháng này {chị} đã sinh hoạt chưa ạ?
    summary: Sinh hoạt
    indicators: [A]
  - name: A.du
    type: ratio
    label: "Bao nhiêu chị dự ạ?[ (Có ${NEN.1} hội viên)]"
    summary: Dự
    relevant: ${A}
    total: ${NEN.1}
    warnings:
      - when: . > ${NEN.1}
        message: "{Em} thấy nhiều ạ."
    indicators: [B]
  - name: NEN.1
    type: integer
    label: Mấy hội viên ạ?
    summary: Hội viên
    minimum: 5
    maximum: 600
    indicators: [B]
"""

XA_T = """\
id: XA-T
title: Báo cáo tháng của xã
level: XA
frequency: T
questions:
  - name: X
    type: select_one
    label: "Các chi hội báo ${sum.NEN.1} hội viên ở ${count.CH} chi hội. Đúng không {chị}?"
    summary: Hội viên
    choices:
      - {name: right, label: Đúng}
      - {name: wrong, label: Chưa đúng}
    indicators: [B]
"""

SMALL = {
    "plan.yaml": PLAN,
    "indicators.yaml": INDICATORS,
    "deadlines.yaml": DEADLINES,
    "events.yaml": EVENTS,
    "packs/CH-T.yaml": CH_T,
    "packs/XA-T.yaml": XA_T,
}


def broken(file: str, before: str, after: str) -> list[str]:
    """The findings, a line each, once ``before`` in a file has become ``after``."""
    assert SMALL[file].count(before) == 1, f"{before!r} must stand once in {file}"
    return findings({**SMALL, file: SMALL[file].replace(before, after)})


def findings(files: dict[str, str]) -> list[str]:
    """The findings of a plan, a line each; none if it is right."""
    try:
        parse_plan(files)
    except PlanProblem as problem:
        return [str(finding) for finding in problem.findings]
    return []
