"""Everything that can be said to the bot, by everybody who can say it.

The table `ACTS` names every order, wish, list and event command of the registries with the roles whose word
counts; a new one that stands in no line fails `test_every_word_has_a_line`. Whoever's word does not count
changes nothing in any table that is not a log of the talk itself.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from pathlib import Path
from typing import get_args

import pytest

from handlers.language.orders import OrderKind
from handlers.language.staff_orders import StaffOrderKind
from handlers.topics import TOPICS, events, lookups, rights
from handlers.turn import Turns
from scheduler.clock import ManualClock
from storage.database import Database
from storage.domain.effects import UnitsImported
from storage.domain.messages import Address
from storage.domain.people import Role
from storage.migrations import open_database
from storage.tables import metadata
from storage.writer.opening import writer_of
from tests.architecture.test_access import listed
from tests.copies import copied
from tests.kh83 import kh83
from tests.people.conftest import HOTLINES, MARCH, START, TREE, House, Phone, unit
from tests.people.test_seats import asks

#: What a talk itself leaves behind: messages, where it stands, what was asked, that rights were asked for
#: (a task), when an account was heard.
TALK = {"inbox", "outbox", "conversations", "matters", "chats", "channel_counts", "audit", "dead_letters"}
TALK |= {"tasks"}
COLUMNS = {"accounts": "channel, account, person_id, reachable"}
#: Her own report is hers: whatever she types may answer it.
OWN = "SELECT submissions.id FROM submissions JOIN seats ON seats.id = seat_id WHERE code = '{seat}'"
OTHERS = {
    "submissions": f"WHERE id NOT IN ({OWN})",
    "answers": f"WHERE submission_id NOT IN ({OWN})",
    "answer_history": f"WHERE submission_id NOT IN ({OWN})",
    "unit_figures": "WHERE unit_id NOT IN (SELECT unit_id FROM seats WHERE code = '{seat}')",
}
GUARDED = sorted(set(metadata.tables) - TALK)

Who = Role | str
SEATS: Mapping[Who, str] = {
    "branch_head": "13999-05",
    "commune_president": "13999",
    "commune_deputy": "13999-P",
    "district_officer": "361",
    "province_staff": "36",
}
#: The administrator of the machine has no seat: in chat she is a stranger. "nobody" writes in a group.
EVERYBODY = (*SEATS, "administrator", "stranger", "nobody")
LINKED = frozenset(SEATS)
COMMUNE = frozenset({"commune_president", "commune_deputy"})
ABOVE = COMMUNE | {"district_officer", "province_staff"}
PROVINCE = frozenset({"province_staff"})
NONE: frozenset[Who] = frozenset()
CODE = "CH-7K4M3Q9AF"


@dataclass(frozen=True)
class Act:
    """``says``: her messages, one after another; ``may``: whose word changes something guarded."""

    says: tuple[str, ...]
    may: frozenset[Who] = NONE


ACTS: Mapping[str, Act] = {
    "order enter_for": Act(("nhập hộ xóm 4", "1", "rồi"), COMMUNE),
    "order enter_end": Act(("thôi nhập hộ",)),
    "order hand_over": Act(("bàn giao xóm 4", "Lê Thị Mới", "1"), ABOVE),
    "order approve": Act(("duyệt", "1"), ABOVE),
    "order seat": Act(("đổi chi hội", "1")),
    "order rights": Act(("quyền",)),
    "order my_data": Act(("xem thông tin",)),
    "order my_edit": Act(("sửa thông tin", "1", "Nguyễn Thị Mới"), LINKED),
    "wish mute": Act(("tắt nhắc",), LINKED),
    "wish unmute": Act(("bật nhắc",)),
    "wish delete_request": Act(("xóa", "xóa luôn"), LINKED),
    "wish withdraw_consent": Act(("rút", "1"), LINKED),
    "role_ended": Act(("chị nghỉ chi hội trưởng rồi", "1"), LINKED),
    "list missing": Act(("ai chưa gửi",)),
    "list odd": Act(("số lệch",)),
    "event list": Act(("sự kiện",)),
    "event calendar": Act(("lịch",)),
    "event coming": Act(("dự HD44",)),
    "event set": Act(("NGÀY HD44 18/5 07:30 tại Nhà văn hóa",), PROVINCE),
    "event off": Act(("HOÃN HD44",), PROVINCE),
    "event pause": Act(("TẠM DỪNG NHẮC đến 20/9",), PROVINCE),
    "event resume": Act(("NHẮC LẠI",)),
    "event answer": Act(("dự",)),
    "staff progress": Act(("tiến độ", "1")),
    "staff return": Act(("hỏi xóm 4",)),  # tests/staff: nothing is handed in yet that could be asked back
    "staff requests": Act(("đề nghị",)),
    "staff approve_reports": Act(("duyệt số", "1")),
    "staff unapprove": Act(("hủy duyệt", "1")),
    "staff broadcast": Act(("thông báo", "Mời chị em dự họp tại nhà văn hóa xã", "1", "1"), ABOVE),
    "staff broadcasts": Act(("kết quả thông báo",)),
    "staff sheet": Act(
        ("phiếu hỏi", "Máy tính", "Chi hội có mấy máy tính ạ?", "1", "2", "1", "25/3", "1"), ABOVE
    ),
    "staff results": Act(("kết quả",)),
    "staff pause": Act(("tạm dừng xóm 4 đến 20/3",), ABOVE),
    "staff resume": Act(("nhắc lại xóm 4",)),
    "staff menu": Act(("menu",)),
    "indicator": Act(("CT25", "1", "1", "lại", "3 sạch", "3")),
    "file": Act(("file",)),
    "page": Act(("trang",)),
    "report": Act(("bắt đầu", "1", "rồi"), frozenset({"branch_head"})),
    "code": Act((CODE, "1"), LINKED | {"administrator", "stranger"}),
}

#: Where each topic is tried.
TOPICS_BY_ACT = {
    "group": "nobody", "unreadable": "tests/zalo/test_unreadable.py", "rights": "wish mute",
    "enrol": "code", "approve": "order approve", "hand_over": "order hand_over", "events": "event set",
    "lookups": "list missing", "seats": "order seat", "check_in": "report", "idle": "event answer",
    "returns": "staff return", "returned": "tests/staff/test_returns.py", "requests": "staff requests",
    "approvals": "staff approve_reports", "broadcast": "staff broadcast", "sheet": "staff sheet",
    "pauses": "staff pause", "progress": "staff progress", "staff_menu": "staff menu",
    "report_file": "file", "staff_page": "page", "indicators": "indicator",
}  # fmt: skip


def test_every_word_has_a_line() -> None:
    wanted = {f"order {kind}" for kind in get_args(OrderKind)}
    wanted |= {f"staff {kind}" for kind in get_args(StaffOrderKind)}
    wanted |= {f"wish {wish}" for wish in rights.WISHES}
    wanted |= {f"list {what}" for what in lookups.WORDS.values()}
    wanted |= {f"event {act}" for act in events._ACTS}
    assert set(ACTS) - {"report", "code", "role_ended", "file", "page", "indicator"} == wanted
    assert {topic.name for topic in TOPICS} == set(TOPICS_BY_ACT)


# --- a commune in which everything can be done


async def _fill(path: Path) -> None:
    with closing(open_database(f"sqlite:///{path}")) as database:
        writer = writer_of(database)
        clock = ManualClock(START)
        house = House(database, writer, Turns(kh83(), clock.now, HOTLINES), clock, path.parent)
        deputy = unit("13999", "Xã Nam Hoa", "XA", "361", "Trần Thị Lan", deputy="Phạm Thị Phó")
        records = tuple(deputy if record.code == "13999" else record for record in TREE)
        await house.write(UnitsImported(records, START.astimezone(UTC)), MARCH)
        for role, code in SEATS.items():
            await house.linked(code, role)
        await house.linked("13999-04", "xom4")
        await asks(house, "asker", "xóm 3 nam hoa", "Lê Thị Mười")
        await house.issue("13999-02", CODE)
        await writer.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database, made once."""
    path = tmp_path_factory.mktemp("access") / "template.db"
    asyncio.run(_fill(path))
    return path


