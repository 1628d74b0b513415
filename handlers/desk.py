"""The facts of staff's work: loaded in one read, only where a message is about it.

Everything she may see lies in her scope (`storage.scope`), which is looked at anew with every message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from handlers import usage
from handlers.dialogue.engine import told_value
from handlers.dialogue.state import Line
from handlers.facts import (
    Audience,
    Board,
    Card,
    OpenReport,
    Reported,
    Request,
    RoundLine,
    Sent,
    SheetResult,
    StaffFacts,
    ToApprove,
)
from handlers.granting import decider
from handlers.language.staff_orders import StaffOrder, read_pause, read_staff_order
from handlers.looking import Looking
from handlers.reports.tallies import tally
from handlers.staffing import BACK, LISTED
from handlers.topic import picked
from storage import scope
from storage.domain.answers import Answer, AnswerState
from storage.domain.folding import fold
from storage.domain.people import Seat, Unit, UnitKind
from storage.domain.rounds import Round
from storage.domain.staff import Broadcast, ChatPack
from storage.plan.periods import period_label, period_span
from storage.queries import answers, channels, people, progress, rounds, staff
from storage.queries.expected import owes
from storage.queries.pushes import Correction, open_corrections, pauses_on

#: Stages of a report of her own in which nothing is asked.
IDLE = frozenset({"new", "greeting", "done", "summary"})

#: Readings of a message that is a command of the dialogue, never an order of staff.
_NO_ORDER = frozenset({"next", "start", "restart", "back", "help", "later", "mute", "unmute", "human"})


@dataclass(frozen=True)
class Desk(Looking):
    """Looks up what one message of staff is about."""

    def staff(self) -> StaffFacts | None:
        """The facts; None where she is no staff, or says something else."""
        if not self.facts.who.powers:
            return None
        order = self._order()
        matter = self.facts.matter
        about = order.kind if order else _OF_MATTER.get(matter.kind, "") if matter else ""
        load = _LOADERS.get(about)
        found = load(self, order) if load else None
        return self._named() if order is None and (found is None or found == StaffFacts()) else found

    def _order(self) -> StaffOrder | None:
        if self.inbound.choice is not None or self.inbound.attachment is not None:
            return None
        given = self.facts.who.order
        if given is not None and given.kind == "approve" and not self.facts.places.waiting:
            return StaffOrder("approve_reports")
        if self.facts.who.reading in _NO_ORDER or given is not None:
            return None
        return read_staff_order(self.inbound.text)

    def _named(self) -> StaffFacts | None:
        """An indicator's or a unit's name and nothing else, where no question of hers is open."""
        report = self.facts.report
        if self.inbound.choice is not None or self.inbound.attachment is not None:
            return None
        if self.facts.who.reading != "ask" or self.facts.who.order is not None:
            return None
        if report is not None and report.state.stage not in IDLE:
            return None
        if self.facts.matter is not None and self.facts.matter.kind not in _OF_MATTER:
            chosen = self.facts.matter.kind == "seats" and self.facts.places.wanted is not None
            return None if chosen else self._unit_named()
        return self.named_indicators(sure=True) or self._unit_named() or self.named_indicators(sure=False)

    def _unit_named(self) -> StaffFacts | None:
        found = self.find(self.inbound.text)
        return replace(self._seen(found), named=True) if found else None

    # --- places

    # --- how far a round is

    def progress(self, order: StaffOrder | None) -> StaffFacts:
        """For TIẾN ĐỘ: the open rounds, or one of them below a unit, or one unit."""
        if order is not None and order.target:
            return replace(self._seen(self.find(order.target)), order=order)
        if order is None:
            return self._picked()
        return replace(self._top(), order=order)

    def _top(self) -> StaffFacts:
        """All open rounds, or the only one."""
        lines = self._lines(self.home.unit)
        if len(lines) == 1:
            return StaffFacts(board=self.board(lines[0].round, self.home.unit))
        return StaffFacts(rounds=lines)

    def _lines(self, unit: Unit) -> tuple[RoundLine, ...]:
        boards = (self.board(asked, unit) for asked in rounds.rounds_open(self.reader, self.facts.now))
        return tuple(board.line for board in boards if board is not None)

    def _picked(self) -> StaffFacts:
        """What the number she typed stands for, or one level up for LẠI."""
        details = self.facts.matter.details if self.facts.matter else {}
        stage = str(details.get("stage", ""))
        if fold(self.inbound.text).strip(" .!") in BACK and self.inbound.choice is None:
            return self._up(details, stage)
        number = picked(self.inbound, "progress", stage)
        listed = details.get("rounds") if stage == "rounds" else details.get("units")
        if number is None or not listed or not 1 <= number <= len(listed):
            return StaffFacts()
        chosen = int(listed[number - 1])
        asked = rounds.round_by_id(self.reader, int(details.get("round") or 0))
        if stage == "rounds":
            asked = rounds.round_by_id(self.reader, chosen)
            return StaffFacts(board=self.board(asked, self.home.unit) if asked else None)
        return self._down(chosen, asked)

    def _down(self, unit_id: int, asked: Round | None) -> StaffFacts:
        """One unit of a list: its own list where others report below it, else its card."""
        day = period_span(asked.period)[1] if asked else self.facts.now.date()
        if not scope.reaches(self.reader, self.facts.seats, unit_id, day):
            return StaffFacts()
        unit = people.unit(self.reader, unit_id)
        board = self.board(asked, unit) if asked and unit else None
        if board is not None:
            return StaffFacts(board=board)
        seat = people.head_seat(self.reader, unit_id)
        return StaffFacts(card=self._card(seat) if seat else None)

    def _up(self, details: Mapping[str, Any], stage: str) -> StaffFacts:
        asked = rounds.round_by_id(self.reader, int(details.get("round") or 0))
        unit = people.unit(self.reader, int(details.get("unit") or 0))
        if asked is None or unit is None or details.get("card"):
            return self._top()
        if stage == "card":
            return StaffFacts(board=self.board(asked, unit))
        day = period_span(asked.period)[1]
        above = staff.parent_on(self.reader, unit.id, day)
        inside = above is not None and scope.reaches(self.reader, self.facts.seats, above, day)
        parent = people.unit(self.reader, above) if above is not None and inside else None
        return StaffFacts(board=self.board(asked, parent)) if parent else self._top()

    def _seen(self, found: tuple[Seat, ...]) -> StaffFacts:
        """The one unit found, or those to choose from."""
        if len(found) != 1:
            return StaffFacts(found=found)
        seat = found[0]
        asked = rounds.rounds_open(self.reader, self.facts.now)
        boards = [board for each in asked if (board := self.board(each, seat.unit)) is not None]
        return StaffFacts(found=found, card=self._card(seat), board=boards[-1] if boards else None)

    def _card(self, seat: Seat) -> Card:
        """Its open rounds, and the figures of its last report."""
        asked = [
            each
            for each in rounds.rounds_open(self.reader, self.facts.now)
            if (pack := self.plan.pack(each.pack)) is not None
            and pack.level == seat.unit.kind
            and owes(seat.unit, each.period)
        ]
        done = staff.reported_rounds(self.reader, seat.id)
        last = rounds.round_by_id(self.reader, done[0]) if done else None
        shown = [each for each in asked if last is None or each.id != last.id]
        reports = [self._status(seat, each) for each in shown]
        if last is not None:
            given = answers.submission(self.reader, seat.id, last.id)
            at = given.submitted_at if given else None
            reports.append(replace(self.reported(seat, last), submitted_at=at))
        return Card(seat, people.address_of(self.reader, seat.id) is not None, tuple(reports))

    def _status(self, seat: Seat, asked: Round) -> Reported:
        pack = self.plan.pack(asked.pack)
        subject = pack.subject.replace("${period}", period_label(asked.period)) if pack else ""
        given = answers.submission(self.reader, seat.id, asked.id)
        return Reported(seat, asked, subject, given.submitted_at if given else None)

    # --- a figure asked back

    def returning(self, order: StaffOrder | None) -> StaffFacts:
        """For HỎI: the unit meant, its last report, what is asked back already."""
        found = self._listed(order.target) or self.find(order.target) if order else ()
        seat = found[0] if len(found) == 1 else None if order else self.facts.places.wanted
        if seat is None:
            return StaffFacts(order, found)
        reported = self._reported(seat)
        back = staff.open_returns(self.reader, [seat.id])
        return StaffFacts(
            order, found, False, seat, self.told(seat), reported,
            tuple(each for each in back if reported and each.round_id == reported.round.id),
        )  # fmt: skip

    def _listed(self, target: str) -> tuple[Seat, ...]:
        """HỎI 2: the second unit of the list just shown."""
        matter = self.facts.matter
        units = matter.details.get("units") if matter and target.isdecimal() else None
        if not units or not 1 <= int(target) <= len(units):
            return ()
        unit_id, day = int(units[int(target) - 1]), self.facts.now.date()
        inside = scope.reaches(self.reader, self.facts.seats, unit_id, day)
        seat = people.head_seat(self.reader, unit_id) if inside else None
        return (seat,) if seat else ()

    def _reported(self, seat: Seat) -> Reported | None:
        """The report the matter is about, else the seat's last one."""
        kept = self.facts.matter.details.get("round") if self.facts.matter else None
        done = staff.reported_rounds(self.reader, seat.id)
        chosen = int(kept) if kept in done else done[0] if done else None
        asked = rounds.round_by_id(self.reader, chosen) if chosen else None
        return self.reported(seat, asked) if asked else None

    # --- broadcasts

    def broadcast(self, order: StaffOrder | None) -> StaffFacts:
        """For THÔNG BÁO: whom a message may reach."""
        return StaffFacts(order, seat=self.home, audiences=self._audiences())

    def _audiences(self) -> tuple[Audience, ...]:
        """Each level below hers alone, then all of them."""
        day = self.facts.now.date()
        levels = staff.levels_below(self.reader, self.home.unit.id, day)
        each: list[tuple[UnitKind, ...]] = [(level,) for level in LADDER if level in levels]
        several = [tuple(level for level in LADDER if level in levels)] if len(each) > 1 else []
        return tuple(self._audience(chosen) for chosen in [*each, *several])

    def _audience(self, levels: tuple[UnitKind, ...]) -> Audience:
        reach = staff.reach(self.reader, levels, self.home.unit.id, self.facts.now.date())
        usages = channels.usages(self.reader, f"{self.facts.now:%Y-%m}")
        quota = [
            f"{usage.title(each.channel)}: {usage.used(each)}"
            for each in usages
            if each.channel in reach.channels
        ]
        named = {usage.title(channel): count for channel, count in reach.channels.items()}
        return Audience(levels, replace(reach, channels=named), tuple(quota))

    def broadcasts(self, order: StaffOrder | None) -> StaffFacts:
        """For KẾT QUẢ THÔNG BÁO: what became of her last one."""
        last = staff.broadcasts_of(self.reader, [seat.id for seat in self.facts.seats], 1)
        return StaffFacts(order, sent=self._sent(last[0]) if last else None)

    def _sent(self, sent: Broadcast) -> Sent:
        day = sent.at.astimezone(self.facts.now.tzinfo).date()
        counts: dict[str, int] = dict.fromkeys(STATES.values(), 0)
        for (state, _), many in staff.delivered(self.reader, sent, day).items():
            counts[STATES[state]] += many
        missed = staff.not_reached(self.reader, sent, day, LISTED)
        reached = counts["broadcast.count.sent"]
        return Sent(
            sent.at, sent.said, tuple(counts.items()),
            tuple((unit, WHY[state]) for unit, state, _ in missed),
            sum(counts.values()) - reached,
        )  # fmt: skip

    # --- requests to change a figure

    def requests(self, order: StaffOrder | None) -> StaffFacts:
        """For ĐỀ NGHỊ: those that her unit decides, the oldest first."""
        own = {seat.unit.id for seat in self.facts.seats}
        found = []
        for request in open_corrections(self.reader, limit=REQUESTS):
            by = decider(self.plan, self.reader, request)
            if by is not None and by.unit.id in own and (shown := self._request(request)) is not None:
                found.append(shown)
        return StaffFacts(order, requests=tuple(found))

    def _request(self, request: Correction) -> Request | None:
        seat = people.seat(self.reader, request.seat_id)
        asked = rounds.round_by_id(self.reader, request.round_id)
        if seat is None or asked is None:
            return None
        report = self.report_in(seat, asked)
        if request.question not in report.questionnaire.by_name:
            return None
        return Request(
            request.id, seat, asked.id, request.question, request.after, request.state,
            self._words(request, report, self.hides), self._words(request, report, False), self.told(seat),
        )  # fmt: skip

    def _words(self, request: Correction, report: OpenReport, hide: bool) -> dict[str, Any]:
        questionnaire, name = report.questionnaire, request.question

        def said(values: Mapping[str, Any], state: AnswerState) -> Any:
            given = replace(
                report.state, answers={**report.state.answers, name: Answer(name, state, dict(values))}
            )
            return told_value(questionnaire, given, name, self.facts.now, hide)

        before = said(request.before, "given") if request.before else Line("missing")
        return {
            "subject": questionnaire.subject, "label": questionnaire.by_name[name].summary,
            "before": before, "after": said(request.after, request.state),
        }  # fmt: skip

    # --- confirming reports

    def approvals(self, order: StaffOrder | None) -> StaffFacts:
        """For DUYỆT SỐ: the rounds her unit confirms, those closed long ago left out."""
        since = self.facts.now - APPROVED_WITHIN
        found = []
        for asked in rounds.all_rounds(self.reader):
            pack = self.plan.pack(asked.pack)
            begun = asked.opens_at <= self.facts.now
            recent = asked.closed_at is None or asked.closed_at > since
            if pack is not None and pack.approve and begun and recent:
                board = self.board(asked, self.home.unit)
                found += [self._to_approve(board)] if board else []
        return StaffFacts(order, seat=self.home, approvals=tuple(found))

    def _to_approve(self, board: Board) -> ToApprove:
        asked, level = board.line.round, board.line.level
        held = staff.approvals_of(self.reader, asked.id)
        day = period_span(asked.period)[1]
        above = staff.approved_above(self.reader, asked.id, board.unit.id, day)
        return ToApprove(
            replace(board.line, approval=held.get(board.unit.id)),
            tuple(row.unit.name for row in board.rows if row.unit.kind == level and not row.actual),
            tuple(row.unit.name for row in board.rows if row.unit.kind != level and row.unit.id not in held),
            people.unit_name(self.reader, above.unit_id) if above else "",
        )

    # --- sheets of questions

    def sheet(self, order: StaffOrder | None) -> StaffFacts:
        """For PHIẾU HỎI: whom it may ask; once results are looked at, those."""
        matter = self.facts.matter
        if matter is not None and matter.details.get("stage") == "results" and order is None:
            return self.results(order)
        number = len(staff.chat_packs_all(self.reader)) + 1
        audiences = self._audiences()
        return StaffFacts(order, seat=self.home, audiences=audiences, next_sheet=f"PH-{number}")

    def results(self, order: StaffOrder | None) -> StaffFacts:
        """For KẾT QUẢ: the sheets her unit has asked, the last first."""
        own = {seat.unit.id for seat in self.facts.seats}
        mine = [each for each in staff.chat_packs_all(self.reader) if each.unit_id in own]
        shown = (self._sheet_result(each) for each in mine[::-1][:LISTED])
        return StaffFacts(order, sheets=tuple(each for each in shown if each is not None))

    def _sheet_result(self, made: ChatPack) -> SheetResult | None:
        pack = self.plan.pack(made.pack)
        period = made.at.astimezone(self.facts.now.tzinfo).date().isoformat()
        asked = rounds.round_of(self.reader, made.pack, period)
        unit = people.unit(self.reader, made.unit_id)
        board = self.board(asked, unit) if pack and asked and unit else None
        if pack is None or asked is None or board is None:
            return None
        given = progress.given_values(
            self.reader, asked.id, pack.level, made.unit_id, period_span(asked.period)[1]
        )
        names = {row.unit.id: row.unit.name for row in board.rows}
        tallies = tuple(tally(question, given, names) for question in pack.questions)
        return SheetResult(pack.id, pack.title, board.line.actual, board.line.expected, tallies)

    # --- pauses and the menu

    def pausing(self, order: StaffOrder | None) -> StaffFacts:
        """For TẠM DỪNG and NHẮC LẠI: the unit meant, her own where none is named; what is paused there."""
        words = ""
        if order is not None:
            words = read_pause(order.target).unit if order.kind == "pause" else order.target
        found = self.find(words)
        seat = self.home if order is not None and not words else None
        if seat is None:
            seat = found[0] if len(found) == 1 else None if order else self.facts.places.wanted
        return StaffFacts(order, found, seat=seat, paused=self._paused(seat) if seat else ())

    def _paused(self, seat: Seat) -> tuple[tuple[int | None, str], ...]:
        day = self.facts.now.date()
        whole = seat.unit.parent_id is None
        found: list[tuple[int | None, str]] = []
        for pause in pauses_on(self.reader, self.facts.now):
            if pause.unit_id is None:
                found += [(None, seat.unit.name)] if whole else []
            elif scope.inside(self.reader, pause.unit_id, seat.unit.id, day):
                found.append((pause.unit_id, people.unit_name(self.reader, pause.unit_id)))
        return tuple(dict.fromkeys(found))

    def menu(self, order: StaffOrder | None) -> StaffFacts | None:
        """For MENU: nothing while a question of her own report is open, whose menu it is then."""
        report = self.facts.report
        open_ = report is not None and report.state.stage not in IDLE
        return None if open_ or order is None else StaffFacts(order)


