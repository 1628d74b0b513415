"""A metered channel's way out: counted, held until she writes, as a template, on her commune's list."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channel import Pair
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import Rules, ZaloOa
from bot.sender import Lane
from bot.windows import HOLD_AT_MOST, month_of
from scheduler.clock import ManualClock
from storage.domain.effects import (
    ChannelLimitsSet,
    ChannelPreferred,
    ChatHeard,
    ConversationMoved,
    MessageQueued,
    MessagesCounted,
    Priority,
    RoundOpened,
    SeatLinked,
    UnitsImported,
)
from storage.domain.messages import Address, Outbound
from storage.queries import people
from storage.queries.channels import Chat, Usage, chat, usages
from tests.channels.cases import MemoryTokens
from tests.channels.conftest import NOW, House
from tests.channels.test_sender import running
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOa
from tests.storage.conftest import TREE
from tests.zalo.conftest import Fast, account, ago

HOA = Address("zalo_oa", "hoa")
STATES = "SELECT state FROM outbox ORDER BY id"


def queued(text: str, priority: Priority = "push", at: datetime = NOW, to: Address = HOA) -> MessageQueued:
    return MessageQueued(Outbound(to, text), at, priority)


def lane_of(house: House, channel: ZaloOa | ZaloBot) -> Lane:
    return Lane(house.database, house.writer, channel, house.clock, Fast(), first_wait=0.01)


async def write(house: House, *effects: object) -> None:
    await house.writer.run("test", lambda reader: effects)  # type: ignore[arg-type,return-value]


@pytest.fixture
async def linked(house: House) -> int:
    """Her account, her seat and a round she is asked about."""
    await write(house, UnitsImported(TREE, NOW))
    await write(house, RoundOpened("CH-T", "2024-03", NOW, NOW + timedelta(days=6)))
    [(seat,)] = house.rows("SELECT id FROM seats WHERE code = '13999-01'")
    number = int(str(seat))
    await write(house, SeatLinked(HOA, number, NOW, ""), ConversationMoved(HOA, NOW, number, 1))
    return number


async def test_within_the_window_messages_go_and_are_counted(
    house: House, oa: ZaloOa, platform: FakeZaloOa
) -> None:
    platform.user("hoa")
    await write(house, ChatHeard(HOA, ago(hours=1)))
    await house.queue(queued("Nhắc"), queued("Dạ", "reply"))
    async with running(lane_of(house, oa)):
        await house.until(STATES, [("sent",)] * 2)
    assert house.ask(chat, HOA) == Chat(ago(hours=1), 2, 6)
    assert house.rows("SELECT channel, month, messages FROM channel_counts") == [("zalo_oa", "2024-03", 2)]


async def test_outside_it_a_push_waits_until_she_writes_and_goes_after_the_answer(
    house: House, oa: ZaloOa, platform: FakeZaloOa, clock: ManualClock, linked: int
) -> None:
    platform.user("hoa")
    await house.queue(queued("Đến hạn rồi ạ"))
    async with running(lane_of(house, oa)):
        await house.until(STATES, [("held",)])
        assert platform.texts("hoa") == []
        assert house.rows("SELECT kind, seat_id FROM tasks") == [("call_unreachable", linked)]
        clock.advance(timedelta(hours=5))
        at = clock.now().astimezone(UTC)
        await write(house, ChatHeard(HOA, at), queued("Dạ, câu 1 ạ", "reply", at))
        await house.until(STATES, [("sent",)] * 2)
    assert platform.texts("hoa") == ["Dạ, câu 1 ạ", "Đến hạn rồi ạ"]


async def test_what_was_held_too_long_is_of_no_use(
    house: House, oa: ZaloOa, platform: FakeZaloOa, clock: ManualClock
) -> None:
    platform.user("hoa")
    await house.queue(queued("Mai họp ạ"))
    async with running(lane_of(house, oa)):
        await house.until(STATES, [("held",)])
        clock.advance(HOLD_AT_MOST + timedelta(minutes=1))
        at = clock.now().astimezone(UTC)
        await write(house, ChatHeard(HOA, at), queued("Dạ", "reply", at))
        await house.until(STATES, [("failed",), ("sent",)])
    assert platform.texts("hoa") == ["Dạ"]


async def test_without_the_list_nobody_is_told(house: House, platform: FakeZaloOa, linked: int) -> None:
    quiet = account(platform.api, rules=Rules(tell_above=False))
    await house.queue(queued("Nhắc"))
    async with running(lane_of(house, quiet)):
        await house.until(STATES, [("held",)])
    await quiet.close()
    assert house.rows("SELECT count(*) FROM tasks") == [(0,)]


@pytest.mark.parametrize("by", ["user", "phone"])
async def test_outside_it_a_push_goes_as_a_template(
    house: House, linked: int, platform: FakeZaloOa, by: str
) -> None:
    url = f"{platform.api}/message/template"
    rules = Rules(zns_url=url, zns_template="77", zns_by=by, zns_data=(("noi_dung", "{text}"),))
    channel = account(platform.api, rules=rules)
    await write(house, ChatHeard(HOA, ago(days=9), "84912345678"))
    await house.queue(queued("Đến hạn rồi ạ"))
    async with running(lane_of(house, channel)):
        await house.until(STATES, [("sent",)])
    await channel.close()
    [sent] = platform.ledger()["templates"]
    assert (sent.get("phone"), sent.get("user_id")) == (
        ("84912345678", None) if by == "phone" else (None, "hoa")
    )


async def test_a_window_the_platform_finds_closed_first(
    house: House, platform: FakeZaloOa, oa: ZaloOa
) -> None:
    platform.user("hoa", silent=8)
    await write(house, ChatHeard(HOA, ago(hours=1)))
    await house.queue(queued("Nhắc"))
    async with running(lane_of(house, oa)):
        await house.until("SELECT state, substr(error, 1, 4) FROM outbox", [("held", "-230")])
    url = f"{platform.api}/message/template"
    rules = Rules(zns_url=url, zns_template="77", zns_data=(("a", "{text}"),))
    again = Pair("", platform.ledger()["refresh"], NOW, NOW)
    channel = account(platform.api, MemoryTokens(again), rules=rules)
    await house.queue(queued("Nhắc nữa"))
    async with running(lane_of(house, channel)):
        await house.until(STATES, [("held",), ("sent",)])
        platform.script("template", answer={"error": -118, "message": "no Zalo account"})
        await house.queue(queued("Nhắc mãi"))
        await house.until(STATES, [("held",), ("sent",), ("held",)])
    await channel.close()


async def test_a_held_push_stands_in_no_answers_way(
    house: House, oa: ZaloOa, platform: FakeZaloOa, linked: int
) -> None:
    platform.user("hoa")
    await house.queue(queued("Nhắc 1"), queued("Nhắc 2"))
    await house.queue(queued("Dạ", "reply"))
    async with running(lane_of(house, oa)):
        await house.until("SELECT count(*) FROM outbox WHERE state = 'held'", [(3,)])
    assert house.rows("SELECT count(*) FROM tasks") == [(1,)]  # one call, however many messages


async def test_near_the_months_end_of_messages_only_answers_go(house: House, fake: FakeZaloBot) -> None:
    her = Address("zalo_bot", "hoa")
    fake.says("hoa", "chào")
    channel = ZaloBot(TOKEN, fake.api, limits=(100, 50))
    await write(house, ChatHeard(her, ago(hours=1)), MessagesCounted(her, "2024-03", 95))
    await house.queue(queued("Nhắc", to=her))
    async with running(lane_of(house, channel)):
        await house.until(STATES, [("held",)])
        await house.queue(queued("Dạ", "reply", to=her))
        await house.until(STATES, [("held",), ("sent",)])
    await channel.close()
    assert fake.texts("hoa") == ["Dạ"]


def test_a_month_is_vietnams() -> None:
    assert month_of(datetime(2024, 3, 31, 17, 0, tzinfo=UTC)) == "2024-04"


async def test_what_the_digest_asks(house: House) -> None:
    for name in ("a", "b"):
        await write(house, ChatHeard(Address("zalo_bot", name), NOW))
    await write(
        house,
        ChannelLimitsSet("zalo_bot", 3000, 50),
        ChannelLimitsSet("zalo_bot", 3000, 60),
        MessagesCounted(Address("zalo_bot", "a"), "2024-03", 2),
        MessagesCounted(Address("zalo_bot", "c"), "2024-03", 1),
    )
    assert house.ask(usages, "2024-03") == [Usage("zalo_bot", 3, 3, 3000, 60)]
    assert house.ask(usages, "2024-04") == [Usage("zalo_bot", 0, 3, 3000, 60)]


async def test_an_older_event_moves_no_window_back(house: House, linked: int) -> None:
    await write(house, ChatHeard(HOA, NOW), MessagesCounted(HOA, "2024-03", 1, 7))
    await write(house, ChatHeard(HOA, ago(hours=3), "84912345678"))
    assert house.ask(chat, HOA) == Chat(NOW, 1, 7, "84912345678")


async def test_who_writes_from_both_is_pushed_to_on_one(house: House, linked: int) -> None:
    telegram = Address("telegram", "42")
    await write(house, SeatLinked(telegram, linked, NOW + timedelta(hours=1), ""))
    assert house.ask(people.address_of, linked) == telegram  # last used
    await write(house, ChannelPreferred(linked, "zalo_oa", NOW))
    assert house.ask(people.address_of, linked) == HOA
    await write(house, ChannelPreferred(linked, "telegram", NOW))
    assert house.ask(people.address_of, linked) == telegram
    assert [seat.id for seat in house.ask(people.seats_of, HOA)] == [linked]  # answers come from either
    assert [seat.id for seat in house.ask(people.seats_of, telegram)] == [linked]
