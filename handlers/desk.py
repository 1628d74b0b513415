"""The facts of staff's work: loaded in one read, only where a message is about it.

Everything she may see lies in her scope (`storage.scope`), which is looked at anew with every message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from handlers.dialogue.engine import told_answers
from handlers.facts import OpenReport, Reported, StaffFacts, Told
from handlers.language.staff_orders import StaffOrder, read_staff_order
from handlers.topic import Facts
from storage import scope
from storage.domain.messages import Inbound
from storage.domain.people import Role, Seat
from storage.domain.rounds import Round
from storage.plan.model import Plan
from storage.queries import people, places, rounds, staff
from storage.writer import Reader

#: Whose unit's name staff may type.
HEADS: tuple[Role, ...] = ("branch_head", "commune_president", "district_officer")

#: How many places a search names.
FOUND = 8

#: A seat's report in a round, as it is kept.
ReportIn: TypeAlias = Callable[[Seat, Round], OpenReport]

#: Readings of a message that is a command of the dialogue, never an order of staff.
_NO_ORDER = frozenset({"next", "start", "restart", "back", "help", "later", "mute", "unmute", "human"})


@dataclass(frozen=True)
class Desk:
    """Looks up what one message of staff is about. ``facts`` are those every message has."""

    plan: Plan
    reader: Reader
    inbound: Inbound
    facts: Facts
    report_in: ReportIn

    def staff(self) -> StaffFacts | None:
        """The facts; None where she is no staff, or says something else."""
        if not self.facts.who.powers:
            return None
        order = self._order()
        matter = self.facts.matter
        about = order.kind if order else _OF_MATTER.get(matter.kind, "") if matter else ""
        load = _LOADERS.get(about)
        return load(self, order) if load else None

    def _order(self) -> StaffOrder | None:
        if self.inbound.choice is not None or self.inbound.attachment is not None:
            return None
        if self.facts.who.reading in _NO_ORDER or self.facts.who.order is not None:
            return None
        return read_staff_order(self.inbound.text)

    # --- places

    @property
    def hides(self) -> bool:
        """Above the commune small sensitive figures are not told."""
        return all(seat.unit.kind != "XA" for seat in self.facts.seats)

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

    # --- a figure asked back

    def returning(self, order: StaffOrder | None) -> StaffFacts:
        """For HỎI: the unit meant, its last report, what is asked back already."""
        found = self.find(order.target) if order else ()
        seat = found[0] if len(found) == 1 else None if order else self.facts.places.wanted
        if seat is None:
            return StaffFacts(order, found)
        reported = self._reported(seat)
        back = staff.open_returns(self.reader, [seat.id])
        return StaffFacts(
            order, found, seat, self.told(seat), reported,
            tuple(each for each in back if reported and each.round_id == reported.round.id),
        )  # fmt: skip

    def _reported(self, seat: Seat) -> Reported | None:
        """The report the matter is about, else the seat's last one."""
        kept = self.facts.matter.details.get("round") if self.facts.matter else None
        done = staff.reported_rounds(self.reader, seat.id)
        chosen = int(kept) if kept in done else done[0] if done else None
        asked = rounds.round_by_id(self.reader, chosen) if chosen else None
        return self.reported(seat, asked) if asked else None

    def reported(self, seat: Seat, asked: Round) -> Reported:
        """A seat's report in a round as she may see it."""
        report = self.report_in(seat, asked)
        told = told_answers(report.questionnaire, report.state, self.facts.now, self.hides)
        return Reported(
            seat, asked, report.questionnaire.subject, None,
            tuple(each.line for each in told),
            tuple(each.question for each in told), tuple(each.label for each in told),
        )  # fmt: skip


_OF_MATTER = {"returns": "return"}
_LOADERS: Mapping[str, Callable[[Desk, StaffOrder | None], StaffFacts]] = {"return": Desk.returning}
