"""Which report a message is about: the open rounds of her seats, the one talked of, the one that follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.facts import ONWARD
from handlers.language.reading import Context, Expectation
from handlers.language.understand import understand
from storage import scope
from storage.domain.messages import Inbound
from storage.domain.people import Seat
from storage.domain.rounds import Conversation, Round
from storage.plan.periods import period_span
from storage.queries.expected import owes
from storage.writer import Reader


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open round of a seat, and whether its report is in; ``resting``: and nothing of it is asked."""

    seat: Seat
    round: Round
    submitted: bool
    resting: bool = False

    @property
    def key(self) -> tuple[Seat, Round]:
        """What names the report."""
        return self.seat, self.round


def choose(
    waiting: Sequence[Waiting],
    proxy: Waiting | None,
    conversation: Conversation | None,
    inbound: Inbound,
    now: datetime,
) -> tuple[tuple[Seat, Round] | None, tuple[Seat, Round] | None]:
    """The report talked about and the next one not yet given.

    She stays with the report of her conversation; once that is in, TIẾP goes to the next, and 1 where it
    was offered.
    """
    current = proxy or next((w for w in waiting if _is_current(w, conversation)), None)
    unsent = [w for w in waiting if not w.submitted and w is not current]
    if current is None or (current.submitted and unsent and _takes_next(current, inbound, now)):
        current = unsent.pop(0) if unsent else (waiting[-1] if waiting else None)
    following = unsent[0].key if unsent else None
    return (current.key if current else None), following


def _takes_next(current: Waiting, inbound: Inbound, now: datetime) -> bool:
    return goes_on(inbound, now) or (current.resting and accepts(inbound))


def accepts(inbound: Inbound) -> bool:
    """Whether she says 1, typed or pressed, where the next report was offered to her."""
    if inbound.choice is not None:
        return inbound.choice.endswith(f"|{ONWARD}")
    return inbound.text.strip().strip(".,)") == "1"


def moves_on(
    waiting: Sequence[Waiting], conversation: Conversation | None, report: tuple[Seat, Round] | None
) -> bool:
    """Whether a message takes her from one open report to another."""
    current = next((w for w in waiting if _is_current(w, conversation)), None)
    return current is not None and report is not None and report != current.key


def _is_current(waiting: Waiting, conversation: Conversation | None) -> bool:
    return conversation is not None and (waiting.seat.id, waiting.round.id) == (
        conversation.seat_id,
        conversation.round_id,
    )


def is_asked(seat: Seat, asked_round: Round) -> bool:
    """Whether this seat reports in the round: a deputy does not beside her president, and a unit does
    that is there on the period's last day (mergers: `storage.queries.expected`)."""
    return seat.role != "commune_deputy" and owes(seat.unit, asked_round.period)


def concerns(reader: Reader, seat: Seat, asked_round: Round) -> bool:
    """Whether the round is asked where the seat's unit is: a sheet made in chat, below its maker only."""
    if asked_round.unit_id is None:
        return True
    day = period_span(asked_round.period)[1]
    return scope.inside(reader, seat.unit.id, asked_round.unit_id, day)


def goes_on(inbound: Inbound, now: datetime) -> bool:
    """Whether she says BẮT ĐẦU or TIẾP."""
    return understand(inbound.text, Expectation(), Context(now)).kind in ("start", "next")
