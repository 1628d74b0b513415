"""A seat changes hands: BÀN GIAO XÓM 5 by the unit above; "chị nghỉ chi hội trưởng rồi" by its holder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from handlers.language.orders import read_name
from handlers.language.reading import Expectation
from handlers.texts import render
from handlers.topic import Facts, Talk, asked, numbered, picked, push, read_as, reply, utc
from storage.domain.effects import (
    Effect,
    HolderLeaving,
    MatterClosed,
    MatterOpened,
    MessageReceived,
    SeatHandedOver,
    TaskRaised,
)
from storage.domain.folding import fold
from storage.domain.messages import Choice, Inbound
from storage.domain.people import Seat

#: Nobody is there to follow yet.
NOBODY = frozenset({"chua", "chua co", "chua co ai", "khong", "khong co", "de trong", "chua bau"})


class HandOver:
    """Takes the order of an officer, the word of a holder who leaves, and their answers."""

    name: ClassVar[str] = "hand_over"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, a role that ended, or what was asked after either."""
        order = facts.who.order
        if order is not None and order.kind == "hand_over" and "hand_over" in facts.who.powers:
            return True
        if facts.seats and facts.who.reading == "role_ended":
            return True
        matter = facts.matter
        if matter is None or matter.kind != self.name or facts.places.wanted is None:
            return matter is not None and matter.kind == self.name and matter.details.get("stage") == "choose"
        return _Move(inbound, facts).answers()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return _Move(inbound, facts).step()


