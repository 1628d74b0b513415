"""Enrolment: an account is tied to a seat by the one-time code of her letter (``/start CODE``)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.texts import render
from handlers.topic import Facts, reply, utc
from storage.domain.effects import ConversationMoved, Effect, MessageReceived, SeatLinked
from storage.domain.messages import Inbound


class Enrol:
    """Takes a code from anybody, and everything from somebody without a seat."""

    name: ClassVar[str] = "enrol"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """A code, or nobody we know."""
        return bool(facts.code and (facts.invited or inbound.start_code)) or not facts.seats

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Link, or say kindly what is missing. A stranger's words are not kept."""
        received = MessageReceived(replace(inbound, text="", start_code=None), "", "enrol")
        if facts.invited is None:
            key = "enrol.wrong" if facts.code else "enrol.who"
            return received, reply(inbound, facts.now, render(key, facts.form))
        return self._link(inbound, facts, received)

    def _link(self, inbound: Inbound, facts: Facts, received: MessageReceived) -> Sequence[Effect]:
        seat = facts.invited
        if seat is None or seat.person is None:
            return received, reply(inbound, facts.now, render("enrol.wrong", facts.form))
        person = seat.person
        at = utc(facts.now)
        text = render("enrol.welcome", person.address_form, name=person.given_name, unit=f"{seat.unit.name}")
        start = render("enrol.start", person.address_form)
        return (
            received,
            SeatLinked(inbound.address, seat.id, at, facts.code),
            ConversationMoved(inbound.address, at, seat.id, None),
            reply(inbound, facts.now, f"{text}\n{start}"),
        )
