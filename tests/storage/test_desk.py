"""The writer's desk: what is decided and kept there is what is decided and kept without it.

Two houses live the same life, drawn at random: messages of several heads, redelivered ones, turns that
fail, imports, new rounds, links, another program writing to the file. One writes through the desk in
groups, one without a desk, a turn a transaction. Every turn must give the same effects or the same
error, and every table must hold the same rows at the end.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from handlers.turn import Turns
from scheduler.clock import ManualClock
from storage.apply import apply
from storage.desk import Desk
from storage.domain.answers import Answer
from storage.domain.effects import (
    AccountUnlinked,
    AccountUnreachable,
    AnswerRecorded,
    ChatHeard,
    Effect,
    MessageFailed,
    MessageQueued,
    MessageReceived,
    MessagesCounted,
    MessageSent,
    RetentionReached,
    RoundOpened,
    SeatLinked,
    StepPlanned,
    UnitsImported,
)
from storage.domain.messages import Address, Inbound, Outbound
from storage.migrations import open_database
from storage.queries import people, rounds
from storage.tables import metadata
from storage.tables.answers import answers
from storage.tables.consent import house_keys
from storage.tables.people import persons
from storage.writer import Decide, Outcome, Reader
from storage.writer.sqlite import commit
from tests.dialogue.test_never_stuck import WORDS
from tests.kh83 import kh83
from tests.storage.conftest import TREE, unit

START = datetime(2024, 3, 14, 12, 42, tzinfo=UTC)
HEADS = tuple(Address("web", name) for name in ("hanh", "dao", "lan", "la"))
SEATS = {HEADS[0]: "13999-01", HEADS[1]: "13999-02", HEADS[2]: "13999"}

#: Matters beside the report: her rights, hand-over, enrolment, wishes.
BESIDE = (
    "rút", "xóa", "xóa hết dữ liệu của tôi đi", "xem dữ liệu", "tắt nhắc", "bật nhắc", "bàn giao", "đồng ý",
    "nhập hộ xóm 2", "chi hội xóm 1 xã nam hoa", "mai chị báo", "có", "ko đi được", "danh sách", "menu",
)  # fmt: skip

SAID = ("bắt đầu", "1", "r, hôm mùng 8/3", "41", "2 chị, 1 chị chuyển đi", "ko", "0", "không có", "bỏ qua")


class House:
    """One of the two: a file, and how a group of turns is committed to it."""

    def __init__(self, folder: Path, at_desk: bool) -> None:
        self.database = open_database(f"sqlite:///{folder / f'{at_desk}.db'}")
        self.clock = ManualClock(START)
        self.turns = Turns(kh83(), self.clock.now, {"police": "113", "children": "111", "peace_house": "19"})
        self._desk = Desk(self.database.writing_engine) if at_desk else None

    def commit(self, group: Sequence[Decide]) -> list[Any]:
        """For each turn its effects and outbox ids, or the type of what it raised."""
        results: list[Any] = commit(self._desk, group) if self._desk else [*map(self._alone, group)]
        return [result if isinstance(result, Outcome) else type(result) for result in results]

    def _alone(self, decide: Decide) -> Outcome | BaseException:
        try:
            with self.database.connect_for_writing() as connection, connection.begin():
                effects = tuple(decide(connection))
                ids = [apply(connection, effect) for effect in effects]
                return Outcome(effects, tuple(made for made in ids if made is not None))
        except Exception as error:
            return error

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the file."""
        with self.database.reading() as reader:
            return {
                table.name: [
                    tuple(row) for row in reader.execute(table.select().order_by(*table.primary_key))
                ]
                for table in metadata.sorted_tables
            }

    def close(self) -> None:
        """Give back the file."""
        if self._desk:
            self._desk.close()
        self.database.close()


def _effects(*effects: Effect) -> Callable[[House], Decide]:
    return lambda house: lambda reader: effects


def _message(head: Address, number: int, text: str) -> Callable[[House], Decide]:
    return lambda house: house.turns(Inbound(head, f"m{number}", START, text))


