"""Digests: where a round stands, for those above it (domain guide 8.6), and what lies behind each line.

Rates are those of terms.md: expected reports are the denominator always; what is not reported is its own
state, never "not reached". Numbers are written as Vietnamese write them: 1.812, 84,7%.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handlers.texts import render
from storage.domain.people import AddressForm, Seat, Unit
from storage.domain.rounds import Round
from storage.plan.expressions import Expression, compile_expression
from storage.plan.model import Indicator, Pack, Plan
from storage.plan.periods import VIETNAM, period_label
from storage.queries import answers, people, progress, rounds
from storage.queries.progress import Progress
from storage.writer import Reader

Span = Callable[[str], tuple[date, date]]

#: As many areas are named as lowest.
LOWEST = 2

#: A list that was asked for may be long, but not longer than a phone likes.
LISTED = 40


@dataclass(frozen=True, slots=True)
class Digest:
    """What is said, and what picture goes along (`bot.files`); "" for none."""

    text: str
    picture: str = ""


@dataclass(frozen=True)
class _Case:
    plan: Plan
    reader: Reader
    seat: Seat
    asked: Round
    pack: Pack
    now: datetime
    span: tuple[date, date]

    @property
    def form(self) -> AddressForm:
        return self.seat.person.address_form if self.seat.person else "chị"

    def say(self, key: str, **params: object) -> str:
        return render(key, self.form, **params)

    @property
    def below(self) -> int | None:
        return None if self.seat.unit.kind == "TI" else self.seat.unit.id


def number(value: float) -> str:
    """1812 is "1.812", 84.66 "84,7"."""
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}".replace(",", ".")
    return f"{value:,.1f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def digest(
    plan: Plan, reader: Reader, seat: Seat, params: Mapping[str, Any], now: datetime, span: Span
) -> Digest | None:
    """The digest ``params`` ask for (``round``: its id; ``topic``: "month" or "targets"), for this seat;
    None where there is nothing to say."""
    asked = rounds.round_by_id(reader, int(params["round"]))
    pack = plan.pack(asked.pack) if asked else None
    if asked is None or pack is None:
        return None
    case = _Case(plan, reader, seat, asked, pack, now, span(asked.period))
    if params.get("topic") == "targets":
        return _targets(case)
    return _commune(case) if seat.unit.kind == "XA" else _wide(case)


# --- province and district


def _wide(case: _Case) -> Digest | None:
    """The month of many communes: counts, the plan's figures, the lowest areas."""
    communes = _mine(case, progress.by_parent(
        case.reader, case.asked.id, case.pack.level, case.span, case.asked.due_at))  # fmt: skip
    whole = progress.total(communes)
    if not whole.expected:
        return None
    full = sum(part.actual >= part.expected for part in communes.values())
    lines = [
        case.say(
            "digest.head", period=period_label(case.asked.period).upper(), time=f"{case.now:%H:%M}",
            day=f"{case.now.day}/{case.now.month}",
        ),
        case.say(
            "digest.sent", actual=number(whole.actual), expected=number(whole.expected), level=_level(case),
            rate=number(round(whole.rate or 0, 1)), full=number(full), communes=number(len(communes)),
        ),
        *_figures(case),
    ]  # fmt: skip
    lines += _lowest(case, communes)
    odd = len(oddities(case.reader, case.plan, case.asked.id, case.pack, case.below, case.now.date()))
    lines.append(case.say("digest.odd", count=odd) if odd else case.say("digest.more"))
    return Digest("\n".join(lines), f"chart:{case.asked.id}:{case.seat.unit.id}")


def _mine(case: _Case, parts: Mapping[int, Progress]) -> dict[int, Progress]:
    """Only the communes below this seat's unit."""
    if case.below is None:
        return dict(parts)
    inside = {unit.id for unit in _below(case)}
    return {unit: part for unit, part in parts.items() if unit in inside}


def _below(case: _Case) -> list[Unit]:
    return [*answers.children(case.reader, case.seat.unit.id, case.span[1]), case.seat.unit]


def _level(case: _Case) -> str:
    name = case.plan.levels[case.pack.level]
    return name[:1].lower() + name[1:]


def _figures(case: _Case) -> list[str]:
    """The plan's lines, over all reports that are in."""
    given = progress.given_values(case.reader, case.asked.id, case.pack.level, case.below, case.now.date())
    totals: dict[str, int] = dict.fromkeys((line.field for line in case.plan.digest), 0)
    for _, values in given:
        for field in totals.keys() & values.keys():
            totals[field] += _counted(values[field])
    return [
        case.say("digest.figure", label=line.label, value=number(totals[line.field]))
        for line in case.plan.digest
    ]


def _counted(value: Any) -> int:
    """A number as it is; yes and a text that says something as 1."""
    if isinstance(value, bool | int):
        return int(value)
    return 1 if isinstance(value, str) and value else 0


def areas(reader: Reader, communes: Mapping[int, Progress], top: Unit) -> list[tuple[str, Progress]]:
    """Progress by the units directly below ``top``: districts of a province where there are any, else the
    communes themselves; by name."""
    units = {unit.id: unit for unit in people.all_units(reader)}
    found: dict[int, list[Progress]] = {}
    for commune, part in communes.items():
        unit = units.get(commune)
        while unit is not None and unit.parent_id not in (top.id, None):
            unit = units.get(unit.parent_id or 0)
        if unit is not None:
            found.setdefault(unit.id, []).append(part)
    named = [(units[unit].name, progress.total(dict(enumerate(parts)))) for unit, parts in found.items()]
    return sorted(named, key=lambda pair: pair[0])


