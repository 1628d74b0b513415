"""Her rights in chat, and what is left of her after XÓA LUÔN."""

from datetime import UTC, date, datetime, time
from functools import partial

import pytest

from bot.erasing import FileEraser
from scheduler.clock import VIETNAM, ManualClock
from scheduler.rules.rounds import Rules
from scheduler.sweep import Keep
from scheduler.sweeps.retention import Retention
from storage.domain.effects import PersonErased, RetentionReached
from storage.plan.working_days import is_working_day, working_days_after
from storage.queries import answers, conversations, people, privacy, pushes, rounds
from tests.kh83 import kh83
from tests.people.conftest import CODE, START, House, Phone, everything

ACCOUNT = "84912345678"


async def hoa_enrolled(house: House, channel: str = "zalo") -> Phone:
    """Cô Hoa, by her letter's code."""
    await house.issue("13999-05")
    phone = house.phone(ACCOUNT, channel)
    await phone.starts(CODE)
    await phone.says("1")
    await phone.says("1")
    return phone


async def test_show_before_a_report_and_during_one(house: House) -> None:
    hoa = await hoa_enrolled(house)
    shown = await hoa.says("xem thông tin")
    for part in (
        "Nguyễn Thị Hoa",
        "Chi hội trưởng xóm 5",
        "đồng ý ngày 14/03/2024",
        "Không lưu số điện thoại",
    ):
        assert part in shown
    await hoa.says("bắt đầu")
    await hoa.says("1")
    await hoa.says("rồi")
    assert "Số chị đã nhắn cho em" in await hoa.says("xem"), "in a report XEM shows the report, as before"
    (task,) = house.ask(privacy.due_tasks)
    assert (task.kind, task.seat) == ("show_request", "13999-05")


async def test_mute_and_unmute(house: House) -> None:
    hoa = await hoa_enrolled(house)
    assert await hoa.says("tắt nhắc") == (
        "Dạ em tắt nhắc rồi ạ. Chị vẫn gửi số được bất cứ lúc nào: nhắn BẮT ĐẦU. Bật lại thì nhắn BẬT NHẮC."
    )
    seat = house.seat("13999-05")
    assert house.ask(pushes.asked_off, [seat.id])
    assert "bật nhắc lại" in await hoa.says("BẬT NHẮC")
    assert not house.ask(pushes.asked_off, [seat.id])


async def test_edit_her_name_and_form(house: House) -> None:
    hoa = await hoa_enrolled(house)
    assert "1 Họ tên · 2 Cách xưng hô · 3 Thôi" in await hoa.says("sửa thông tin")
    await hoa.says("1")
    assert "Nguyễn Thị Hoà" in await hoa.says("nguyễn thị hoà")
    await hoa.says("sửa thông tin")
    await hoa.says("2")
    await hoa.says("3")
    person = house.seat("13999-05").person
    assert person is not None
    assert (person.name, person.address_form) == ("Nguyễn Thị Hoà", "bác")


async def test_rights_are_listed_and_name_whom_to_call(house: House) -> None:
    hoa = await hoa_enrolled(house)
    said = await hoa.says("QUYỀN")
    assert all(
        word in said for word in ("XEM", "SỬA", "TẮT", "BẬT NHẮC", "RÚT", "XÓA", "chị Lan, Chủ tịch Hội xã")
    )


@pytest.mark.parametrize("keep", ["THÔI", "không", "không xóa"])
async def test_erasing_is_asked_twice(house: House, keep: str) -> None:
    hoa = await hoa_enrolled(house)
    wording = (
        "Chị muốn xóa tài khoản của mình khỏi Trợ lý ạ? Em sẽ xóa tên, số điện thoại, tài khoản Zalo "
        "của chị. Số liệu của Chi hội vẫn giữ vì là số của Hội. Chị nhắn XÓA LUÔN để xác nhận, hoặc THÔI. "
        "Hội tỉnh trả lời chị trong 2 ngày làm việc."
    )
    assert await hoa.says("XÓA LUÔN") == wording
    assert await hoa.says("XÓA") == wording
    (task,) = house.ask(privacy.due_tasks)
    assert task.due_at == datetime(2024, 3, 18, 17, 0, tzinfo=VIETNAM), "Thursday evening: Friday, Monday"
    assert "giữ nguyên" in await hoa.says(keep)
    assert house.seat("13999-05").person is not None


