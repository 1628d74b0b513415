"""Digests: where a round stands, for those above it (domain guide 8.6), and what lies behind each line.

Rates are those of terms.md: expected reports are the denominator always; what is not reported is its own
state, never "not reached". Numbers are written as Vietnamese write them: 1.812, 84,7%.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from handlers.facts import Looked
from handlers.reports.words import said as figure_words
from handlers.texts import render
from storage.domain.figures import HIDDEN_BELOW, Counts, Progress, rounded
from storage.domain.people import AddressForm, Seat, Unit
from storage.domain.rounds import Round
from storage.plan.model import Indicator, Pack, Plan
from storage.plan.periods import VIETNAM, period_label
from storage.queries import answers, figures, people, progress, rounds
from storage.writer import Reader

Span = Callable[[str], tuple[date, date]]

#: What was read at one moment for the first of many who are told of the same round, for the others.
Kept = dict[Hashable, Any]

T = TypeVar("T")

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
    kept: Kept

    @property
    def form(self) -> AddressForm:
        return self.seat.person.address_form if self.seat.person else "chị"

    def say(self, key: str, **params: object) -> str:
        return render(key, self.form, **params)

    @property
    def below(self) -> int | None:
        return None if self.seat.unit.kind == "TI" else self.seat.unit.id


def number(value: int | Fraction | Decimal) -> str:
    """1812 is "1.812", 84.66 "84,7"."""
    shown = rounded(value) if isinstance(value, Fraction) else value
    text = f"{shown:,}" if isinstance(shown, int) else f"{shown:,f}"
    return text.translate(str.maketrans(",.", ".,"))


def digest(
    plan: Plan, reader: Reader, seat: Seat, params: Mapping[str, Any], now: datetime, span: Span, kept: Kept
) -> Digest | None:
    """The digest ``params`` ask for (``round``: its id; ``topic``: "month" or "targets"), for this seat;
    None where there is nothing to say. ``kept`` is of this moment: the same for all who are told now."""
    asked = rounds.round_by_id(reader, int(params["round"]))
    pack = plan.pack(asked.pack) if asked else None
    if asked is None or pack is None:
        return None
    case = _Case(plan, reader, seat, asked, pack, now, span(asked.period), kept)
    if params.get("topic") == "targets":
        return _targets(case)
    return _commune(case) if seat.unit.kind == "XA" else _wide(case)


# --- province and district


def _wide(case: _Case) -> Digest | None:
    """The month of many communes: counts, the plan's figures, the lowest areas."""
    communes = _mine(case, _parts(case))
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
            rate=number(whole.reporting_rate or 0), full=number(full), communes=number(len(communes)),
        ),
        *_figures(case),
    ]  # fmt: skip
    lines += _lowest(case, communes)
    odd = len(oddities(case))
    lines.append(case.say("digest.odd", count=odd) if odd else case.say("digest.more"))
    return Digest("\n".join(lines), f"chart:{case.asked.id}:{case.seat.unit.id}")


def _parts(case: _Case) -> Mapping[int, Progress]:
    """How far the units below each unit are."""
    return progress_of(case.reader, case.asked, case.pack, case.span, case.kept)


def progress_of(
    reader: Reader, asked: Round, pack: Pack, span: tuple[date, date], kept: Kept
) -> Mapping[int, Progress]:
    """`progress.by_parent` of a round, read once."""
    return once(
        kept, ("progress", asked.id),
        lambda: progress.by_parent(reader, asked.id, pack.level, span, asked.due_at),
    )  # fmt: skip


def once(kept: Kept, key: Hashable, read: Callable[[], T]) -> T:
    """What was read under this key, or is read now."""
    if key not in kept:
        kept[key] = read()
    found: T = kept[key]
    return found


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
    fields = [line.field for line in case.plan.digest]
    totals = figures.field_totals(case.reader, case.plan, case.asked.period, case.seat.unit.id, fields)
    return [
        case.say("digest.figure", label=line.label, value=_shown(case, line.field, totals[line.field]))
        for line in case.plan.digest
    ]


def _shown(case: _Case, field: str, total: int) -> str:
    """What of sensitive indicators is hidden everywhere above the commune is not said here either."""
    guarded = next((each for each in case.plan.indicators if each.sensitive and field in each.fields), None)
    if guarded is None or case.seat.unit.kind == "XA":
        return number(total)
    if case.below is None:  # a whole province is hidden only where it is small itself
        return f"<{HIDDEN_BELOW}" if 0 < total < HIDDEN_BELOW else number(total)
    top = case.seat.unit.id
    table = figures.figure_table(
        case.reader, case.plan, case.asked.period, top, "children", [guarded.id], False, top
    )
    found = table.total.figures[guarded.id].figure(field)
    return number(total) if found is None or not found.hidden else figure_words(found)


