"""The check-in: the dialogue about one report, its events turned into facts to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.dialogue.engine import opening, resume_at, step
from handlers.dialogue.state import Answered, Event, Line, Postponed, Step, Submitted, TaskNeeded
from handlers.language.understand import contains_personal_data
from handlers.topic import Facts, OpenReport, buttons, compose, push, reply, utc
from storage.domain.answers import Answer
from storage.domain.effects import (
    AnswerRecorded,
    ConversationMoved,
    CorrectionRequested,
    DraftMoved,
    Effect,
    MessageReceived,
    ReminderRequested,
    ReportSubmitted,
    TaskRaised,
)
from storage.domain.messages import Address, Choice, Inbound
from storage.plan.expressions import format_value
from storage.plan.operations import is_ratio

#: Readings whose text must not be kept at all.
SECRET = frozenset({"refused"})


class CheckIn:
    """Takes everything from somebody who has a report to give."""

    name: ClassVar[str] = "check_in"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """There is a report open, or one just given."""
        return facts.report is not None

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step of the dialogue, and what it led to."""
        report = facts.report
        assert report is not None  # noqa: S101 - see takes
        taken = step(report.questionnaire, report.state, _local_choice(inbound, report), facts.now)
        return tuple(self._effects(inbound, facts, report, taken))

    def _effects(self, inbound: Inbound, facts: Facts, report: OpenReport, taken: Step) -> Iterator[Effect]:
        at = utc(facts.now)
        kept = "" if _secret(report, taken, inbound.text) else inbound.text
        received = inbound if kept == inbound.text else replace(inbound, text=kept)
        yield MessageReceived(received, kept, _reading(taken))
        yield ConversationMoved(inbound.address, at, report.seat.id, report.round.id)
        for event in taken.events:
            yield _recorded(event, inbound, facts, report)
        yield DraftMoved(report.seat.id, report.round.id, at, taken.state.to_json())
        lines = (*_closed_lines(report, taken, facts), *_next(facts, taken))
        text = compose(lines, taken.options, facts.form)
        yield reply(inbound, facts.now, text, _choices(report, taken, facts))


def _reading(taken: Step) -> str:
    """How it was read, with the values taken: "answer=41/62". A text of hers is in the message itself."""
    values = [value for event in taken.events if isinstance(event, Answered) for value in _told(event.answer)]
    return f"{taken.reading}={', '.join(values)}" if values else taken.reading


def _told(answer: Answer) -> list[str]:
    values = answer.values.values()
    return [format_value(value) for value in values if not isinstance(value, str | list) or is_ratio(value)]


def _secret(report: OpenReport, taken: Step, text: str) -> bool:
    """Whether her words must not be kept: a case, personal data, an answer of which only the count is."""
    question = report.questionnaire.by_name.get(report.state.asking or "")
    sensitive = question is not None and question.sensitive
    return taken.reading in SECRET or sensitive or bool(contains_personal_data(text))


def _local_choice(inbound: Inbound, report: OpenReport) -> Inbound:
    """A button's token without its round; one of another round names no prompt of this one."""
    if inbound.choice is None:
        return inbound
    round_id, _, rest = inbound.choice.partition("|")
    return replace(inbound, choice=rest if round_id == str(report.round.id) else "")


def _choices(report: OpenReport, taken: Step, facts: Facts) -> tuple[Choice, ...]:
    return buttons(report, taken, facts.form)


def _closed(report: OpenReport, facts: Facts) -> bool:
    """Whether the province has closed the round: a change is a request then (guide 8.7)."""
    closed = report.round.closed_at
    return closed is not None and closed <= facts.now


def _closed_lines(report: OpenReport, taken: Step, facts: Facts) -> tuple[Line, ...]:
    """In a closed round "I changed it" becomes "I asked the province"."""
    closed = report.round.closed_at
    if closed is None or not _closed(report, facts):
        return taken.lines
    day = closed.astimezone(facts.now.tzinfo)
    subject = report.questionnaire.subject
    told = {"subject": subject[:1].upper() + subject[1:], "day": f"{day.day}/{day.month}"}
    return tuple(
        Line("correction.requested", {**told, **line.params}) if line.key == "corrected" else line
        for line in taken.lines
    )


def _next(facts: Facts, taken: Step) -> tuple[Line, ...]:
    waiting = facts.next_report
    if waiting is None or not any(isinstance(event, Submitted) for event in taken.events):
        return ()
    if taken.state.asking is not None:
        return ()
    count = len(waiting.questionnaire.pack.questions)
    return (Line("submitted.next", {"count": count, "subject": waiting.questionnaire.subject}),)


def _recorded(event: Event, inbound: Inbound, facts: Facts, report: OpenReport) -> Effect:
    seat_id, round_id, at = report.seat.id, report.round.id, utc(facts.now)
    match event:
        case Answered(answer) if _closed(report, facts):
            before = report.state.answers.get(answer.question)
            return CorrectionRequested(
                seat_id, round_id, answer.question, before.values if before else {}, answer.values, at
            )
        case Answered(answer):
            return AnswerRecorded(seat_id, round_id, at, answer, inbound.address, inbound.message_id)
        case Submitted():
            return ReportSubmitted(seat_id, round_id, at)
        case Postponed(until):
            return ReminderRequested(seat_id, round_id, at, utc(until))
        case TaskNeeded(kind, question):
            return TaskRaised(kind, seat_id, round_id, question, at)


def invite(report: OpenReport, address: Address, facts: Facts) -> tuple[Effect, ...]:
    """The greeting pushed when a round opens, once a seat and round."""
    taken = opening(report.questionnaire, facts.now)
    text = compose(taken.lines, taken.options, facts.form)
    key = f"open:{report.seat.id}:{report.round.id}"
    at = utc(facts.now)
    return (
        ConversationMoved(address, at, report.seat.id, report.round.id),
        DraftMoved(report.seat.id, report.round.id, at, taken.state.to_json()),
        push(address, facts.now, text, _choices(report, taken, facts), key),
    )


def ask(report: OpenReport, address: Address, facts: Facts) -> tuple[Effect, ...]:
    """The first question of a short report pushed at once, without the greeting of a long one (the
    results of an event, guide 8.5), once a seat and round."""
    begun = replace(report.state, stage="asking", asking=None)
    silence = Inbound(address, "", facts.now, text="")
    taken = resume_at(report.questionnaire, begun, silence, facts.now)
    head = Line("ask.event", {"name": report.questionnaire.name, "subject": report.questionnaire.subject})
    text = compose((head, *taken.lines), taken.options, facts.form)
    key = f"open:{report.seat.id}:{report.round.id}"
    at = utc(facts.now)
    return (
        ConversationMoved(address, at, report.seat.id, report.round.id),
        DraftMoved(report.seat.id, report.round.id, at, taken.state.to_json()),
        push(address, facts.now, text, _choices(report, taken, facts), key),
    )
