"""FILE: the workbook of her own area, for those above branches; "FILE 6T", "FILE THÁNG 3" for a period.

A platform that takes no files from a bot (Zalo) gets the address of the staff page instead.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar

from handlers.reports.words import period_words, unit_name
from handlers.texts import render
from handlers.topic import Facts, FileFacts, reply, utc
from storage.domain.effects import Effect, MessageReceived, ReadRecorded
from storage.domain.figures import Area
from storage.domain.folding import fold
from storage.domain.messages import Inbound
from storage.domain.people import Seat

#: The levels that write reports.
ABOVE = frozenset({"XA", "HU", "TI"})

_ORDER = re.compile(
    r"(?:(?:gui|xin|lay|cho xin) )?(?:file|tep)(?: (?:excel|so lieu|bao cao))?(?P<period>(?: .+)?)"
)

#: Stages of a report of her own in which FILE cannot be its answer.
_IDLE = frozenset({"new", "greeting", "done", "summary"})

_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


class ReportFile:
    """Takes the word from those above branches, where it cannot be an answer."""

    name: ClassVar[str] = "report_file"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """She asked for the file, and no question of her report is open."""
        idle = facts.report is None or facts.report.state.stage in _IDLE
        return facts.files is not None and _seat(facts) is not None and idle

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Send it, or say where it is."""
        seat, files = _seat(facts), facts.files
        assert seat is not None and files is not None  # noqa: S101, PT018 - `takes` saw to it
        received = MessageReceived(replace(inbound, text=""), "", self.name)
        period = wanted_period(inbound.text, facts.now.date(), files.latest)
        if period is None:
            return received, reply(inbound, facts.now, render("file.which", facts.form))
        said = reply(inbound, facts.now, _words(facts, files, seat, period))
        if not files.takes:
            return received, said
        asked = replace(said.outbound, file=f"workbook:{seat.unit.id}:{period}")
        person = seat.person.id if seat.person else None
        details = {"unit": seat.unit.code, "period": period, "kinds": ["xlsx"]}
        taken = ReadRecorded("report_exported", utc(facts.now), seat.id, person, details)
        return received, replace(said, outbound=asked), taken


def is_asked(inbound: Inbound) -> bool:
    """Whether a message asks for the file."""
    return not inbound.group and _ORDER.fullmatch(fold(inbound.text[:80]).strip(" .!")) is not None


def wanted_period(text: str, today: date, latest: str) -> str | None:
    """The period she named: "FILE" the latest, "FILE QUY 1" this year's or, if that is still to come, last
    year's; None where it was not understood."""
    found = _ORDER.fullmatch(fold(text[:80]).strip(" .!"))
    named = found["period"].strip() if found else ""
    if not named:
        return latest or f"{today:%Y-%m}"
    for pattern, make in _PERIODS.items():
        match = re.fullmatch(pattern + r"(?:(?: nam |/| )(?P<year>20\d\d))?", named)
        if match:
            return _dated(make(match), match["year"], today)
    return None


def _dated(rest: str, year: str | None, today: date) -> str | None:
    """ "Q1" with its year; None where there is no such month."""
    first = _first_month(rest)
    if not 1 <= first <= 12:
        return None
    written = int(year) if year else today.year - (first > today.month)
    return f"{written}-{rest}" if rest else str(written)


def _first_month(rest: str) -> int:
    if not rest:
        return 1
    number = int(rest.lstrip("QH"))
    return number * 3 - 2 if rest[0] == "Q" else number * 6 - 5 if rest[0] == "H" else number


_PERIODS: Mapping[str, Callable[[re.Match[str]], str]] = {
    r"(?:thang |t)(?P<n>\d{1,2})": lambda m: f"{int(m['n']):02}",
    r"(?:quy |q)(?P<n>[1-4]|iv|i{1,3})": lambda m: f"Q{_QUARTERS.get(m['n']) or m['n']}",
    r"(?:6 ?thang|6 ?t|sau thang)(?: dau nam)?": lambda m: "H1",
    r"(?:6 ?thang|6 ?t|sau thang) cuoi nam": lambda m: "H2",
    r"(?:ca )?nam": lambda m: "",
}


def _seat(facts: Facts) -> Seat | None:
    return next((seat for seat in facts.seats if seat.unit.kind in ABOVE), None)


def _words(facts: Facts, files: FileFacts, seat: Seat, period: str) -> str:
    unit = seat.unit
    area = Area(unit.id, unit.code, unit.name, unit.kind, unit.area_kind, None)
    said = {"period": period_words(period), "unit": unit_name(area)}
    if files.takes:
        return render("file.sent", facts.form, **said)
    if files.link:
        return render("file.link", facts.form, **said, link=files.link)
    return render("file.none", facts.form, **said)
