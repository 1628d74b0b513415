"""What lies behind a digest: CHƯA (who has not sent), LỆCH (figures that need a look), for those above."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.topic import Facts, reply
from storage.domain.effects import Effect, MessageReceived
from storage.domain.folding import fold
from storage.domain.messages import Inbound

#: The levels that have reports below them.
ABOVE = frozenset({"XA", "HU", "TI"})

#: What is typed, and which list it asks for.
WORDS = {"chua": "missing", "chua gui": "missing", "ai chua gui": "missing", "lech": "odd", "so lech": "odd"}

#: Stages of a report of her own in which "chưa" cannot be its answer.
_IDLE = frozenset({"new", "greeting", "done", "summary"})


class Lookups:
    """Takes the word where it cannot be an answer; `handlers.turn` has made the list."""

    name: ClassVar[str] = "lookups"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """A list was made, and no question of hers is open."""
        return bool(facts.lookup) and (facts.report is None or facts.report.state.stage in _IDLE)

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Say the list."""
        received = MessageReceived(replace(inbound, text=""), "", "lookup")
        return received, reply(inbound, facts.now, facts.lookup)


def wanted(inbound: Inbound) -> str:
    """Which list a message asks for: "missing", "odd", "" for none."""
    return WORDS.get(fold(inbound.text), "")