_NUMBERS = count()


@asynccontextmanager
async def opened(template: Path, folder: Path) -> AsyncIterator[House]:
    """A house on a copy of it."""
    clock = ManualClock(START)
    with closing(Database(f"sqlite:///{template}")) as whole:
        database = copied(whole, f"sqlite:///{folder / f'{next(_NUMBERS)}.db'}")
    writer = writer_of(database)
    house = House(database, writer, Turns(kh83(), clock.now, HOTLINES), clock, folder)
    house.count = 1000  # message ids of its own
    try:
        yield house
    finally:
        await writer.close()
        database.close()


def guarded(house: House, who: Who = "") -> dict[str, object]:
    """All that no talk may change by itself; but for ``who``'s own report."""
    seat = SEATS.get(who, "")
    found: dict[str, object] = {}
    for name in GUARDED:
        rest = OTHERS.get(name, "").format(seat=seat) if seat else ""
        found[name] = house.rows(f"SELECT {COLUMNS.get(name, '*')} FROM {name} {rest}")  # noqa: S608
    return found


def changed(house: House, before: dict[str, object], who: Who) -> list[str]:
    """The tables that are not as they were."""
    return [table for table, found in guarded(house, who).items() if found != before[table]]


async def play(house: House, who: Who, says: tuple[str, ...]) -> str:
    """The act, said by somebody; all she was answered."""
    phone = Phone(house, Address("telegram", who))
    return "\n".join([await phone.says(text, group=who == "nobody") for text in says])


