"""Where staff work: her scope, the units her words name, reports and rounds as she may see them.

Everything she may see lies in her scope (`storage.scope`), which is looked at anew with every message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from handlers.dialogue.engine import told_answers
from handlers.facts import (
    Board,
    OpenReport,
    Reported,
    RoundLine,
    Told,
)
from handlers.topic import Facts
from storage import scope
from storage.domain.messages import Inbound
from storage.domain.people import Role, Seat, Unit
from storage.domain.rounds import Round
from storage.plan.model import Plan
from storage.plan.periods import period_label
from storage.queries import people, places, staff
from storage.writer import Reader

#: Whose unit's name staff may type.
HEADS: tuple[Role, ...] = ("branch_head", "commune_president", "district_officer")

#: How many places a search names.
FOUND = 8

#: A seat's report in a round, as it is kept.
ReportIn: TypeAlias = Callable[[Seat, Round], OpenReport]


@dataclass(frozen=True)
class Office:
    """What the loaders of `handlers.desk` share. ``facts`` are those every message has."""

    plan: Plan
    reader: Reader
    inbound: Inbound
    facts: Facts
    report_in: ReportIn

    @property
    def hides(self) -> bool:
        """Above the commune small sensitive figures are not told."""
        return all(seat.unit.kind != "XA" for seat in self.facts.seats)

    @cached_property
    def home(self) -> Seat:
        """The seat she works from: the first with a right over others."""
        rights = self.plan.roles
        ruling = (seat for seat in self.facts.seats if seat.role in rights and rights[seat.role].may)
        return next(ruling, self.facts.seats[0])

    def find(self, text: str) -> tuple[Seat, ...]:
        """The seats below hers that her words name."""
        day = self.facts.now.date()
        if not text:
            return ()
        within = scope.scope_of(self.facts.seats, day)
        own = {seat.id for seat in self.facts.seats}
        found = places.find_branches(self.reader, text, day, FOUND, within, HEADS)
        return tuple(seat for seat in found if seat.id not in own)

    def told(self, seat: Seat) -> Told | None:
        """Its holder, where she can be written to."""
        address = people.address_of(self.reader, seat.id)
        return Told(seat.person, address) if address and seat.person else None

    def board(self, asked: Round, unit: Unit) -> Board | None:
        """A round below a unit; None where none of its reports is expected there."""
        pack = self.plan.pack(asked.pack)
        rows = staff.below(self.reader, asked, pack.level, unit.id) if pack else []
        if pack is None or not rows:
            return None
        actual, expected = sum(row.actual for row in rows), sum(row.expected for row in rows)
        subject = pack.subject.replace("${period}", period_label(asked.period))
        confirmed = frozenset(staff.approvals_of(self.reader, asked.id)) if pack.approve else frozenset()
        return Board(RoundLine(asked, subject, pack.level, actual, expected), unit, tuple(rows), confirmed)

    def reported(self, seat: Seat, asked: Round) -> Reported:
        """A seat's report in a round as she may see it."""
        report = self.report_in(seat, asked)
        told = told_answers(report.questionnaire, report.state, self.facts.now, self.hides)
        return Reported(
            seat, asked, report.questionnaire.subject, None,
            tuple(each.line for each in told),
            tuple(each.question for each in told), tuple(each.label for each in told),
        )  # fmt: skip