async def test_another_word_in_between_settles_the_question(house: House) -> None:
    hoa = await hoa_enrolled(house)
    await hoa.says("xóa")
    await hoa.says("bắt đầu")
    assert "Chị muốn xóa tài khoản" in await hoa.says("xóa luôn"), "asked anew"


async def reported(house: House, hoa: Phone) -> None:
    """A report with a proposal and a photo, sent; then one answer corrected."""
    photo = house.folder / "photos" / "2024" / "03" / "hoa.jpg"
    photo.parent.mkdir(parents=True, exist_ok=True)
    photo.write_bytes(b"a picture of Hoa")
    await hoa.says("bắt đầu")
    for words in ("1", "rồi", "bốn mươi mốt", "2 chị, 1 chị chuyển đi", "ko", "0", "đường xóm mưa là ngập"):
        await hoa.says(words)
    await hoa.sends_photo("2024/03/hoa.jpg")
    await hoa.says("1")
    await hoa.says("sửa 2")
    await hoa.says("bốn mươi hai")


@pytest.mark.on_postgres
async def test_after_erasing_no_trace_is_in_tables_or_files_and_the_figures_stay(house: House) -> None:
    lan = await house.linked("13999", "111")
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    await hoa.says("chị nghỉ chi hội trưởng rồi")
    await hoa.says("1")
    assert "chị Hoa (Chi hội xóm 5)" in lan.last(), "so her name stands in a message to somebody else"
    seat, march = house.seat("13999-05"), house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    traces = (
        ACCOUNT,
        "Nguyễn Thị Hoa",
        "nguyen thi hoa",
        "chị Hoa",
        "bốn mươi mốt",
        "bốn mươi hai",
        "mưa là ngập",
        "hoa.jpg",
    )
    before = everything(house)
    assert all(trace in before for trace in traces)

    await hoa.says("xóa")
    assert "đã xóa tên, tài khoản, ảnh và tin nhắn của chị" in await hoa.says("XÓA LUÔN")
    clock = ManualClock(house.clock.now())
    assert await FileEraser(house.database, house.writer, house.folder / "photos", clock).once() >= 1

    found = everything(house)
    for trace in (*traces, "a picture of Hoa"):
        assert trace not in found, trace
    kept = house.ask(answers.answers, seat.id, march.id)
    assert len(kept) >= 7
    assert {answer.raw for answer in kept.values()} == {""}
    figures = [value for answer in kept.values() for value in answer.values.values()]
    assert [42, 62] in figures
    given = house.ask(answers.submission, seat.id, march.id)
    assert given is not None
    assert given.status == "submitted"
    empty = house.seat("13999-05").person
    assert empty is None
    assert "em không thấy" not in await hoa.says("alo"), "she is a stranger again"
    assert hoa.last().startswith("Em chào chị ạ.")
    assert [row[0] for row in house.rows("SELECT said FROM consents ORDER BY id")] == ["agreed", "erased"]


async def test_withdrawing_unties_the_account_and_keeps_the_figures(house: House) -> None:
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    assert "1 Rút · 2 Thôi" in await hoa.says("rút lại đồng ý")
    assert "đã bỏ tài khoản này" in await hoa.says("1")
    assert house.ask(people.seats_of, hoa.address) == []
    assert ACCOUNT not in everything(house)
    assert house.seat("13999-05").person is not None, "the commune's own list of heads stays"
    assert [row[0] for row in house.rows("SELECT said FROM consents ORDER BY id")] == ["agreed", "withdrawn"]


