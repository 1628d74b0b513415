"""What the clock says, to whom and when; through ticks and messages on a real file."""

from datetime import UTC, timedelta

import pytest

from storage.domain.effects import (
    AccountUnreachable,
    ChannelLimitsSet,
    MessagesCounted,
    PauseSet,
    RemindersSilenced,
    RoundOpened,
)
from storage.domain.messages import Address
from storage.queries import outbox
from tests.scheduler.conftest import ANSWERS, DAO, HOA, LAN, Heard, Province, at


def said_to(heard: list[Heard], code: str) -> list[str]:
    return [each.text for each in heard if each.to == code]


async def test_the_opening_is_the_greeting_once(december: Province) -> None:
    heard = await december.tick(at("12/12", "07:30"))
    assert said_to(heard, HOA)[0].startswith("Em chào chị Hoa ạ! Em xin chị 3 phút để chốt số tháng 12")
    assert [each for each in await december.tick(at("12/12", "07:35")) if each.to == HOA] == []
    assert (await december.say(HOA, "1"))[0].startswith("Câu 1/7. ")


async def test_nobody_is_told_before_the_slot_or_after_submitting(december: Province) -> None:
    assert await december.tick(at("12/12", "07:29")) == []
    await december.until(at("14/12", "19:42"))
    await december.report(HOA)
    heard = await december.until(at("24/12", "12:00"))
    assert said_to(heard, HOA) == []
    assert len(said_to(heard, DAO)) == 4


async def test_the_nudges_are_in_the_guides_words_with_what_is_left(december: Province) -> None:
    await december.until(at("12/12", "20:00"))
    await december.say(DAO, "bắt đầu", "1", "30", "2 chị, 1 chị chuyển đi")
    before, tomorrow, late, last = said_to(await december.until(at("24/12", "12:00")), DAO)
    assert before == (
        "Em chào chị Đào ạ. Thứ Tư 18/12 là chốt số tháng 12. Chi hội xóm 9 còn 4 câu, khoảng 2 phút. Chị"
        ' tiện thì nhắn TIẾP nhé. Cần em nhắc giờ khác thì nhắn giờ, ví dụ "8h tối".'
    )
    assert tomorrow.startswith("Chị Đào ơi, mai 18/12 là chốt số tháng 12 ạ. Chi hội xóm 9 còn 4 câu thôi.")
    assert "đọc cho chị Lan (Chủ tịch Hội xã) ghi hộ cũng được" in late
    assert last.endswith("Em không nhắc thêm kỳ này nữa ạ.")


async def test_nobody_is_interrupted_while_she_answers(december: Province) -> None:
    """A nudge between question and answer would be about another matter than her next words."""
    await december.until(at("16/12", "20:00"))
    december.clock.set(at("17/12", "08:28"))
    await december.say(HOA, "tiếp", "1")
    assert said_to(await december.tick(at("17/12", "08:30")), HOA) == []
    assert "Câu 3/7" in (await december.say(HOA, "30"))[0]
    assert said_to(await december.tick(at("17/12", "08:49")), HOA) == []
    later = said_to(await december.tick(at("17/12", "08:51")), HOA)
    assert len(later) == 1
    assert "còn 5 câu" in later[0]


@pytest.mark.on_postgres
async def test_a_push_waiting_in_the_outbox_is_cleared_by_the_report(december: Province) -> None:
    await december.until(at("16/12", "20:00"))
    december.clock.set(at("17/12"))
    await december.scheduler.tick()
    waiting = december.ask(outbox.waiting, "web", at("17/12"), 100)
    assert HOA in [message.outbound.address.account for message in waiting]
    # She answers before the sender comes to it.
    for text in ("tiếp", "1", "30", "2 chị, 1 chị chuyển đi", "0", "0", "không", "bỏ qua", "1"):
        await december.say_only(HOA, text)
    assert not any("mai 18/12" in each.text for each in await december.deliver() if each.to == HOA)
    states = december.rows(
        "select state, reason from pushes where step = 'T-1' and seat_id = :seat", seat=december.seat(HOA).id
    )
    assert [tuple(row) for row in states] == [("cleared", "submitted")]
    assert said_to(await december.until(at("24/12", "12:00")), HOA) == []


async def test_what_was_not_sent_before_silence_waits_for_the_next_slot(province: Province) -> None:
    province.clock.set(at("12/3", "07:30"))
    await province.scheduler.tick()
    assert await province.tick(at("12/3", "10:50")) == []  # nobody sent it; the slot is over
    heard = await province.until(at("12/3", "14:30"))
    assert len(said_to(heard, HOA)) == 1
    assert heard[0].at >= at("12/3", "14:00")