@dataclass(frozen=True)
class _Move(Talk):
    """One message about a seat that changes hands."""

    kind: ClassVar[str] = "hand_over"

    def answers(self) -> bool:
        """Whether this message answers what was asked: anything where a name is asked, else yes or no."""
        if self.stage == "name":
            return self.facts.who.order is None
        return self._yes() is not None or self.stage == "choose"

    def _yes(self) -> bool | None:
        number = picked(self.inbound, HandOver.name, self.stage)
        if number is not None:
            return {1: True, 2: False}.get(number)
        if self.inbound.choice is not None:
            return None
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return bool(said.value) if said.kind == "answer" else None

    def say(
        self, text: str, choices: Sequence[Choice], *more: Effect, about: Seat | None = None
    ) -> Sequence[Effect]:
        received = MessageReceived(replace(self.inbound, text=""), "", HandOver.name)
        person = about.person if about else None
        said = reply(self.inbound, self.facts.now, asked(text, choices), choices)
        return received, *more, replace(said, about=person.id if person else None)

    def opened(self, stage: str, **details: Any) -> MatterOpened:
        return MatterOpened(self.inbound.address, HandOver.name, {"stage": stage, **details}, self.at)

    def step(self) -> Sequence[Effect]:
        if self.facts.who.order is not None and self.facts.who.order.kind == "hand_over":
            return self._which(self.facts.places.found)
        if self.facts.who.reading == "role_ended" and self.stage not in ("name", "sure"):
            return self._leaving()
        seat = self.facts.places.wanted
        if seat is None:
            return self.say(
                render("seats.not_found", self.facts.form), (), MatterClosed(self.inbound.address)
            )
        steps = {"choose": self._who_follows, "name": self._named, "sure": self._sure, "leave": self._leave}
        return steps[self.stage](seat)

    # --- by the unit above

    def _which(self, found: Sequence[Seat]) -> Sequence[Effect]:
        if not found:
            return self.say(render("seats.not_found", self.facts.form), ())
        if len(found) == 1:
            return self._who_follows(found[0])
        choices = numbered(HandOver.name, "choose", [seat.unit.name for seat in found])
        opened = self.opened("choose", seats=[seat.id for seat in found])
        return self.say(render("seats.which", self.facts.form), choices, opened)

    def _who_follows(self, seat: Seat) -> Sequence[Effect]:
        name = seat.person.name if seat.person else ""
        key = "hand_over.ask" if name else "hand_over.ask_empty"
        text = render(key, self.facts.form, post=self.facts.house.post(seat), present=name)
        return self.say(text, (), self.opened("name", seat=seat.id), about=seat)

    def _named(self, seat: Seat) -> Sequence[Effect]:
        if fold(self.inbound.text).strip(" .!") in NOBODY:
            return self._confirm(seat, "")
        if self.facts.who.reading in ("cancel", "stop", "menu"):
            return self.say(render("hand_over.kept", self.facts.form), (), MatterClosed(self.inbound.address))
        name = read_name(self.inbound.text)
        if not name:
            return self.say(render("hand_over.name_again", self.facts.form), ())
        return self._confirm(seat, name)

    def _confirm(self, seat: Seat, name: str) -> Sequence[Effect]:
        key = "hand_over.sure" if name else "hand_over.sure_empty"
        text = render(key, self.facts.form, post=self.facts.house.post(seat), name=name)
        labels = [render(key, self.facts.form) for key in ("hand_over.yes", "hand_over.no")]
        choices = numbered(HandOver.name, "sure", labels)
        return self.say(text, choices, self.opened("sure", seat=seat.id, name=name))

    def _sure(self, seat: Seat) -> Sequence[Effect]:
        if not self._yes():
            return self.say(render("hand_over.kept", self.facts.form), (), MatterClosed(self.inbound.address))
        return tuple(self._over(seat, str(self.details.get("name", ""))))

    def _over(self, seat: Seat, name: str) -> Iterator[Effect]:
        by = self.facts.who.person
        holder = self.facts.places.holder
        handed = SeatHandedOver(seat.id, name, "chị", self.at, by.id if by else None)
        told: tuple[Effect, ...] = ()
        if holder is not None:
            text = render("hand_over.told", holder.person.address_form, unit=seat.unit.name)
            told = (
                push(holder.address, self.facts.now, text, (), f"over:{seat.id}:{self.at:%Y%m%dT%H%M%S.%f}"),
            )
        key = "hand_over.done" if name else "hand_over.done_empty"
        text = render(key, self.facts.form, post=self.facts.house.post(seat), name=name,
                      unit=self.facts.house.whole(seat))  # fmt: skip
        yield from self.say(text, (), handed, MatterClosed(self.inbound.address), *told)

    # --- by the holder

    def _leaving(self) -> Sequence[Effect]:
        seat = self._own()
        text = render("leave.ask", self.facts.form, post=self.facts.house.post(seat))
        labels = [render(key, self.facts.form) for key in ("leave.yes", "leave.no")]
        return self.say(text, numbered(HandOver.name, "leave", labels), self.opened("leave", seat=seat.id))

    def _own(self) -> Seat:
        talked = self.facts.conversation.seat_id if self.facts.conversation else None
        return next((seat for seat in self.facts.seats if seat.id == talked), self.facts.seats[0])

    def _leave(self, seat: Seat) -> Sequence[Effect]:
        closed = MatterClosed(self.inbound.address)
        if not self._yes():
            return self.say(render("leave.kept", self.facts.form), (), closed)
        task = TaskRaised("role_ended", seat.id, None, "", self.at, self._due())
        above = self.facts.house.above(seat)
        text = render("leave.done", self.facts.form, superior=above)
        return self.say(text, (), HolderLeaving(seat.id, self.at), task, closed, *self._tell_above(seat))

    def _due(self) -> datetime | None:
        return utc(self.facts.house.due) if self.facts.house.due else None

    def _tell_above(self, seat: Seat) -> Sequence[Effect]:
        told = self.facts.places.superior
        if told is None:
            return ()
        person = seat.person
        text = render(
            "leave.told", told.person.address_form, head=told.person.given_name,
            name=person.given_name if person else "", unit=seat.unit.name,
            order=self.facts.house.place(seat).upper(),
        )  # fmt: skip
        said = push(told.address, self.facts.now, text, (), f"leave:{seat.id}:{self.at:%Y%m%dT%H%M%S.%f}")
        return (replace(said, about=person.id if person else None),)
