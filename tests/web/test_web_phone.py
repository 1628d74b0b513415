"""The web phone as a channel: posts read into messages, uploads held while they are taken."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channel import NotNow, Sent
from bot.channels.web_phone import WebPhone
from scheduler.clock import VIETNAM
from storage.domain.messages import Address, Attachment, Inbound, Outbound

AT = datetime(2024, 3, 14, 19, 30, tzinfo=VIETNAM)
POST = {"seat": "13999-05", "id": "message-1", "at": AT}
HOA = Address("web", "13999-05")
MOMENT = datetime(2024, 3, 14, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": " 41 "}, Inbound(HOA, "13999-05:message-1", MOMENT, "41")),
        ({"text": "", "choice": "1|q.x:2"}, Inbound(HOA, "13999-05:message-1", MOMENT, choice="1|q.x:2")),
        (
            {"photo": True, "text": "buổi 8/3"},
            Inbound(HOA, "13999-05:message-1", MOMENT, "buổi 8/3",
                    attachment=Attachment("photo", "13999-05:message-1")),
        ),
        ({"text": "a\x00b\ud800"}, Inbound(HOA, "13999-05:message-1", MOMENT, "ab?")),
    ],
)  # fmt: skip
def test_a_post_is_one_message(fields: dict[str, Any], expected: Inbound) -> None:
    (inbound,) = WebPhone().read(POST | fields)
    assert inbound == expected
    assert inbound.at.tzinfo is UTC


@pytest.mark.parametrize(
    "payload",
    [None, [], "x", {}, POST, POST | {"text": "  "}, POST | {"text": 41}, POST | {"text": "a", "id": "short"},
     POST | {"text": "a", "id": "a" * 65}, POST | {"text": "a", "id": "13999:abcdef"},
     POST | {"text": "a", "seat": ""},
     POST | {"text": "a", "at": AT.replace(tzinfo=None)}, POST | {"text": "a", "at": "2024-03-14"}],
)  # fmt: skip
def test_what_is_no_post_gives_no_message(payload: Any) -> None:
    assert list(WebPhone().read(payload)) == []


async def test_an_upload_can_be_fetched_while_it_is_held() -> None:
    phone = WebPhone()
    (inbound,) = phone.read(POST | {"photo": True})
    assert inbound.attachment is not None
    with phone.holding(inbound, b"one"):
        with phone.holding(inbound, b"one"):
            assert await phone.fetch(inbound.attachment) == b"one"
        assert await phone.fetch(inbound.attachment) == b"one"
    with pytest.raises(NotNow):
        await phone.fetch(inbound.attachment)


async def test_sending_needs_nothing() -> None:
    assert isinstance(await WebPhone().send(Outbound(HOA, "Em chào chị ạ.")), Sent)