async def test_a_time_she_asked_for_is_kept_and_replaces_the_nudge(province: Province) -> None:
    await province.until(at("14/3", "12:00"))
    await province.say(HOA, "tiếp")
    await province.say(HOA, "9h30 tối mai nhắc chị")
    wish = province.rows("select due_at from reminders")[0][0]
    heard = await province.until(at("15/3", "22:00"), timedelta(minutes=5))
    told = [each for each in heard if each.to == HOA and "chị hẹn em nhắc" in each.text]
    assert len(told) == 1
    assert told[0].at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") == str(wish)[:16]


async def test_what_falls_together_is_one_message_of_one_screen(province: Province) -> None:
    heard = await province.until(at("31/3", "21:00"))
    for code in (HOA, DAO, LAN):
        days = [each.at.date() for each in heard if each.to == code and each.priority == "push"]
        assert len(days) == len(set(days))
        for day in days:
            assert sum(timedelta(0) <= day - each < timedelta(days=7) for each in days) <= 3
    assert max(len(each.text) for each in heard) <= 500


@pytest.mark.on_postgres
async def test_the_commune_is_given_the_list_after_the_last_nudge(december: Province) -> None:
    await december.until(at("14/12", "19:42"))
    await december.report(HOA)
    heard = await december.until(at("24/12", "12:00"))
    text = next(text for text in said_to(heard, LAN) if "NHẬP HỘ" in text)
    assert "1/2 chi hội đã gửi số tháng 12. Còn xóm 9. Chị gọi giúp chị ấy, hoặc nhắn NHẬP HỘ XÓM 9" in text


async def test_tet_is_silent(province: Province) -> None:
    province.clock.set(at("6/2", "21:00"))
    assert await province.until(at("15/2", "23:00"), timedelta(hours=2)) == []


async def test_a_pause_holds_everything_until_its_end(province: Province) -> None:
    now = province.clock.now().astimezone(UTC)
    await province.write(PauseSet(None, now, at("14/3", "00:00").astimezone(UTC)))
    assert await province.until(at("13/3", "21:00")) == []
    assert said_to(await province.until(at("14/3", "12:00")), HOA) != []


async def test_who_asked_for_silence_or_is_gone_is_told_nothing_and_it_is_noted(province: Province) -> None:
    now = province.clock.now().astimezone(UTC)
    await province.tick(at("12/3", "07:30"))
    holder = province.seat(HOA).person
    assert holder is not None
    await province.write(RemindersSilenced(holder.id, now))
    await province.write(AccountUnreachable(Address("web", DAO), now))
    heard = await province.until(at("18/3", "21:00"))
    assert said_to(heard, HOA) == []
    assert said_to(heard, DAO) == []
    muted = "select reason from pushes where state = 'muted' and seat_id = :seat"
    reasons = {row[0] for row in province.rows(muted, seat=province.seat(HOA).id)}
    assert "asked_off" in reasons


@pytest.mark.on_postgres
async def test_staff_move_a_date_and_those_told_the_old_one_are_told(province: Province) -> None:
    province.clock.set(at("8/4", "12:00"))
    await province.link("36", "361")
    await province.say("36", "NGÀY HD44 18/5 07:30 tại Nhà văn hóa")
    await province.until(at("11/5", "12:00"))
    asked = next(
        text for each in reversed(province.heard) if each.to == "361" and "dự không" in (text := each.text)
    )
    assert asked.endswith("1 Sẽ dự · 2 Không dự")
    assert "sẽ dự" in (await province.say("361", "1"))[0]
    reply = await province.say("36", "dời HD44 25/5")
    assert "sang ngày 25/5" in reply[0]
    heard = await province.until(at("14/5", "12:00"))
    assert any("từ 18/5 sang 25/5" in text for text in said_to(heard, "361"))
    assert "sẽ dự 1" in (await province.say("36", "dự HD44"))[0]
    await province.say("36", "hủy HD44")
    heard = await province.until(at("26/5", "12:00"))
    assert any("không tổ chức" in text for text in said_to(heard, "361"))
    assert not any("Mai" in text and "khởi nghiệp" in text for text in said_to(heard, "361"))


