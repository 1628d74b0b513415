"""What metered channels keep of somebody goes with her, and a stranger's account is never there in plain."""

from datetime import UTC, datetime

from storage.domain.effects import ChannelPreferred, ChatHeard
from storage.domain.messages import Address
from tests.people.conftest import House

ACCOUNT = "8412345678901"
PHONE = "0912345678"
NOW = datetime(2024, 3, 14, tzinfo=UTC)


async def test_a_stranger_leaves_no_account_and_no_phone(house: House) -> None:
    await house.write(ChatHeard(Address("zalo_oa", ACCOUNT), NOW, PHONE))
    kept = str(house.rows("SELECT * FROM chats"))
    assert ACCOUNT not in kept
    assert PHONE not in kept


async def test_an_erased_person_leaves_no_window_and_no_choice_of_channel(house: House) -> None:
    head = await house.linked("13999-05", ACCOUNT, channel="zalo_oa")
    seat = house.seat("13999-05")
    await house.write(
        ChatHeard(Address("zalo_oa", ACCOUNT), NOW, PHONE), ChannelPreferred(seat.id, "zalo_oa", NOW)
    )
    assert PHONE in str(house.rows("SELECT * FROM chats"))
    await head.says("XÓA")
    await head.says("XÓA LUÔN")
    assert house.rows("SELECT * FROM chats WHERE phone <> ''") == []
    assert house.rows("SELECT * FROM preferred_channels") == []
