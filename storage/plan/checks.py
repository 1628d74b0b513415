"""What must hold between the files of a plan."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from storage.plan import quiet
from storage.plan.expressions import (
    ExpressionError,
    broken_placeholder,
    compile_expression,
    template_names,
)
from storage.plan.faults import Fault, Path
from storage.plan.model import Deadline, Event, Indicator, Pack, Plan, Rollup
from storage.plan.names import Names, given_fields
from storage.plan.periods import is_day
from storage.plan.question_checks import check_alone, check_in_plan

#: What the sample seat must say for ``chihoi plan show`` and ``chihoi replay``.
SAMPLE = ("unit", "parent", "person", "address_form", "superior")


def check_plan(plan: Plan, pack_files: Sequence[str]) -> list[Fault]:
    """Every fault of a plan whose files are each well formed. ``pack_files`` names the packs' files,
    in the order of ``plan.packs``."""
    return [
        *_head(plan),
        *_placed("deadlines.yaml", _deadlines(plan)),
        *_placed("indicators.yaml", _indicators(plan)),
        *_placed("events.yaml", _events(plan)),
        *_packs(plan, pack_files),
        *_placed("quiet.yaml", quiet.faults(plan.quiet)),
    ]


def _placed(file: str, told: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
    return (Fault(file, path, what) for path, what in told)


def _twice(names: Iterable[str], field: str) -> Iterator[tuple[Path, str]]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield (place, field), f"{name} có hai lần"
        seen.add(name)


# --- plan.yaml


def _head(plan: Plan) -> Iterator[Fault]:
    for key in SAMPLE:
        if key not in plan.sample:
            yield Fault("plan.yaml", ("sample",), f"thiếu {key}")
    fields = _all_fields(plan)
    for name, field in plan.baselines.items():
        if field not in fields:
            yield Fault("plan.yaml", ("baselines", name), f"không có câu hỏi nào hỏi {field}")
        if not isinstance(plan.sample.get(name, 0), int):
            yield Fault("plan.yaml", ("sample", name), "phải là số")
    for place, line in enumerate(plan.digest):
        if line.field not in fields:
            yield Fault("plan.yaml", ("digest", place, "field"), f"không có câu hỏi nào hỏi {line.field}")
    covered = {row.item for row in plan.indicators} | {row.item for row in plan.events}
    for item in plan.items:
        if item not in covered:
            yield Fault("plan.yaml", ("items", item), f"mục {item} chưa có chỉ tiêu hay sự kiện nào")


def _all_fields(plan: Plan) -> set[str]:
    return {field for pack in plan.packs for field in given_fields(pack)}


# --- deadlines.yaml


def _deadlines(plan: Plan) -> Iterator[tuple[Path, str]]:
    yield from _twice((deadline.code for deadline in plan.deadlines), "code")
    for place, deadline in enumerate(plan.deadlines):
        for path, text in _days(deadline):
            if not is_day(text):
                yield (place, *path), f'không hiểu "{text}"; ví dụ "18", "28/5; 10/11", "05/01+1", "+2"'
        if any(not 1 <= month <= 12 for month in deadline.months):
            yield (place, "months"), "tháng từ 1 đến 12"


def _days(deadline: Deadline) -> Iterator[tuple[Path, str]]:
    for level, text in deadline.due.items():
        yield ("due", level), text
    if isinstance(deadline.opens, str):
        yield ("opens",), deadline.opens
    else:
        yield from ((("opens", level), text) for level, text in deadline.opens.items())


# --- indicators.yaml


def _indicators(plan: Plan) -> Iterator[tuple[Path, str]]:
    yield from _twice((indicator.id for indicator in plan.indicators), "id")
    fields = _all_fields(plan)
    named = {name for pack in plan.packs for question in pack.questions for name in question.indicators}
    for place, indicator in enumerate(plan.indicators):
        for path, what in _indicator(indicator, plan, fields):
            yield (place, *path), what
        asked = indicator.id in named or bool(indicator.fields)
        if not asked and indicator.rollup.units not in ("derived", "none"):
            what = f"{indicator.id} không được hỏi trong bộ nào (rollup.units cũng không là derived, none)"
            yield (place, "id"), what


def _indicator(indicator: Indicator, plan: Plan, fields: set[str]) -> Iterator[tuple[Path, str]]:
    if indicator.item and indicator.item not in plan.items:
        yield ("item",), f"văn bản không có mục {indicator.item}"
    for place, field in enumerate(indicator.fields):
        if field not in fields:
            yield ("fields", place), f"không có câu hỏi nào hỏi {field}"
    for place, level in enumerate(indicator.levels):
        if level not in plan.levels:
            yield ("levels", place), f"plan.yaml không đặt tên cấp {level}"
    if (indicator.comparator == "none") != (indicator.target is None):
        yield ("target",), "target và comparator phải có cùng nhau"
    for path, what in _rollup(indicator.rollup, fields):
        yield ("rollup", *path), what


def _rollup(rollup: Rollup, fields: set[str]) -> Iterator[tuple[Path, str]]:
    if rollup.test is not None:
        try:
            unknown = compile_expression(rollup.test).names - {"value", *fields}
        except ExpressionError as error:
            yield ("test",), str(error)
        else:
            yield from ((("test",), f"không có ${{{name}}}") for name in sorted(unknown))
    if rollup.units == "pct_units" and rollup.test is None:
        yield ("units",), "pct_units cần test"
    for key in ("numerator", "denominator"):
        field = getattr(rollup, key)
        if field is None and rollup.units == "wpct":
            yield ("units",), f"wpct cần {key}"
        if field is not None and field not in fields:
            yield (key,), f"không có câu hỏi nào hỏi {field}"


# --- events.yaml


def _events(plan: Plan) -> Iterator[tuple[Path, str]]:
    yield from _twice((event.id for event in plan.events), "id")
    known = {pack.id for pack in plan.packs} | {indicator.id for indicator in plan.indicators}
    for place, event in enumerate(plan.events):
        for path, what in _event(event, plan, known):
            yield (place, *path), what


def _event(event: Event, plan: Plan, known: set[str]) -> Iterator[tuple[Path, str]]:
    if event.item and event.item not in plan.items:
        yield ("item",), f"văn bản không có mục {event.item}"
    if event.precision in ("day", "month") and event.month is None:
        yield ("month",), f"precision: {event.precision} cần month"
    if event.precision == "day" and event.day is None:
        yield ("day",), "precision: day cần day"
    if not _is_date(event, plan.year):
        yield ("day",), f"không có ngày {event.day}/{event.month}"
    for place, name in enumerate(event.results):
        if name not in known:
            yield ("results", place), f"không có bộ câu hỏi hay chỉ tiêu {name}"
    for place, reminder in enumerate(event.reminders):
        if not _is_reminder(reminder):
            yield ("reminders", place), f'không hiểu "{reminder}"; ví dụ "T-7", "T", "T+1"'


def _is_date(event: Event, year: int) -> bool:
    if event.month is None:
        return True
    if event.lunar:
        return 1 <= event.month <= 12 and 1 <= (event.day or 1) <= 30
    try:
        date(event.year or year, event.month, event.day or 1)
    except ValueError:
        return False
    return True


def _is_reminder(text: str) -> bool:
    sign, days = text[1:2], text[2:]
    return text == "T" or (text[:1] == "T" and sign in ("+", "-") and days.isdecimal())


# --- packs


def _packs(plan: Plan, files: Sequence[str]) -> Iterator[Fault]:
    names = Names.of(plan)
    ids = Counter(pack.id for pack in plan.packs)
    for pack, file in zip(plan.packs, files, strict=True):
        if ids[pack.id] > 1:
            yield Fault(file, ("id",), f"{pack.id} có hai lần")
        elif file != f"packs/{pack.id}.yaml":
            yield Fault(file, ("id",), f"bộ {pack.id} phải ở tệp packs/{pack.id}.yaml")
        yield from _placed(file, _pack(pack, plan))
        for place, question in enumerate(pack.questions):
            for path, what in check_in_plan(question, pack, plan, names):
                yield Fault(file, ("questions", place, *path), what)


def _pack(pack: Pack, plan: Plan) -> Iterator[tuple[Path, str]]:
    if pack.level not in plan.levels:
        yield ("level",), f"plan.yaml không đặt tên cấp {pack.level}"
    if pack.frequency not in {deadline.code for deadline in plan.deadlines}:
        yield ("frequency",), f"deadlines.yaml không có mã {pack.frequency}"
    if any(not 1 <= month <= 12 for month in pack.months):
        yield ("months",), "tháng từ 1 đến 12"
    if pack.event is not None and pack.event not in {event.id for event in plan.events}:
        yield ("event",), f"events.yaml không có {pack.event}"
    if pack.asked_with is not None and plan.pack(pack.asked_with) is None:
        yield ("asked_with",), f"không có bộ câu hỏi {pack.asked_with}"
    if set(template_names(pack.subject)) - {"period"} or broken_placeholder(pack.subject):
        yield ("subject",), "chỉ dùng được ${period}"
    if not pack.questions:
        yield ("questions",), "chưa có câu hỏi nào"


def check_pack(pack: Pack, file: str) -> Iterator[Fault]:
    """Every fault of a pack that shows without the rest of the plan."""
    for place, question in enumerate(pack.questions):
        for path, what in check_alone(question, pack):
            yield Fault(file, ("questions", place, *path), what, structural=False)
    for path, what in _fields_twice(pack):
        yield Fault(file, path, what, structural=False)


def _fields_twice(pack: Pack) -> Iterator[tuple[Path, str]]:
    """A field is filled by one question, and a question's own name is no other's field."""
    seen: dict[str, int] = {}
    for place, question in enumerate(pack.questions):
        for name in dict.fromkeys((question.name, *question.fields)):
            if name in seen:
                yield ("questions", place, "name"), f"{name} đã có ở câu {seen[name]}"
            seen.setdefault(name, place)
        if len(set(question.fields)) < len(question.fields):
            yield ("questions", place, "name"), f"{question.name} có hai phần cùng tên"
