"""``chihoi plan``: check a plan folder, and show a pack as a person would be asked it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.shared import refusals
from storage.domain.problems import Finding, NotFound
from storage.plan.expressions import render
from storage.plan.messages import USUAL_LIMIT, message, message_length, sample_lookup, speak
from storage.plan.model import Deadline, Pack, Plan, Question
from storage.plan_files import load_plan

DEFAULT_PLAN = Path("plans/kh83-2024")
SILENT = ("note", "calculate")
KINDS = {
    "event": "sự kiện",
    "traditional": "ngày truyền thống",
    "drive": "đợt vận động",
    "milestone": "mốc",
    "closing": "kỳ chốt số",
}

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Thư mục kế hoạch.")] = DEFAULT_PLAN,
) -> None:
    """Kiểm tra một kế hoạch: in tóm tắt, hoặc mỗi lỗi một dòng (tệp, dòng, trường)."""
    with refusals():
        plan = load_plan(folder)
    console = Console(highlight=False)
    console.print(f"[bold]{plan.id}[/bold] {plan.title}, năm {plan.year}\n{plan.document}, {plan.issuer}\n")
    console.print(_items(plan))
    console.print(_packs(plan))
    for line in _totals(plan):
        console.print(line, soft_wrap=True)


def _items(plan: Plan) -> Table:
    """Every numbered item of the document with what covers it."""
    table = Table("Mục", "Nội dung", "Chỉ tiêu", "Sự kiện", title="Các mục của văn bản")
    for item, words in {**plan.items, "": "Số liệu nền và kỳ chốt số"}.items():
        ids = [row.id for row in plan.indicators if row.item == item]
        events = [event.id for event in plan.events if event.item == item]
        shown = ", ".join(events) if len(events) <= 4 else f"{len(events)} ngày"
        table.add_row(item, words, f"{len(ids)}: {', '.join(ids)}" if ids else "", shown)
    return table


def _packs(plan: Plan) -> Table:
    table = Table("Bộ", "Tên", "Cấp", "Kỳ", "Câu", "Phút", title="Các bộ câu hỏi")
    names = {deadline.code: deadline.name for deadline in plan.deadlines}
    for pack in plan.packs:
        count, minutes = str(len(asked(pack))), str(pack.minutes)
        table.add_row(pack.id, pack.title, plan.levels[pack.level], names[pack.frequency], count, minutes)
    return table


def _totals(plan: Plan) -> Iterator[str]:
    questions = [(question, pack) for pack in plan.packs for question in asked(pack)]
    lengths = [message_length(question, pack, plan) for question, pack in questions]
    kinds = Counter(KINDS[event.kind] for event in plan.events)
    targets = sum(indicator.target is not None for indicator in plan.indicators)
    yield f"{len(plan.indicators)} chỉ tiêu, trong đó {targets} có số đích"
    yield f"{len(plan.packs)} bộ, {len(questions)} câu hỏi"
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    yield f"{len(plan.events)} sự kiện: {said}"
    yield f"{len(plan.items)}/{len(plan.items)} mục của văn bản có chỉ tiêu hoặc sự kiện"
    long = sum(length > USUAL_LIMIT for length in lengths)
    yield f"Tin dài nhất {max(lengths, default=0)} ký tự, {long} tin trên {USUAL_LIMIT}"
    for name, entries in plan.lists.items():
        if not entries:
            yield f"Danh sách {name} đang trống: câu hỏi theo danh sách này chưa được hỏi"
    yield "Không có lỗi"


def asked(pack: Pack) -> tuple[Question, ...]:
    """The rows that are put to a person."""
    return tuple(question for question in pack.questions if question.type not in SILENT)


@app.command()
def show(
    pack: Annotated[str, typer.Argument(help="Bộ câu hỏi, ví dụ CH-T.")],
    plan: Annotated[Path, typer.Option(help="Thư mục kế hoạch.")] = DEFAULT_PLAN,
) -> None:
    """In một bộ câu hỏi như người báo cáo sẽ được hỏi."""
    with refusals():
        loaded = load_plan(plan)
        found = loaded.pack(pack)
        if found is None:
            known = ", ".join(one.id for one in loaded.packs)
            raise NotFound(Finding("PACK", f"không có bộ câu hỏi {pack}; có: {known}"))
    console = Console(highlight=False, markup=False)
    for line in _shown(found, loaded):
        console.print(line, soft_wrap=True)


def _shown(pack: Pack, plan: Plan) -> Iterator[str]:
    counted = [question for question in asked(pack) if not question.after_submit]
    yield f"{pack.id}: {pack.title}"
    yield f"{len(counted)} câu, khoảng {pack.minutes} phút. {_when(pack, plan)}"
    person, unit = plan.sample.get("person", ""), plan.sample.get("unit", "")
    yield f"Người mẫu: {speak('{chị}', plan)} {person}, {unit}"
    number = 0
    for question in pack.questions:
        if question.type == "calculate":
            continue
        number += question in counted
        yield from ("", *_question(question, f"Câu {number}/{len(counted)}. ", pack, plan))


def _question(question: Question, head: str, pack: Pack, plan: Plan) -> Iterator[str]:
    """The message, then what goes with it, indented."""
    silent = question.type in SILENT or question.after_submit
    yield message(question, pack, plan, "" if silent else head)
    if question.after_submit:
        yield "   Hỏi thêm sau khi đã gửi báo cáo"
    if question.repeat:
        empty = "; danh sách đang trống nên chưa hỏi" if plan.lists.get(question.repeat) == () else ""
        yield f"   Hỏi lần lượt từng mục của danh sách {question.repeat}{empty}"
    if question.relevant:
        yield f"   Chỉ hỏi khi: {_condition(question.relevant, pack)}"
    if question.hint:
        yield f"   Gợi ý: {render(speak(question.hint, plan), sample_lookup(pack, plan))}"
    if question.example:
        yield f"   Ví dụ trả lời: {question.example}"


def _condition(relevant: str, pack: Pack) -> str:
    """The condition with short labels for names: ``[Sinh hoạt]``."""
    labels = {field: question.summary for question in pack.questions for field in question.fields}
    return re.sub(r"\$\{([^}]*)\}", lambda found: f"[{labels.get(found[1], found[1])}]", relevant)


def _when(pack: Pack, plan: Plan) -> str:
    deadline = next(one for one in plan.deadlines if one.code == pack.frequency)
    months = ", ".join(map(str, pack.months or deadline.months))
    return f"Kỳ: {deadline.name.lower()}{f' (tháng {months})' if months else ''}. {_window(deadline, pack)}"


def _window(deadline: Deadline, pack: Pack) -> str:
    opens = deadline.opens if isinstance(deadline.opens, str) else deadline.opens.get(pack.level, "")
    due = deadline.due.get(pack.level, "")
    if not due:
        return "Hạn do cán bộ Hội đặt"
    if due.startswith("+"):
        return f"Hỏi sau sự kiện {opens.removeprefix('+')} ngày, hạn sau {due.removeprefix('+')} ngày"
    return f"Mở ngày {opens}, hạn 20:30 ngày {due}"
