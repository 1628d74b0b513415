"""One message whole: load the facts, choose the topic, answer, hand the effects to the writer.

``Turns(...)(inbound)`` gives the writer a ``decide``: it runs inside the transaction, reads once, and
is pure from there. A message seen before gives no effects: what was said to it is in the outbox
already. Long, because all that any message may need is loaded here, in one read and in one order.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter

from handlers.beside import Beside, words_of
from handlers.choosing import Waiting, choose, concerns, goes_on, is_asked, moves_on
from handlers.desk import Desk
from handlers.dialogue.engine import reopened
from handlers.dialogue.questionnaire import Questionnaire, speak_pack
from handlers.dialogue.state import State
from handlers.facts import AskedBack, Lock, Looked
from handlers.language.reading import Context, Expectation
from handlers.language.understand import contains_personal_data, understand
from handlers.reports import digest
from handlers.reports.dates import current_day
from handlers.texts import render
from handlers.topic import Door, EventFacts, Facts, FileFacts, HouseWords, OpenReport, Upcoming, Who, reply
from handlers.topics import TOPICS, check_in, events, lookups, report_file, staff_menu, staff_page
from storage import scope
from storage.domain.answers import Value
from storage.domain.codes import MOST_WRONG_CODES, code_sha256, is_code
from storage.domain.effects import (
    DeadLetterKept,
    DeadLetterRetried,
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
from storage.domain.sign_in import LINK_LIFE, token_sha256, widest
from storage.domain.staff import Return
from storage.plan.made import with_made
from storage.plan.model import Choice, Pack, Plan
from storage.plan.periods import figures_span, period_label, period_span
from storage.plan.remembered import Remembered, remembered_by
from storage.plan.rollups.catalogue import fields_of
from storage.queries import answers, consent, conversations, people, pushes, rounds, staff
from storage.queries.keeping import DeadLetter
from storage.queries.sign_in import link_token
from storage.writer import Decide, Reader


@dataclass(eq=False)
class Turns:
    """Turns messages into decisions. ``now`` is the clock's; ``hotlines`` the telephone numbers of
    settings by name (police, children, peace_house); ``page_url`` where the web server is reached, "" where
    staff cannot reach it; ``file_channels`` those a file can be sent by."""

    plan: Plan
    now: Callable[[], datetime]
    hotlines: Mapping[str, str]
    page_url: str = ""
    file_channels: frozenset[str] = frozenset()
    _packs: dict[tuple[str, AddressForm], Pack] = field(default_factory=dict)
    _sums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _remembered: dict[str, Remembered] = field(default_factory=dict)
    _made: int = 0

    def learn(self, reader: Reader) -> Plan:
        """The plan with the packs made in chat so far; looked at with every message, as another process
        may have made one."""
        made = staff.chat_packs_count(reader)
        if made != self._made:
            own = tuple(pack for pack in self.plan.packs if pack.frequency != "PH")
            plan = self.plan.model_copy(update={"packs": own})
            self.plan = with_made(plan, (each.definition for each in staff.chat_packs_all(reader)))
            self._made = made
            self._study()
        return self.plan

    def __post_init__(self) -> None:
        self._study()

    def _study(self) -> None:
        """What every turn asks of the plan, for the packs known now."""
        self._packs.clear()
        self._sums.clear()
        self._remembered.clear()
        self.__dict__.pop("_words", None)
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
        if words := staff_menu.chosen(inbound, facts):  # a number of the menu is its words
            inbound = replace(inbound, text=words, choice=None)
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

    def failed(self, inbound: Inbound, error: str = "") -> Decide:
        """What is kept and said when deciding on a message failed again and again: that it came, a dead
        letter with what of it may be kept, and a kind sentence. ``error`` names class and place."""

        def decide(reader: Reader) -> Sequence[Effect]:
            if _taken_before(reader, inbound):
                return ()
            silent = replace(inbound, text="", start_code=None)
            kept = silent if self._secret(inbound, reader) else replace(inbound, start_code=None)
            letter = DeadLetterKept(kept, self.now().astimezone(UTC), error)
            sorry = reply(inbound, self.now(), render("error", "chị"))
            known = consent.person_of(reader, inbound.address) is not None
            said = (MessageReceived(silent, "", "failed"), letter, sorry)
            return said if known else unnamed(said, inbound)

        return decide

    def _secret(self, inbound: Inbound, reader: Reader) -> bool:
        """Whether none of her words may be kept: a stranger's, personal data, an answer of which only the
        count is kept; also where that cannot be told, because telling is what fails."""
        try:
            facts = self.facts(inbound, reader)
            report = facts.report
            asked = report.questionnaire.by_name.get(report.state.asking or "") if report else None
            sensitive = asked is not None and asked.sensitive
            return not facts.seats or sensitive or bool(contains_personal_data(inbound.text))
        except Exception:
            return True

    def again(self, letter: DeadLetter) -> Decide:
        """A dead letter answered as if it came now, under a message id of its own; it is taken off the
        list in the same transaction. Raises whatever still makes it fail."""
        inbound = replace(letter.inbound, message_id=f"{letter.inbound.message_id}#{letter.tries + 1}")

        def decide(reader: Reader) -> Sequence[Effect]:
            done = DeadLetterRetried(letter.id, self.now().astimezone(UTC))
            return (*self.decide(inbound, reader), done)

        return decide

    def facts(self, inbound: Inbound, reader: Reader) -> Facts:
        """All that answering this message needs, in one read."""
        self.learn(reader)
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
            codes_closed=bool(_code(inbound)) and _guessed(reader, now),
        )
        return self._with_reports(facts, inbound, reader) if seats else facts

    def _with_reports(self, facts: Facts, inbound: Inbound, reader: Reader) -> Facts:
        """The facts with the report talked about and the next one."""
        now, speaker = facts.now, facts.seats[0].person
        conversation = conversations.conversation(reader, inbound.address)
        waiting = self._reports(reader, facts.seats, now)
        proxy = self._entered_for(reader, facts, conversation)
        report, following = choose(waiting, proxy, conversation, inbound, now)
        if proxy is None:
            report = self._closed(reader, facts.seats, conversation, inbound, now) or report
        facts = replace(
            facts,
            conversation=conversation,
            report=self.report(reader, *report, now, speaker) if report else None,
            next_report=self._upcoming(*following) if following else None,
            moved_on=proxy is None and moves_on(waiting, conversation, report),
            events=self._events(reader, inbound, facts.seats),
            lookup=self._lookup(reader, inbound, facts.seats, now),
            files=self._files(reader, inbound, now),
            door=self._door(reader, inbound, facts.seats, now),
        )
        desk = Desk(self.plan, reader, inbound, facts, lambda seat, of: self.report(reader, seat, of, now))
        asked_back, about_staff = self._asked_back(reader, facts, inbound), desk.staff()
        if asked_back is None and about_staff is None:
            return facts
        return replace(facts, asked_back=asked_back, staff=about_staff)

    def _asked_back(self, reader: Reader, facts: Facts, inbound: Inbound) -> AskedBack | None:
        """The figure asked back whose question is open, or that TIẾP comes back to when nothing waits."""
        own = {seat.id for seat in facts.seats}
        report, speaker = facts.report, facts.seats[0].person
        of_report = {report.seat.id} if report else set()
        open_returns = staff.open_returns(reader, own | of_report)
        if not open_returns:
            return None
        here = next((each for each in open_returns if report and _is_open(each, report)), None)
        mine = [each for each in open_returns if each.seat_id in own and each is not here]
        following = self.asked_back(reader, mine[0], facts.now, speaker) if mine else None
        if here is not None and report is not None:
            asked = self.asked_back(reader, here, facts.now, speaker)
            return replace(asked, report=report, following=following) if asked else None
        nothing_open = report is None or (report.state.submitted and report.state.stage == "done")
        if following is None or not nothing_open or inbound.choice is not None:
            return None
        return replace(following, resumed=True) if goes_on(inbound, facts.now) else None

    def asked_back(
        self, reader: Reader, asked: Return, now: datetime, speaker: Person | None = None
    ) -> AskedBack | None:
        """One question asked back, ready to be asked again; None if its report cannot be asked any more."""
        seat, of_round = people.seat(reader, asked.seat_id), rounds.round_by_id(reader, asked.round_id)
        if seat is None or of_round is None or self.plan.pack(of_round.pack) is None:
            return None
        report = self.report(reader, seat, of_round, now, speaker)
        if asked.question not in report.questionnaire.by_name:
            return None
        report = replace(report, state=reopened(report.state, asked.question))
        asker = people.seat(reader, asked.asked_by)
        return AskedBack(asked, report, asker, hide=asker is None or asker.unit.kind != "XA")

    def _upcoming(self, seat: Seat, asked_round: Round) -> Upcoming:
        pack = self._spoken(asked_round.pack, "chị")
        return Upcoming(seat, self.subject(pack.id, asked_round.period), len(pack.questions))

    def _entered_for(
        self, reader: Reader, facts: Facts, conversation: Conversation | None
    ) -> "Waiting | None":
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
        return Waiting(seat, talked, given is not None and given.status == "submitted")

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

    def _lookup(
        self, reader: Reader, inbound: Inbound, seats: Sequence[Seat], now: datetime
    ) -> Looked | None:
        """The list she asked for, where she has reports below her."""
        what = lookups.wanted(inbound)
        seat = next((seat for seat in seats if seat.unit.kind in lookups.ABOVE), None)
        if not what or seat is None:
            return None
        starts = self.plan.quiet.month_starts
        return digest.look_up(self.plan, reader, seat, what, now, lambda period: figures_span(period, starts))

    def _files(self, reader: Reader, inbound: Inbound, now: datetime) -> FileFacts | None:
        """Where she asks for the workbook: of the period that was asked last by the calendar."""
        if not report_file.is_asked(inbound):
            return None
        asked = [each for each in rounds.rounds_open(reader, now) if each.period.count("-") == 1]
        latest = max(asked, key=lambda each: each.opens_at).period if asked else ""
        takes = inbound.address.channel in self.file_channels
        link = f"{self.page_url}/staff/exports" if self.page_url else ""
        return FileFacts(latest, takes, link)

    def _door(self, reader: Reader, inbound: Inbound, seats: Sequence[Seat], now: datetime) -> Door | None:
        """A fresh link to the staff page, where she asked for one and may enter."""
        seat = widest(seats) if self.page_url and staff_page.wanted(inbound) else None
        if seat is None or seat.person is None:
            return None
        return door_for(reader, self.page_url, seat.id, seat.person.id, now)

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

    def _reports(self, reader: Reader, seats: Sequence[Seat], now: datetime) -> list["Waiting"]:
        """The open rounds of her seats: the nearest deadline ahead first, those past theirs last."""
        found: list[Waiting] = []
        levels = {seat.unit.kind for seat in seats}
        here = [each for each in rounds.rounds_open(reader, now) if self._levels.get(each.pack) in levels]
        for open_round in in_turn(here, now):
            level = self._levels[open_round.pack]
            for seat in seats:
                if level != seat.unit.kind or not is_asked(seat, open_round):
                    continue
                if concerns(reader, seat, open_round):
                    given = answers.submission(reader, seat.id, open_round.id)
                    submitted = given is not None and given.status == "submitted"
                    resting = submitted and given is not None and given.state.get("stage") == "done"
                    found.append(Waiting(seat, open_round, submitted, resting))
        return found

    def report(
        self, reader: Reader, seat: Seat, asked_round: Round, now: datetime, speaker: Person | None = None
    ) -> OpenReport:
        """One report as she is asked it, and how far she is. ``speaker`` answers it, if not the holder."""
        given = answers.submission(reader, seat.id, asked_round.id)
        kept = answers.answers(reader, seat.id, asked_round.id) if given else {}
        state = State.from_json(given.state if given else {}, kept)
        asked = self.questionnaire(reader, seat, asked_round, now, speaker)
        return OpenReport(seat, asked_round, asked, state, self._lock(reader, seat, asked_round))

    def _lock(self, reader: Reader, seat: Seat, asked_round: Round) -> Lock | None:
        """Who above has confirmed this seat's report, where the plan wants reports confirmed."""
        pack = self.plan.pack(asked_round.pack)
        if pack is None or not pack.approve:
            return None
        day = period_span(asked_round.period)[1]
        held = staff.approved_above(reader, asked_round.id, seat.unit.id, day)
        return Lock(people.unit_name(reader, held.unit_id), held.at) if held else None

    def questionnaire(
        self, reader: Reader, seat: Seat, asked_round: Round, now: datetime, speaker: Person | None = None
    ) -> Questionnaire:
        """The pack of a round in this seat's words and figures, spoken to its holder or ``speaker``."""
        person = speaker or seat.person
        due = _due(asked_round, now)

        def made() -> Questionnaire:
            return self._asked(reader, seat, asked_round, now, person, due)

        below = seat.unit.kind != "CH"  # what others below her answer changes hers, and who is there today
        known_by = (self, self._made, due, person, now.date() if below else None)
        return answers.recall_known(reader, seat.id, asked_round.id, known_by, made, below)

    def _asked(
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
        def told() -> dict[str, Value]:
            return self._told_before(reader, seat, asked_round)

        told_by = (self, self._made, "figures")
        figures = answers.recall_known(reader, seat.id, asked_round.id, told_by, told, below=False)
        named = self._remembered_by(asked_round.pack).fields
        if not any(name.startswith(("sum.", "count.")) for name in named):
            return figures
        stocks = self._summed_stocks(asked_round.pack)
        sums = answers.sums_below(reader, seat.unit.id, asked_round.period, stocks)
        below = {f"sum.{name}": value for name, value in sums.items()}
        count = answers.count_below(reader, seat.unit.id, now.date())
        return {**figures, **below, "count.CH": count}

    def _told_before(self, reader: Reader, seat: Seat, asked_round: Round) -> dict[str, Value]:
        """What this seat said before the round, and last time in it."""
        known = answers.known_values(
            reader, seat.id, asked_round.opens_at, self.plan.baselines, self._moves,
            self._remembered_by(asked_round.pack),
        )  # fmt: skip
        previous = answers.previous_values(reader, seat.id, asked_round.pack, asked_round.period)
        return {**known, **{f"last.{name}": value for name, value in previous.items()}}

    def _remembered_by(self, pack_id: str) -> Remembered:
        if pack_id not in self._remembered:
            pack = self.plan.pack(pack_id)
            assert pack is not None  # noqa: S101 - rounds are opened from the plan's packs only
            self._remembered[pack_id] = remembered_by(self.plan, pack)
        return self._remembered[pack_id]

    def _summed_stocks(self, pack_id: str) -> tuple[str, ...]:
        """The stocks whose sum over the branches this pack names: they hold until they are asked again."""
        if pack_id not in self._sums:
            pack = self.plan.pack(pack_id)
            words = pack.model_dump_json() if pack else ""
            known = fields_of(self.plan).items()
            stocks = (name for name, each in known if each.window == "stock")
            self._sums[pack_id] = tuple(name for name in stocks if f"${{sum.{name}}}" in words)
        return self._sums[pack_id]

    def _lists(
        self, reader: Reader, seat: Seat, pack: Pack, now: datetime
    ) -> Mapping[str, tuple[Choice, ...]]:
        if pack.id not in self._repeating:
            return {}
        below = answers.children(reader, seat.unit.id, now.date())
        branches = tuple(Choice(name=unit.code, label=unit.name) for unit in below)
        return {**self.plan.lists, "branches": branches}


def door_for(reader: Reader, page_url: str, seat_id: int, person_id: int, now: datetime) -> Door:
    """A link to the staff page that nobody can guess; whoever makes it records `StaffLinkMade`."""
    token = link_token(reader, secrets.token_urlsafe(32), person_id, now + LINK_LIFE)
    return Door(f"{page_url}/staff/enter?k={token}", token_sha256(token), seat_id, person_id)


def _taken_before(reader: Reader, inbound: Inbound) -> bool:
    channel, message_id = inbound.address.channel, inbound.message_id
    return conversations.seen(reader, channel, message_id) or consent.seen_veiled(reader, channel, message_id)


def _is_open(asked: Return, report: OpenReport) -> bool:
    """Whether the question asked back is the one open in this report."""
    same = (asked.seat_id, asked.round_id) == (report.seat.id, report.round.id)
    return same and report.state.asking == asked.question and report.state.stage in ("asking", "checking")


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
    if isinstance(effect, DeadLetterKept):
        return replace(effect, veiled=True)
    if isinstance(effect, MessageQueued) and effect.outbound.address == inbound.address and not agreed:
        return replace(effect, veiled=True)
    return effect


def _code(inbound: Inbound) -> str:
    """The form in which a one-time code she sent is kept; "" where there is none."""
    code = inbound.start_code or (inbound.text if is_code(inbound.text) else "")
    return code_sha256(code) if code else ""


def _guessed(reader: Reader, now: datetime) -> bool:
    """Whether so many wrong codes came in the last hour that somebody must be trying them."""
    since = (now - timedelta(hours=1)).astimezone(UTC)
    return consent.wrong_codes(reader, since, MOST_WRONG_CODES) >= MOST_WRONG_CODES


def _given_name(person: Person | None) -> str:
    return person.given_name if person else ""


def _due(asked_round: Round, now: datetime) -> str:
    """The last day in words, "18" within the month, "5/1" otherwise; "" once it is past."""
    due = asked_round.due_at.astimezone(now.tzinfo)
    if due < now:
        return ""
    same_month = (due.year, due.month) == (now.year, now.month)
    return f"{due.day}" if same_month else f"{due.day}/{due.month}"
