"""TẠM DỪNG XÓM 2 đến 20/9: no pushes to a unit and all below it for a while (storm, flood, harvest), by
its own staff; NHẮC LẠI ends it.

The province's pause of everything (TẠM DỪNG NHẮC đến 20/9) is the events topic's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from handlers.language.dates import find_day
from handlers.language.staff_orders import StaffOrder, read_pause
from handlers.staffing import StaffTalk
from handlers.texts import render
from handlers.topic import Facts, utc
from storage.domain.effects import Effect, PauseSet
from storage.domain.messages import Inbound
from storage.domain.people import Seat
from storage.plan.periods import VIETNAM

#: Longer than this a pause is a mistake: it is ended and set again.
MOST_DAYS = 60


class Pauses:
    """Takes TẠM DỪNG with a day and NHẮC LẠI, from who may pause."""

    name: ClassVar[str] = "pauses"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, or the number of a unit."""
        if facts.staff is None or "pause" not in facts.who.powers:
            return False
        pausing = _Pausing(inbound, facts)
        if pausing.ordered in ("pause", "resume"):
            return not pausing.of_all
        return pausing.answering and pausing.staff.seat is not None

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Do it and say so."""
        return tuple(_Pausing(inbound, facts).step())


@dataclass(frozen=True)
class _Pausing(StaffTalk):
    kind: ClassVar[str] = "pauses"

    @property
    def of_all(self) -> bool:
        """Whether it is the province's word about everything."""
        staff = self.staff
        everywhere = staff.seat is not None and staff.seat.unit.parent_id is None
        named = bool(staff.order and _unit_of(staff.order))
        return everywhere and not named and not (self.ordered == "resume" and staff.paused)

    def step(self) -> Iterator[Effect]:
        order = self.staff.order
        if order is not None and order.kind == "resume":
            return self._resume()
        words = order.target if order else str(self.details.get("words", ""))
        seat = self.staff.seat
        return self._pause(seat, words) if seat else self._which(words)

    def _which(self, words: str) -> Iterator[Effect]:
        found, form = self.staff.found, self.facts.form
        if not found:
            return self.say(render("staff.not_found", form), self.closed)
        labels = [self.facts.house.whole(seat) for seat in found]
        opened = self.opened("unit", seats=[seat.id for seat in found], words=words)
        return self.say(render("staff.which", form), opened, choices=self.choices("unit", labels))

    def _pause(self, seat: Seat, words: str) -> Iterator[Effect]:
        pause_words, today = read_pause(words), self.facts.now.date()
        end = _day(pause_words.end, today)
        start = _day(pause_words.start, today) if pause_words.start else today
        if end is None or start is None or not today <= start <= end <= today + timedelta(days=MOST_DAYS):
            return self.say(render("pauses.which_day", self.facts.form), self.closed)
        since = self.at if start == today else _midnight(start)
        pause = PauseSet(seat.unit.id, self.at, _midnight(end + timedelta(days=1)), since=since)
        text = render("pauses.set", self.facts.form, unit=seat.unit.name, start=_said(start), end=_said(end))
        return self.say(text, pause, self.closed)

    def _resume(self) -> Iterator[Effect]:
        form = self.facts.form
        if not self.staff.paused:
            return self.say(render("pauses.none", form), self.closed)
        ends = [PauseSet(unit_id, self.at, self.at) for unit_id, _ in self.staff.paused]
        names = ", ".join(name for _, name in self.staff.paused)
        return self.say(render("pauses.ended", form, units=names), *ends, self.closed)


def _unit_of(order: StaffOrder) -> str:
    """The words of the order that name a unit; "" for none."""
    return read_pause(order.target).unit if order.kind == "pause" else order.target


def _day(words: str, today: date) -> date | None:
    found = find_day(words, today, "future")
    return found.value if found else None


def _midnight(day: date) -> datetime:
    return utc(datetime.combine(day, time(), VIETNAM))


def _said(day: date) -> str:
    return f"{day.day}/{day.month}"
