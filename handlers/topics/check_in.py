"""The check-in: the dialogue about one report, its events turned into facts to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from handlers.dialogue.engine import opening, resume_at, step
from handlers.dialogue.state import Answered, Line, Step, Submitted
from handlers.facts import ONWARD
from handlers.reporting import local_choice, locked_lines, step_effects
from handlers.texts import render
from handlers.topic import Facts, OpenReport, buttons, compose, push, reply, utc
from storage.domain.effects import (
    ConversationMoved,
    DraftMoved,
    Effect,
)
from storage.domain.messages import Address, Choice, Inbound

#: Stages of a report of which nothing was asked yet.
UNBEGUN = ("new", "greeting")


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
        if facts.moved_on:
            taken = _begun(report, inbound, facts)
        else:
            taken = step(report.questionnaire, report.state, local_choice(inbound, report), facts.now)
        return tuple(self._effects(inbound, facts, report, taken))

    def _effects(self, inbound: Inbound, facts: Facts, report: OpenReport, taken: Step) -> Iterator[Effect]:
        yield from step_effects(inbound, facts, report, taken)
        offered = _next(facts, taken)
        lines = (*locked_lines(report, taken, facts), *offered)
        text = compose(lines, taken.options, facts.form)
        choices = _offer(report, facts) if offered else _choices(report, taken, facts)
        yield reply(inbound, facts.now, text, choices)


def _choices(report: OpenReport, taken: Step, facts: Facts) -> tuple[Choice, ...]:
    return buttons(report, taken, facts.form)


def _begun(report: OpenReport, inbound: Inbound, facts: Facts) -> Step:
    """What is open of a report she went on to, without another greeting."""
    state = replace(report.state, stage="asking") if report.state.stage in UNBEGUN else report.state
    onward = replace(inbound, text="TIẾP", choice=None)
    return resume_at(report.questionnaire, state, onward, facts.now)


def _next(facts: Facts, taken: Step) -> tuple[Line, ...]:
    """Another report that waits, once this one is in and its last question answered. Hers stays the one
    talked of, so that SỬA is about what she just sent."""
    waiting = facts.next_report
    told = any(isinstance(event, Answered | Submitted) for event in taken.events)
    if waiting is None or not told or taken.state.stage != "done":
        return ()
    return (Line("submitted.next", {"count": waiting.questions, "subject": waiting.subject}),)


def _offer(report: OpenReport, facts: Facts) -> tuple[Choice, ...]:
    return (Choice(1, render("submitted.next.go", facts.form), f"{report.round.id}|{ONWARD}"),)


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
