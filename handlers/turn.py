"""One message whole: load the facts, choose the topic, answer, hand the effects to the writer.

``Turns(...)(inbound)`` gives the writer a ``decide``: it runs inside the transaction, reads once, and
is pure from there. A message seen before gives no effects: what was said to it is in the outbox
already.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from handlers.dialogue.questionnaire import Questionnaire, speak_pack
from handlers.dialogue.state import State
from handlers.language.reading import Context, Expectation
from handlers.language.understand import understand
from handlers.texts import render
from handlers.topic import Facts, OpenReport, reply
from handlers.topics import TOPICS, check_in
from storage.desk import recall_figures
from storage.domain.answers import Value
from storage.domain.codes import code_sha256
from storage.domain.effects import Effect, MessageReceived
from storage.domain.messages import Address, Inbound
from storage.domain.people import AddressForm, Person, Seat
from storage.domain.rounds import Conversation, Round, Submission, in_turn
from storage.plan.model import Choice, Pack, Plan
from storage.plan.periods import period_label
from storage.queries import answers, conversations, people, rounds
from storage.writer import Decide, Reader

#: A one-time code as its letter shows it (``CH-7K4M2Q``): also taken when typed with spaces or small.
CODE = re.compile(r"\s*([A-Za-z]{2}[\s-]?[A-Za-z0-9]{6})\s*")


#: Questionnaires kept at most; a few kilobytes each.
MOST_ASKED = 4_000


@dataclass
class Turns:
    """Turns messages into decisions. ``now`` is the clock's; ``hotlines`` the telephone numbers of
    settings by name (police, children, peace_house)."""

    plan: Plan
    now: Callable[[], datetime]
    hotlines: Mapping[str, str]
    _packs: dict[tuple[str, AddressForm], Pack] = field(default_factory=dict)
    #: By seat, round and last day, what a questionnaire was made of and the questionnaire: the same as long
    #: as each of these is the very same object, which the writer's desk decides.
    _asked: dict[tuple[int, int, str], tuple[tuple[object, ...], Questionnaire]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What every turn asks of the plan."""
        self._levels = {pack.id: pack.level for pack in self.plan.packs}
        self._repeating = {
            pack.id for pack in self.plan.packs if any(map(attrgetter("repeat"), pack.questions))
        }
        self._moves = {stock: (move.plus, move.minus) for stock, move in self.plan.moves.items()}

    def __call__(self, inbound: Inbound) -> Decide:
        """What the writer runs for this message."""
        return lambda reader: self.decide(inbound, reader)

    def decide(self, inbound: Inbound, reader: Reader) -> Sequence[Effect]:
        """The effects of one message; none if it was taken before."""
        if conversations.seen(reader, inbound.address.channel, inbound.message_id):
            return ()
        facts = self.facts(inbound, reader)
        topic = next(topic for topic in TOPICS if topic.takes(inbound, facts))
        return topic.step(inbound, facts)

    def failed(self, inbound: Inbound) -> Decide:
        """What is kept and said when deciding on a message failed again and again: that it came, none of
        its words, and a kind sentence."""

        def decide(reader: Reader) -> Sequence[Effect]:
            if conversations.seen(reader, inbound.address.channel, inbound.message_id):
                return ()
            silent = replace(inbound, text="", start_code=None)
            sorry = reply(inbound, self.now(), render("error", "chị"))
            return MessageReceived(silent, "", "failed"), sorry

        return decide

    def facts(self, inbound: Inbound, reader: Reader) -> Facts:
        """All that answering this message needs, in one read."""
        now = self.now()
        seats = tuple(people.seats_of(reader, inbound.address))
        code = _code(inbound)
        if inbound.group or not seats:
            return Facts(now, seats, None, code, people.seat_for_enrolment(reader, code) if code else None)
        conversation = conversations.conversation(reader, inbound.address)
        waiting = self._reports(reader, seats, now)
        report, following = _choose(waiting, conversation, inbound, now)
        return Facts(
            now,
            seats,
            conversation,
            code,
            people.seat_for_enrolment(reader, code) if code else None,
            self._begun(reader, report, now) if report else None,
            self._begun(reader, following, now) if following else None,
        )

    def invite(self, reader: Reader, seat: Seat, asked_round: Round, address: Address) -> Sequence[Effect]:
        """The greeting that opens a round for a seat, pushed to ``address``."""
        now = self.now()
        report = self.report(reader, seat, asked_round, now)
        return check_in.invite(report, address, Facts(now, (seat,), None, report=report))

    def _reports(self, reader: Reader, seats: Sequence[Seat], now: datetime) -> list["_Waiting"]:
        """The open rounds of her seats: the nearest deadline ahead first, those past theirs last."""
        found: list[_Waiting] = []
        for open_round in in_turn(rounds.rounds_open(reader, now), now):
            level = self._levels.get(open_round.pack)
            for seat in seats:
                if level == seat.unit.kind:
                    given = answers.submission(reader, seat.id, open_round.id)
                    found.append(_Waiting(seat, open_round, given))
        return found

    def report(self, reader: Reader, seat: Seat, asked_round: Round, now: datetime) -> OpenReport:
        """One report as she is asked it, and how far she is."""
        given = answers.submission(reader, seat.id, asked_round.id)
        return self._begun(reader, _Waiting(seat, asked_round, given), now)

    def _begun(self, reader: Reader, waiting: "_Waiting", now: datetime) -> OpenReport:
        seat, asked_round, given = waiting.seat, waiting.round, waiting.given
        kept = answers.answers(reader, seat.id, asked_round.id) if given else {}
        state = State.from_json(given.state if given else {}, kept)
        return OpenReport(seat, asked_round, self.questionnaire(reader, seat, asked_round, now), state)

    def questionnaire(self, reader: Reader, seat: Seat, asked_round: Round, now: datetime) -> Questionnaire:
        """The pack of a round in this seat's words and figures."""
        form: AddressForm = seat.person.address_form if seat.person else "chị"
        pack = self._spoken(asked_round.pack, form)
        due = _due(asked_round, now)
        if seat.unit.kind != "CH" or pack.id in self._repeating:  # what others below her answer changes hers
            figures = self._figures(reader, seat, asked_round, now)
            lists = self._lists(reader, seat, pack, now)
            return self._asked_of(seat, asked_round, pack, form, figures, due, lists)
        figures = self._kept_figures(reader, seat, asked_round, now)
        made_of = (seat, asked_round, figures)
        known = self._asked.get((seat.id, asked_round.id, due))
        if known is not None and all(one is other for one, other in zip(known[0], made_of, strict=True)):
            return known[1]
        asked = self._asked_of(seat, asked_round, pack, form, figures, due, {})
        if len(self._asked) >= MOST_ASKED:
            self._asked.clear()
        self._asked[seat.id, asked_round.id, due] = (made_of, asked)
        return asked

    def _asked_of(
        self,
        seat: Seat,
        asked_round: Round,
        pack: Pack,
        form: AddressForm,
        figures: Mapping[str, Value],
        due: str,
        lists: Mapping[str, tuple[Choice, ...]],
    ) -> Questionnaire:
        label = period_label(asked_round.period)
        return Questionnaire(
            pack,
            form,
            {"period": label, "unit": seat.unit.name, **figures},
            name=seat.person.given_name if seat.person else "",
            unit=seat.unit.name,
            subject=pack.subject.replace("${period}", label),
            superior=_given_name(seat.superior),
            title=self.plan.superiors.get(seat.unit.kind, ""),
            due=due,
            hotlines=self.hotlines,
            lists=lists,
        )

    def _spoken(self, pack_id: str, form: AddressForm) -> Pack:
        key = (pack_id, form)
        if key not in self._packs:
            pack = self.plan.pack(pack_id)
            assert pack is not None  # noqa: S101 - rounds are opened from the plan's packs only
            self._packs[key] = speak_pack(pack, form)
        return self._packs[key]

    def _kept_figures(
        self, reader: Reader, seat: Seat, asked_round: Round, now: datetime
    ) -> Mapping[str, Value]:
        """The same object as long as nothing it is made of changed."""
        return recall_figures(
            reader, seat.id, asked_round.id, lambda: self._figures(reader, seat, asked_round, now)
        )

    def _figures(self, reader: Reader, seat: Seat, asked_round: Round, now: datetime) -> Mapping[str, Value]:
        figures = answers.known_values(
            reader, seat.id, asked_round.opens_at, self.plan.baselines, self._moves
        )
        previous = answers.previous_values(reader, seat.id, asked_round.pack, asked_round.period)
        figures.update({f"last.{name}": value for name, value in previous.items()})
        if seat.unit.kind != "CH":
            sums = answers.sums_below(reader, seat.unit.id, asked_round.period)
            figures.update({f"sum.{name}": value for name, value in sums.items()})
            figures["count.CH"] = answers.count_below(reader, seat.unit.id, now.date())
        return figures

    def _lists(
        self, reader: Reader, seat: Seat, pack: Pack, now: datetime
    ) -> Mapping[str, tuple[Choice, ...]]:
        if pack.id not in self._repeating:
            return {}
        below = answers.children(reader, seat.unit.id, now.date())
        branches = tuple(Choice(name=unit.code, label=unit.name) for unit in below)
        return {**self.plan.lists, "branches": branches}