async def test_a_date_moved_away_and_back_within_a_morning_changes_nothing(province: Province) -> None:
    province.clock.set(at("8/5", "12:00"))
    await province.link("36", "361")
    await province.say("36", "NGÀY HD44 18/5")
    await province.until(at("17/5", "00:10"))
    await province.say("36", "dời HD44 25/5")
    await province.say("36", "dời HD44 18/5")
    heard = said_to(await province.until(at("18/5", "12:00")), "361")
    assert len([text for text in heard if "khởi nghiệp" in text]) == 1  # tomorrow, or put off to the day
    assert not any("đổi lịch" in text for text in heard)


async def test_a_date_moved_away_and_back_is_said_twice_and_its_reminders_come(province: Province) -> None:
    province.clock.set(at("3/5", "12:00"))
    await province.link("36", "361")
    await province.say("36", "NGÀY HD44 18/5")
    await province.until(at("4/5", "20:00"))
    await province.say("36", "dời HD44 25/5")
    heard = said_to(await province.until(at("7/5", "12:00")), "361")
    assert len([text for text in heard if "từ 18/5 sang 25/5" in text]) == 1
    await province.say("36", "dời HD44 18/5")
    heard = said_to(await province.until(at("18/5", "20:00")), "361")
    of_event = [text for text in heard if "khởi nghiệp" in text]
    assert ["từ 25/5 sang 18/5" in text for text in of_event] == [True] + [False] * (len(of_event) - 1)
    assert len(of_event) >= 2
    heard = said_to(await province.until(at("26/5", "12:00")), "361")
    assert not any("Mai" in text and "khởi nghiệp" in text for text in heard)  # only results are asked


async def test_who_was_told_of_a_postponement_is_told_the_new_day(province: Province) -> None:
    province.clock.set(at("8/5", "12:00"))
    await province.link("36", "361")
    await province.say("36", "NGÀY HD44 18/5")
    await province.until(at("11/5", "12:00"))
    await province.say("36", "hoãn HD44")
    assert any("báo hoãn" in text for text in said_to(await province.until(at("14/5", "12:00")), "361"))
    await province.say("36", "NGÀY HD44 22/6")
    heard = said_to(await province.until(at("18/5", "12:00")), "361")
    assert len([text for text in heard if "22/6" in text]) == 1


async def test_a_milestone_is_due_on_the_day_that_holds(province: Province) -> None:
    """TC2 is on 31/1; its report is due with it, also when staff move the day, put it off and fix it anew."""
    province.clock.set(at("20/1", "12:00"))
    await province.link("36", "361")
    await province.tick()
    assert _due(province, "MOC-TC2-HU") == ("2024-01-31 13:30", None)
    await province.say("36", "dời TC2 27/2")
    await province.tick()
    assert _due(province, "MOC-TC2-HU") == ("2024-02-27 13:30", None)
    await province.until(at("15/2", "21:00"))  # a week after the first day it would have been closed
    assert _due(province, "MOC-TC2-HU") == ("2024-02-27 13:30", None)
    await province.say("36", "hoãn TC2")
    await province.until(at("8/3", "21:00"))
    assert _due(province, "MOC-TC2-HU") == ("2024-02-27 13:30", None)  # no day holds: nothing is closed
    await province.say("36", "NGÀY TC2 15/3")
    await province.until(at("30/3", "21:00"))
    assert _due(province, "MOC-TC2-HU") == ("2024-03-15 13:30", "2024-03-22 13:30")


def _due(province: Province, pack: str) -> tuple[str, str | None]:
    [row] = province.rows("select due_at, closed_at from rounds where pack = :pack", pack=pack)
    return row[0][:16], row[1] and row[1][:16]


async def test_a_branch_head_cannot_move_a_date(province: Province) -> None:
    await province.until(at("12/3", "08:00"))
    await province.say(HOA, "hủy HD44")
    assert province.rows("select * from event_changes") == []


async def test_after_closing_a_correction_is_a_request(december: Province) -> None:
    await december.until(at("14/12", "19:42"))
    await december.report(HOA)
    await december.tick(at("26/12", "12:00"))
    replies = await december.say(HOA, "sửa 2", "28")
    assert "Số tháng 12 tỉnh đã chốt ngày 25/12 nên em chưa đổi thẳng được ạ." in replies[-1]
    assert len(december.rows("select * from correction_requests")) == 1
    kept = december.rows("select cast(field_values as text) from answers where question = 'MH33.2.du'")[0][0]
    assert kept == '{"MH33.2.du":[30,62]}'


