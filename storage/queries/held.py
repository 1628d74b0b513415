"""What a process holds of the database between readings: units, what they said, which reports came.

A province's figures come from hundreds of thousands of rows, and nearly all of them stay as they are. So
they are read once into arrays, and a reading takes over what changed since: the audit names, in the
transaction of every change, the round an answer or a report belongs to; that round is read anew. Any
other line that may have changed something has everything read anew. What is held is never ahead of what
was committed, except for the writer itself, whose own uncommitted changes are held for it alone.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import Connection, Integer, bindparam, func, literal_column, select

from storage.database import Kept, Moment, kept_by, moment_of
from storage.plan.rollups.columns import Column, joined
from storage.plan.rollups.land import Array
from storage.queries.forest import Forest
from storage.tables.answers import answers, submissions
from storage.tables.audit import audit
from storage.tables.people import base_figures, seats
from storage.tables.rounds import rounds
from storage.tables.summaries import DEPUTY_ROLE, unit_figures

#: Lines of the audit that change what one round's reports say.
_OF_ROUND = frozenset({"answer_recorded", "report_submitted"})

#: Lines that change nothing held here. Any other line, known here or not, may.
_OF_NOTHING = frozenset({
    "account_unlinked", "answers_exported", "api_token_issued", "api_token_revoked", "approval_undone",
    "backup_made", "broadcast_made", "channel_preferred", "chat_pack_made", "codes_issued", "consent_given",
    "consent_withdrawn", "consents_printed", "correction_requested", "dead_letter_kept",
    "dead_letter_retried", "event_moved", "figure_shown", "figures_exported", "holder_leaving",
    "pause_set", "person_changed", "person_exported", "reminders_silenced", "report_exported",
    "report_opened_for", "report_returned", "report_shown", "reports_approved", "return_settled",
    "round_closed", "seat_handed_over", "seat_linked", "seat_requested", "staff_link_made",
    "staff_signed_in", "task_raised", "tokens_renewed", "unit_history_read", "webhook_events_given_up",
    "webhook_registered", "webhook_revoked",
})  # fmt: skip

_LINE = (audit.c.id, audit.c.what, audit.c.at, audit.c.seat_id, audit.c.round_id)
_NEWEST = select(*_LINE).order_by(audit.c.id.desc()).limit(1)
_THIS_LINE = select(*_LINE).where(audit.c.id == bindparam("id"))
_SINCE = (
    select(audit.c.what, audit.c.round_id, seats.c.unit_id)
    .outerjoin(seats, seats.c.id == audit.c.seat_id)
    .where(audit.c.id > bindparam("id"))
    .distinct()
)
#: PostgreSQL: lines with lesser ids that were under way when the newest was read. How far back they are
#: looked for is far more than all transactions at once write.
_FAR_BACK = 10_000
_LATE = (
    select(audit.c.what, audit.c.round_id, seats.c.unit_id)
    .outerjoin(seats, seats.c.id == audit.c.seat_id)
    .where(audit.c.id <= bindparam("id"), audit.c.id > bindparam("id", type_=Integer) - _FAR_BACK)
    .where(literal_column("CAST(audit.xmin AS text)").in_(bindparam("late", expanding=True)))
    .distinct()
)
_ROUNDS = select(rounds.c.id, rounds.c.due_at)

_FACTS = (
    select(
        unit_figures.c.field, unit_figures.c.unit_id, unit_figures.c.number, unit_figures.c.whole,
        unit_figures.c.word,
    )
    .where(unit_figures.c.round_id == bindparam("round"))
    .order_by(unit_figures.c.field, unit_figures.c.unit_id)
)  # fmt: skip
_OF_SUBMITTED = (
    submissions.c.round_id == bindparam("round"),
    submissions.c.status == "submitted",
    seats.c.role != DEPUTY_ROLE,
)
# Compared in the database: making dates of them costs more than all the rest.
_CAME = (
    select(seats.c.unit_id, func.coalesce(submissions.c.submitted_at <= rounds.c.due_at, False))
    .join_from(submissions, seats, seats.c.id == submissions.c.seat_id)
    .join(rounds, rounds.c.id == submissions.c.round_id)
    .where(*_OF_SUBMITTED)
)
_TEXTS = (
    select(seats.c.unit_id, answers.c.field_values)
    .join_from(submissions, seats, seats.c.id == submissions.c.seat_id)
    .join(answers, answers.c.submission_id == submissions.c.id)
    .where(answers.c.question == bindparam("question"), answers.c.state == "given", *_OF_SUBMITTED)
)
#: The same of one unit.
_OF_UNIT = {
    whole: whole.where(unit == bindparam("unit"))
    for whole, unit in ((_FACTS, unit_figures.c.unit_id), (_CAME, seats.c.unit_id), (_TEXTS, seats.c.unit_id))
}

#: Of a round in which more units changed all is read anew.
_MANY = 300

#: A line of the audit, as a whole.
_Line: TypeAlias = tuple[Any, ...]


class Words:
    """The words of answers, numbered; the numbers of known words stay."""

    def __init__(self) -> None:
        """None yet."""
        self.all: list[str] = []
        self._numbers: dict[str | None, int] = {None: -1}

    def numbers(self, words: Iterable[str | None]) -> Array:
        """The number of each; -1 for none."""
        found = self._numbers
        return np.array([found[word] if word in found else self._add(word or "") for word in words], np.int64)

    def _add(self, word: str) -> int:
        self._numbers[word] = len(self.all)
        self.all.append(word)
        return self._numbers[word]


@dataclass(frozen=True, slots=True)
class HeldRound:
    """What was said in a round: the rows of each field (``spans``), units by their place; ``came``: whose
    report came, and whether in time. ``texts`` by question, read when they are first shown."""

    id: int
    due_at: Any
    rows: Column
    spans: Mapping[str, slice]
    came: Array
    in_time: Array
    texts: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def empty(cls, round_id: int, due_at: Any) -> "HeldRound":
        """Of which nothing is known yet."""
        return cls(round_id, due_at, joined(()), {}, np.zeros(0, np.int64), np.zeros(0, bool))

    def column(self, name: str, place: int) -> Column:
        """The rows of a field that somebody answered; the round stands at ``place``."""
        span, rows = self.spans[name], self.rows
        many = span.stop - span.start
        return Column(
            np.full(many, place, np.int64), rows.unit[span], rows.number[span], rows.whole[span],
            rows.word[span],
        )  # fmt: skip

    def entries(self, name: str) -> list[str]:
        """The fields of the entries of a repeated question's lists."""
        return [each for each in self.spans if each.startswith(f"{name}.")]


