"""``chihoi schedule``: what would be sent between two days, when, to how many, and why."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import DEFAULT_DATABASE, AsOption, DatabaseOption, refusals, say, scope_for
from handlers.reports.calendar_file import calendar_file
from scheduler.clock import SystemClock
from scheduler.rules.ladder import Step, audience, coming_month, escalation, event_steps, round_steps
from scheduler.rules.quiet_hours import Place
from scheduler.rules.rounds import Rules, Window
from storage.database import Database
from storage.domain.problems import DatabaseProblem, Finding, NotFound
from storage.domain.pushes import EventChange
from storage.plan.periods import VIETNAM, period_label
from storage.plan_files import load_plan
from storage.queries import people, pushes

#: Rounds that opened so long before may still have steps.
LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class Planned:
    """One step: when it goes at the earliest, to which levels, what it is, and why then."""

    at: datetime
    levels: tuple[str, ...]
    what: str
    why: str


def schedule(
    first: Annotated[str, typer.Option("--from", help="Từ ngày, ví dụ 2024-03-01.")],
    last: Annotated[str, typer.Option("--to", help="Đến hết ngày.")],
    plan: Annotated[Path, typer.Option(help="Thư mục kế hoạch.")] = Path("plans/kh83-2024"),
    ics: Annotated[Path | None, typer.Option(help="Ghi thêm tệp lịch .ics.")] = None,
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """In những gì trợ lý sẽ gửi trong một khoảng ngày: lúc nào, cho mấy người, vì sao."""
    with refusals():
        begin, end = _day("--from", first), _day("--to", last)
        rules = Rules(load_plan(plan))
        counts, changes = _known(database, as_)
        for planned in sorted(steps(rules, begin, end, changes), key=lambda each: (each.at, each.what)):
            number = sum(counts.get(level, 0) for level in planned.levels)
            levels = ", ".join(name for level, name in rules.plan.levels.items() if level in planned.levels)
            say(f"{planned.at:%d/%m/%Y %H:%M}\t{number}\t{levels}\t{planned.what}\t{planned.why}")
        if ics is not None:
            midnight = datetime.combine(begin, time(), VIETNAM)
            ics.write_bytes(calendar_file(rules.plan, changes, midnight))
            say(f"Đã ghi lịch vào {ics}")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(Finding(option, f"không hiểu ngày {text}; ví dụ 2024-03-01")) from None


def _known(url: str, as_: str | None) -> tuple[Mapping[str, int], Mapping[str, EventChange]]:
    """How many people with an account each level has, and what staff changed; nothing without a database."""
    try:
        with closing(Database(url)) as database, database.reading() as reader:
            within = scope_for(reader, as_, None, SystemClock().now().date())
            seats = people.find_seats(reader, "", (), 1_000_000, within)
            reached = pushes.addresses_of(reader, [seat.person.id for seat in seats if seat.person])
            counts: dict[str, int] = {}
            for seat in seats:
                if seat.person is not None and seat.person.id in reached:
                    counts[seat.unit.kind] = counts.get(seat.unit.kind, 0) + 1
            return counts, pushes.changes(reader)
    except DatabaseProblem:  # none yet: the calendar is worth seeing all the same
        return {}, {}


def steps(rules: Rules, first: date, last: date, changes: Mapping[str, EventChange]) -> Iterator[Planned]:
    """Every step between two days (inclusive)."""
    for planned in (*_rounds(rules, first, last, changes), *_events(rules, first, last, changes)):
        if first <= planned.at.date() <= last:
            yield planned


def _rounds(rules: Rules, first: date, last: date, changes: Mapping[str, EventChange]) -> Iterator[Planned]:
    windows = [*rules.by_calendar(first - LONGEST, last)]
    for year in range(first.year, last.year + 1):
        windows += rules.by_events(year, changes)
    for window in windows:
        pack = rules.plan.pack(window.pack)
        if pack is None:
            continue
        subject = pack.subject.replace("${period}", period_label(window.period))
        for step in round_steps(rules, pack, window):
            what = f"mở: {subject}" if step.name == "open" else f"nhắc {step.name}: {subject}"
            yield _planned(rules, step, (pack.level,), what, _due(window))
        listed = escalation(rules, pack, window)
        if listed is not None:
            above = ("XA",) if pack.level == "CH" else ("HU",)
            yield _planned(rules, listed, above, f"danh sách chưa gửi: {subject}", _due(window))


def _due(window: Window) -> str:
    return f"hạn {window.due:%d/%m %H:%M}, tỉnh chốt {window.closes:%d/%m}"


def _events(rules: Rules, first: date, last: date, changes: Mapping[str, EventChange]) -> Iterator[Planned]:
    for event in rules.events.values():
        for year in range(first.year, last.year + 1):
            day = rules.day_of(event, year, changes)
            if day is not None:
                for step in event_steps(rules, event, day):
                    why = f"ngày {day:%d/%m}"
                    yield _planned(rules, step, audience(event, step.name), f"{step.name}: {event.name}", why)
            coming = coming_month(rules, event, year, changes) if year == rules.plan.year else None
            if day is None and coming is not None:
                why = f"tháng {event.month}, chưa chốt ngày"
                yield _planned(rules, coming, event.audience, f"sắp tới: {event.name}", why)


def _planned(rules: Rules, step: Step, levels: tuple[str, ...], what: str, why: str) -> Planned:
    """Held by a quiet time, it goes at the first kind moment after it."""
    at = rules.quiet.next_allowed(step.due, step.tone, Place()) or step.due
    if at != step.due:
        reason = rules.quiet.reason(step.due, step.tone, Place())
        why = f"{why}; dời từ {step.due:%d/%m %H:%M} ({reason})"
    return Planned(at, levels, what, why)
