"""A message in a group: answered once, politely; reports are given one to one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.texts import render
from handlers.topic import Facts, reply, utc
from storage.domain.effects import Effect, MessageReceived
from storage.domain.messages import Inbound


class Group:
    """Takes what was said in a group; keeps none of its words."""

    name: ClassVar[str] = "group"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """Everything said in a group."""
        return inbound.group

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One sentence."""
        silent = replace(inbound, text="")
        return (
            MessageReceived(silent, "", "group"),
            reply(inbound, utc(facts.now), render("group", facts.form)),
        )