@dataclass(frozen=True)
class Held:
    """One state of the database. Immutable but for what it still reads of the same state."""

    line: _Line | None
    forest: Forest
    words: Words
    rounds: Mapping[int, HeldRound]
    baselines: Mapping[str, Mapping[int, int]]
    expected: dict[tuple[str, str], Array] = field(default_factory=dict)
    columns: dict[Hashable, dict[str, Column]] = field(default_factory=dict)
    #: See `storage.queries.withheld`; kept while other rounds go on.
    withheld: dict[Hashable, Any] = field(default_factory=dict)
    moment: Moment | None = None

    @cached_property
    def _asked(self) -> Mapping[str, Sequence[int]]:
        """By field the ids of the rounds in which somebody answered it."""
        found: dict[str, list[int]] = {}
        for held in self.rounds.values():
            for name in held.spans:
                found.setdefault(name, []).append(held.id)
        return found

    def said(self, name: str, places: Mapping[int, int]) -> Column:
        """Every answer of a field in the rounds that have a place, in the order of their places."""
        asked = sorted((places[one], one) for one in self._asked.get(name, ()) if one in places)
        return joined([self.rounds[one].column(name, place) for place, one in asked])

    def texts(self, reader: Connection, question: str, round_id: int) -> Mapping[int, Mapping[str, Any]]:
        """By place of the unit what a question's fields were given in a round."""
        texts = self.rounds[round_id].texts
        if question not in texts:
            texts[question] = _texts(reader, self, question, round_id, None)
        return texts[question]


def held_of(reader: Connection) -> Held:
    """What is held, as the reader sees the database, or newer (never older)."""
    kept: Kept = kept_by(reader)
    with kept.lock:
        known: Held | None = (
            kept.value if kept.value is not None or kept.beside is None else kept.beside.value
        )
        kept.value = _renewed(reader, known, kept.writes)
        return kept.value  # type: ignore[no-any-return]


def _renewed(reader: Connection, known: Held | None, writes: bool) -> Held:
    moment = moment_of(reader)
    if moment is None:
        return _followed(reader, known, writes)
    if known is not None and known.moment is not None and moment.order <= known.moment.order:
        return known  # another reader saw as much, or more
    return replace(_followed(reader, known, writes), moment=moment)


def _followed(reader: Connection, known: Held | None, writes: bool) -> Held:
    line = reader.execute(_NEWEST).first()
    newest = tuple(line) if line else None
    if known is None or newest is None or known.line is None:
        return _read(reader, newest)
    if newest[0] < known.line[0] and not writes:
        return known  # another reader saw more
    late = known.moment.under_way if known.moment is not None else ()
    if newest == known.line and not late:
        return _with_rounds(reader, known, newest, {})
    same = reader.execute(_THIS_LINE, {"id": known.line[0]}).first()
    if same is None or tuple(same) != known.line:  # rolled back, or another database in its place
        return _read(reader, newest)
    changed: dict[int, set[int]] = {}
    lines = reader.execute(_SINCE, {"id": known.line[0]}).all()
    if late:
        lines = [*lines, *reader.execute(_LATE, {"id": known.line[0], "late": late})]
    for what, round_id, unit in lines:
        if what in _OF_ROUND and round_id is not None and unit is not None:
            changed.setdefault(round_id, set()).add(unit)
        elif what not in _OF_NOTHING:
            return _read(reader, newest)
    return _with_rounds(reader, known, newest, changed)