def _stumble(house: House) -> Decide:
    def decide(reader: Reader) -> Sequence[Effect]:
        raise LookupError("no such pack")

    return decide


def _half_done(head: Address) -> Callable[[House], Decide]:
    """The second effect cannot be written: a message of the same id."""
    received = MessageReceived(Inbound(head, "twice", START, "có"), "có")
    return _effects(MessageQueued(Outbound(head, "dạ"), START), received, received)


def _linked(head: Address, code: str, used: str = "") -> Callable[[House], Decide]:
    def decide(reader: Reader) -> Sequence[Effect]:
        seat = people.seat_by_code(reader, code)
        assert seat is not None
        return (SeatLinked(head, seat.id, START, used),)

    return lambda house: decide


MARCH = RoundOpened("CH-T", "2024-03", START - timedelta(days=2), START + timedelta(days=4))
OTHERS = (
    RoundOpened("CH-Q", "2024-Q1", START - timedelta(days=1), START + timedelta(days=9)),
    RoundOpened("XA-T", "2024-03", START - timedelta(days=1), START + timedelta(days=6)),
    RoundOpened("CH-T", "2024-02", START - timedelta(days=30), START - timedelta(days=10)),
)
RENAMED = (*TREE[:2], unit("13999-01", "CH", "13999", name="Chi hội xóm Một", head="Lê Thị Mười",
                           figures={"members": 150}), *TREE[3:])  # fmt: skip

NUDGED = StepPlanned(
    "nudge:1:T-3", "nudge", ("CH",), "T-3", "2024-03-14", START, START + timedelta(days=3), START, round_id=1
)


def _kept_until(days: int) -> RetentionReached:
    """What was kept goes, as far as the day so many after the start."""
    limit = START + timedelta(days=days)
    return RetentionReached(START, limit, limit, limit, limit, limit)


TURNS: st.SearchStrategy[Callable[[House], Decide]] = st.one_of(
    *[st.builds(_message, st.sampled_from(HEADS), st.integers(0, 60), st.sampled_from(SAID))] * 5,
    *[st.builds(_message, st.sampled_from(HEADS), st.integers(0, 60), st.sampled_from(WORDS))] * 3,
    *[st.builds(_message, st.sampled_from(HEADS), st.integers(0, 60), st.sampled_from(BESIDE))] * 3,
    st.builds(lambda head: _effects(ChatHeard(head, START, "0912345678")), st.sampled_from(HEADS)),
    st.builds(lambda head: _effects(MessagesCounted(head, "2024-03", 1, 7)), st.sampled_from(HEADS)),
    st.builds(lambda days: _effects(_kept_until(days)), st.integers(0, 3)),
    st.just(_effects(NUDGED)),
    st.builds(lambda head: _effects(AccountUnlinked(head, START, "replaced")), st.sampled_from(HEADS)),
    st.just(_stumble),
    st.builds(_half_done, st.sampled_from(HEADS)),
    st.builds(_effects, st.sampled_from((*OTHERS, MARCH))),
    st.builds(_effects, st.sampled_from((UnitsImported(RENAMED, START), UnitsImported(TREE, START)))),
    st.builds(_linked, st.sampled_from(HEADS), st.sampled_from(tuple(SEATS.values()))),
    st.builds(lambda head: _effects(AccountUnreachable(head, START)), st.sampled_from(HEADS)),
    st.builds(lambda number: _effects(MessageSent(number, START, "p")), st.integers(1, 9)),
    st.builds(lambda number: _effects(MessageFailed(number, START, "e", START)), st.integers(1, 9)),
    st.builds(
        lambda head, key: _effects(MessageQueued(Outbound(head, "mời"), START, "push", key=key)),
        st.sampled_from(HEADS),
        st.sampled_from("ab"),
    ),
)
#: A step of the life: a group of turns, or what another program does meanwhile, or hours that pass.
LIFE = st.lists(
    st.one_of(
        st.lists(TURNS, min_size=1, max_size=12),
        st.sampled_from(("another program", "two days")),
    ),
    max_size=12,
)