# --- what is tried


@pytest.mark.parametrize("who", EVERYBODY)
async def test_whose_word_does_not_count_changes_nothing(template: Path, tmp_path: Path, who: Who) -> None:
    async with opened(template, tmp_path) as house:
        before = guarded(house, who)
        for name, act in ACTS.items():
            if who not in act.may:
                await play(house, who, act.says)
                assert changed(house, before, who) == [], f"{who} by {name}"


@pytest.mark.parametrize("name", [name for name, act in ACTS.items() if act.may])
async def test_whose_word_counts_changes_something(template: Path, tmp_path: Path, name: str) -> None:
    """Else the test above could not fail."""
    for who in sorted(ACTS[name].may):
        async with opened(template, tmp_path) as house:
            before = guarded(house)
            said = await play(house, who, ACTS[name].says)
            assert guarded(house) != before, f"{who} by {name}: {said}"


#: Names of another commune, and who is above both.
NOT_TOLD = ("Lê Thị Thu", "Phạm Thị Xuân")
ABOVE_BOTH = ("district_officer", "province_staff")
OUTSIDE = (
    "nhập hộ xóm 5 hồng quang", "bàn giao xóm 5 hồng quang", "bàn giao hồng quang", "chưa gửi", "lệch",
    "duyệt", "xem", "lịch", "sự kiện", "hỏi xóm 5 hồng quang", "tiến độ hồng quang", "xóm 5 hồng quang",
    "tiến độ", "kết quả", "file", "CT25", "máy tính",
)  # fmt: skip


@pytest.mark.parametrize("who", [each for each in EVERYBODY if each not in ABOVE_BOTH])
async def test_nothing_of_another_commune_is_told(template: Path, tmp_path: Path, who: Who) -> None:
    async with opened(template, tmp_path) as house:
        before = guarded(house, who)
        for words in OUTSIDE:
            said = await play(house, who, (words,))
            assert [name for name in NOT_TOLD if name in said] == [], (who, words)
        assert changed(house, before, who) == []


def _tokens(house: House) -> Iterator[tuple[str, str]]:
    """Every button anybody was shown: the token, and to whom."""
    for outbound in house.sent:
        for choice in outbound.choices:
            if choice.token:
                yield choice.token, outbound.address.account


KINDS_OF_BUTTONS = {
    "approve", "enrol", "hand_over", "rights", "seats", "report", "approvals", "broadcast",
    "pauses", "progress", "requests", "returns", "sheet", "staff_menu",
}  # fmt: skip


def test_every_kind_of_button_is_listed() -> None:
    assert listed("Buttons") == KINDS_OF_BUTTONS | {"rsvp"}  # tests/scheduler presses those


def _kind(token: str) -> str:
    name = token.partition("|")[0]
    return "report" if name.isdecimal() else name


async def test_a_button_of_somebody_else_does_nothing(template: Path, tmp_path: Path) -> None:
    shown: dict[str, set[str]] = {}
    for who in LINKED:
        async with opened(template, tmp_path) as house:
            for act in ACTS.values():
                await play(house, who, act.says)
            for token, whose in _tokens(house):
                shown.setdefault(token, set()).add(whose)
    assert {_kind(token) for token in shown} <= KINDS_OF_BUTTONS, "a button of a new kind needs a line here"
    assert len({_kind(token) for token in shown}) >= 4
    async with opened(template, tmp_path) as house:
        for who in ("branch_head", "commune_deputy", "administrator", "stranger", "nobody"):
            before = guarded(house, who)
            for token in (token for token, whose in shown.items() if who not in whose):
                phone = Phone(house, Address("telegram", who))
                await phone.says("", choice=token, group=who == "nobody")
                assert changed(house, before, who) == [], (who, token)
