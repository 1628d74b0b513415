"""The facts a turn needs beside the report: who writes, what was asked of her, which seats are meant.

Reads only; every look at somebody else's seat goes through `storage.scope`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from handlers.language.orders import Order, read_order
from handlers.language.reading import Context, Expectation
from handlers.language.understand import understand
from handlers.topic import HouseWords, OpenReport, Places, Told, Who, picked
from storage import scope
from storage.domain.folding import fold
from storage.domain.messages import Address, Inbound
from storage.domain.people import Matter, Person, Power, Seat, SeatRequest
from storage.plan.model import Plan
from storage.plan.working_days import working_days_after
from storage.queries import consent, conversations, people, places
from storage.writer import Reader

#: NĐ 356/2025: whoever asks for her rights has an answer in two working days (domain.md 6.2).
ANSWER_DAYS = 2

#: Whoever wrote so short ago in a report is in the middle of it: a number she types answers that.
BUSY = timedelta(minutes=10)

#: How many places a search names.
FOUND = 5

#: The report a seat owes, as somebody is asked it.
ReportOf: TypeAlias = Callable[[Reader, Seat, Person | None], OpenReport | None]


@dataclass(frozen=True)
class Beside:
    """Looks up what one message may be about."""

    plan: Plan
    reader: Reader
    inbound: Inbound
    seats: Sequence[Seat]
    now: datetime
    report_of: ReportOf
    words: HouseWords

    @cached_property
    def matter(self) -> Matter | None:
        return consent.matter(self.reader, self.inbound.address)

    @property
    def details(self) -> Mapping[str, Any]:
        return self.matter.details if self.matter else {}

    def who(self) -> Who:
        """Who writes and what she may."""
        person, wrote = consent.writer_of(self.reader, self.inbound.address)
        reading, order = self._reading(), self._order()
        shows = reading in ("show", "withdraw_consent") or order is not None or self.matter is not None
        agreed = consent.agreed_at(self.reader, person.id) if person and shows else None
        return Who(
            person,
            self.matter,
            self._powers(),
            (self.now.astimezone(UTC) - wrote).days if wrote else 0,
            (agreed.version, agreed.at) if agreed else None,
            reading,
            order,
        )

    def _powers(self) -> frozenset[Power]:
        rules = (self.plan.roles.get(seat.role) for seat in self.seats)
        return frozenset(power for rule in rules if rule for power in rule.may)

    def _reading(self) -> str:
        if self.inbound.choice is not None or self.inbound.attachment is not None:
            return ""
        return understand(self.inbound.text, Expectation(), Context(self.now)).kind

    def _order(self) -> Order | None:
        return read_order(self.inbound.text) if self.inbound.choice is None else None

    # --- which seats

    def places(self, who: Who) -> Places:
        """The seats her words, her number or the open matter name."""
        wanted = self._wanted()
        request, waiting = self._request(who)
        meant = request.seat if request else wanted
        return Places(
            self._found(who),
            wanted,
            self._report(who, wanted),
            self._approver(wanted) if wanted and not self._tied() else None,
            self._told(meant) if meant and (who.powers or self._tied()) else None,
            self._superior(who),
            request,
            waiting,
            self._elsewhere(meant, request.address if request else self.inbound.address),
            None if who.person else consent.request_of(self.reader, self.inbound.address),
        )

    def _tied(self) -> bool:
        return bool(self.seats)

    def _found(self, who: Who) -> tuple[Seat, ...]:
        day = self.now.date()
        if who.order is not None and who.order.target and self.seats:
            within = scope.scope_of(self.seats, day)
            found = places.find_branches(self.reader, who.order.target, day, FOUND, within)
            own = {seat.id for seat in self.seats}
            return tuple(seat for seat in found if seat.id not in own)
        stage = str(self.details.get("stage", "who"))
        searching = self.matter is None or (
            self.matter.kind == "enrol" and stage in ("who", "choose", "confirm")
        )
        asks = who.order is None and who.reading in ("ask", "answer", "refused", "unknown", "help")
        typed = self.inbound.choice is None and not self.inbound.start_code
        if searching and asks and typed and (not self.seats or self.matter is not None):
            return tuple(places.find_branches(self.reader, self.inbound.text, day, FOUND))
        return ()

    def _wanted(self) -> Seat | None:
        """The seat the open matter is about; of a list, the one whose number she typed or pressed, or whose
        name."""
        listed = self.details.get("seats")
        seat_id = self.details.get("seat")
        if listed and self.matter is not None:
            number = picked(self.inbound, self.matter.kind, str(self.details.get("stage")))
            seat_id = listed[number - 1] if number and number <= len(listed) else self._named_of(listed)
        seat = people.seat(self.reader, int(seat_id)) if seat_id else None
        return seat if seat is not None and self._may_touch(seat) else None

    def _named_of(self, listed: Sequence[int]) -> int | None:
        """The seat of the list "which one?" whose unit she typed by name, where it is just one."""
        typed = fold(self.inbound.text).strip()
        if self.matter is None or self.matter.kind != "seats" or self.inbound.choice is not None or not typed:
            return None
        seats = (people.seat(self.reader, int(each)) for each in listed)
        named = [seat.id for seat in seats if seat and f" {fold(seat.unit.name)}".endswith(f" {typed}")]
        return named[0] if len(named) == 1 else None

    def _may_touch(self, seat: Seat) -> bool:
        """Her own seats and those below; who is just enrolling has agreed to be asked about one."""
        if self.matter is not None and self.matter.kind == "enrol":
            return True
        return scope.reaches(self.reader, self.seats, seat.unit.id, self.now.date())

    def _report(self, who: Who, wanted: Seat | None) -> OpenReport | None:
        """The report to open, where one seat is meant."""
        seat = wanted if self.matter is not None and self.matter.kind == "seats" else None
        if who.order is not None and who.order.kind == "enter_for":
            found = self._found(who)
            seat = found[0] if len(found) == 1 else None
        return self.report_of(self.reader, seat, who.person) if seat is not None else None

    # --- who else

    def _approver(self, seat: Seat) -> Told | None:
        """The nearest above who may approve and can be reached."""
        above = people.superior_seat(self.reader, seat.id)
        while above is not None:
            rule = self.plan.roles.get(above.role)
            told = self._told(above) if rule and "approve" in rule.may else None
            if told is not None:
                return told
            above = people.superior_seat(self.reader, above.id)
        return None

    def _superior(self, who: Who) -> Told | None:
        if not self.seats or self.matter is None or self.matter.kind != "hand_over":
            return None
        leaving = self._wanted() or self.seats[0]
        return self._approver(leaving)

    def _told(self, seat: Seat) -> Told | None:
        address = people.address_of(self.reader, seat.id)
        if address is None or seat.person is None:
            return None
        return Told(seat.person, address, self._busy(address))

    def _busy(self, address: Address) -> bool:
        talked = conversations.conversation(self.reader, address)
        wrote = consent.last_wrote(self.reader, address)
        in_report = talked is not None and talked.round_id is not None
        return in_report and wrote is not None and self.now.astimezone(UTC) - wrote < BUSY

    def _elsewhere(self, seat: Seat | None, asker: Address) -> tuple[Address, ...]:
        """Accounts of the seat's holder on the asker's channel: a lost phone's, which the new replaces."""
        if seat is None or seat.person is None:
            return ()
        own = consent.accounts_of(self.reader, seat.person.id)
        return tuple(address for address in own if address.channel == asker.channel)

    def _request(self, who: Who) -> tuple[SeatRequest | None, int]:
        """The request the open matter is about, else the first that waits; and how many wait."""
        if "approve" not in who.powers or not consent.some_requested(self.reader):
            return None, 0
        waiting = consent.open_requests(self.reader, scope.scope_of(self.seats, self.now.date()))
        about = self.details.get("of") if self.matter and self.matter.kind == "approve" else None
        named = [request for request in waiting if request.seat.id == about]
        chosen = named[-1] if named else waiting[0] if waiting else None
        return chosen, len(waiting)

    # --- the house

    def house(self) -> HouseWords:
        """Titles, levels and the day by which people must answer."""
        return _due(self.words, working_days_after(self.now, ANSWER_DAYS))


@lru_cache(maxsize=4)
def _due(words: HouseWords, due: datetime) -> HouseWords:
    return replace(words, due=due)


def words_of(plan: Plan) -> HouseWords:
    """What a plan says to every conversation; built once."""
    questions = [question for pack in plan.packs for question in pack.questions]
    return HouseWords(
        {role: rule.title for role, rule in plan.roles.items()},
        plan.superiors,
        plan.levels,
        None,
        frozenset(question.name for question in questions if question.type in ("text", "url")),
        frozenset(question.name for question in questions if question.type == "image"),
    )
