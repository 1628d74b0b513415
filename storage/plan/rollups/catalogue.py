"""What the plan says of each field and of each indicator's figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from storage.plan.expressions import Expression, compile_expression
from storage.plan.model import Indicator, Plan, Question, TimeRollup

FieldKind = Literal["number", "ratio", "yes", "choice", "text", "date", "picture"]

_KINDS: dict[str, FieldKind] = {
    "integer": "number", "money": "number", "percent": "number", "ratio": "ratio", "yes_no": "yes",
    "select_one": "choice", "select_multiple": "choice", "text": "text", "url": "text", "date": "date",
    "image": "picture",
}  # fmt: skip

NUMBERS = ("number", "ratio")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field: what it holds, whether the question is repeated for a list, its window, and which packs of
    which levels ask it."""

    name: str
    kind: FieldKind
    repeated: bool
    window: Literal["flow", "stock"] | None
    question: str
    packs: frozenset[str]
    levels: frozenset[str]
    sensitive: bool


#: The plans last asked for: a plan does not change, another one takes its place.
_KNOWN: list[tuple[Plan, Mapping[str, FieldInfo]]] = []


def fields_of(plan: Plan) -> Mapping[str, FieldInfo]:
    """Every field that is kept, by name."""
    for known, fields in list(_KNOWN):
        if known is plan:
            return fields
    found = _fields_of(plan)
    _KNOWN[:] = [(plan, found), *_KNOWN[:3]]
    return found


def _fields_of(plan: Plan) -> Mapping[str, FieldInfo]:
    found: dict[str, FieldInfo] = {}
    for pack in plan.packs:
        for question in pack.questions:
            if question.type in ("calculate", "note"):
                continue
            for name, kind in _named(question):
                known = found.get(name)
                packs = frozenset({pack.id}) | (known.packs if known else frozenset())
                levels: frozenset[str] = frozenset({pack.level}) | (known.levels if known else frozenset())
                sensitive = question.sensitive or bool(known and known.sensitive)
                found[name] = FieldInfo(
                    name, kind, question.repeat is not None, question.window, question.name, packs, levels,
                    sensitive,
                )  # fmt: skip
    return found


def _named(question: Question) -> Iterator[tuple[str, FieldKind]]:
    for part in question.parts:
        yield part.name, _KINDS[part.type]
    if not question.parts:
        yield question.name, _KINDS[question.type]
    if question.date_field:
        yield question.date_field, "date"


@cache
def expression(text: str) -> Expression:
    """Compiled once."""
    return compile_expression(text)


def main_fields(indicator: Indicator, fields: Mapping[str, FieldInfo]) -> tuple[str, ...]:
    """The fields an indicator's own figure is made of: those its value or numerator names, all texts of a
    list, else the first number, else the first field."""
    rollup = indicator.rollup
    known = [name for name in indicator.fields if name in fields]
    if rollup.numerator:
        return (rollup.numerator,)
    if rollup.value:
        return tuple(sorted(expression(rollup.value).names))
    if rollup.units == "list" and rollup.test is None:
        texts = tuple(name for name in known if fields[name].kind == "text")
        return texts or tuple(known[:1])
    if rollup.units in ("pct_units", "any", "list", "counts"):
        return tuple(known[:1])
    numbers = [name for name in known if fields[name].kind in NUMBERS]
    return tuple(numbers[:1] or known[:1])


def time_of(name: str, indicator: Indicator, fields: Mapping[str, FieldInfo]) -> TimeRollup:
    """How a field goes over time: as the indicator for its own figure and for milestones, else as the
    question's window says (flow: added, stock: the last)."""
    rollup = indicator.rollup
    if name in rollup.times:
        return rollup.times[name]
    if rollup.time == "once" or name in main_fields(indicator, fields):
        return "last" if rollup.time == "none" else rollup.time
    window = fields[name].window if name in fields else None
    return "sum" if window == "flow" else "last"


def stock_fields(plan: Plan, fields: Mapping[str, FieldInfo]) -> frozenset[str]:
    """The numbers that say how many there are up to now: their question is of a stock, and no indicator adds
    them over time or asks them of one day."""
    times: dict[str, set[TimeRollup]] = {}
    for indicator in plan.indicators:
        for name in indicator.fields:
            times.setdefault(name, set()).add(time_of(name, indicator, fields))
    return frozenset(
        name
        for name, info in fields.items()
        if info.window == "stock" and times.get(name, {"last"}) <= {"last", "max"}
    )


def shown_fields(indicator: Indicator, fields: Mapping[str, FieldInfo]) -> tuple[str, ...]:
    """The fields a report may show: all but pictures."""
    return tuple(name for name in indicator.fields if name in fields and fields[name].kind != "picture")