#: How long after a round was closed its reports may still be confirmed.
APPROVED_WITHIN = timedelta(days=45)

#: So many requests are looked through at once; the others come when these are decided.
REQUESTS = 200

#: Levels from the branches up.
LADDER: tuple[UnitKind, ...] = ("CH", "XA", "TT", "HU", "BAN")

#: What is said of a broadcast's messages by the state of their pushes.
STATES = {
    "sent": "broadcast.count.sent", "delivered": "broadcast.count.sent",
    "scheduled": "broadcast.count.waiting", "queued": "broadcast.count.waiting",
    "muted": "broadcast.count.muted", "cleared": "broadcast.count.muted",
    "failed": "broadcast.count.failed", "without": "broadcast.count.without",
}  # fmt: skip

WHY = {
    "scheduled": "broadcast.why.waiting", "queued": "broadcast.why.waiting", "muted": "broadcast.why.muted",
    "cleared": "broadcast.why.muted", "failed": "broadcast.why.failed", "without": "broadcast.why.without",
}  # fmt: skip

_OF_MATTER = {
    "returns": "return",
    "progress": "progress",
    "indicators": "indicators",
    "broadcast": "broadcast",
    "requests": "requests",
    "approvals": "approve_reports",
    "sheet": "sheet",
    "pauses": "pause",
    "staff_menu": "menu",
}
_LOADERS: Mapping[str, Callable[[Desk, StaffOrder | None], StaffFacts | None]] = {
    "return": Desk.returning,
    "progress": Desk.progress,
    "indicators": Desk.indicators,
    "broadcast": Desk.broadcast,
    "broadcasts": Desk.broadcasts,
    "requests": Desk.requests,
    "approve_reports": Desk.approvals,
    "unapprove": Desk.approvals,
    "sheet": Desk.sheet,
    "results": Desk.results,
    "pause": Desk.pausing,
    "resume": Desk.pausing,
    "menu": Desk.menu,
}
