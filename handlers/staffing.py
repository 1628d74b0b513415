"""What the matters of staff have in common: how they are opened, left and answered by number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.facts import StaffFacts
from handlers.topic import Talk, asked, numbered, picked, reply
from storage.domain.effects import Effect, MatterClosed, MatterOpened, MessageReceived
from storage.domain.folding import fold
from storage.domain.messages import Choice
from storage.domain.people import Person

#: Words that leave a matter of staff.
LEAVE = frozenset({"thoi", "huy", "huy bo", "thoat", "bo", "thoi khong", "dung"})
BACK = frozenset({"lai", "quay lai", "tro lai", "back", "len", "quay ve"})

#: What leads out of a question that takes any words: the menu, help, her rights.
_OUT = frozenset({"", "menu", "giup", "tat"})
_WISHES = frozenset({"menu", "mute", "unmute", "delete_request", "withdraw_consent", "role_ended"})

#: A list to pick from is no longer than a phone likes.
LISTED = 40


@dataclass(frozen=True)
class StaffTalk(Talk):
    """One message of staff within a matter."""

    @property
    def staff(self) -> StaffFacts:
        """What is known for it."""
        return self.facts.staff or StaffFacts()

    @property
    def ordered(self) -> str:
        """The kind of the order she gave; "" for none."""
        return self.staff.order.kind if self.staff.order else ""

    @property
    def me(self) -> Person | None:
        """Who writes."""
        return self.facts.who.person

    @property
    def words(self) -> str:
        """What she typed, as it is compared."""
        return fold(self.inbound.text).strip(" .!") if self.inbound.choice is None else ""

    @property
    def leaves(self) -> bool:
        """Whether she wants to leave the matter."""
        return self.words in LEAVE

    @property
    def answering(self) -> bool:
        """Whether a question of this matter is open and this message is no order."""
        return bool(self.stage) and self.staff.order is None and self.facts.who.order is None

    @property
    def writes(self) -> bool:
        """Whether her message may be taken as the words a question asked for."""
        if self.inbound.choice is not None or self.inbound.attachment is not None:
            return False
        return self.words not in _OUT and self.facts.who.reading not in _WISHES

    def number(self, most: int) -> int | None:
        """The number she typed or pressed, from 1 to ``most``."""
        number = picked(self.inbound, self.kind, self.stage)
        return number if number is not None and 1 <= number <= most else None

    def choices(self, stage: str, labels: Sequence[str]) -> tuple[Choice, ...]:
        """Numbered choices of this matter's question."""
        return numbered(self.kind, stage, labels)

    def opened(self, stage: str, **details: Any) -> MatterOpened:
        """The matter stands at ``stage``."""
        return MatterOpened(self.inbound.address, self.kind, {"stage": stage, **details}, self.at)

    @property
    def closed(self) -> MatterClosed:
        """The matter is left."""
        return MatterClosed(self.inbound.address)

    def say(self, text: str, *more: Effect, choices: Sequence[Choice] = ()) -> Iterator[Effect]:
        """Answer; what she typed is not kept."""
        yield MessageReceived(replace(self.inbound, text=""), "", self.kind)
        yield from more
        yield reply(self.inbound, self.facts.now, asked(text, choices), choices)

    def listing(self, head: str, rows: Sequence[str], foot: str = "") -> str:
        """A numbered list to pick from."""
        lines = [f"{number}. {row}" for number, row in enumerate(rows[:LISTED], start=1)]
        return "\n".join([head, *lines, *([foot] if foot else [])])
