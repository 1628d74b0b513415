"""What is said unasked: pushes that fall together, made one message in a person's own words.

``Words.compose`` takes the pushes of one person and a moment; it reads what it needs, says the most
pressing thing whole and the others in a line each, and never says more than fits one message. What is no
longer worth saying (the report is begun, everybody has sent) is named in ``done``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from handlers import usage
from handlers.dialogue.questionnaire import Sheet
from handlers.reports import digest
from handlers.reports.feedback import feedback
from handlers.texts import render
from handlers.topic import Facts, OpenReport
from handlers.topics import check_in, returned
from handlers.turn import Turns
from storage.domain.effects import AttendanceAsked, ConversationMoved, Effect, MessageQueued
from storage.domain.figures import Progress
from storage.domain.messages import Address, Choice, Outbound
from storage.domain.people import AddressForm, Seat
from storage.domain.pushes import Push
from storage.plan.model import Event, Plan
from storage.plan.periods import VIETNAM, period_of
from storage.queries import channels, progress, pushes, rounds, staff
from storage.writer import Reader

#: No message is longer (domain guide 8.1), but for lists that were asked for.
LIMIT = 500

#: Kinds that are about one report of the seat's own.
REPORT_KINDS = ("open", "nudge", "reminder")

#: As many missing units as are named; the others are counted.
NAMED = 6

WEEKDAYS = (
    "weekday.monday", "weekday.tuesday", "weekday.wednesday", "weekday.thursday", "weekday.friday",
    "weekday.saturday", "weekday.sunday",
)  # fmt: skip


@dataclass
class Message:
    """One message in the making: its pieces, the pushes they say, and what goes with them. ``done`` are
    pushes that need not be said, by why."""

    pieces: list[str] = field(default_factory=list)
    choices: tuple[Choice, ...] = ()
    said: list[Push] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    done: dict[str, list[int]] = field(default_factory=dict)
    picture: str = ""

    @property
    def text(self) -> str:
        """The message as it stands."""
        return "\n".join(self.pieces)

    def drop(self, part: Push, why: str) -> None:
        """Not said at all."""
        self.done.setdefault(why, []).append(part.id)


@dataclass(frozen=True)
class _Case:
    """Whom a message is for and when. ``now`` aware, local; ``solemn``: no emoji."""

    reader: Reader
    seat: Seat
    address: Address
    now: datetime
    solemn: bool
    kept: digest.Kept

    @property
    def form(self) -> AddressForm:
        return self.seat.person.address_form if self.seat.person else "chị"

    @property
    def name(self) -> str:
        return self.seat.person.given_name if self.seat.person else ""

    def say(self, key: str, **params: object) -> str:
        said = render(key, self.form, **params)
        return said.replace(" 🌸", "") if self.solemn else said


class Words:
    """Turns pushes into messages."""

    def __init__(self, turns: Turns, span: Callable[[str], tuple[date, date]]) -> None:
        """``span``: the days a period's figures are of (`scheduler.rules.rounds.Rules.span`)."""
        self._turns, self._span = turns, span
        self._events = {event.id: event for event in turns.plan.events}

    @property
    def _plan(self) -> Plan:
        """The plan as the turns know it: with the packs made in chat."""
        return self._turns.plan

    def compose(
        self,
        reader: Reader,
        seat_of: Mapping[int, Seat],
        address: Address,
        parts: Sequence[Push],
        now: datetime,
        solemn: bool = False,
        kept: digest.Kept | None = None,
    ) -> Message:
        """One message of the parts that fit it, in the order given; ``now`` aware, local. ``kept``: what
        was read for others at this moment."""
        message = Message()
        for part in parts:
            if any(_same(part, said) for said in message.said):
                message.said.append(part)
                continue
            case = _Case(reader, seat_of[part.seat_id], address, now, solemn, {} if kept is None else kept)
            before = (len(message.text), message.choices, len(message.effects), message.picture)
            piece = self._piece(case, part, message)
            if not piece:
                continue
            if message.pieces and before[0] + 1 + len(piece) > LIMIT:
                message.choices, message.picture = before[1], before[3]
                del message.effects[before[2] :]
                continue
            message.pieces.append(piece)
            message.said.append(part)
        return message

    def _piece(self, case: _Case, part: Push, message: Message) -> str:
        """What one part says; "" if nothing is to be said."""
        first = not message.pieces
        if part.kind in REPORT_KINDS:
            return self._about_report(case, part, message)
        if part.kind == "correction":
            return self._correction(case, part, message)
        said = _OTHERS[part.kind](self, case, part, message)
        hello = case.say("push.hello", name=case.name)
        return f"{hello} {said}" if said and first else said

    # --- a report

    def _about_report(self, case: _Case, part: Push, message: Message) -> str:
        report = self._report(case, part)
        if report is None:
            message.drop(part, "closed")
            return ""
        if message.pieces or message.choices:
            return self._also(case, report)
        if part.kind == "open":
            return self._opening(case, part, report, message)
        at = case.now.astimezone(VIETNAM)
        message.effects.append(ConversationMoved(case.address, at, report.seat.id, report.round.id))
        return self._nudge(case, part, report)

    def _report(self, case: _Case, part: Push) -> OpenReport | None:
        asked = rounds.round_by_id(case.reader, part.round_id) if part.round_id else None
        if asked is None or self._plan.pack(asked.pack) is None:
            return None
        if asked.closed_at is not None and asked.closed_at <= case.now:
            return None
        return self._turns.report(case.reader, case.seat, asked, case.now)

    def _opening(self, case: _Case, part: Push, report: OpenReport, message: Message) -> str:
        """The greeting of the check-in, or the first question of what comes after an event."""
        if report.state.stage != "new" or report.state.answers:
            message.drop(part, "begun")
            return ""
        pack = report.questionnaire.pack
        facts = Facts(case.now, (case.seat,), None, report=report)
        begin = check_in.ask if pack.frequency == "SK" else check_in.invite
        for effect in begin(report, case.address, facts):
            if isinstance(effect, MessageQueued):
                message.choices = effect.outbound.choices
                text = effect.outbound.text
            else:
                message.effects.append(effect)
        return text

    def _also(self, case: _Case, report: OpenReport) -> str:
        params = {
            "subject": report.questionnaire.subject,
            "unit": case.seat.unit.name,
            "count": _left(report),
        }
        due = report.round.due_at.astimezone(VIETNAM)
        if due < case.now:
            return case.say("push.also.late", **params)
        return case.say("push.also", **params, day=f"{due.day}/{due.month}")

    def _nudge(self, case: _Case, part: Push, report: OpenReport) -> str:
        due = report.round.due_at.astimezone(VIETNAM)
        days = (due.date() - case.now.date()).days
        params = {
            "name": case.name,
            "unit": case.seat.unit.name,
            "subject": report.questionnaire.subject,
            "count": _left(report),
            "minutes": max(1, round(report.questionnaire.pack.minutes * _left(report) / _all(report))),
        }
        if part.kind == "reminder":
            subject = report.questionnaire.subject
            return case.say("nudge.asked", **{**params, "subject": subject[:1].upper() + subject[1:]})
        if days < 0 or due < case.now:
            last = part.params.get("last", False)
            superior = self._superior(case)
            return case.say("nudge.last" if last else "nudge.overdue", **params, superior=superior)
        if days == 0:
            return case.say("nudge.today", **params, day=f"{due.day}/{due.month}")
        if days == 1:
            return case.say("nudge.tomorrow", **params, day=f"{due.day}/{due.month}")
        return case.say("nudge.before", **params, day=f"{_weekday(due)} {due.day}/{due.month}")

    def _superior(self, case: _Case) -> str:
        """Who helps: "chị Lan (Chủ tịch Hội xã)"."""
        if case.seat.superior is None:
            return case.say("superior.unknown")
        title = self._plan.superiors.get(case.seat.unit.kind, "") or case.say("superior.title")
        return case.say("superior", name=case.seat.superior.given_name, title=title)

    # --- a figure asked back

    def _correction(self, case: _Case, part: Push, message: Message) -> str:
        """The question of guide 8.7; it waits for a message of its own where another question is open."""
        asked = staff.return_by_key(case.reader, str(part.params.get("of", part.key)))
        if asked is None or asked.state != "open":
            message.drop(part, "settled")
            return ""
        back = self._turns.asked_back(case.reader, asked, case.now)
        if back is None:
            message.drop(part, "closed")
            return ""
        if message.choices or any(isinstance(effect, ConversationMoved) for effect in message.effects):
            return ""
        facts = Facts(case.now, (case.seat,), None)
        text, message.choices = returned.question(back, facts)
        message.effects.extend(returned.opened(back, case.address, facts))
        return text

    # --- who is missing

    def _escalation(self, case: _Case, part: Push, message: Message) -> str:
        asked = rounds.round_by_id(case.reader, part.round_id) if part.round_id else None
        pack = self._plan.pack(asked.pack) if asked else None
        if asked is None or pack is None or (asked.closed_at is not None and asked.closed_at <= case.now):
            message.drop(part, "closed")
            return ""
        span = self._span(asked.period)
        found = digest.progress_of(case.reader, asked, pack, span, case.kept)
        here = found.get(case.seat.unit.id, Progress())
        reader, round_id, level_ = case.reader, asked.id, pack.level
        missing = digest.once(
            case.kept, ("missing", round_id),
            lambda: progress.missing_by_parent(reader, round_id, level_, span),
        )  # fmt: skip
        absent = missing.get(case.seat.unit.id, [])
        if not absent:
            message.drop(part, "all_in")
            return ""
        level = self._plan.levels[pack.level]
        names = [short_name(unit.name, level) for unit in absent]
        return case.say(
            "escalation",
            time=f"{case.now:%H:%M}", actual=here.actual, expected=here.expected, level=_small(level),
            subject=self._subject(asked.pack, asked.period), missing=_listed(case, names, _small(level)),
            who=case.say(_WHO.get(len(names), "escalation.many")), first=names[0].upper(),
        )  # fmt: skip

    def _subject(self, pack_id: str, period: str) -> str:
        return self._turns.subject(pack_id, period)

    # --- events

    def _event(self, case: _Case, part: Push, message: Message) -> str:
        event = self._events.get(part.event)
        if event is None:
            message.drop(part, "no_event")
            return ""
        if part.step == "coming":
            return case.say("event.coming", month=event.month, event=event.name)
        day = date.fromisoformat(part.params["day"])
        place = part.params.get("place") or event.place
        where = case.say("event.place", place=place) if place else ""
        said = self._reminder(case, event, day, where)
        if event.rsvp and part.params.get("invite") and not message.choices:
            message.choices = invitation_choices(case.form, event.id)
            message.effects.append(AttendanceAsked(event.id, day.isoformat(), case.seat.id, case.now))
            numbered = " · ".join(f"{choice.number} {choice.label}" for choice in message.choices)
            asked = case.say("event.invite")
            return f"{said} {asked}\n{numbered}"
        return said

    def _reminder(self, case: _Case, event: Event, day: date, where: str) -> str:
        days = (day - case.now.date()).days
        named = _day(day) in event.name  # "Ngày Gia đình Việt Nam 28/6" says its day itself
        words = {"event": event.name, "day": _day(day), "days": days}
        if event.kind == "drive":
            return self._drive(case, event, words)
        if days < 0:
            return case.say("event.after", event=event.name, days=-days)
        if days == 0 and event.kind == "traditional":
            return case.say("event.wishes", event=event.name)
        if days == 0:
            return case.say("event.today", event=event.name, place=where)
        if days == 1:
            when = "" if named else f" {words['day']}"
            return case.say("event.tomorrow", event=event.name, day=when, place=where)
        when = "" if named else f", {words['day']}"
        said = case.say("event.days", **{**words, "day": when}, place=where)
        count = self._questions_after(event, case.seat.unit.kind)
        photos = case.say("event.photos", unit=case.seat.unit.name, count=count)
        return f"{said} {photos}" if count else said

    def _drive(self, case: _Case, event: Event, words: dict[str, object]) -> str:
        if event.ends is not None:
            return case.say("event.drive", event=event.name, day=words["day"], ends=_day(event.ends))
        if words["days"] == 1:
            return case.say("event.drive.ends", event=_small(event.name), day=words["day"])
        return case.say("event.drive.ends.soon", **{**words, "event": _small(event.name)})

    def _questions_after(self, event: Event, level: str) -> int:
        packs = [pack for name in event.results if (pack := self._plan.pack(name)) is not None]
        asked = [pack for pack in packs if pack.level == level and pack.frequency == "SK"]
        return sum(
            question.type not in ("note", "calculate") for pack in asked for question in pack.questions
        )

    def _news(self, case: _Case, part: Push, message: Message) -> str:
        """What changed since she was last told of the event; nothing if that still holds."""
        status, day = part.params["status"], part.params.get("day", "")
        told = pushes.last_told(case.reader, part.seat_id, part.event)
        if told is None or told == (status, day):
            message.drop(part, "known")
            return ""
        event = self._events[part.event].name
        old = _day(date.fromisoformat(told[1])) if told[1] else ""
        if status != "fixed":
            return case.say(_NEWS[status], event=event, old=case.say("event.old", old=old) if old else "")
        where = ", ".join(each for name in ("time", "place") if (each := part.params.get(name)))
        place = case.say("event.place", place=where) if where else ""
        new = _day(date.fromisoformat(day))
        return case.say("event.moved" if old else "event.refixed", event=event, old=old, new=new, place=place)

    def _note(self, case: _Case, part: Push, message: Message) -> str:
        event = self._events.get(part.event)
        if event is not None:
            return case.say("event.ask_date", event=event.name, month=event.month, id=event.id)
        return str(part.params.get("text", ""))

    def _said(self, case: _Case, part: Push, message: Message) -> str:
        """What was put into words when it was planned."""
        return str(part.params["text"])

    def _feedback(self, case: _Case, part: Push, message: Message) -> str:
        """Her figures beside her commune's average, if she reported and enough others did."""
        asked = rounds.round_by_id(case.reader, int(part.params["round"]))
        pack = self._plan.pack(asked.pack) if asked else None
        parent = case.seat.unit.parent_id
        if asked is None or pack is None or parent is None:
            message.drop(part, "nothing_new")
            return ""
        day = self._span(asked.period)[1]
        reports: dict[int, dict[str, Any]] = {}
        for unit, values in progress.given_values(case.reader, asked.id, pack.level, parent, day):
            reports.setdefault(unit, {}).update(values)
        own = reports.get(case.seat.unit.id, {})
        subject = self._subject(asked.pack, asked.period)
        said = feedback(pack, subject, own, list(reports.values()), case.form) if own else ""
        if not said:
            message.drop(part, "nothing_new")
        return said.replace(" 🌸", "") if case.solemn else said

    def _digest(self, case: _Case, part: Push, message: Message) -> str:
        found = digest.digest(
            self._plan, case.reader, case.seat, part.params, case.now, self._span, case.kept
        )
        if found is None:
            message.drop(part, "nothing_new")
            return ""
        text = "\n".join([found.text, *self._limits(case)])
        before = pushes.last_said(case.reader, part.seat_id, "digest", part.event)
        _, _, news = text.partition("\n")
        if (news or text) in before:
            message.drop(part, "nothing_new")
            return ""
        message.picture = found.picture
        return text

    def _limits(self, case: _Case) -> list[str]:
        """For the province: which channel's plan is nearly used up this month."""
        if case.seat.unit.kind != "TI":
            return []
        return usage.warnings(channels.usages(case.reader, period_of("T", case.now.date())), case.form)


