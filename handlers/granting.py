"""Who decides a request to change a figure: of a closed round the nearest above with the right to grant,
of a confirmed report the unit that confirmed it."""

from handlers.texts import render
from storage.domain.people import AddressForm, Power, Seat
from storage.plan.model import Plan
from storage.plan.periods import period_span
from storage.queries import people, rounds, staff
from storage.queries.pushes import Correction
from storage.writer import Reader


def decider(plan: Plan, reader: Reader, request: Correction) -> Seat | None:
    """The head's seat of the unit that decides; None where the plan gives nobody the right."""
    asked = rounds.round_by_id(reader, request.round_id)
    seat = people.seat(reader, request.seat_id)
    if asked is None or seat is None:
        return None
    if asked.closed_at is None:
        day = period_span(asked.period)[1]
        held = staff.approved_above(reader, asked.id, seat.unit.id, day)
        if held is not None:
            return people.head_seat(reader, held.unit_id)
    return _above(plan, reader, seat, "approve_report" if asked.closed_at is None else "grant")


def _above(plan: Plan, reader: Reader, seat: Seat, power: Power) -> Seat | None:
    above = people.superior_seat(reader, seat.id)
    while above is not None:
        rule = plan.roles.get(above.role)
        if rule is not None and power in rule.may:
            return above
        above = people.superior_seat(reader, above.id)
    return None


def waiting(form: AddressForm, count: int) -> str:
    """That so many requests wait for somebody called ``form``."""
    return render("requests.waiting", form, count=count)
