"""One unit: who is there, its reports, what it said with every earlier version, how it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from bot.web.render import text
from bot.web.staff import words
from bot.web.staff.indicators import label_of, questions_by_field
from bot.web.staff.visit import Visit
from handlers.dialogue.question_type import part_words
from storage.domain.effects import ReadRecorded
from storage.domain.figures import Milestone, PastValue, UnitHistory
from storage.domain.people import Unit
from storage.plan.expressions import format_value
from storage.plan.model import Plan, Question
from storage.plan.periods import period_label, period_span
from storage.queries import staff_pages
from storage.scope import units_below
from storage.writer import Reader

#: The kinds of units that own their branches' sensitive figures: above them these are not shown singly.
OWNERS = ("XA", "TT", "CH")


@dataclass(frozen=True, slots=True)
class Version:
    """What was said, when; ``replaced_at`` None for what counts. Times UTC."""

    value: str
    kind: str
    at: datetime
    replaced_at: datetime | None
    proxy: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A field in a report: what counts, and the earlier versions, the latest first."""

    label: str
    now: Version
    earlier: Sequence[Version]


@dataclass(frozen=True, slots=True)
class Report:
    """A report: ``sent_at`` UTC, None where it did not come."""

    title: str
    period: str
    sent_at: datetime | None
    on_time: bool
    said: Sequence[Said]


@dataclass(frozen=True, slots=True)
class OneUnit:
    """The page's content."""

    unit: Unit
    path: Sequence[Unit]
    places: Sequence[staff_pages.Place]
    reports: Sequence[Report]
    milestones: Sequence[Milestone]
    withheld: bool
    below: bool


def shown(value: PastValue, question: Question | None) -> str:
    """A stored value in words."""
    if value.state != "given":
        return text(f"states.{value.state}")
    if question is None:
        return format_value(value.value)
    part = next((part for part in question.parts if part.name == value.field), None)
    if part is not None:
        return part_words(part, value.value)
    if question.type in ("select_one", "select_multiple"):
        names = value.value if isinstance(value.value, list) else [value.value]
        labels = {choice.name: choice.label for choice in question.choices}
        return ", ".join(labels.get(str(name), str(name)) for name in names if name) or words.DASH
    if question.type == "image":
        return text("values.photos", count=len(value.value or ()))
    if question.type in ("text", "url") and not value.value:
        return text("staff.no_words")
    unit = question.unit if value.field == question.name else ""
    return f"{format_value(value.value)} {unit}".strip()


def reports_of(history: UnitHistory, plan: Plan, hidden: frozenset[str]) -> list[Report]:
    """The reports, newest period first, each with what was said; fields of ``hidden`` left out."""
    questions = questions_by_field(plan)
    by_report: dict[tuple[str, str], dict[str, list[PastValue]]] = {}
    for value in history.values:
        if value.field not in hidden:
            by_report.setdefault((value.pack, value.period), {}).setdefault(value.field, []).append(value)
    sent = {(pack, period): (at, on_time) for pack, period, at, on_time in history.reports}
    keys = sorted({*by_report, *sent}, key=lambda key: (period_span(key[1])[1], key[0]), reverse=True)
    return [
        _report(plan, key, sent.get(key, (None, False)), by_report.get(key, {}), questions) for key in keys
    ]


def _report(
    plan: Plan,
    key: tuple[str, str],
    sent: tuple[datetime | None, bool],
    fields: dict[str, list[PastValue]],
    questions: Mapping[str, Question],
) -> Report:
    pack = plan.pack(key[0])
    said = [_said(field, versions, questions) for field, versions in fields.items()]
    title = f"{pack.title if pack else key[0]}, {period_label(key[1])}"
    return Report(title, key[1], *sent, said)


def _said(field: str, versions: Sequence[PastValue], questions: Mapping[str, Question]) -> Said:
    newest = sorted(versions, key=lambda each: (each.replaced_at is None, each.at), reverse=True)
    made = [
        Version(shown(each, questions.get(field)), _kind(each), each.at, each.replaced_at, each.proxy)
        for each in newest
    ]
    return Said(label_of(field, questions), made[0], made[1:])


def _kind(value: PastValue) -> str:
    return "estimate" if value.approximate else "" if value.state == "given" else "none"


def sensitive_fields(plan: Plan) -> frozenset[str]:
    """The fields of sensitive questions."""
    return frozenset(
        field for pack in plan.packs for question in pack.questions if question.sensitive
        for field in question.fields
    )  # fmt: skip


async def show(visit: Visit) -> web.Response:
    """``/staff/units/CODE``. That somebody looked at single answers is kept."""
    model = await visit.read(lambda reader: read(visit, reader))
    holder = visit.seat.person
    looked = ReadRecorded(
        "unit_history_read", visit.now.astimezone(UTC), visit.seat.id, holder.id if holder else None,
        {"unit_id": model.unit.id},
    )  # fmt: skip
    await visit.backend.writer.run("staff", lambda reader: (looked,))
    return visit.show("unit.html", page=model, unit=model.unit, period="")


def read(visit: Visit, reader: Reader) -> OneUnit:
    """Everything the page shows."""
    unit = visit.unit(reader, code=visit.request.match_info["code"])
    withheld = visit.seat.unit.kind not in OWNERS and unit.id != visit.seat.unit.id
    hidden = sensitive_fields(visit.plan) if withheld else frozenset()
    history = visit.backend.figures.history(reader, unit.id)
    places = staff_pages.places(reader, units_below(unit.id, visit.today), 200)
    return OneUnit(
        unit,
        staff_pages.path_to(reader, unit, visit.viewer),
        [place for place in places if place.unit_code == unit.code],
        reports_of(history, visit.plan, hidden),
        history.milestones,
        withheld and any(value.field in hidden for value in history.values),
        staff_pages.has_below(reader, unit.id, visit.today),
    )
