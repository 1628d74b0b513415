"""The check-in: the dialogue about one report, its events turned into facts to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.dialogue.engine import opening, resume_at, step
from handlers.dialogue.state import Line, Step, Submitted
from handlers.reporting import local_choice, locked_lines, step_effects
from handlers.topic import Facts, OpenReport, buttons, compose, push, reply, utc
from storage.domain.effects import (
    ConversationMoved,
    DraftMoved,
    Effect,
)
from storage.domain.messages import Address, Choice, Inbound


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
        taken = step(report.questionnaire, report.state, local_choice(inbound, report), facts.now)
        return tuple(self._effects(inbound, facts, report, taken))

    def _effects(self, inbound: Inbound, facts: Facts, report: OpenReport, taken: Step) -> Iterator[Effect]:
        yield from step_effects(inbound, facts, report, taken)
        lines = (*locked_lines(report, taken, facts), *_next(facts, taken))
        text = compose(lines, taken.options, facts.form)
        yield reply(inbound, facts.now, text, _choices(report, taken, facts))


def _choices(report: OpenReport, taken: Step, facts: Facts) -> tuple[Choice, ...]:
    return buttons(report, taken, facts.form)


def _next(facts: Facts, taken: Step) -> tuple[Line, ...]:
    waiting = facts.next_report
    if waiting is None or not any(isinstance(event, Submitted) for event in taken.events):
        return ()
    if taken.state.asking is not None:
        return ()
    return (Line("submitted.next", {"count": waiting.questions, "subject": waiting.subject}),)


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
