"""What the phone page shows, read from the database: the chat, and what is stored beside it."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.web.render import text, word
from bot.web.values import photos_in, said
from handlers.dialogue.questionnaire import Sheet
from handlers.topic import OpenReport
from storage.domain.answers import Answer
from storage.domain.messages import Address, Choice
from storage.domain.people import Seat
from storage.domain.rounds import Round, in_turn
from storage.plan.model import Plan, Question
from storage.queries import answers, conversations, panel, people, rounds
from storage.queries.conversations import Line
from storage.writer import Reader

#: More of the past than this nobody scrolls back to on a training page.
TRANSCRIPT_LIMIT = 200

#: One report as the turn sees it: `handlers.turn.Turns.report`.
ReportOf = Callable[[Reader, Seat, Round, datetime], OpenReport]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message was read: the kind, and the values taken in Vietnamese form, "" for none."""

    kind: str
    values: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. ``choices`` are its buttons, ``old`` once another message of the bot came after;
    ``photo`` names a photo (`photo_name`); ``withheld``: what she wrote was not kept;
    ``reading``: how it was read."""

    key: str
    mine: bool
    text: str
    at: datetime
    choices: tuple[Choice, ...] = ()
    old: bool = False
    photo: str = ""
    attachment: str = ""
    withheld: bool = False
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the report and what is stored of it. ``state`` is the answer's, or open, waiting."""

    number: int
    label: str
    value: str
    state: str
    raw: str = ""
    at: datetime | None = None
    photos: tuple[str, ...] = ()
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was replaced."""

    label: str
    before: str
    at: datetime
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A report in its round."""

    title: str
    round: Round
    status: str = "waiting"
    submitted_at: datetime | None = None
    done: int = 0
    count: int = 0
    rows: tuple[Row, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The panel: the report talked about, the others that are open, the outbox, the last reading."""

    now: datetime
    report: Report | None = None
    others: tuple[Report, ...] = ()
    waiting: int = 0
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """One seat's phone."""

    seat: Seat
    linked: bool
    bubbles: tuple[Bubble, ...]
    stored: Stored


@dataclass(frozen=True, slots=True)
class View:
    """Reads for the page. ``photos`` is the folder stored photos are in, None if none are kept."""

    plan: Plan
    report_of: ReportOf
    channel: str
    photos: Path | None = None

    def address(self, seat: Seat) -> Address:
        """The account of a phone is its seat's code."""
        return Address(self.channel, seat.code)

    def phone(self, reader: Reader, seat: Seat, now: datetime) -> Phone:
        """Everything about one phone. ``now`` aware, local."""
        address = self.address(seat)
        lines = conversations.transcript(reader, address, TRANSCRIPT_LIMIT)
        stored = self.stored(reader, seat, now, lines)
        return Phone(seat, people.linked(reader, address), tuple(bubbles(lines)), stored)

    def transcript(self, reader: Reader, seat: Seat) -> tuple[Bubble, ...]:
        """The chat."""
        return tuple(bubbles(conversations.transcript(reader, self.address(seat), TRANSCRIPT_LIMIT)))

    def stored(
        self, reader: Reader, seat: Seat, now: datetime, lines: Sequence[Line] | None = None
    ) -> Stored:
        """The panel."""
        address = self.address(seat)
        if lines is None:
            lines = conversations.transcript(reader, address, TRANSCRIPT_LIMIT)
        current, others = self._rounds(reader, seat, now)
        return Stored(
            now,
            self._whole(reader, seat, current, now) if current else None,
            tuple(self._brief(reader, seat, other, now) for other in others),
            sum(line.state == "waiting" for line in lines),
            panel.last_reading(reader, address),
        )

    def _rounds(self, reader: Reader, seat: Seat, now: datetime) -> tuple[Round | None, list[Round]]:
        """The round talked about, else the one the turn would ask (due next, overdue ones last); and the
        other open ones of her level."""
        mine = [
            asked
            for asked in in_turn(rounds.rounds_open(reader, now), now)
            if (pack := self.plan.pack(asked.pack)) is not None and pack.level == seat.unit.kind
        ]
        conversation = conversations.conversation(reader, self.address(seat))
        talked = conversation.round_id if conversation and conversation.seat_id == seat.id else None
        current = rounds.round_by_id(reader, talked) if talked else None
        if current is None or self.plan.pack(current.pack) is None:
            current = next(iter(mine), None)
        return current, [other for other in mine if current is None or other.id != current.id]

    def _brief(self, reader: Reader, seat: Seat, asked: Round, now: datetime) -> Report:
        return _headline(reader, self.report_of(reader, seat, asked, now))

    def _whole(self, reader: Reader, seat: Seat, asked: Round, now: datetime) -> Report:
        report = self.report_of(reader, seat, asked, now)
        return replace(
            _headline(reader, report),
            rows=tuple(_rows(report, panel.answered_at(reader, seat.id, asked.id))),
            changes=tuple(_changes(report, answers.history(reader, seat.id, asked.id))),
        )

    def photo(self, reader: Reader, seat: Seat, name: str, now: datetime) -> Path | None:
        """The file of a photo this seat sent or has in its report, by its `photo_name`; else None."""
        paths = {
            line.path
            for line in conversations.transcript(reader, self.address(seat), TRANSCRIPT_LIMIT)
            if line.path
        }
        current, _ = self._rounds(reader, seat, now)
        if current is not None:
            report = self.report_of(reader, seat, current, now)
            paths.update(
                path for question, answer in _answered(report) for path in photos_in(question, answer)
            )
        known = {photo_name(path): path for path in paths}
        return self._file(known[name]) if name in known else None

    def _file(self, path: str) -> Path | None:
        """Only below the photo folder, whatever the database says."""
        if self.photos is None:
            return None
        folder = self.photos.resolve()
        file = (folder / path).resolve()
        return file if file.is_relative_to(folder) and file.is_file() else None


def photo_name(path: str) -> str:
    """How the page names a photo: nothing of where it lies can be read from it."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def bubbles(lines: Sequence[Line]) -> Iterator[Bubble]:
    """The lines as shown: only the buttons of the bot's last message are fresh."""
    last_out = max((n for n, line in enumerate(lines) if line.direction == "out"), default=-1)
    labels = {c.token: f"{c.number} {c.label}" for line in lines for c in line.choices}
    for n, line in enumerate(lines):
        if line.direction == "out":
            words = _without_numbers(line)
            yield Bubble(line.message_id, False, words, line.at, line.choices, old=n != last_out)
        else:
            yield _hers(line, labels)


def _without_numbers(line: Line) -> str:
    """The text without "1 Rồi · 2 Chưa" at its end: the buttons below say the same."""
    numbered = " · ".join(f"{choice.number} {choice.label}" for choice in line.choices)
    return line.text.removesuffix(numbered).rstrip() if numbered else line.text


def _hers(line: Line, labels: dict[str, str]) -> Bubble:
    kind_of_reading, _, values = line.reading.partition("=")
    read = Reading(kind_of_reading, values)
    if line.choice is not None:
        words = labels.get(line.choice, text("phone.old_choice"))
        return Bubble(line.message_id, True, words, line.at, reading=read)
    photo = photo_name(line.path) if line.path else ""
    kind = line.attachment or ""
    return Bubble(
        line.message_id, True, line.text, line.at,
        photo=photo, attachment=kind, withheld=not line.text and not kind, reading=read,
    )  # fmt: skip


def _headline(reader: Reader, report: OpenReport) -> Report:
    given = answers.submission(reader, report.seat.id, report.round.id)
    sheet = Sheet(report.questionnaire, report.state.answers)
    return Report(
        report.questionnaire.subject,
        report.round,
        given.status if given else "waiting",
        given.submitted_at if given else None,
        sum(question.name in sheet.answers for question in sheet.asked),
        len(sheet.counted),
    )


def _answered(report: OpenReport) -> Iterator[tuple[Question, Answer]]:
    for question in report.questionnaire.questions:
        answer = report.state.answers.get(question.name)
        if answer is not None:
            yield question, answer


def _rows(report: OpenReport, times: dict[str, datetime]) -> Iterator[Row]:
    sheet = Sheet(report.questionnaire, report.state.answers)
    shown = {question.name for question in sheet.counted} | {*report.state.answers, report.state.asking}
    for question in report.questionnaire.questions:
        if question.name in shown:
            answer = report.state.answers.get(question.name)
            number = sheet.number(question)
            if answer is None:
                state = "open" if report.state.asking == question.name else "waiting"
                yield Row(number, question.summary, "", state, sensitive=question.sensitive)
            else:
                yield _row(number, question, answer, times.get(question.name))


def _row(number: int, question: Question, answer: Answer, at: datetime | None) -> Row:
    state = "about" if answer.state == "given" and answer.approximate else answer.state
    photos = tuple(photo_name(path) for path in photos_in(question, answer))
    return Row(
        number, question.summary, said(question, answer), state, answer.raw, at, photos, question.sensitive
    )


def _changes(report: OpenReport, history: Sequence[answers.Earlier]) -> Iterator[Change]:
    """The latest first."""
    for earlier in reversed(history):
        question = report.questionnaire.by_name.get(earlier.answer.question)
        if question is not None:
            before = said(question, earlier.answer) or word("states", earlier.answer.state)
            yield Change(question.summary, before, earlier.at, earlier.replaced_at)
