"""TRANG: an officer is sent a link to the staff page, for her alone, that opens once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.texts import render
from handlers.topic import Facts, reply, utc
from storage.domain.effects import Effect, MessageReceived
from storage.domain.folding import fold
from storage.domain.messages import Inbound
from storage.domain.sign_in import LINK_LIFE, widest
from storage.domain.sign_in_effects import StaffLinkMade

#: What is typed for it, without diacritics.
WORDS = frozenset({"trang", "trang web", "vao trang", "mo trang", "trang can bo"})


class StaffPage:
    """Takes the word from whoever holds a seat above the branch; `handlers.turn` has made the link."""

    name: ClassVar[str] = "staff_page"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The whole message is the word, and she may enter."""
        return wanted(inbound) and widest(facts.seats) is not None

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """The link, or that the page has no address yet."""
        received = MessageReceived(replace(inbound, text=""), "", self.name)
        door = facts.door
        if door is None:
            return received, reply(inbound, facts.now, render("page.closed", facts.form))
        minutes = int(LINK_LIFE.total_seconds() // 60)
        text = render("page.link", facts.form, url=door.url, minutes=minutes)
        at = utc(facts.now)
        made = StaffLinkMade(door.sha256, door.seat_id, door.person_id, at, at + LINK_LIFE)
        return received, made, reply(inbound, facts.now, text)


def wanted(inbound: Inbound) -> bool:
    """Whether a message asks for the page."""
    return inbound.choice is None and not inbound.group and fold(inbound.text) in WORDS
