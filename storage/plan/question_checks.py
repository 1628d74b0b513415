"""What must hold of one question in its pack."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress

from storage.plan.expressions import (
    Expression,
    ExpressionError,
    broken_placeholder,
    compile_expression,
    template_names,
)
from storage.plan.faults import Path
from storage.plan.messages import HARD_LIMIT, message_length
from storage.plan.model import Pack, Part, Plan, Question
from storage.plan.names import Names

#: A value's place within its question, and what is wrong there.
Told = tuple[Path, str]

#: Words never said to a branch head (domain guide 3.4 and 8.1).
BANNED = (
    "bạn", "quý khách", "user", "yêu cầu", "bắt buộc", "sai cú pháp", "vi phạm", "phê bình", "quá hạn",
    "chậm trễ",
)  # fmt: skip
_BANNED = re.compile(r"\b(" + "|".join(BANNED) + r")\b", re.IGNORECASE)

_TEMPLATES = ("label", "summary", "summary_value", "hint", "example", "echo", "constraint_message")
_EXPRESSIONS = ("relevant", "constraint", "calculation", "total", "minimum", "maximum")
_NUMBERS = ("integer", "money", "percent")


def check_alone(question: Question, pack: Pack) -> Iterator[Told]:
    """Every fault of a question that shows within its pack."""
    yield from _expressions(question, pack)
    yield from _words(question)
    yield from _shape(question)
    yield from _choices(question)
    yield from _parts(question)


def check_in_plan(question: Question, pack: Pack, plan: Plan, names: Names) -> Iterator[Told]:
    """Every fault of a question that shows only beside the rest of the plan."""
    yield from _names(question, pack, names)
    yield from _references(question, plan)
    length = message_length(question, pack, plan)
    if length > HARD_LIMIT:
        yield ("label",), f"tin nhắn dài {length} ký tự, nhiều nhất là {HARD_LIMIT}"


def _texts(question: Question) -> Iterator[tuple[Path, str]]:
    """Every text a person may see."""
    yield from (((field,), getattr(question, field)) for field in _TEMPLATES)
    yield ("evidence", "message"), question.evidence.message
    for place, warning in enumerate(question.warnings):
        yield ("warnings", place, "message"), warning.message
    for place, choice in enumerate(question.choices):
        yield ("choices", place, "label"), choice.label
    for place, part in enumerate(question.parts):
        yield ("parts", place, "label"), part.label


def _words(question: Question) -> Iterator[Told]:
    for path, text in _texts(question):
        if found := _BANNED.search(unicodedata.normalize("NFC", text)):
            yield path, f'không dùng chữ "{found.group()}"'
        if broken := broken_placeholder(text):
            yield path, f"không hiểu {broken!r}"


def _names(question: Question, pack: Pack, names: Names) -> Iterator[Told]:
    used = [(path, sorted(set(template_names(text)))) for path, text in _texts(question)]
    used += [(path, sorted(expression.names)) for path, expression in _compiled(question)]
    for path, found in used:
        for name in found:
            if fault := names.fault(name, pack, question):
                yield path, fault


def _compiled(question: Question) -> Iterator[tuple[Path, Expression]]:
    """The expressions that are well formed."""
    for path, text in _formulas(question):
        with suppress(ExpressionError):
            yield path, compile_expression(text)


def _formulas(question: Question) -> Iterator[tuple[Path, str]]:
    for field in _EXPRESSIONS:
        text = getattr(question, field)
        if isinstance(text, str):
            yield (field,), text
    for place, warning in enumerate(question.warnings):
        yield ("warnings", place, "when"), warning.when


def _expressions(question: Question, pack: Pack) -> Iterator[Told]:
    earlier = _asked_before(question, pack)
    own = {name for row in pack.questions for name in row.fields}
    computed = {row.name for row in pack.questions if row.type == "calculate"}
    for path, text in _formulas(question):
        try:
            used = compile_expression(text).names
        except ExpressionError as error:
            yield path, str(error)
            continue
        if path == ("relevant",):
            yield from _late(path, used & own - earlier, "hỏi")
        # A calculation builds on earlier ones only, so none can run in a circle.
        if path == ("calculation",):
            yield from _late(path, used & computed - earlier, "tính")


def _late(path: Path, names: frozenset[str], verb: str) -> Iterator[Told]:
    return ((path, f"${{{name}}} phải được {verb} trước câu này") for name in sorted(names))


def _asked_before(question: Question, pack: Pack) -> set[str]:
    place = pack.questions.index(question)
    return {name for row in pack.questions[:place] for name in row.fields}


def _shape(question: Question) -> Iterator[Told]:
    kind = question.type
    if (kind == "calculate") != (question.calculation is not None):
        yield ("calculation",), "dòng calculate cần calculation, câu khác thì không có"
    if question.constraint and not question.constraint_message:
        yield ("constraint",), "cần constraint_message để hỏi lại"
    if question.date_field and kind != "yes_no":
        yield ("date_field",), "chỉ dùng với yes_no"
    if question.total and kind != "ratio":
        yield ("total",), "chỉ dùng với ratio"
    if question.evidence.photo == "refused" and not question.evidence.message:
        yield ("evidence",), "photo: refused cần message để trả lời"
    if question.sensitive and (kind == "image" or question.evidence.photo in ("optional", "asked")):
        yield ("sensitive",), "câu riêng tư thì không nhận ảnh"
    yield from _range(question)


def _range(question: Question) -> Iterator[Told]:
    low, high = question.minimum, question.maximum
    if (low, high) != (None, None) and (question.type not in _NUMBERS or question.parts):
        yield ("minimum" if low is not None else "maximum",), "chỉ dùng với một con số"
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield ("minimum",), f"minimum {low} lớn hơn maximum {high}"


def _choices(question: Question) -> Iterator[Told]:
    count, kind = len(question.choices), question.type
    if kind in ("select_one", "select_multiple") and count < 2:
        yield ("choices",), f"{kind} cần ít nhất 2 lựa chọn, đang có {count}"
    if kind == "yes_no" and count not in (0, 2):
        yield ("choices",), f"yes_no cần đúng 2 lựa chọn hoặc không ghi, đang có {count}"
    if count and kind not in ("select_one", "select_multiple", "yes_no"):
        yield ("choices",), f"{kind} không có lựa chọn"
    for field in ("name", "label"):
        seen: set[str] = set()
        for place, choice in enumerate(question.choices):
            text = getattr(choice, field)
            if text in seen:
                yield ("choices", place, field), f'"{text}" có hai lần'
            seen.add(text)


def _parts(question: Question) -> Iterator[Told]:
    if not question.parts:
        return
    if question.type != "integer":
        yield ("parts",), f"{question.type} không có parts"
    if len(question.parts) < 2:
        yield ("parts",), "cần ít nhất 2 phần; một phần thì là câu hỏi thường"
    unsaid = [part.required for part in question.parts]
    if not unsaid[0] or unsaid != sorted(unsaid, reverse=True):
        yield ("parts",), "phần được bỏ trống (required: false) phải đứng cuối"
    for place, part in enumerate(question.parts):
        if _above(part):
            yield ("parts", place, "minimum"), f"minimum {part.minimum} lớn hơn maximum {part.maximum}"


def _above(part: Part) -> bool:
    return part.minimum is not None and part.maximum is not None and part.minimum > part.maximum


def _references(question: Question, plan: Plan) -> Iterator[Told]:
    known = {indicator.id for indicator in plan.indicators}
    for place, name in enumerate(question.indicators):
        if name not in known:
            yield ("indicators", place), f"không có chỉ tiêu {name}"
    if not question.indicators and question.type not in ("calculate", "note"):
        yield ("indicators",), "câu hỏi phải thuộc ít nhất một chỉ tiêu"
    if question.repeat and question.repeat != "branches" and question.repeat not in plan.lists:
        yield ("repeat",), f"không có danh sách {question.repeat}"
