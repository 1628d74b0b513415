"""What a step of the dialogue about a report leads to: the facts to keep, whoever's topic it is."""

from collections.abc import Iterator
from dataclasses import replace

from handlers.dialogue.state import Answered, Event, Line, Postponed, Step, Submitted, TaskNeeded
from handlers.language.understand import contains_personal_data
from handlers.topic import Facts, OpenReport, first_big, utc
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
from storage.domain.messages import Inbound
from storage.plan.expressions import format_value
from storage.plan.operations import is_ratio

#: Readings whose text must not be kept at all.
SECRET = frozenset({"refused"})


def step_effects(inbound: Inbound, facts: Facts, report: OpenReport, taken: Step) -> Iterator[Effect]:
    """Everything to keep of a step about ``report``; what is said is not among it."""
    at = utc(facts.now)
    kept = "" if _secret(report, taken, inbound.text) else inbound.text
    yield MessageReceived(replace(inbound, text=kept), kept, _reading(taken))
    yield ConversationMoved(inbound.address, at, report.seat.id, report.round.id)
    for event in taken.events:
        yield _recorded(event, inbound, facts, report)
    yield DraftMoved(report.seat.id, report.round.id, at, taken.state.to_json())


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


def local_choice(inbound: Inbound, report: OpenReport) -> Inbound:
    """A button's token without its round; one of another round names no prompt of this one."""
    if inbound.choice is None:
        return inbound
    round_id, _, rest = inbound.choice.partition("|")
    return replace(inbound, choice=rest if round_id == str(report.round.id) else "")


def locked(report: OpenReport, facts: Facts) -> bool:
    """Whether the province has closed the round, or a unit above has confirmed the report: a change is a
    request then (guide 8.7)."""
    closed = report.round.closed_at
    confirmed = report.lock is not None and report.state.submitted
    return confirmed or (closed is not None and closed <= facts.now)


def _recorded(event: Event, inbound: Inbound, facts: Facts, report: OpenReport) -> Effect:
    seat_id, round_id, at = report.seat.id, report.round.id, utc(facts.now)
    match event:
        case Answered(answer) if locked(report, facts):
            before = report.state.answers.get(answer.question)
            return CorrectionRequested(
                seat_id,
                round_id,
                answer.question,
                before.values if before else {},
                answer.values,
                at,
                answer.state,
            )
        case Answered(answer):
            return AnswerRecorded(seat_id, round_id, at, answer, inbound.address, inbound.message_id)
        case Submitted():
            return ReportSubmitted(seat_id, round_id, at)
        case Postponed(until):
            return ReminderRequested(seat_id, round_id, at, utc(until))
        case TaskNeeded(kind, question):
            return TaskRaised(kind, seat_id, round_id, question, at)


def locked_lines(report: OpenReport, taken: Step, facts: Facts) -> tuple[Line, ...]:
    """In a closed or confirmed report "I changed it" becomes "I asked for it"."""
    if not locked(report, facts):
        return taken.lines
    subject = first_big(report.questionnaire.subject)
    closed = report.round.closed_at
    key, day, told = "correction.requested", closed, {"subject": subject}
    if report.lock is not None and (closed is None or closed > facts.now):
        key, day, told = "correction.requested.approved", report.lock.at, {**told, "who": report.lock.by}
    if day is None:
        return taken.lines
    local = day.astimezone(facts.now.tzinfo)
    told["day"] = f"{local.day}/{local.month}"
    return tuple(
        Line(key, {**told, **line.params}) if line.key == "corrected" else line for line in taken.lines
    )
