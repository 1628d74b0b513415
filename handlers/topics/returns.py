"""HỎI XÓM 2: staff ask one figure of a report back, with the reason (domain guide 8.7).

Which unit, which question, why, then a look at what will be said; only after her "1" it is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from handlers.facts import Reported
from handlers.language.reading import Expectation
from handlers.language.understand import contains_personal_data
from handlers.staffing import BACK, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, read_as, say
from storage.domain.effects import Effect, PushesPlanned
from storage.domain.folding import fold
from storage.domain.messages import Inbound
from storage.domain.people import Seat
from storage.domain.pushes import NewPush
from storage.domain.staff_effects import ReportReturned

#: How long a question asked back waits to be said (quiet times, limits) before it is given up.
LASTS = timedelta(days=14)

#: Characters of a reason: it stands in one message with the figure.
LONGEST = 160

REASONS = ("returns.reason.whole", "returns.reason.before", "returns.reason.paper")


class Returns:
    """Takes HỎI and the answers to its questions, from who may ask back."""

    name: ClassVar[str] = "returns"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, or an answer while its question is open."""
        if facts.staff is None or "return" not in facts.who.powers:
            return False
        return _Asking(inbound, facts).takes()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return tuple(_Asking(inbound, facts).step())


@dataclass(frozen=True)
class _Asking(StaffTalk):
    kind: ClassVar[str] = "returns"

    def takes(self) -> bool:
        if self.ordered == "return":
            return True
        if not self.answering:
            return False
        if self.leaves or self.words in BACK:
            return True
        taken = {"unit": self._picks_unit, "question": self._picks_question, "sure": self._says}
        return taken[self.stage]() if self.stage in taken else self._gives_reason()

    def _picks_unit(self) -> bool:
        return self.staff.seat is not None

    def _picks_question(self) -> bool:
        return self._question() is not None

    def _says(self) -> bool:
        return self._verdict() is not None

    def _gives_reason(self) -> bool:
        return self.inbound.choice is not None or self.writes

    def step(self) -> Iterator[Effect]:
        if self.ordered == "return":
            return self._begin()
        if self.leaves:
            return self.say(render("staff.left", self.facts.form), self.closed)
        reported, seat = self.staff.reported, self.staff.seat
        if seat is None or self.stage == "unit":
            return self._begin()
        if reported is None:
            return self._nothing(seat)
        if self.words in BACK:
            return self._back(seat, reported)
        if self.stage == "question":
            return self._chosen(seat, reported, self._question() or "")
        return self._reasoned(seat, reported) if self.stage == "reason" else self._decided(seat, reported)

    # --- which unit

    def _begin(self) -> Iterator[Effect]:
        order, found = self.staff.order, self.staff.found
        form = self.facts.form
        if self.staff.seat is not None:
            return self._unit(self.staff.seat)
        if order is not None and not order.target:
            return self.say(render("returns.usage", form), self.closed)
        if not found:
            return self.say(render("staff.not_found", form), self.closed)
        labels = [self.facts.house.whole(seat) for seat in found]
        opened = self.opened("unit", seats=[seat.id for seat in found])
        return self.say(render("staff.which", form), opened, choices=self.choices("unit", labels))

    def _nothing(self, seat: Seat) -> Iterator[Effect]:
        return self.say(render("returns.no_report", self.facts.form, unit=seat.unit.name), self.closed)

    def _unit(self, seat: Seat) -> Iterator[Effect]:
        reported = self.staff.reported
        if reported is None:
            return self._nothing(seat)
        if self.staff.holder is None:
            return self.say(render("returns.unreachable", self.facts.form, unit=seat.unit.name), self.closed)
        head = render("returns.which", self.facts.form, unit=seat.unit.name, subject=reported.subject)
        rows = [say(line, self.facts.form) for line in reported.lines]
        opened = self.opened("question", seat=seat.id, round=reported.round.id)
        return self.say("\n".join([head, *rows]), opened)

    # --- which question

    def _question(self) -> str | None:
        """The question of the number she typed, or of the words of its label."""
        reported = self.staff.reported
        if reported is None:
            return None
        number = self.number(len(reported.questions))
        if number is not None:
            return reported.questions[number - 1]
        named = [
            question
            for question, label in zip(reported.questions, reported.labels, strict=True)
            if len(self.words) > 1 and self.words in fold(label)
        ]
        return named[0] if len(named) == 1 else None

    def _chosen(self, seat: Seat, reported: Reported, question: str) -> Iterator[Effect]:
        label = self._label(reported, question)
        if any(each.question == question for each in self.staff.asked_back):
            text = render("returns.already", self.facts.form, unit=seat.unit.name, label=label)
            return self.say(text, self.closed)
        text = render("returns.why", self.facts.form, label=label)
        choices = self.choices("reason", [render(key, self.facts.form) for key in REASONS])
        opened = self.opened("reason", seat=seat.id, round=reported.round.id, question=question)
        return self.say(text, opened, choices=choices)

    def _label(self, reported: Reported, question: str) -> str:
        return reported.labels[reported.questions.index(question)]

    # --- why

    def _reasoned(self, seat: Seat, reported: Reported) -> Iterator[Effect]:
        number = self.number(len(REASONS))
        typed = " ".join(self.inbound.text.split())
        reason = render(REASONS[number - 1], self.facts.form) if number else typed
        question = str(self.details["question"])
        if not number and (wrong := self._wrong(typed)):
            return self._ask_reason(seat, reported, wrong)
        labels = [render(key, self.facts.form) for key in ("returns.send", "returns.other", "staff.leave")]
        text = render(
            "returns.sure", self.facts.form, unit=seat.unit.name, reason=reason,
            line=say(reported.lines[reported.questions.index(question)], self.facts.form),
        )  # fmt: skip
        opened = self.opened("sure", seat=seat.id, round=reported.round.id, question=question, reason=reason)
        return self.say(text, opened, choices=self.choices("sure", labels))

    def _wrong(self, typed: str) -> str:
        """Why a reason cannot be sent on as it is; "" if it can."""
        read = read_as(self.inbound, Expectation("text"), self.facts.now)
        if contains_personal_data(typed) or read.kind == "refused":
            return "returns.reason.private"
        return "" if 3 <= len(typed) <= LONGEST else "returns.reason.length"

    def _ask_reason(self, seat: Seat, reported: Reported, key: str) -> Iterator[Effect]:
        opened = self.opened(
            "reason", seat=seat.id, round=reported.round.id, question=self.details["question"]
        )
        return self.say(render(key, self.facts.form), opened)

    # --- sure

    def _verdict(self) -> int | None:
        number = self.number(3)
        if number is not None or self.inbound.choice is not None:
            return number
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return (1 if said.value else 3) if said.kind == "answer" else None

    def _decided(self, seat: Seat, reported: Reported) -> Iterator[Effect]:
        verdict, question = self._verdict(), str(self.details["question"])
        if verdict == 2:
            return self._chosen(seat, reported, question)
        if verdict == 3:
            return self.say(render("staff.left", self.facts.form), self.closed)
        return self._ask_back(seat, reported, question)

    def _ask_back(self, seat: Seat, reported: Reported, question: str) -> Iterator[Effect]:
        at = self.at
        by = self.facts.seats[0]
        key = f"return:{seat.id}:{reported.round.id}:{question}:{self.inbound.message_id}"
        returned = ReportReturned(
            key, seat.id, reported.round.id, question, str(self.details["reason"]), by.id, at
        )
        effects: list[Effect] = [returned]
        if seat.person is not None:
            push = NewPush(key, "correction", seat.id, seat.person.id, at, at + LASTS, reported.round.id)
            effects.append(PushesPlanned((push,), at))
        name = seat.person.given_name if seat.person else seat.unit.name
        text = render("returns.done", self.facts.form, name=name, unit=seat.unit.name)
        return self.say(text, *effects, self.closed)

    def _back(self, seat: Seat, reported: Reported) -> Iterator[Effect]:
        if self.stage == "sure":
            return self._chosen(seat, reported, str(self.details["question"]))
        return self._unit(seat)