def _read(reader: Connection, line: _Line | None) -> Held:
    """Everything anew."""
    forest, words = Forest(reader), Words()
    baselines: dict[str, dict[int, int]] = {}
    statement = select(base_figures.c.name, base_figures.c.unit_id, base_figures.c.figure)
    for name, unit, figure in reader.execute(statement):
        baselines.setdefault(name, {})[forest.place[unit]] = figure
    return _with_rounds(reader, Held(line, forest, words, {}, baselines), line, {})


def _with_rounds(
    reader: Connection, known: Held, line: _Line | None, changed: Mapping[int, set[int]]
) -> Held:
    """The same with the rounds that are new, have another due time, or in which units changed."""
    due = {row[0]: row[1] for row in reader.execute(_ROUNDS)}
    found = {one: held for one, held in known.rounds.items() if one in due}
    for one, at in due.items():
        held, units = found.get(one), changed.get(one, ())
        if held is None or held.due_at != at or len(units) > _MANY:
            found[one] = _read_round(reader, known, HeldRound.empty(one, at), None)
        elif units:
            found[one] = _read_round(reader, known, held, sorted(units))
    same = found.keys() == known.rounds.keys() and all(found[one] is known.rounds[one] for one in found)
    if same and line == known.line:
        return known
    columns = known.columns if same else {}
    return Held(
        line, known.forest, known.words, found, known.baselines, known.expected, columns, known.withheld
    )


def _read_round(reader: Connection, known: Held, held: HeldRound, units: list[int] | None) -> HeldRound:
    """A round with what these units (all) say now."""
    place = known.forest.place
    fields, unit, number, whole, word = _columns(_rows(reader, _FACTS, units, round=held.id), 5)
    rows = Column(
        np.zeros(len(unit), np.int64), _places(place, unit), np.array(number, float),
        np.array(whole, float), known.words.numbers(word),
    )  # fmt: skip
    again = _places(place, units or ())
    came, in_time = _columns(_rows(reader, _CAME, units, round=held.id), 2)
    stays = ~np.isin(held.came, again)
    sorted_rows, spans = _merged(held, again, fields, rows)
    texts = {
        question: {one: said for one, said in known_.items() if one not in set(again.tolist())}
        | _texts(reader, known, question, held.id, units)
        for question, known_ in held.texts.items()
    }
    return HeldRound(
        held.id, held.due_at, sorted_rows, spans, np.concatenate([held.came[stays], _places(place, came)]),
        np.concatenate([held.in_time[stays], np.array(in_time, bool)]), texts,
    )  # fmt: skip


def _merged(
    held: HeldRound, again: Array, fields: Sequence[str], rows: Column
) -> tuple[Column, dict[str, slice]]:
    """A round's rows, those of the units read again taken out and put in anew, by field and unit."""
    rank = {name: n for n, name in enumerate(sorted({*held.spans, *fields}))}
    lengths = [span.stop - span.start for span in held.spans.values()]
    before = np.repeat(np.array([rank[name] for name in held.spans], np.int64), lengths)
    stays = ~np.isin(held.rows.unit, again)
    field_ = np.concatenate([before[stays], np.array([rank[name] for name in fields], np.int64)])
    merged = joined([held.rows.take(stays), rows])
    if len(again):
        order = np.lexsort((merged.unit, field_))
        merged, field_ = merged.take(order), field_[order]
    ends = np.cumsum(np.bincount(field_, minlength=len(rank))).tolist()
    spans = zip(rank, [0, *ends], ends, strict=False)
    return merged, {name: slice(start, end) for name, start, end in spans if end > start}


def _texts(
    reader: Connection, known: Held, question: str, round_id: int, units: list[int] | None
) -> dict[int, dict[str, Any]]:
    rows = _rows(reader, _TEXTS, units, round=round_id, question=question)
    return {known.forest.place[unit]: values for unit, values in rows}


def _places(place: Mapping[int, int], units: Sequence[int]) -> Array:
    return np.array([place[one] for one in units], np.int64)


def _rows(reader: Connection, whole: Any, units: list[int] | None, **bound: Any) -> list[tuple[Any, ...]]:
    """What ``whole`` finds, or only what it finds of these units."""
    if units is None:
        return [tuple(row) for row in reader.execute(whole, bound)]
    each = _OF_UNIT[whole]
    return [tuple(row) for unit in units for row in reader.execute(each, {**bound, "unit": unit})]


def _columns(rows: list[tuple[Any, ...]], many: int) -> tuple[tuple[Any, ...], ...]:
    return tuple(zip(*rows, strict=True)) if rows else ((),) * many