def _lowest(case: _Case, communes: Mapping[int, Progress]) -> list[str]:
    rated = [(part.rate, name) for name, part in areas(case.reader, communes, case.seat.unit)
             if part.rate is not None and part.rate < 100]  # fmt: skip
    if not rated:
        return []
    named = ", ".join(f"{name} {number(round(rate))}%" for rate, name in sorted(rated)[:LOWEST])
    return [case.say("digest.lowest", areas=named)]


# --- commune


def _commune(case: _Case) -> Digest | None:
    """Her own branches."""
    parts = progress.by_parent(case.reader, case.asked.id, case.pack.level, case.span, case.asked.due_at)
    here = parts.get(case.seat.unit.id)
    if here is None or not here.expected:
        return None
    figures = ", ".join(_figures(case))
    said = case.say(
        "digest.commune", period=period_label(case.asked.period), actual=here.actual,
        expected=here.expected, level=_level(case), figures=figures,
    )  # fmt: skip
    odd = oddities(case.reader, case.plan, case.asked.id, case.pack, case.below, case.now.date())
    if odd:
        said += " " + case.say("digest.commune.odd", count=len(odd), first=odd[0])
    return Digest(said)


# --- targets


def _targets(case: _Case) -> Digest | None:
    """The plan's numbers by quarter: reached, not reached, not reported; the denominator is every unit."""
    lines = [
        _target_line(case, indicator, *counts)
        for indicator in case.plan.indicators
        if indicator.target is not None and case.pack.level in indicator.levels
        for counts in _reached(case, indicator)
    ]
    if not lines:
        return None
    head = case.say("targets.head", year=case.plan.year, period=period_label(case.asked.period))
    return Digest("\n".join([head, *lines[:8], case.say("targets.more")]))


def _target_line(case: _Case, indicator: Indicator, reached: int, whole: int, silent: int) -> str:
    rate = number(round(100 * reached / whole, 1))
    counts = {"reached": number(reached), "whole": number(whole), "silent": number(silent)}
    return case.say("targets.line", name=indicator.name[:60], rate=rate, **counts)


def _reached(case: _Case, indicator: Indicator) -> list[tuple[int, int, int]]:
    rollup = indicator.rollup
    if rollup.units != "pct_units" or rollup.test is None or not indicator.fields:
        return []
    parts = progress.by_parent(case.reader, case.asked.id, case.pack.level, case.span, case.asked.due_at)
    whole = progress.total(parts)
    if not whole.expected:
        return []
    test = compile_expression(rollup.test)
    field = indicator.fields[0]
    said = [
        values
        for _, values in progress.given_values(case.reader, case.asked.id, case.pack.level)
        if field in values
    ]
    reached = sum(_passes(test, field, values) for values in said)
    return [(reached, whole.expected, whole.expected - len(said))]


def _passes(test: Expression, field: str, values: Mapping[str, Any]) -> bool:
    """Whether a unit's value passes the indicator's test, in which it is called ``value``."""
    return bool(test.evaluate(lambda name: values.get(field if name == "value" else name)))


# --- what lies behind


def oddities(
    reader: Reader, plan: Plan, round_id: int, pack: Pack, below: int | None, day: date
) -> list[str]:
    """Figures that need a look: a part that is more than its whole. "xóm 2: 98/60"."""
    ratios = {question.name for question in pack.questions if question.type == "ratio"}
    names = {unit.id: unit.name for unit in people.all_units(reader)}
    found = []
    for unit_id, values in progress.given_values(reader, round_id, pack.level, below, day):
        for field in ratios & values.keys():
            value = values[field]
            if isinstance(value, list) and len(value) == 2 and None not in value and value[0] > value[1]:
                found.append(f"{names.get(unit_id, '')}: {value[0]}/{value[1]}")
    return found


def look_up(plan: Plan, reader: Reader, seat: Seat, what: str, now: datetime, span: Span) -> str | None:
    """The list asked for by CHƯA (who is missing) or LỆCH (odd figures) in the round of the level below
    that is due last; None where no round is open."""
    level = "CH"
    asked = [
        each
        for each in rounds.rounds_open(reader, now)
        if (pack := plan.pack(each.pack)) is not None and pack.level == level and pack.frequency != "SK"
    ]
    if not asked:
        return None
    latest = max(asked, key=lambda each: each.opens_at)
    pack = plan.pack(latest.pack)
    assert pack is not None  # noqa: S101 - chosen above
    case = _Case(plan, reader, seat, latest, pack, now.astimezone(VIETNAM), span(latest.period))
    subject = pack.subject.replace("${period}", period_label(latest.period))
    if what == "odd":
        found: Sequence[str] = oddities(reader, plan, latest.id, pack, case.below, now.date())
    else:
        found = [unit.name for unit in progress.missing(reader, latest.id, level, case.span, case.below)]
    if not found:
        return case.say(_NONE[what], subject=subject)
    head = case.say(_HEADS[what], subject=subject, count=number(len(found)))
    more = [case.say("lookup.more", count=number(len(found) - LISTED))] if len(found) > LISTED else []
    return "\n".join([head, *(f"- {each}" for each in found[:LISTED]), *more])


_HEADS = {"missing": "lookup.missing", "odd": "lookup.odd"}
_NONE = {"missing": "lookup.missing.none", "odd": "lookup.odd.none"}


def chart_words(asked: Round, top: Unit, whole: Progress, now: datetime) -> tuple[str, str]:
    """Title and subtitle of a round's chart."""
    title = render("chart.title", "chị", period=period_label(asked.period))
    subtitle = render(
        "chart.subtitle", "chị", unit=top.name, actual=number(whole.actual),
        expected=number(whole.expected), time=f"{now:%H:%M}", day=f"{now.day}/{now.month}",
    )  # fmt: skip
    return title, subtitle