def _same(part: Push, said: Push) -> bool:
    """Whether what was said is about the same report, or the same event: once is enough."""
    if part.seat_id != said.seat_id:
        return False
    if part.kind in REPORT_KINDS:
        return said.kind in REPORT_KINDS and part.round_id == said.round_id
    return part.kind == "event" and said.kind == "event" and part.event == said.event


_NEWS = {"postponed": "event.postponed", "cancelled": "event.cancelled"}
_WHO = {1: "escalation.one", 2: "escalation.two"}
_OTHERS: Mapping[str, Callable[[Words, _Case, Push, Message], str]] = {
    "escalation": Words._escalation,
    "event": Words._event,
    "news": Words._news,
    "note": Words._note,
    "result": Words._said,
    "broadcast": Words._said,
    "feedback": Words._feedback,
    "digest": Words._digest,
}


def invitation_choices(form: AddressForm, event: str) -> tuple[Choice, ...]:
    """ "1 Sẽ dự · 2 Không dự"."""
    keys = ("event.invite.yes", "event.invite.no")
    return tuple(
        Choice(number, render(key, form), f"rsvp|{event}:{number}")
        for number, key in enumerate(keys, start=1)
    )


def queued(message: Message, address: Address, at: datetime, key: str) -> MessageQueued:
    """The message for the outbox; ``at`` aware, UTC."""
    outbound = Outbound(address, message.text, message.choices, file=message.picture)
    return MessageQueued(outbound, at, "push", key=key)


def _left(report: OpenReport) -> int:
    """How many questions are still open."""
    sheet = Sheet(report.questionnaire, report.state.answers)
    return max(sum(question.name not in sheet.answers for question in sheet.counted), 1)


def _all(report: OpenReport) -> int:
    return max(len(Sheet(report.questionnaire, report.state.answers).counted), 1)


def short_name(name: str, level: str) -> str:
    """ "Chi hội xóm 5" among branches is "xóm 5"."""
    return (
        name[len(level) :].strip()
        if name.lower().startswith(level.lower()) and len(name) > len(level)
        else name
    )


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _listed(case: _Case, names: Sequence[str], level: str) -> str:
    """ "xóm 5 và xóm 9"; a long list ends with how many more."""
    if len(names) > NAMED:
        return case.say(
            "escalation.more", names=", ".join(names[:NAMED]), count=len(names) - NAMED, level=level
        )
    if len(names) == 1:
        return names[0]
    return case.say("list.and", first=", ".join(names[:-1]), last=names[-1])


def _weekday(moment: datetime) -> str:
    return render(WEEKDAYS[moment.weekday()], "chị")


def _day(day: date) -> str:
    """ "08/3", "28/6"."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{day.day:02}/{month}"