def _same_veil(house: House) -> None:
    """Both hide accounts behind the same hashes."""
    with house.database.connect_for_writing() as connection, connection.begin():
        connection.execute(update(house_keys).values(secret="the same"))


@contextmanager
def two_houses() -> Iterator[tuple[House, House]]:
    """One with a desk and one without, three heads linked in both, March open."""
    with TemporaryDirectory() as folder:
        houses = House(Path(folder), at_desk=True), House(Path(folder), at_desk=False)
        for house in houses:
            _same_veil(house)
            house.commit([_effects(UnitsImported(TREE, START), MARCH)(house)])
            house.commit([_linked(head, code)(house) for head, code in SEATS.items()])
        yield houses
        for house in houses:
            house.close()


def _another_program(house: House) -> None:
    with house.database.connect_for_writing() as connection, connection.begin():
        connection.execute(update(persons).values(name=persons.c.name + " Hai", address_form="bác"))


@given(life=LIFE)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_life_at_the_desk_is_the_same_life(life: list[Any]) -> None:
    with two_houses() as (desk, plain):
        for step in life:
            if step == "another program":
                _another_program(desk)
                _another_program(plain)
            elif step == "two days":
                desk.clock.advance(timedelta(days=2))
                plain.clock.advance(timedelta(days=2))
            else:
                assert desk.commit([turn(desk) for turn in step]) == plain.commit(
                    [turn(plain) for turn in step]
                )
        assert desk.rows() == plain.rows()


def test_a_whole_report_in_one_group_and_one_by_one() -> None:
    with two_houses() as (desk, plain):
        turns = [
            _message(head, n + 100 * (head is HEADS[1]), text)
            for n, text in enumerate((*SAID, "1"))
            for head in HEADS[:2]
        ]
        assert desk.commit([turn(desk) for turn in turns]) == [
            plain.commit([turn(plain)])[0] for turn in turns
        ]
        assert desk.rows() == plain.rows()
        reports = desk.rows()["submissions"]
        assert sum("submitted" in row for row in reports) == 1  # the other's number of members is not known


def _counting(desk: Desk) -> tuple[list[str], list[str]]:
    """The statements run from now on: past the desk, and to be remembered."""
    past: list[str] = []
    remembered: list[str] = []
    execute = Connection.execute

    def counted(statement: Any, *rest: Any, **options: Any) -> Any:
        (remembered if desk._calm else past).append(str(statement))
        return execute(desk, statement, *rest, **options)

    desk.execute = counted  # type: ignore[method-assign]
    return past, remembered


def test_a_warm_turn_asks_the_database_nothing_by_query() -> None:
    """What every turn needs must come from the desk (`recall`), else a group is written in pieces."""
    with two_houses() as (house, _):
        house.commit([_message(HEADS[0], 0, "bắt đầu")(house)])
        assert house._desk is not None
        past, remembered = _counting(house._desk)
        for number, text in enumerate((*SAID, "1"), 1):
            house.commit([_message(HEADS[0], number, text)(house)])
        assert past == []
        assert len(set(remembered)) == len(remembered)  # each was asked once


def test_a_branch_that_begins_overnight_is_counted_the_next_day() -> None:
    """What hangs on the day is not kept beyond it."""
    with two_houses() as (house, _):
        fresh = unit("13999-09", "CH", "13999", valid_from=START.date() + timedelta(days=1))
        house.commit([_effects(UnitsImported((*TREE, fresh), START), OTHERS[1])(house)])
        assert house._desk is not None
        with house._desk.transaction():
            first = _branches(house)
        house.clock.advance(timedelta(days=1))
        with house._desk.transaction():
            assert _branches(house) == first + 1


