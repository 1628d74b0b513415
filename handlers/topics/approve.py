"""Who asks for a seat below hers: one tap or number says yes or no.

No account is tied in silence: the asker agreed to the notice, the unit above says who she is, both are
told. Whoever sat there before is told too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.language.reading import Expectation
from handlers.texts import render
from handlers.topic import Facts, asked, numbered, picked, push, read_as, reply, request_line, utc
from storage.domain.effects import (
    AccountUnlinked,
    Effect,
    MatterClosed,
    MatterOpened,
    MessageQueued,
    MessageReceived,
    PersonChanged,
    RequestDecided,
    SeatHandedOver,
    SeatLinked,
)
from storage.domain.folding import fold
from storage.domain.messages import Inbound, Outbound
from storage.domain.people import SeatRequest


class Approve:
    """Takes DUYỆT, and the answer to a request that was shown."""

    name: ClassVar[str] = "approve"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """An officer who may approve, and says so."""
        if "approve" not in facts.who.powers:
            return False
        order = facts.who.order
        if order is not None and order.kind == "approve":
            return True
        matter = facts.matter
        return matter is not None and matter.kind == self.name and _verdict(inbound, facts) is not None

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Decide, or show who waits."""
        received = MessageReceived(replace(inbound, text=""), "", self.name)
        request = facts.places.request
        if request is None:
            said = reply(inbound, facts.now, render("approve.none", facts.form))
            return received, MatterClosed(inbound.address), said
        order = facts.who.order
        if order is not None and order.kind == "approve":
            return received, *_show(inbound, facts, request)
        approved = bool(_verdict(inbound, facts))
        return received, *(_yes if approved else _no)(inbound, facts, request)


def _verdict(inbound: Inbound, facts: Facts) -> bool | None:
    number = picked(inbound, Approve.name, "new")
    if number is not None:
        return {1: True, 2: False}.get(number)
    if inbound.choice is not None:
        return None
    said = read_as(inbound, Expectation("confirm"), facts.now)
    return bool(said.value) if said.kind == "answer" else None


def _show(inbound: Inbound, facts: Facts, request: SeatRequest) -> Sequence[Effect]:
    form, seat = facts.form, request.seat
    head = facts.seats[0].person
    text = request_line(form, head.given_name if head else "", seat, request.name)
    choices = numbered(Approve.name, "new", [render(key, form) for key in ("approve.yes", "approve.no")])
    opened = MatterOpened(inbound.address, Approve.name, {"stage": "new", "of": seat.id}, utc(facts.now))
    about = seat.person.id if seat.person else None
    return opened, replace(reply(inbound, facts.now, asked(text, choices), choices), about=about)


def _yes(inbound: Inbound, facts: Facts, request: SeatRequest) -> Iterator[Effect]:
    seat, at, by = request.seat, utc(facts.now), facts.who.person
    same = seat.person is not None and fold(seat.person.name) == fold(request.name)
    yield RequestDecided(request.id, True, by.id if by else None, at)
    if same and seat.person is not None:
        for address in facts.places.elsewhere:
            if address != request.address:
                yield AccountUnlinked(address, at, "replaced")
                gone = Outbound(address, render("enrol.replaced", seat.person.address_form))
                yield MessageQueued(gone, at, "push", veiled=True)
        yield PersonChanged(seat.person.id, at, address_form=request.address_form)
    else:
        yield SeatHandedOver(seat.id, request.name, request.address_form, at, by.id if by else None)
        holder = facts.places.holder
        if holder is not None:
            told = render("hand_over.told", holder.person.address_form, unit=seat.unit.name)
            yield push(holder.address, facts.now, told, (), f"over:{request.id}")
    yield SeatLinked(request.address, seat.id, at, "")
    yield from _told_asker(facts, request)
    yield from _next(inbound, facts, request, "approve.done")


def _told_asker(facts: Facts, request: SeatRequest) -> Iterator[Effect]:
    form = request.address_form
    name = request.name.split()[-1]
    welcome = render("enrol.welcome", form, name=name, unit=request.seat.unit.name)
    text = "\n".join([welcome, render("enrol.start", form)])
    yield push(request.address, facts.now, text, (), f"request:{request.id}:yes")


def _no(inbound: Inbound, facts: Facts, request: SeatRequest) -> Iterator[Effect]:
    by = facts.who.person
    text = render("approve.refused", request.address_form, unit=request.seat.unit.name)
    refused = Outbound(request.address, text)
    yield MessageQueued(refused, utc(facts.now), "push", veiled=True)
    yield RequestDecided(request.id, False, by.id if by else None, utc(facts.now))
    yield from _next(inbound, facts, request, "approve.not")


def _next(inbound: Inbound, facts: Facts, request: SeatRequest, key: str) -> Iterator[Effect]:
    """What was done, and how many wait still."""
    left = facts.places.waiting - 1
    text = render(key, facts.form, name=request.name, unit=request.seat.unit.name)
    if left > 0:
        text = " ".join([text, render("approve.left", facts.form, count=left)])
    yield MatterClosed(inbound.address)
    yield reply(inbound, facts.now, text)
