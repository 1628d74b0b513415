"""One message whole: load the facts, choose the topic, answer, hand the effects to the writer.

``Turns(...)(inbound)`` gives the writer a ``decide``: it runs inside the transaction, reads once, and
is pure from there. A message seen before gives no effects: what was said to it is in the outbox
already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from handlers.beside import Beside, words_of
from handlers.dialogue.questionnaire import Questionnaire, speak_pack
from handlers.dialogue.state import State
from handlers.language.reading import Context, Expectation
from handlers.language.understand import understand
from handlers.reports import digest
from handlers.reports.dates import current_day
from handlers.texts import render
from handlers.topic import EventFacts, Facts, HouseWords, OpenReport, Who, reply
from handlers.topics import TOPICS, check_in, events, lookups
from storage import scope
from storage.domain.answers import Value
from storage.domain.codes import code_sha256, is_code
from storage.domain.effects import (
    Effect,
    MatterClosed,
    MatterOpened,
    MessageQueued,
    MessageReceived,
    SeatLinked,
    SeatRequested,
)
from storage.domain.messages import Address, Inbound
from storage.domain.people import AddressForm, Person, Seat
from storage.domain.rounds import Conversation, Round, in_turn
from storage.plan.model import Choice, Pack, Plan
from storage.plan.periods import figures_span, period_label
from storage.queries import answers, consent, conversations, people, pushes, rounds
from storage.queries.expected import owes
from storage.writer import Decide, Reader


@dataclass(eq=False)
class Turns:
    """Turns messages into decisions. ``now`` is the clock's; ``hotlines`` the telephone numbers of
    settings by name (police, children, peace_house)."""

    plan: Plan
    now: Callable[[], datetime]
    hotlines: Mapping[str, str]
    _packs: dict[tuple[str, AddressForm], Pack] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What every turn asks of the plan."""
        self._levels = {pack.id: pack.level for pack in self.plan.packs}
        self._repeating = {
            pack.id for pack in self.plan.packs if any(map(attrgetter("repeat"), pack.questions))
        }
        self._moves = {stock: (move.plus, move.minus) for stock, move in self.plan.moves.items()}

    @cached_property
    def _words(self) -> HouseWords:
        return words_of(self.plan)

    def __call__(self, inbound: Inbound) -> Decide:
        """What the writer runs for this message."""
        return lambda reader: self.decide(inbound, reader)

    def decide(self, inbound: Inbound, reader: Reader) -> Sequence[Effect]:
        """The effects of one message; none if it was taken before."""
        if _taken_before(reader, inbound):
            return ()
        facts = self.facts(inbound, reader)
        topic = next(topic for topic in TOPICS if topic.takes(inbound, facts))
        effects = topic.step(inbound, facts)
        if (
            facts.matter is not None
            and not _settles(effects, inbound.address)
            and topic.name != facts.matter.kind
        ):
            # What we asked last was passed over: a number she types later must not answer it.
            effects = (*effects, MatterClosed(inbound.address)) if not inbound.group else effects
        return effects if facts.who.person is not None else unnamed(effects, inbound)

    def failed(self, inbound: Inbound) -> Decide:
        """What is kept and said when deciding on a message failed again and again: that it came, none of
        its words, and a kind sentence."""

        def decide(reader: Reader) -> Sequence[Effect]:
            if _taken_before(reader, inbound):
                return ()
            silent = replace(inbound, text="", start_code=None)
            sorry = reply(inbound, self.now(), render("error", "chị"))
            said = (MessageReceived(silent, "", "failed"), sorry)
            known = consent.person_of(reader, inbound.address) is not None
            return said if known else unnamed(said, inbound)

        return decide

    def facts(self, inbound: Inbound, reader: Reader) -> Facts:
        """All that answering this message needs, in one read."""
        now = self.now()
        seats = tuple(people.seats_of(reader, inbound.address))
        if inbound.group:
            return Facts(
                now, seats, None, _code(inbound), who=Who(consent.person_of(reader, inbound.address))
            )
        beside = Beside(self.plan, reader, inbound, seats, now, self._open_report, self._words)
        who = beside.who()
        code = _code(inbound) or str((who.matter.details if who.matter else {}).get("code", ""))
        facts = Facts(
            now,
            seats,
            None,
            _code(inbound),
            people.seat_for_enrolment(reader, code) if code else None,
            who=who,
            places=beside.places(who),
            house=beside.house(),
        )
        return self._with_reports(facts, inbound, reader) if seats else facts

    def _with_reports(self, facts: Facts, inbound: Inbound, reader: Reader) -> Facts:
        """The facts with the report talked about and the next one."""
        now, speaker = facts.now, facts.seats[0].person
        conversation = conversations.conversation(reader, inbound.address)
        waiting = self._reports(reader, facts.seats, now)
        proxy = self._entered_for(reader, facts, conversation)
        report, following = _choose(waiting, proxy, conversation, inbound, now)
        if proxy is None:
            report = self._closed(reader, facts.seats, conversation, inbound, now) or report
        return replace(
            facts,
            conversation=conversation,
            report=self.report(reader, *report, now, speaker) if report else None,
            next_report=self.report(reader, *following, now, speaker) if following else None,
            events=self._events(reader, inbound, facts.seats),
            lookup=self._lookup(reader, inbound, facts.seats, now),
        )

    def _entered_for(
        self, reader: Reader, facts: Facts, conversation: Conversation | None
    ) -> "_Waiting | None":
        """The report of a branch below that she enters for it; the right to it is looked at each time."""
        if conversation is None or conversation.seat_id is None or conversation.round_id is None:
            return None
        own = {seat.id for seat in facts.seats}
        seat = None if conversation.seat_id in own else people.seat(reader, conversation.seat_id)
        talked = rounds.round_by_id(reader, conversation.round_id)
        if seat is None or talked is None or "enter_for" not in facts.who.powers:
            return None
        if not scope.reaches(reader, facts.seats, seat.unit.id, facts.now.date()):
            return None
        given = answers.submission(reader, seat.id, talked.id)
        return _Waiting(seat, talked, given is not None and given.status == "submitted")

    def _open_report(self, reader: Reader, seat: Seat, speaker: Person | None) -> OpenReport | None:
        """The report a seat owes first, as ``speaker`` is asked it."""
        now = self.now()
        waiting = self._reports(reader, [seat], now)
        first = next((w for w in waiting if not w.submitted), waiting[-1] if waiting else None)
        return self.report(reader, *first.key, now, speaker) if first else None

    def _closed(
        self,
        reader: Reader,
        seats: Sequence[Seat],
        conversation: Conversation | None,
        inbound: Inbound,
        now: datetime,
    ) -> tuple[Seat, Round] | None:
        """The report last talked about, where its round is closed and she wants to change it, or is just
        saying the new figure."""
        if conversation is None or conversation.round_id is None:
            return None
        seat = next((seat for seat in seats if seat.id == conversation.seat_id), None)
        asked = rounds.round_by_id(reader, conversation.round_id)
        if seat is None or asked is None or asked.closed_at is None or asked.closed_at > now:
            return None
        given = answers.submission(reader, seat.id, asked.id)
        if given is None or given.status != "submitted":
            return None
        changing = given.state.get("stage") in ("asking", "checking", "editing")
        wants = understand(inbound.text, Expectation(), Context(now)).kind in ("edit", "show")
        return (seat, asked) if changing or wants else None

    def _lookup(self, reader: Reader, inbound: Inbound, seats: Sequence[Seat], now: datetime) -> str:
        """The list she asked for, where she has reports below her."""
        what = lookups.wanted(inbound)
        seat = next((seat for seat in seats if seat.unit.kind in lookups.ABOVE), None)
        if not what or seat is None:
            return ""
        starts = self.plan.quiet.month_starts
        return (
            digest.look_up(self.plan, reader, seat, what, now, lambda period: figures_span(period, starts))
            or ""
        )

    def _events(self, reader: Reader, inbound: Inbound, seats: Sequence[Seat]) -> EventFacts | None:
        """What is known of events, where the message may be about one."""
        staff = any(seat.unit.kind in events.STAFF for seat in seats)
        if not events.may_concern(inbound, staff):
            return None
        asked = pushes.invitation(reader, [seat.id for seat in seats])
        changes = pushes.changes(reader)
        known = {event.id: event for event in self.plan.events}
        days = {event.id: current_day(self.plan, event, changes) for event in self.plan.events}
        last = asked is not None and not pushes.wrote_since(reader, inbound.address, asked.asked_at)
        coming = pushes.attending_all(reader) if staff else {}
        return EventFacts(known, {i: day for i, day in days.items() if day}, changes, asked, last, coming)

    def invite(self, reader: Reader, seat: Seat, asked_round: Round, address: Address) -> Sequence[Effect]:
        """The greeting that opens a round for a seat, pushed to ``address``."""
        now = self.now()
        report = self.report(reader, seat, asked_round, now)
        return check_in.invite(report, address, Facts(now, (seat,), None, report=report))

    def subject(self, pack_id: str, period: str) -> str:
        """What a round's report is called: "số tháng 3"."""
        return self._spoken(pack_id, "chị").subject.replace("${period}", period_label(period))

    def _reports(self, reader: Reader, seats: Sequence[Seat], now: datetime) -> list["_Waiting"]:
        """The open rounds of her seats: the nearest deadline ahead first, those past theirs last."""
        found: list[_Waiting] = []
        for open_round in in_turn(rounds.rounds_open(reader, now), now):
            level = self._levels.get(open_round.pack)
            for seat in seats:
                if level == seat.unit.kind and _asked(seat, open_round):
                    given = answers.submission(reader, seat.id, open_round.id)
                    submitted = given is not None and given.status == "submitted"
                    found.append(_Waiting(seat, open_round, submitted))
        return found

    def report(
        self, reader: Reader, seat: Seat, asked_round: Round, now: datetime, speaker: Person | None = None
    ) -> OpenReport:
        """One report as she is asked it, and how far she is. ``speaker`` answers it, if not the holder."""
        given = answers.submission(reader, seat.id, asked_round.id)
        kept = answers.answers(reader, seat.id, asked_round.id) if given else {}
        state = State.from_json(given.state if given else {}, kept)
        return OpenReport(
            seat, asked_round, self.questionnaire(reader, seat, asked_round, now, speaker), state
        )

    def questionnaire(
        self, reader: Reader, seat: Seat, asked_round: Round, now: datetime, speaker: Person | None = None
    ) -> Questionnaire:
        """The pack of a round in this seat's words and figures, spoken to its holder or ``speaker``."""
        person = speaker or seat.person
        due = _due(asked_round, now)

        def made() -> Questionnaire:
            return self._made(reader, seat, asked_round, now, person, due)

        if seat.unit.kind != "CH" or asked_round.pack in self._repeating:
            return made()  # what others below her answer changes hers
        return answers.recall_known(reader, seat.id, asked_round.id, (self, due, person), made)

    def _made(
        self, reader: Reader, seat: Seat, asked_round: Round, now: datetime, person: Person | None, due: str
    ) -> Questionnaire:
        form: AddressForm = person.address_form if person else "chị"
        pack = self._spoken(asked_round.pack, form)
        label = period_label(asked_round.period)
        return Questionnaire(
            pack,
            form,
            {"period": label, "unit": seat.unit.name, **self._figures(reader, seat, asked_round, now)},
            name=person.given_name if person else "",
            unit=seat.unit.name,
            subject=pack.subject.replace("${period}", label),
            superior=_given_name(seat.superior),
            title=self.plan.superiors.get(seat.unit.kind, ""),
            due=due,
            hotlines=self.hotlines,
            lists=self._lists(reader, seat, pack, now),
        )

    def _spoken(self, pack_id: str, form: AddressForm) -> Pack:
        key = (pack_id, form)
        if key not in self._packs:
            pack = self.plan.pack(pack_id)
            assert pack is not None  # noqa: S101 - rounds are opened from the plan's packs only
            self._packs[key] = speak_pack(pack, form)
        return self._packs[key]

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
    submitted: bool

    @property
    def key(self) -> tuple[Seat, Round]:
        return self.seat, self.round


