"""Every pack of the plan, answered: a seat for each, and the script a person of few words would type.

The script is found once, by answering whatever is open with the question's own example, and played over
each channel after that.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from handlers.dialogue.question_type import example_of
from handlers.topic import OpenReport
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from storage.database import Database
from storage.domain.answers import Answer
from storage.domain.effects import ConversationMoved, Effect, PauseSet, RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address, Attachment, Inbound
from storage.domain.people import Seat, UnitKind
from storage.domain.rounds import Round
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan.model import Pack, Question
from storage.plan.periods import period_of
from storage.queries import answers, people, rounds
from storage.writer import Reader, Writer
from storage.writer.opening import writer_of
from tests.kh83 import kh83

EVENING = datetime(2024, 3, 14, 19, 42, tzinfo=VIETNAM)
HOTLINES = {"police": "113", "children": "111", "peace_house": "1900969680"}

#: Said for a photo.
PHOTO = None

Script = Sequence[str | None]


@dataclass(frozen=True)
class Case:
    """One pack: who is asked it."""

    pack: Pack
    number: int

    @property
    def unit(self) -> str:
        """Her unit's and seat's code."""
        return f"u{self.number:02}"

    @property
    def period(self) -> str:
        """The period it is asked for."""
        return period_of(self.pack.frequency, EVENING.date())


CASES = tuple(Case(pack, number) for number, pack in enumerate(kh83().packs))


def _unit(code: str, kind: UnitKind, parent: str | None, head: str = "") -> UnitRecord:
    figures = {"members": 62, "households": 96} if head else {}
    return UnitRecord(code, f"Đơn vị {code}", kind, "", parent, date(2021, 1, 1), None, figures, head, "chị")


def tree() -> tuple[UnitRecord, ...]:
    """A unit for every pack, with two branches below it."""
    made = [_unit("top", "TI", None, "Trần Thị Mai")]
    for case in CASES:
        made.append(
            _unit(case.unit, "CH" if case.pack.level == "CH" else "XA", "top", f"Nguyễn Thị {case.unit}")
        )
        made += [_unit(f"{case.unit}-{number}", "CH", case.unit) for number in (1, 2)]
    return tuple(made)


async def settle(database: Database, writer: Writer, addresses: Mapping[str, Address]) -> None:
    """Units, rounds, accounts; each account talks about its own pack. ``addresses`` by pack id."""
    at = EVENING.astimezone(UTC)
    opened = [
        RoundOpened(case.pack.id, case.period, at - timedelta(days=1), at + timedelta(days=9))
        for case in CASES
    ]
    # The clock stays silent: its greetings would lead everybody to the report that is due first.
    silence = PauseSet(None, at - timedelta(days=1), at + timedelta(days=9))
    await writer.run("setup", lambda reader: (UnitsImported(tree(), at), silence, *opened))
    with database.connect_for_writing() as connection, connection.begin():
        for case in CASES:  # levels without a seat of their own in a units file get one here
            connection.exec_driver_sql(
                "UPDATE units SET kind = ? WHERE code = ?", (case.pack.level, case.unit)
            )

    def link(reader: Reader) -> Sequence[Effect]:
        effects: list[Effect] = []
        for case in CASES:
            seat, asked = of(reader, case)
            address = addresses[case.pack.id]
            effects += [
                SeatLinked(address, seat.id, at, ""),
                ConversationMoved(address, at, seat.id, asked.id),
            ]
        return effects

    await writer.run("setup", link)


def of(reader: Reader, case: Case) -> tuple[Seat, Round]:
    """The seat and the round of a pack."""
    seat, asked = people.seat_by_code(reader, case.unit), rounds.round_of(reader, case.pack.id, case.period)
    assert seat is not None
    assert asked is not None
    return seat, asked


def stored(reader: Reader) -> dict[str, dict[str, Answer]]:
    """Every pack's answers as they are kept; of photos their names, not their month's folder."""
    return {case.pack.id: _answers(reader, case) for case in CASES}


def _answers(reader: Reader, case: Case) -> dict[str, Answer]:
    seat, asked = of(reader, case)
    kept = answers.answers(reader, seat.id, asked.id)
    return {name: replace(answer, values=_named(answer)) for name, answer in kept.items()}


def _named(answer: Answer) -> dict[str, object]:
    return {
        name: [Path(path).name for path in value] if _is_photos(value) else value
        for name, value in answer.values.items()
    }


def _is_photos(value: object) -> bool:
    return isinstance(value, list) and any(str(item).endswith(".jpg") for item in value)


def states(reader: Reader) -> dict[str, str]:
    """Whether each pack was handed in."""
    found: dict[str, str] = {}
    for case in CASES:
        seat, asked = of(reader, case)
        report = answers.submission(reader, seat.id, asked.id)
        found[case.pack.id] = report.status if report else "none"
    return found


# --- the script


@cache
def scripts() -> dict[str, Script]:
    """By pack id, what is typed; PHOTO for a picture."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as own:  # a loop of its own, whoever asks
        return own.submit(lambda: asyncio.run(_find())).result()


async def _find() -> dict[str, Script]:
    with TemporaryDirectory() as folder, closing(open_database(f"sqlite:///{folder}/s.db")) as database:
        writer = writer_of(database)
        turns = Turns(kh83(), ManualClock(EVENING).now, HOTLINES)
        addresses = {case.pack.id: Address("web", case.unit) for case in CASES}
        await settle(database, writer, addresses)
        found = {case.pack.id: await _typed(database, writer, turns, case) for case in CASES}
        await writer.close()
        return found


async def _typed(database: Database, writer: Writer, turns: Turns, case: Case) -> Script:
    typed: list[str | None] = ["bắt đầu"]
    address = Address("web", case.unit)
    tries = 0
    while len(typed) < 120:
        photo = Attachment("photo", "x", "2024/03/x.jpg") if typed[-1] is PHOTO else None
        inbound = Inbound(address, f"{case.unit}:{len(typed)}", EVENING, typed[-1] or "", attachment=photo)
        await writer.run(str(address), turns(inbound))
        with database.reading() as reader:
            report = turns.report(reader, *of(reader, case), EVENING)
        if report.state.stage == "done":
            return typed
        said = _answer(report, tries)
        tries = tries + 1 if said == typed[-1] else 0
        typed.append(said)
    raise AssertionError(f"{case.pack.id} has no end: {typed[-9:]}")


def _answer(report: OpenReport, tries: int) -> str | None:
    stage = report.state.stage
    if stage == "checking":
        return "đúng"
    if stage == "summary":
        return "1"
    if stage != "asking" or tries > 2:
        return "tiếp"
    question = report.questionnaire.by_name[report.state.asking or ""]
    return _given(question, tries)


_TYPED = {"yes_no": "có", "select_one": "1", "select_multiple": "1,2", "text": "đường xóm mưa là ngập",
          "url": "https://facebook.com/hoi"}  # fmt: skip


def _given(question: Question, tries: int) -> str | None:
    if tries > 0:
        return "bỏ qua" if tries == 1 else "chưa rõ"
    if question.type == "image":
        return PHOTO
    return _TYPED.get(question.type) or example_of(question)