def _branches(house: House) -> int:
    assert house._desk is not None
    seat, asked = people.seat_by_code(house._desk, "13999"), rounds.round_of(house._desk, "XA-T", "2024-03")
    assert seat is not None
    assert asked is not None
    questionnaire = house.turns.questionnaire(house._desk, seat, asked, house.clock.now())
    return int(questionnaire.facts["count.CH"])


def test_a_full_desk_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.desk.MOST_KEPT", 3)
    with two_houses() as (desk, plain):
        for number, text in enumerate((*SAID, "1")):
            for house in (desk, plain):
                house.commit(
                    [_message(head, number + 50 * place, text)(house) for place, head in enumerate(HEADS)]
                )
        assert desk.rows() == plain.rows()


def _turns(*turns: Callable[[House], Decide]) -> Callable[[House], object]:
    return lambda house: house.commit([turn(house) for turn in turns])


def _past_the_desk(house: House) -> Decide:
    """An effect whose function runs a statement of its own."""

    def decide(reader: Reader) -> Sequence[Effect]:
        reader.execute(update(answers).values(field_values={"MH33.2": False}))
        return ()

    return decide


def _two_days(house: House) -> None:
    house.clock.advance(timedelta(days=2))


#: What may happen between two messages of a head whose report is on the desk.
MEANWHILE: dict[str, Callable[[House], object]] = {
    "another program renames her": _another_program,
    "her unit and its head change": _turns(_effects(UnitsImported(RENAMED, START))),
    "her account is tied to another seat": _turns(_linked(HEADS[0], SEATS[HEADS[1]])),
    "another round opens": _turns(_effects(*OTHERS)),
    "a turn is half done": _turns(_message(HEADS[0], 90, "41"), _half_done(HEADS[0])),
    "a turn fails to decide": _turns(_message(HEADS[0], 90, "41"), _stumble),
    "a statement is run past the desk": _turns(_past_the_desk),
    "she blocks the bot": _turns(_effects(AccountUnreachable(HEADS[0], START))),
    "the last day passes": _two_days,
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_the_desk_learns_what_happened_meanwhile(meanwhile: str) -> None:
    life = (
        *(_turns(_message(HEADS[0], number, text)) for number, text in enumerate(("bắt đầu", *SAID[:3]))),
        MEANWHILE[meanwhile],
        *(_turns(_message(HEADS[0], 50 + number, text)) for number, text in enumerate(("xem", "41", *SAID))),
    )
    with two_houses() as (desk, plain):
        for happens in life:
            assert happens(desk) == happens(plain)
        assert desk.rows() == plain.rows()


def test_an_answer_in_one_round_is_known_in_the_other_at_once() -> None:
    """Two rounds of hers are open: her answer in February changes the figures March is asked with."""

    def recorded(house: House) -> Decide:
        def decide(reader: Reader) -> Sequence[Effect]:
            february = rounds.round_of(reader, "CH-T", "2024-02")
            seat = people.seat_by_code(reader, SEATS[HEADS[0]])
            assert february is not None
            assert seat is not None
            told = Answer("NEN.5", "given", {"NEN.5.ket_nap": 7}, "7")
            return (AnswerRecorded(seat.id, february.id, START, told, HEADS[0], "x"),)

        return decide

    def known(house: House, seen: list[Any]) -> Decide:
        def decide(reader: Reader) -> Sequence[Effect]:
            seat = people.seats_of(reader, HEADS[0])[0]
            march = next(asked for asked in rounds.rounds_open(reader, START) if asked.period == "2024-03")
            seen.append(house.turns.report(reader, seat, march, house.clock.now()).questionnaire.facts)
            return ()

        return decide

    with two_houses() as (desk, plain):
        facts: dict[House, list[Any]] = {desk: [], plain: []}
        for house, seen in facts.items():
            house.commit([_effects(OTHERS[2])(house)])
            house.commit([known(house, seen), _message(HEADS[0], 1, "bắt đầu")(house), known(house, seen)])
            house.commit([recorded(house), known(house, seen)])
            house.commit([known(house, seen)])
        assert facts[desk] == facts[plain]
        assert facts[desk][0] != facts[desk][2]