async def test_erasing_leaves_a_photo_that_another_shows(house: House) -> None:
    hoa = await hoa_enrolled(house)
    other = await house.linked("13999-04", "444")
    await reported(house, hoa)
    await reported(house, other)
    person = house.seat("13999-05").person
    assert person is not None
    await house.write(PersonErased(person.id, START.astimezone(UTC), frozenset(), frozenset({"anh"})))
    clock = ManualClock(START)
    await FileEraser(house.database, house.writer, house.folder / "photos", clock).once()
    assert (house.folder / "photos" / "2024" / "03" / "hoa.jpg").exists()


async def test_retention_blanks_what_is_old_once(house: House) -> None:
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    seat, march = house.seat("13999-05"), house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    sweep = Retention().keeping(Keep(raw_days=90))

    async def sweep_at(moment: datetime) -> None:
        await house.writer.run("sweep", lambda reader: sweep.decide(Rules(kh83()), reader, moment))

    await sweep_at(datetime(2024, 6, 10, 9, 0, tzinfo=VIETNAM))
    assert any(line.text for line in house.ask(conversations.transcript, hoa.address, 200))
    await sweep_at(datetime(2024, 6, 14, 9, 0, tzinfo=VIETNAM))
    assert not any(line.text for line in house.ask(conversations.transcript, hoa.address, 200))
    assert {answer.raw for answer in house.ask(answers.answers, seat.id, march.id).values()} == {""}
    lines = house.rows("SELECT count(*) FROM audit")
    await sweep_at(datetime(2024, 6, 14, 10, 0, tzinfo=VIETNAM))
    assert house.rows("SELECT count(*) FROM audit") == lines, "a second look finds nothing"


@pytest.mark.on_postgres
async def test_retention_forgets_accounts_photos_and_strangers(house: House) -> None:
    hoa = await hoa_enrolled(house)
    await reported(house, hoa)
    await house.phone("999").says("chào em")
    lan = await house.linked("13999", "111")
    for words in ("bàn giao xóm 5", "chưa", "1"):
        await lan.says(words)
    at = house.clock.now().astimezone(UTC)
    sweep = Retention()
    for moment in (
        START.replace(month=4, day=10),
        START.replace(month=4, day=20),
        START.replace(year=2025, month=12),
    ):
        await house.writer.run("sweep", partial(sweep.decide, Rules(kh83()), now=moment))
        tied = house.ask(lambda reader: people.linked(reader, hoa.address))
        assert tied == (moment.month == 4 and moment.day == 10)
    assert at < START.replace(year=2025).astimezone(UTC)
    assert house.rows("SELECT count(*) FROM matters") == [(0,)]
    assert len(house.ask(privacy.doomed_files)) >= 1


@pytest.mark.on_postgres
async def test_the_audit_is_append_only_and_loses_only_what_is_two_years_old(house: House) -> None:
    await hoa_enrolled(house)

    def attempt(statement: str) -> str:
        with house.database.connect_for_writing() as connection:
            try:
                connection.exec_driver_sql(statement)
            except Exception as error:
                return str(error)
        return ""

    assert "append-only" in attempt("UPDATE audit SET what = ''")
    assert "24 months" in attempt("DELETE FROM audit")
    late = datetime(2026, 9, 1, tzinfo=UTC)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    await house.write(RetentionReached(late, long_ago, long_ago, long_ago, late, long_ago))
    assert house.rows("SELECT count(*) FROM audit WHERE what = 'seat_linked'") == [(1,)]


def test_two_working_days_leave_out_weekends_and_tet() -> None:
    def due(year: int, month: int, day: int) -> tuple[date, time]:
        moment = working_days_after(datetime(year, month, day, 20, 0, tzinfo=VIETNAM), 2)
        return moment.date(), moment.time()

    assert due(2024, 3, 14) == (date(2024, 3, 18), time(17, 0))
    assert due(2024, 4, 28) == (date(2024, 5, 3), time(17, 0)), "30/4 and 1/5 are holidays"
    assert not is_working_day(date(2026, 2, 17)), "mùng 1 Tết"