def areas(reader: Reader, communes: Mapping[int, Progress], top: Unit) -> list[tuple[str, Progress]]:
    """Progress by the units directly below ``top``: districts of a province where there are any, else the
    communes themselves; by name."""
    units = {unit.id: unit for unit in people.units_above(reader, "CH")}
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
    rated = [(part.reporting_rate, name) for name, part in areas(case.reader, communes, case.seat.unit)
             if part.reporting_rate is not None and part.reporting_rate < 100]  # fmt: skip
    if not rated:
        return []
    named = ", ".join(f"{name} {number(rounded(rate, 0))}%" for rate, name in sorted(rated)[:LOWEST])
    return [case.say("digest.lowest", areas=named)]


# --- commune


def _commune(case: _Case) -> Digest | None:
    """Her own branches."""
    here = _parts(case).get(case.seat.unit.id)
    if here is None or not here.expected:
        return None
    told = ", ".join(_figures(case))
    said = case.say(
        "digest.commune", period=period_label(case.asked.period), actual=here.actual,
        expected=here.expected, level=_level(case), figures=told,
    )  # fmt: skip
    odd = oddities(case)
    if odd:
        said += " " + case.say("digest.commune.odd", count=len(odd), first=odd[0])
    return Digest(said)


# --- targets


def _targets(case: _Case) -> Digest | None:
    """The plan's numbers by quarter: reached, not reached, not reported; the denominator is every unit."""
    named = [
        indicator
        for indicator in case.plan.indicators
        if indicator.target is not None
        and indicator.rollup.units == "pct_units"
        and case.pack.level in indicator.levels
    ]
    whole = figures.figure_table(
        case.reader, case.plan, case.asked.period, case.seat.unit.id, indicators=[i.id for i in named],
        compare=False,
    ).total  # fmt: skip
    lines = [
        _target_line(case, indicator, counts)
        for indicator in named
        if (counts := whole.figures[indicator.id].main.counts) is not None
    ]
    if not lines:
        return None
    head = case.say("targets.head", year=case.plan.year, period=period_label(case.asked.period))
    return Digest("\n".join([head, *lines[:8], case.say("targets.more")]))


def _target_line(case: _Case, indicator: Indicator, counts: Counts) -> str:
    rate = number(counts.percent or 0)
    said = {
        "reached": number(counts.reached), "whole": number(counts.total),
        "silent": number(counts.not_reported),
    }  # fmt: skip
    return case.say("targets.line", name=indicator.title, rate=rate, **said)


# --- what lies behind


def oddities(case: _Case) -> list[str]:
    """Figures that need a look: a part that is more than its whole. "xóm 2: 98/60"."""
    return [words for _, words in _odd(case)]


def _odd(case: _Case) -> list[tuple[int, str]]:
    """`oddities`, each with the id of its unit."""
    ratios = [question.name for question in case.pack.questions if question.type == "ratio"]
    found = figures.outliers(
        case.reader, case.plan, case.asked.period, case.seat.unit.id, ratios, ["part_over_whole"]
    )
    return [
        (one.area.id, f"{one.area.name}: {number(one.params['value'])}/{number(one.params['whole'])}")
        for one in found
        if case.asked.period == one.period
    ]


def look_up(plan: Plan, reader: Reader, seat: Seat, what: str, now: datetime, span: Span) -> Looked | None:
    """The list asked for by CHƯA (who is missing) or LỆCH (odd figures) in the round of the level below
    that is due last; None where no round is open."""
    level = "CH"
    asked = [
        each
        for each in rounds.rounds_open(reader, now)
        if (pack := plan.pack(each.pack)) is not None
        and pack.level == level
        and pack.frequency not in ("SK", "PH")
    ]
    if not asked:
        return None
    latest = max(asked, key=lambda each: each.opens_at)
    pack = plan.pack(latest.pack)
    assert pack is not None  # noqa: S101 - chosen above
    case = _Case(plan, reader, seat, latest, pack, now.astimezone(VIETNAM), span(latest.period), {})
    subject = pack.subject.replace("${period}", period_label(latest.period))
    if what == "odd":
        found = _odd(case)
    else:
        absent = progress.missing(reader, latest.id, level, case.span, case.below)
        found = [(unit.unit_id, unit.name) for unit in absent]
    if not found:
        return Looked(case.say(_NONE[what], subject=subject))
    head = case.say(_HEADS[what], subject=subject, count=number(len(found)))
    more = [case.say("lookup.more", count=number(len(found) - LISTED))] if len(found) > LISTED else []
    rows = [f"{number}. {words}" for number, (_, words) in enumerate(found[:LISTED], start=1)]
    text = "\n".join([head, *rows, *more, case.say("lookup.foot")])
    return Looked(text, tuple(unit_id for unit_id, _ in found[:LISTED]))


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
