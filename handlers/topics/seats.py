"""For which seat she speaks: two seats of one person, NHẬP HỘ for a branch, a phone that is shared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from handlers.dialogue.engine import step
from handlers.language.reading import Expectation
from handlers.texts import render
from handlers.topic import (
    Facts,
    OpenReport,
    Talk,
    asked,
    buttons,
    compose,
    numbered,
    picked,
    read_as,
    reply,
)
from storage.domain.effects import (
    ConversationMoved,
    DraftMoved,
    Effect,
    MatterClosed,
    MatterOpened,
    MessageReceived,
    ReadRecorded,
)
from storage.domain.messages import Choice, Inbound
from storage.domain.people import Seat

#: So long a silence, and somebody else may hold the phone: it is asked who answers (issue 4).
LONG_GAP_DAYS = 60


class Seats:
    """Takes the choice of a seat, orders to answer for another, and the check of a shared phone."""

    name: ClassVar[str] = "seats"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """An order, an answer to a question of ours, or a moment at which it must be asked."""
        if not facts.seats:
            return False
        choosing = _Choosing(inbound, facts)
        return choosing.ordered() or choosing.answers() or choosing.who_is_it() or choosing.must_choose()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return tuple(_Choosing(inbound, facts).step())


@dataclass(frozen=True)
class _Choosing(Talk):
    """One message about which seat is meant."""

    kind: ClassVar[str] = "seats"

    # --- whether

    def ordered(self) -> bool:
        """NHẬP HỘ by somebody who may, its end, or the wish to change seats."""
        order = self.facts.who.order
        if order is None:
            return False
        if order.kind == "seat":
            return len(self.facts.seats) > 1
        return order.kind in ("enter_for", "enter_end") and "enter_for" in self.facts.who.powers

    def answers(self) -> bool:
        """An answer to our question."""
        if self.stage == "who":
            return self._yes() is not None
        return self.stage in ("which", "enter") and self.facts.places.wanted is not None

    def who_is_it(self) -> bool:
        """A long silence, then a message in the middle of a report."""
        report = self.facts.report
        begun = report is not None and bool(report.state.answers) and not report.state.submitted
        return begun and not self.stage and self.facts.who.gap_days >= LONG_GAP_DAYS

    def must_choose(self) -> bool:
        """Two seats, nothing begun, and she wants to begin: "Chị báo cho Chi hội nào ạ?" """
        report, following = self.facts.report, self.facts.next_report
        if report is None or following is None or report.seat.id == following.seat.id or self.stage:
            return False
        fresh = not report.state.answers and report.state.stage in ("new", "greeting")
        starts = self.facts.who.reading in ("start", "next", "greet")
        return fresh and starts and self.inbound.choice is None and report.seat.role == following.seat.role

    # --- what

    def say(self, text: str, choices: Sequence[Choice], *more: Effect) -> Iterator[Effect]:
        yield MessageReceived(replace(self.inbound, text=""), "", Seats.name)
        yield from more
        yield reply(self.inbound, self.facts.now, asked(text, choices), choices)

    def opened(self, stage: str, **details: Any) -> MatterOpened:
        return MatterOpened(self.inbound.address, Seats.name, {"stage": stage, **details}, self.at)

    @property
    def closed(self) -> MatterClosed:
        return MatterClosed(self.inbound.address)

    def step(self) -> Iterator[Effect]:
        order = self.facts.who.order
        if order is not None and self.ordered():
            if order.kind == "enter_end":
                return self._end()
            return self._which_own() if order.kind == "seat" else self._enter(self.facts.places.found)
        if self.stage == "who" and self._yes() is not None:
            return self._checked()
        if self.stage in ("which", "enter") and self.facts.places.wanted is not None:
            return self._open(self.facts.places.wanted)
        return self._ask_who() if self.who_is_it() else self._which_own()

    # --- NHẬP HỘ

    def _enter(self, found: Sequence[Seat]) -> Iterator[Effect]:
        if not found:
            return self.say(render("seats.not_found", self.facts.form), ())
        if len(found) > 1:
            choices = numbered(Seats.name, "enter", [seat.unit.name for seat in found])
            opened = self.opened("enter", seats=[seat.id for seat in found])
            return self.say(render("seats.which", self.facts.form), choices, opened)
        return self._open(found[0])

    def _open(self, seat: Seat) -> Iterator[Effect]:
        report = self.facts.places.report
        if report is None:
            return self.say(render("seats.no_round", self.facts.form, unit=seat.unit.name), (), self.closed)
        return self._ask_first(seat, report)

    def _ask_first(self, seat: Seat, report: OpenReport) -> Iterator[Effect]:
        """The open question of that report, as if she had said BẮT ĐẦU."""
        begun = replace(self.inbound, text="bắt đầu", choice=None, attachment=None)
        fresh = report.state.stage in ("new", "greeting")
        state = replace(report.state, stage="asking") if fresh else report.state
        taken = step(report.questionnaire, state, begun, self.facts.now)
        own = any(held.id == seat.id for held in self.facts.seats)
        name = seat.person.given_name if seat.person else ""
        key = "seats.own" if own else "seats.for_her" if name else "seats.for_empty"
        head = render(key, self.facts.form, unit=seat.unit.name, name=name)
        choices = buttons(report, taken, self.facts.form)
        text = f"{head}\n{compose(taken.lines, taken.options, self.facts.form)}"
        yield MessageReceived(replace(self.inbound, text=""), "", Seats.name)
        yield self.closed
        yield ConversationMoved(self.inbound.address, self.at, seat.id, report.round.id)
        yield DraftMoved(seat.id, report.round.id, self.at, taken.state.to_json())
        if not own:  # she sees what the branch said, counts of violence included
            by = self.facts.who.person
            details = {"round": report.round.id}
            yield ReadRecorded("report_opened_for", self.at, seat.id, by.id if by else None, details)
        yield reply(self.inbound, self.facts.now, text, choices)

    def _end(self) -> Iterator[Effect]:
        own = self.facts.seats[0]
        moved = ConversationMoved(self.inbound.address, self.at, own.id, None)
        return self.say(render("seats.back", self.facts.form, unit=own.unit.name), (), moved, self.closed)

    # --- two seats

    def _which_own(self) -> Iterator[Effect]:
        choices = numbered(Seats.name, "which", [seat.unit.name for seat in self.facts.seats])
        opened = self.opened("which", seats=[seat.id for seat in self.facts.seats])
        return self.say(render("seats.ask", self.facts.form), choices, opened)

    # --- a shared phone

    def _yes(self) -> bool | None:
        number = picked(self.inbound, Seats.name, "who")
        if number is not None:
            return {1: True, 2: False}.get(number)
        if self.inbound.choice is not None:
            return None
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return bool(said.value) if said.kind == "answer" else None

    def _ask_who(self) -> Iterator[Effect]:
        person, seat = self.facts.who.person, self.facts.seats[0]
        labels = [render(key, self.facts.form) for key in ("seats.it_is_me", "seats.other")]
        name = person.given_name if person else ""
        text = render("seats.who", self.facts.form, name=name, unit=seat.unit.name)
        return self.say(text, numbered(Seats.name, "who", labels), self.opened("who"))

    def _checked(self) -> Iterator[Effect]:
        if self._yes():
            return self.say(render("seats.thanks", self.facts.form), (), self.closed)
        opened = MatterOpened(self.inbound.address, "enrol", {"stage": "who", "other": True}, self.at)
        return self.say(render("seats.not_me", self.facts.form), (), opened)
