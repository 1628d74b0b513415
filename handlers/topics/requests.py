"""ĐỀ NGHỊ: figures of closed or confirmed reports that their branches want changed. A number opens one;
1 grants it (the value is changed, the old one goes to the history), 2 refuses it with a reason; she who
asked is told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from handlers.dialogue.state import Line
from handlers.facts import Request
from handlers.language.reading import Expectation
from handlers.language.understand import contains_personal_data
from handlers.staffing import BACK, LISTED, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, read_as, say
from storage.domain.answers import Answer
from storage.domain.effects import AnswerRecorded, CorrectionDecided, Effect, PushesPlanned
from storage.domain.messages import Inbound
from storage.domain.pushes import NewPush

#: How long she is told of the decision.
LASTS = timedelta(days=14)
LONGEST = 160


class Requests:
    """Takes ĐỀ NGHỊ and the answers to it, from who decides."""

    name: ClassVar[str] = "requests"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, or an answer while its question is open."""
        if facts.staff is None or not {"grant", "approve_report"} & facts.who.powers:
            return False
        return _Deciding(inbound, facts).takes()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return tuple(_Deciding(inbound, facts).step())


@dataclass(frozen=True)
class _Deciding(StaffTalk):
    kind: ClassVar[str] = "requests"

    def takes(self) -> bool:
        if self.ordered == "requests":
            return True
        if not self.answering:
            return False
        if self.leaves or self.words in BACK:
            return True
        if self.stage == "reason":
            return self.writes
        if self.stage == "list":
            return self._listed() is not None
        return self._verdict() is not None

    def step(self) -> Iterator[Effect]:
        if self.ordered == "requests" or self.words in BACK:
            return self._list()
        if self.leaves:
            return self.say(render("staff.left", self.facts.form), self.closed)
        request = self._listed() if self.stage == "list" else self._by_id(self.details.get("request"))
        if request is None:
            return self.say(render("requests.gone", self.facts.form), self.closed)
        if self.stage == "list":
            return self._show(request)
        return self._refuse(request) if self.stage == "reason" else self._decide(request)

    def _by_id(self, request_id: object) -> Request | None:
        return next((each for each in self.staff.requests if each.id == request_id), None)

    def _listed(self) -> Request | None:
        listed = self.details.get("requests", ())
        number = self.number(len(listed))
        return self._by_id(listed[number - 1]) if number else None

    # --- the list and one of it

    def _list(self) -> Iterator[Effect]:
        requests, form = self.staff.requests, self.facts.form
        if not requests:
            return self.say(render("requests.none", form), self.closed)
        rows = [self._row(request) for request in requests]
        text = self.listing(render("requests.head", form, count=len(requests)), rows)
        ids = [request.id for request in requests[:LISTED]]
        return self.say(text, self.opened("list", requests=ids))

    def _row(self, request: Request) -> str:
        told = {**request.told, "unit": self.facts.house.whole(request.seat)}
        return say(Line("requests.row", told), self.facts.form)

    def _show(self, request: Request) -> Iterator[Effect]:
        labels = [render(key, self.facts.form) for key in ("requests.yes", "requests.no", "requests.later")]
        opened = self.opened("one", request=request.id)
        return self.say(self._row(request), opened, choices=self.choices("one", labels))

    # --- deciding

    def _verdict(self) -> int | None:
        number = self.number(3)
        if number is not None or self.inbound.choice is not None:
            return number
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return (1 if said.value else 2) if said.kind == "answer" else None

    def _decide(self, request: Request) -> Iterator[Effect]:
        verdict = self._verdict()
        if verdict == 3:
            return self._list()
        if verdict == 2:
            return self.say(
                render("requests.why", self.facts.form), self.opened("reason", request=request.id)
            )
        return self._grant(request)

    def _grant(self, request: Request) -> Iterator[Effect]:
        values = request.after
        answer = Answer(request.question, request.state, dict(values))
        address = request.holder.address if request.holder else self.inbound.address
        recorded = AnswerRecorded(
            request.seat.id, request.round_id, self.at, answer, address, self.inbound.message_id
        )
        decided = CorrectionDecided(request.id, True, self.at, self.facts.seats[0].id)
        return self._done(request, "requests.granted", "correction.granted", "", recorded, decided)

    def _refuse(self, request: Request) -> Iterator[Effect]:
        reason = " ".join(self.inbound.text.split())
        private = contains_personal_data(reason) or len(reason) > LONGEST
        if private:
            again = self.opened("reason", request=request.id)
            return self.say(render("returns.reason.private", self.facts.form), again)
        decided = CorrectionDecided(request.id, False, self.at, self.facts.seats[0].id, reason)
        return self._done(request, "requests.refused", "correction.refused", reason, decided)

    def _done(
        self, request: Request, said: str, told: str, reason: str, *effects: Effect
    ) -> Iterator[Effect]:
        more = list(effects)
        person = request.seat.person
        if person is not None:
            words = {**request.own, "reason": reason.rstrip(" .")}
            text = say(Line(told, words), person.address_form)
            key = f"request:{request.id}:decided"
            news = NewPush(
                key, "result", request.seat.id, person.id, self.at, self.at + LASTS, params={"text": text}
            )
            more.append(PushesPlanned((news,), self.at))
        text = say(Line(said, {**request.told, "unit": request.seat.unit.name}), self.facts.form)
        left = len(self.staff.requests) - 1
        if left:
            text = " ".join([text, render("requests.left", self.facts.form, count=left)])
        return self.say(text, *more, self.closed)