def _choose(
    waiting: Sequence[_Waiting],
    proxy: _Waiting | None,
    conversation: Conversation | None,
    inbound: Inbound,
    now: datetime,
) -> tuple[tuple[Seat, Round] | None, tuple[Seat, Round] | None]:
    """The report talked about and the next one not yet given.

    She stays with the report of her conversation; once that is in, TIẾP goes to the next.
    """
    current = proxy or next((w for w in waiting if _is_current(w, conversation)), None)
    unsent = [w for w in waiting if not w.submitted and w is not current]
    if current is None or (current.submitted and unsent and _goes_on(inbound, now)):
        current = unsent.pop(0) if unsent else (waiting[-1] if waiting else None)
    following = unsent[0].key if unsent else None
    return (current.key if current else None), following


def _is_current(waiting: _Waiting, conversation: Conversation | None) -> bool:
    return conversation is not None and (waiting.seat.id, waiting.round.id) == (
        conversation.seat_id,
        conversation.round_id,
    )


def _asked(seat: Seat, asked_round: Round) -> bool:
    """Whether this seat reports in the round: a deputy does not beside her president, and a unit does
    that is there on the period's last day (mergers: `storage.queries.expected`)."""
    return seat.role != "commune_deputy" and owes(seat.unit, asked_round.period)


