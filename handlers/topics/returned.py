"""A figure asked back (domain guide 8.7): she types the right one, or GIỮ; only that question is open.

The report stays given, with the time at which it first came; what she said before goes to the history.
She is told what was changed, and so is who asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from handlers.dialogue.engine import laid_down, open_choices, reopened, step, told_value
from handlers.dialogue.state import Answered, Line, Postponed, State, Step
from handlers.facts import AskedBack, OpenReport
from handlers.reporting import local_choice, locked, locked_lines, step_effects
from handlers.texts import render
from handlers.topic import Facts, buttons, compose, first_big, reply, say, utc
from storage.domain.answers import Answer
from storage.domain.effects import ConversationMoved, DraftMoved, Effect, PushesPlanned
from storage.domain.folding import fold
from storage.domain.messages import Address, Choice, Inbound
from storage.domain.pushes import NewPush
from storage.domain.staff import ReturnOutcome
from storage.domain.staff_effects import ReturnSettled

_KEEP = re.compile(r"(?:chi |co |bac )?(?:van )?giu(?: nguyen| lai| so cu| so nay| nhu cu)?(?: nhe| a| em)*")

#: How long who asked is told of it.
_LASTS = timedelta(days=7)


class Returned:
    """Takes what is said while the question asked back is open; TIẾP opens it when nothing else waits."""

    name: ClassVar[str] = "returned"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """`handlers.turn` has found it open."""
        return facts.asked_back is not None

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Ask it, keep the figure, or take the new one."""
        asked = facts.asked_back
        assert asked is not None  # noqa: S101 - see takes
        answer = _Answer(inbound, facts, asked)
        if asked.resumed:
            return tuple(answer.ask_again())
        if _keeps(inbound, facts):
            return tuple(answer.keep())
        return tuple(answer.take())


def _keeps(inbound: Inbound, facts: Facts) -> bool:
    if inbound.choice is not None:
        return False
    return _KEEP.fullmatch(fold(inbound.text).strip(" .!")) is not None or facts.who.reading == "next"


@dataclass(frozen=True)
class _Answer:
    inbound: Inbound
    facts: Facts
    asked: AskedBack

    @property
    def report(self) -> OpenReport:
        return self.asked.report

    def ask_again(self) -> Iterator[Effect]:
        """The question, because she came back to it."""
        state = reopened(self.report.state, self.asked.asked.question)
        taken = Step(state, reading=self.facts.who.reading)
        yield from step_effects(self.inbound, self.facts, self.report, taken)
        text, choices = question(self.asked, self.facts)
        yield reply(self.inbound, self.facts.now, text, choices)

    def keep(self) -> Iterator[Effect]:
        """It is right as it is."""
        before = self.report.state.answers.get(self.asked.asked.question)
        taken = Step(laid_down(self.report.state), reading="answer")
        yield from self._settled(taken, "kept", before, (Line("return.kept", self._told(before)),))

    def take(self) -> Iterator[Effect]:
        """A step of the dialogue; where it gave an answer, the matter is settled."""
        inbound = local_choice(self.inbound, self.report)
        taken = step(self.report.questionnaire, self.report.state, inbound, self.facts.now)
        given = [event.answer for event in taken.events if isinstance(event, Answered)]
        answer = next((each for each in given if each.question == self.asked.asked.question), None)
        if answer is None:
            yield from self._put_off(taken)
            taken = taken.having(events=tuple(e for e in taken.events if not isinstance(e, Postponed)))
            yield from step_effects(self.inbound, self.facts, self.report, taken)
            text = compose(locked_lines(self.report, taken, self.facts), taken.options, self.facts.form)
            yield reply(self.inbound, self.facts.now, text, buttons(self.report, taken, self.facts.form))
            return
        before = self.report.state.answers.get(answer.question)
        if before is not None and (before.state, before.values) == (answer.state, answer.values):
            yield from self._settled(taken, "kept", answer, (Line("return.kept", self._told(answer)),))
        elif locked(self.report, self.facts):
            lines = tuple(each for each in locked_lines(self.report, taken, self.facts) if _requested(each))
            yield from self._settled(taken, "requested", answer, lines)
        else:
            told = {**self._told(answer), "before": self._words(before)}
            yield from self._settled(taken, "changed", answer, (Line("return.changed", told),))

    def _put_off(self, taken: Step) -> Iterator[Effect]:
        """ĐỂ SAU: the question is asked again at the time she named."""
        until = next((event.until for event in taken.events if isinstance(event, Postponed)), None)
        seat, asked = self.report.seat, self.asked.asked
        if until is None or seat.person is None:
            return
        due, at = utc(until), utc(self.facts.now)
        key = f"{asked.key}:{self.inbound.message_id}"
        later = NewPush(
            key, "correction", seat.id, seat.person.id, due, due + _LASTS, params={"of": asked.key}
        )
        yield PushesPlanned((later,), at)

    def _settled(
        self, taken: Step, outcome: ReturnOutcome, answer: Answer | None, lines: Sequence[Line]
    ) -> Iterator[Effect]:
        more = _follows(self.report, taken)
        if more is None:  # only this question was asked again: no other is opened after it
            taken = taken.having(state=laid_down(taken.state), options=())
        else:
            lines = (*lines, *more)
        yield from step_effects(self.inbound, self.facts, self.report, taken)
        yield ReturnSettled(self.asked.asked.id, outcome, utc(self.facts.now))
        yield from self._tell_asker(outcome, answer)
        form = self.facts.form
        text, choices = compose(lines, taken.options, form), buttons(self.report, taken, form)
        if self.asked.following is not None and more is None:
            following = self._following(self.asked.following, taken.state)
            yield from opened(following, self.inbound.address, self.facts)
            said, choices = question(following, self.facts)
            text = f"{text}\n{said}"
        yield reply(self.inbound, self.facts.now, text, choices)

    def _following(self, following: AskedBack, state: State) -> AskedBack:
        """The next figure asked back; of the same report as this step left it."""
        report = following.report
        if report.round.id == self.report.round.id and report.seat.id == self.report.seat.id:
            report = replace(report, state=state)
        return replace(following, report=report)

    def _words(self, answer: Answer | None, hide: bool = False) -> Line | str:
        state = self.report.state
        if answer is None:
            return Line("missing")
        state = replace(state, answers={**state.answers, answer.question: answer})
        return told_value(self.report.questionnaire, state, answer.question, self.facts.now, hide)

    def _told(self, answer: Answer | None, hide: bool = False) -> dict[str, object]:
        questionnaire = self.report.questionnaire
        now = self.facts.now
        return {
            "label": questionnaire.by_name[self.asked.asked.question].summary,
            "subject": questionnaire.subject, "unit": questionnaire.unit, "who": _asker(self.asked),
            "asker": first_big(_asker(self.asked)),
            "value": self._words(answer, hide), "after": self._words(answer, hide),
            "time": f"{now:%H:%M}", "day": f"{now.day}/{now.month}",
        }  # fmt: skip

    def _tell_asker(self, outcome: ReturnOutcome, answer: Answer | None) -> Iterator[Effect]:
        asker = self.asked.asker
        if asker is None or asker.person is None:
            return
        hide, form = self.asked.hide, asker.person.address_form
        before = self.report.state.answers.get(self.asked.asked.question)
        told = {**self._told(answer, hide), "before": self._words(before, hide)}
        text = say(Line(_TO_ASKER[outcome], told), form)
        at = utc(self.facts.now)
        key = f"returned:{self.asked.asked.id}"
        news = NewPush(key, "result", asker.id, asker.person.id, at, at + _LASTS, params={"text": text})
        yield PushesPlanned((news,), at)


