"""A message the platform hands over nothing of.

Zalo Bot tells nothing of what a protected account sends (children, people with disabilities, people who
cannot read): such a person can never be read there. She is offered paper, or that her commune types it in
for her ("nhập hộ"), once a day and not at every message, and her commune is told.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.texts import render
from handlers.topic import Facts, reply, utc
from storage.domain.effects import Effect, MessageReceived, TaskRaised
from storage.domain.messages import Inbound

#: What the commune is asked to do.
TASK = "enter_for_her"


class Unreadable:
    """Takes what cannot be read, from anybody."""

    name: ClassVar[str] = "unreadable"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The platform gave nothing of it."""
        return inbound.attachment is not None and inbound.attachment.kind == "unreadable"

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One sentence a day: the key keeps a second one from being queued."""
        received = MessageReceived(replace(inbound, text=""), "", self.name)
        said = reply(inbound, facts.now, render("unsupported.protected", facts.form))
        once = replace(said, key=f"unreadable:{inbound.address}:{facts.now:%Y-%m-%d}")
        if facts.report is None:
            return received, once
        seat_id, round_id = facts.report.seat.id, facts.report.round.id
        return received, once, TaskRaised(TASK, seat_id, round_id, "", utc(facts.now))
