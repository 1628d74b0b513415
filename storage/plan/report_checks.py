"""What must hold of ``reports.yaml``: figures, columns and names that are there."""

from collections.abc import Iterator
from typing import TypeAlias

from storage.plan.expressions import broken_placeholder, template_names
from storage.plan.model import Plan
from storage.plan.reports import Column, Head, Letter, Sheet, split_figure

Place: TypeAlias = tuple[tuple[str | int, ...], str]

#: Names of texts that titles, header lines and sentences may use.
TEXTS = ("period", "year", "unit", "unit.big", "unit.place", "above", "above.big", "theme", "document")
#: What stands before an indicator's id: see `handlers.reports.letter.names`.
PARTS = ("part.", "whole.", "reached.", "units.", "silent.", "to_date.", "change.")
#: ``${reports.CH.rate}``: of the reports of a level.
REPORTS = ("expected", "actual", "on_time", "late", "missing", "rate", "on_time_rate")


def faults(plan: Plan) -> Iterator[Place]:
    """What is wrong in ``reports.yaml``: the place in the file and what, in Vietnamese."""
    reports = plan.reports
    for level, head in reports.heads.items():
        for field in Head.model_fields:
            value = getattr(head, field)
            for text in value if isinstance(value, tuple) else (value,):
                yield from _template(("heads", level, field), text, plan, whole=False)
    seen: set[str] = set()
    for place, sheet in enumerate(reports.sheets):
        for known, key in ((sheet.id, "id"), (sheet.name, "name")):
            if known in seen:
                yield ("sheets", place, key), f"{known} có hai lần"
        seen |= {sheet.id, sheet.name}
        for path, what in _sheet(sheet, plan):
            yield ("sheets", place, *path), what
    yield from _letter(reports.letter, plan)


def _sheet(sheet: Sheet, plan: Plan) -> Iterator[Place]:
    yield from _template(("title",), sheet.title, plan, whole=False)
    if not 1 <= len(sheet.name) <= 31 or set(sheet.name) & set("[]:*?/\\'"):
        yield ("name",), "tên trang dài 1 đến 31 ký tự, không có [ ] : * ? / \\ '"
    if (sheet.rows == "indicators") == bool(sheet.columns):
        yield ("columns",), "trang chỉ tiêu không đặt cột; các trang khác phải có cột"
    keys = [column.key for column in sheet.columns if column.key]
    for place, column in enumerate(sheet.columns):
        if column.key and keys.count(column.key) > 1:
            yield ("columns", place, "key"), f"{column.key} có hai lần"
        for path, what in _column(column, keys, plan):
            yield ("columns", place, *path), what


def _column(column: Column, keys: list[str], plan: Plan) -> Iterator[Place]:
    ways = [column.of, column.reports, column.ratio, column.plus, column.minus]
    if sum(bool(way) for way in ways) != 1:
        yield (), "cần đúng một trong: of, reports, ratio, plus, minus"
    for name in column.operands:
        if name not in keys:
            yield ("ratio" if column.ratio else "plus" if column.plus else "minus",), f"không có cột {name}"
    for place, figure in enumerate(column.of):
        what = _figure(figure, plan)
        if what:
            yield ("of", place), what
    if (column.show == "choice") != bool(column.choice):
        yield ("choice",), "show: choice và choice phải có cùng nhau"
    if column.reports is not None and column.reports not in plan.levels:
        yield ("reports",), f"plan.yaml không đặt tên cấp {column.reports}"


def _figure(name: str, plan: Plan) -> str:
    """What is wrong with a figure's name, "" if nothing."""
    wanted, field = split_figure(name)
    found = next((each for each in plan.indicators if each.id == wanted), None)
    if found is None:
        return f"không có chỉ tiêu {wanted}"
    return f"chỉ tiêu {wanted} không có trường {field}" if field and field not in found.fields else ""


def _letter(letter: Letter, plan: Plan) -> Iterator[Place]:
    yield from _template(("letter", "subject"), letter.subject, plan, whole=False)
    yield from _template(("letter", "appendix"), letter.appendix, plan, whole=False)
    known = {indicator.id for indicator in plan.indicators}
    for place, name in enumerate(letter.indicators):
        if name not in known:
            yield ("letter", "indicators", place), f"không có chỉ tiêu {name}"
    for at, section in enumerate(letter.sections):
        for place, block in enumerate(section.blocks):
            path = ("letter", "sections", at, "blocks", place)
            if not (block.heading or block.text or block.insert):
                yield path, "cần một trong: heading, text, insert"
            yield from _template((*path, "text"), block.text, plan)
            yield from _template((*path, "heading"), block.heading, plan)


def _template(path: tuple[str | int, ...], text: str, plan: Plan, whole: bool = True) -> Iterator[Place]:
    broken = broken_placeholder(text)
    if broken:
        yield path, f"không hiểu {broken}"
    for name in template_names(text):
        if name not in TEXTS and not (whole and _is_known(name, plan)):
            yield path, f"không có ${{{name}}}"


def _is_known(name: str, plan: Plan) -> bool:
    """Whether a sentence may use it: a figure, one of its parts, or a count of reports."""
    head, _, rest = name.partition(".")
    if head == "reports":
        level, _, what = rest.partition(".")
        return level in plan.levels and what in REPORTS
    prefix = next((each for each in (*PARTS, "field.") if name.startswith(each)), "")
    bare = name.removeprefix(prefix)
    fields = {field for indicator in plan.indicators for field in indicator.fields}
    ids = {indicator.id for indicator in plan.indicators}
    if prefix == "field.":
        return bare in fields
    return bare in (ids if prefix else ids | fields)