_TO_ASKER: dict[ReturnOutcome, str] = {
    "changed": "return.told.changed",
    "kept": "return.told.kept",
    "requested": "return.told.requested",
}


def _requested(line: Line) -> bool:
    return line.key.startswith("correction.requested")


def _follows(report: OpenReport, taken: Step) -> tuple[Line, ...] | None:
    """The question that the new answer has made part of the report, in words; None if there is none."""
    name = taken.state.asking
    if name is None or report.questionnaire.by_name[name].after_submit:
        return None
    return tuple(line for line in taken.lines if line.key in ("question", "hint", "previous"))


def _asker(asked: AskedBack) -> str:
    """Who asks, as she is spoken of: "chị Lan ở Xã Nam Hoa"."""
    seat = asked.asker
    if seat is None:
        return render("superior.unknown", "chị")
    if seat.person is None:
        return seat.unit.name
    return render("return.who", seat.person.address_form, name=seat.person.given_name, unit=seat.unit.name)


def question(asked: AskedBack, facts: Facts) -> tuple[str, tuple[Choice, ...]]:
    """The message of guide 8.7 in the words of the one who answers, and its choices."""
    report, name = asked.report, asked.asked.question
    questionnaire, state = report.questionnaire, reopened(report.state, name)
    told = {
        "name": questionnaire.name, "who": _asker(asked), "subject": questionnaire.subject,
        "label": questionnaire.by_name[name].summary, "reason": first_big(asked.asked.reason).rstrip(" ."),
        "value": told_value(questionnaire, report.state, name, facts.now, hide=False),
    }  # fmt: skip
    options = open_choices(questionnaire, state, facts.now)
    taken = Step(state, options=options)
    form = questionnaire.form
    return compose((Line("return.ask", told),), options, form), buttons(report, taken, form)


def opened(asked: AskedBack, address: Address, facts: Facts) -> Iterator[Effect]:
    """The account talks about this report now, with the question open."""
    report, at = asked.report, utc(facts.now)
    state = reopened(report.state, asked.asked.question)
    yield ConversationMoved(address, at, report.seat.id, report.round.id)
    yield DraftMoved(report.seat.id, report.round.id, at, state.to_json())
