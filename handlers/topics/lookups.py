"""What lies behind a digest: CHƯA (who has not sent), LỆCH (figures that need a look), for those above."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.topic import Facts, reply, utc
from storage.domain.effects import Effect, MatterOpened, MessageReceived
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
        """Say the list; a number typed next shows that unit (`handlers.topics.progress`)."""
        looked = facts.lookup
        assert looked is not None  # noqa: S101 - see takes
        received = MessageReceived(replace(inbound, text=""), "", "lookup")
        details = {"stage": "listed", "units": list(looked.units)}
        picks = MatterOpened(inbound.address, "progress", details, utc(facts.now))
        return received, picks, reply(inbound, facts.now, looked.text)


def wanted(inbound: Inbound) -> str:
    """Which list a message asks for: "missing", "odd", "" for none."""
    return WORDS.get(fold(inbound.text), "")
