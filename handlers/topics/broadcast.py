"""THÔNG BÁO: a message to all below, after a look at how many it reaches, by which channel and at what
cost to the plan's messages. It goes as pushes do (quiet hours, limits); KẾT QUẢ THÔNG BÁO tells what
became of it and who did not get it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from handlers.facts import Audience
from handlers.language.reading import Expectation
from handlers.language.understand import contains_personal_data
from handlers.staffing import BACK, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, first_big, read_as
from storage.domain.effects import Effect, StepPlanned
from storage.domain.messages import Inbound
from storage.domain.staff_effects import BroadcastMade

#: How long it waits for a kind moment before it is no news any more.
LASTS = timedelta(days=7)

#: Characters of what she writes: it goes as one message with who says it.
SHORTEST, LONGEST = 10, 350

#: Never sent on, whoever writes it.
_PRIVATE = frozenset({"id_number", "bank_account"})


class Broadcasts:
    """Takes THÔNG BÁO and the answers to its questions, from who may."""

    name: ClassVar[str] = "broadcast"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, or an answer while its question is open."""
        if facts.staff is None or "broadcast" not in facts.who.powers:
            return False
        return _Casting(inbound, facts).takes()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return tuple(_Casting(inbound, facts).step())


@dataclass(frozen=True)
class _Casting(StaffTalk):
    kind: ClassVar[str] = "broadcast"

    def takes(self) -> bool:
        if self.ordered in ("broadcast", "broadcasts"):
            return True
        if not self.answering:
            return False
        if self.leaves or self.words in BACK:
            return True
        if self.stage == "text":
            return self.writes
        if self.stage == "audience":
            return self._audience() is not None
        return self._verdict() is not None

    def step(self) -> Iterator[Effect]:
        form = self.facts.form
        if self.ordered == "broadcasts":
            return self._results()
        if self.ordered == "broadcast":
            return self.say(render("broadcast.text", form), self.opened("text"))
        if self.leaves:
            return self.say(render("staff.left", form), self.closed)
        if self.words in BACK or (self.stage == "sure" and self._verdict() == 2):
            return self.say(render("broadcast.text", form), self.opened("text"))
        if self.stage == "text":
            return self._text()
        audience = self._audience()
        if self.stage == "audience" and audience is not None:
            return self._preview(audience)
        return self._decided()

    # --- what and to whom

    def _text(self) -> Iterator[Effect]:
        form, typed = self.facts.form, self.inbound.text.strip()
        if contains_personal_data(typed) in _PRIVATE:
            return self.say(render("broadcast.private", form), self.opened("text"))
        if not SHORTEST <= len(typed) <= LONGEST:
            return self.say(render("broadcast.length", form), self.opened("text"))
        labels = [self._label(audience) for audience in self.staff.audiences]
        opened = self.opened("audience", text=typed)
        return self.say(render("broadcast.whom", form), opened, choices=self.choices("audience", labels))

    def _label(self, audience: Audience) -> str:
        levels = self.facts.house.levels
        name = levels[audience.levels[0]] if len(audience.levels) == 1 else render("broadcast.all", "chị")
        return f"{name} ({audience.reach.people})"

    def _audience(self) -> Audience | None:
        number = self.number(len(self.staff.audiences))
        return self.staff.audiences[number - 1] if number else None

    def _said(self, text: str) -> str:
        """The words as they arrive, with the post that says them: no name is kept with each push."""
        seat = self.staff.seat or self.facts.seats[0]
        title = self.facts.house.titles.get(seat.role, "")
        return render("broadcast.said", "chị", who=first_big(title), unit=seat.unit.name, text=text)

    def _preview(self, audience: Audience) -> Iterator[Effect]:
        text, form = str(self.details["text"]), self.facts.form
        reach = audience.reach
        lines = [render("broadcast.sure", form, text=self._said(text), count=reach.people)]
        channels = ", ".join(f"{channel} {count}" for channel, count in sorted(reach.channels.items()))
        if channels:
            lines.append(render("broadcast.channels", form, channels=channels))
        if reach.without:
            lines.append(render("broadcast.without", form, count=reach.without))
        lines += audience.quota
        labels = [render(key, form) for key in ("broadcast.send", "broadcast.again", "staff.leave")]
        opened = self.opened("sure", text=text, levels=list(audience.levels))
        return self.say("\n".join(lines), opened, choices=self.choices("sure", labels))

    # --- sure

    def _verdict(self) -> int | None:
        number = self.number(3)
        if number is not None or self.inbound.choice is not None:
            return number
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return (1 if said.value else 3) if said.kind == "answer" else None

    def _decided(self) -> Iterator[Effect]:
        form = self.facts.form
        if self._verdict() != 1:
            return self.say(render("staff.left", form), self.closed)
        levels = tuple(self.details["levels"])
        audience = next((each for each in self.staff.audiences if each.levels == levels), None)
        if audience is None or not audience.reach.people:
            return self.say(render("broadcast.nobody", form), self.closed)
        return self._send(audience)

    def _send(self, audience: Audience) -> Iterator[Effect]:
        text, at = str(self.details["text"]), self.at
        seat = self.staff.seat or self.facts.seats[0]
        key = f"cast:{self.inbound.address.channel}:{self.inbound.message_id}"
        made = BroadcastMade(key, seat.id, seat.unit.id, audience.levels, text, at)
        planned = StepPlanned(
            key, "broadcast", audience.levels, "cast", self.facts.now.date().isoformat(), at, at + LASTS, at,
            params={"text": self._said(text)}, within=seat.unit.id,
        )  # fmt: skip
        done = render("broadcast.done", self.facts.form, count=audience.reach.people)
        return self.say(done, made, planned, self.closed)

    # --- what became of it

    def _results(self) -> Iterator[Effect]:
        sent, form = self.staff.sent, self.facts.form
        if sent is None:
            return self.say(render("broadcast.none", form), self.closed)
        at = sent.at.astimezone(self.facts.now.tzinfo)
        lines = [
            render("broadcast.result", form, time=f"{at:%H:%M}", day=f"{at.day}/{at.month}", text=sent.text),
            *(render(key, form, count=count) for key, count in sent.counts if count),
        ]
        rows = [f"{unit}: {render(key, form)}" for unit, key in sent.missed]
        if rows:
            lines.append(self.listing(render("broadcast.missed", form), rows))
        left = sent.missed_in_all - len(sent.missed)
        lines += [render("lookup.more", form, count=left)] if left > 0 else []
        return self.say("\n".join(lines), self.closed)