@dataclass(frozen=True, slots=True)
class _Waiting:
    seat: Seat
    round: Round
    given: Submission | None

    @property
    def submitted(self) -> bool:
        return self.given is not None and self.given.status == "submitted"


def _choose(
    waiting: Sequence[_Waiting], conversation: Conversation | None, inbound: Inbound, now: datetime
) -> tuple[_Waiting | None, _Waiting | None]:
    """The report talked about and the next one not yet given.

    She stays with the report of her conversation; once that is in, TIẾP goes to the next.
    """
    current = next((w for w in waiting if _is_current(w, conversation)), None)
    unsent = [w for w in waiting if not w.submitted and w is not current]
    if current is None or (current.submitted and unsent and _goes_on(inbound, now)):
        current = unsent.pop(0) if unsent else (waiting[-1] if waiting else None)
    return current, unsent[0] if unsent else None


def _is_current(waiting: _Waiting, conversation: Conversation | None) -> bool:
    return conversation is not None and (waiting.seat.id, waiting.round.id) == (
        conversation.seat_id,
        conversation.round_id,
    )


def _goes_on(inbound: Inbound, now: datetime) -> bool:
    return understand(inbound.text, Expectation(), Context(now)).kind in ("start", "next")


def _code(inbound: Inbound) -> str:
    """The form in which a one-time code she sent is kept; "" where there is none."""
    typed = CODE.fullmatch(inbound.text)
    code = inbound.start_code or (typed.group(1) if typed else "")
    return code_sha256(code) if code else ""


def _given_name(person: Person | None) -> str:
    return person.given_name if person else ""


def _due(asked_round: Round, now: datetime) -> str:
    """The last day in words, "18" within the month, "5/1" otherwise; "" once it is past."""
    due = asked_round.due_at.astimezone(now.tzinfo)
    if due < now:
        return ""
    same_month = (due.year, due.month) == (now.year, now.month)
    return f"{due.day}" if same_month else f"{due.day}/{due.month}"
