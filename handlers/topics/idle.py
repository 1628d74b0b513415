"""Nothing is asked of her now: say so, kindly, whatever she writes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.texts import render
from handlers.topic import Facts, reply
from storage.domain.effects import Effect, MessageReceived
from storage.domain.messages import Inbound


class Idle:
    """Takes what no other topic did."""

    name: ClassVar[str] = "idle"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """Everything."""
        return True

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One sentence; her words are not needed and not kept."""
        received = MessageReceived(replace(inbound, text=""), "", "idle")
        return received, reply(inbound, facts.now, render("no_round", facts.form))