def _taken_before(reader: Reader, inbound: Inbound) -> bool:
    channel, message_id = inbound.address.channel, inbound.message_id
    return conversations.seen(reader, channel, message_id) or consent.seen_veiled(reader, channel, message_id)


def _settles(effects: Sequence[Effect], address: Address) -> bool:
    """Whether a topic said itself what becomes of the open matter."""
    return any(
        isinstance(effect, MatterOpened | MatterClosed) and effect.address == address for effect in effects
    )


def unnamed(effects: Sequence[Effect], inbound: Inbound) -> Sequence[Effect]:
    """The effects of a message of somebody we may not keep: her account and message id only as hashes.
    Once she has agreed and is tied to a seat or asks for one, what is said to her may name her."""
    agreed = any(isinstance(effect, SeatLinked | SeatRequested) for effect in effects)
    return tuple(_unnamed(effect, inbound, agreed) for effect in effects)


def _unnamed(effect: Effect, inbound: Inbound, agreed: bool) -> Effect:
    if isinstance(effect, MessageReceived):
        return replace(effect, veiled=True)
    if isinstance(effect, MessageQueued) and effect.outbound.address == inbound.address and not agreed:
        return replace(effect, veiled=True)
    return effect


def _goes_on(inbound: Inbound, now: datetime) -> bool:
    return understand(inbound.text, Expectation(), Context(now)).kind in ("start", "next")


def _code(inbound: Inbound) -> str:
    """The form in which a one-time code she sent is kept; "" where there is none."""
    code = inbound.start_code or (inbound.text if is_code(inbound.text) else "")
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