@pytest.mark.on_postgres
async def test_the_province_is_told_how_things_stand_and_only_news(december: Province) -> None:
    await december.link("36")
    await december.until(at("14/12", "19:42"))
    await december.report(HOA)
    heard = await december.until(at("22/12", "21:00"))
    digests = [text for text in said_to(heard, "36") if "BÁO CÁO THÁNG 12" in text]
    assert "Đã gửi: 1/3 chi hội (33,3%), 0/2 xã đủ" in digests[0]
    assert len(digests) == 1  # nothing has changed since
    assert (await december.say("36", "CHƯA"))[0].splitlines()[1:3] == [
        "1. Chi hội thôn 1",
        "2. Chi hội xóm 9",
    ]


async def test_the_province_hears_of_a_channels_limit_before_it_bites(december: Province) -> None:
    await december.link("36")
    await december.write(
        ChannelLimitsSet("zalo_bot", 3000, None),
        MessagesCounted(Address("zalo_bot", "c1"), "2024-12", 2450, None),
    )
    heard = await december.until(at("22/12", "21:00"))
    digests = [text for text in said_to(heard, "36") if "BÁO CÁO THÁNG 12" in text]
    assert "Zalo Bot tháng này đã gửi 2.450/3.000 tin theo gói" in digests[0]
    assert not any("theo gói" in text for text in said_to(heard, LAN))  # a commune can do nothing about it


@pytest.mark.parametrize("word", ["1", "TIẾP"])
async def test_reports_that_open_on_one_day_follow_each_other(province: Province, word: str) -> None:
    """12/3: the month, the quarter and the fund's running total wait; one push, and one sitting is enough."""
    await province.tick(at("12/3", "07:30"))
    [opening] = [heard.text for heard in province.heard if heard.to == HOA]
    assert opening.count("\nNgoài ra ") == 2
    assert opening.index("Quỹ Hoàng Ngân") < opening.index("số tháng 3")  # due on 13/3 and 18/3
    said = await _to_the_end(province, "TIẾP")
    assert "nhắn 1 (hoặc TIẾP) là em hỏi luôn" in said
    assert "nhắn 1 (hoặc TIẾP) là em hỏi luôn" in await _to_the_end(province, word)
    assert "là em hỏi luôn" not in await _to_the_end(province, word)
    assert _sent(province) == ["CH-Q", "CH-T", "SK-HD46a-CH"]
    assert len([each for each in province.heard if each.to == HOA and each.priority == "push"]) == 1


async def test_going_on_asks_at_once_without_another_greeting(province: Province) -> None:
    await province.tick(at("12/3", "07:30"))
    await _to_the_end(province, "TIẾP")
    assert (await province.say(HOA, "1"))[-1].startswith("Câu 1/6. ")


async def test_a_correction_after_the_offer_is_about_what_she_just_sent(december: Province) -> None:
    await december.write(_open_sheet_for("SK-HD46a-CH"))
    await december.tick(at("12/12", "07:30"))
    await december.report(HOA)
    assert "hỏi luôn" not in december.heard[-1].text  # one more question of this report comes first
    assert "hỏi luôn" in (await december.say(HOA, "0"))[-1]
    assert "Câu 2/7" in (await december.say(HOA, "SỬA 2"))[-1]
    assert "thành 31/62" in (await december.say(HOA, "31"))[-1]


def _open_sheet_for(pack: str) -> RoundOpened:
    """Another round that is open with the month's."""
    return RoundOpened(pack, "2024-12-11", at("12/12", "07:00").astimezone(UTC), at("20/12").astimezone(UTC))


def _sent(province: Province) -> list[str]:
    rows = province.rows(
        "select r.pack from submissions s join rounds r on r.id = s.round_id"
        " where s.seat_id = :seat and s.status = 'submitted' order by r.pack",
        seat=province.seat(HOA).id,
    )
    return [row[0] for row in rows]


SIGNS = (("xin hỏi thêm", "0"), ANSWERS[0], ("Quỹ Hoàng Ngân", "350k"), *ANSWERS)


async def _to_the_end(province: Province, word: str) -> str:
    """One whole report of Hoa's, begun with this word; the last thing she hears."""
    for _ in range(20):
        said = (await province.say(HOA, word))[-1]
        if said.startswith(("Xong rồi", "Em đã ghi thêm")) and "xin hỏi thêm" not in said:
            return said
        word = next(text for sign, text in SIGNS if sign in said)
    raise AssertionError(said)
