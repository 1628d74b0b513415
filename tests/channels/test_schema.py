"""The checker of calls finds what is wrong, and the fake refuses it; a right call passes."""

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.fakes.bot_api_schema import object_faults, request_faults, schema
from tests.fakes.telegram import TOKEN, FakeTelegram


def keyboard(*rows: list[dict[str, Any]]) -> str:
    return json.dumps({"inline_keyboard": list(rows)})


def button(**more: Any) -> dict[str, Any]:
    return {"text": "1 Rồi", **more}


WRONG: Sequence[tuple[str, Mapping[str, Any], str]] = (
    ("sendMesage", {}, "unknown method sendMesage"),
    ("sendMessage", {"chat_id": "1", "text": "a", "txt": "a"}, "txt: unknown"),
    ("sendMessage", {"chat_id": "1"}, "text: required, missing"),
    ("sendMessage", {"chat_id": "1", "text": "đ" * 4097}, "text: 4097 characters, allowed 1-4096"),
    ("sendMessage", {"chat_id": "1", "text": ""}, "text: 0 characters, allowed 1-4096"),
    (
        "sendMessage",
        {"chat_id": "1", "text": "a", "reply_markup": keyboard([button(callback_data="đ" * 33)])},
        "reply_markup.inline_keyboard[0][0].callback_data: 66 bytes, allowed 1-64",
    ),
    (
        "sendMessage",
        {"chat_id": "1", "text": "a", "reply_markup": "inline"},
        "reply_markup: not JSON for InlineKeyboardMarkup",
    ),
    (
        "sendMessage",
        {"chat_id": "1", "text": "a", "reply_markup": keyboard([button()])},
        "reply_markup.inline_keyboard[0][0]: exactly one action wanted, got []",
    ),
    (
        "sendMessage",
        {"chat_id": "1", "text": "a", "reply_markup": keyboard([button(callback_data="a", url="b")])},
        "reply_markup.inline_keyboard[0][0]: exactly one action wanted, got ['callback_data', 'url']",
    ),
    (
        "sendMessage",
        {"chat_id": "1", "text": "a", "reply_markup": keyboard([button(callback_data="a")] * 9)},
        "reply_markup: row 0 has 9 buttons, allowed 8",
    ),
    (
        "sendMessage",
        {"chat_id": "1", "text": "a", "reply_markup": keyboard(*[[button(callback_data="a")]] * 101)},
        "reply_markup: 101 buttons, allowed 100",
    ),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1", "show_alert": "yes"},
        "show_alert: Boolean wanted, got 'yes'",
    ),
    ("getUpdates", {"offset": "soon"}, "offset: Integer wanted, got 'soon'"),
)


@pytest.mark.parametrize(("method", "params", "fault"), WRONG)
def test_a_wrong_call_has_exactly_its_fault(method: str, params: Mapping[str, Any], fault: str) -> None:
    assert request_faults(method, params) == [fault]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("getMe", {}),
        ("sendMessage", {"chat_id": "@hoa", "text": "đ" * 4096}),
        ("sendMessage", {"chat_id": "-7", "text": "a", "reply_markup": keyboard([button(url="a")] * 8)}),
        ("answerCallbackQuery", {"callback_query_id": "1", "show_alert": "true"}),
        ("sendLocation", {"chat_id": "1", "latitude": "20.43", "longitude": "-1"}),
        ("setWebhook", {"url": "https://a", "certificate": b"pem", "allowed_updates": '["message"]'}),
    ],
)
def test_a_right_call_has_no_fault(method: str, params: Mapping[str, Any]) -> None:
    assert request_faults(method, params) == []


def test_a_wrong_update_has_its_faults() -> None:
    user = {"id": 1, "first_name": "Hoa"}
    update = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 1,
            "chat": {"id": 1, "type": "private"},
            "from": user,
            "txt": "",
        },
        "callback_query": {"id": "1", "from": {**user, "is_bot": False}},
    }
    assert object_faults("Update", update) == [
        "message.txt: unknown",
        "message.from.is_bot: required, missing",
        "callback_query.chat_instance: required, missing",
    ]
    assert object_faults("Update", {"update_id": True}) == ["update_id: Integer wanted, got True"]


def test_the_description_names_its_origin() -> None:
    assert schema()["version"] == "Bot API 10.3"
    assert "MIT" in schema()["license"]


def call(fake: FakeTelegram, method: str, **params: Any) -> tuple[int, Any]:
    """A call without our client."""
    connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=20)
    connection.request(
        "POST",
        f"/bot{TOKEN}/{method}",
        urlencode(params),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    answer = connection.getresponse()
    status, body = answer.status, json.loads(answer.read())
    connection.close()
    return status, body


def test_the_fake_refuses_a_wrong_call_and_writes_it_down(running_fake: FakeTelegram) -> None:
    running_fake.reset()
    assert call(running_fake, "sendMessage", chat_id=42)[0] == 400
    assert call(running_fake, "sendMesage")[0] == 404
    assert running_fake.faults() == [
        "sendMessage: text: required, missing",
        "sendMesage: unknown method sendMesage",
    ]
    running_fake.reset()


def test_the_fake_gives_updates_by_the_servers_rules(fake: FakeTelegram) -> None:
    one, two, three = (fake.says(42, str(number)) for number in range(3))

    def ids(**params: int) -> list[int]:
        return [update["update_id"] for update in call(fake, "getUpdates", **params)[1]["result"]]

    assert ids() == [one, two, three]
    assert ids(offset=two) == [two, three]
    assert ids(offset=two) == [two]  # the same again at once: one only
    assert ids(offset=-1) == [three]
    assert fake.ledger()["confirmed"] == [one, two]
    status, body = call(fake, "sendMessage", chat_id=43, text="Dạ")
    assert (status, body["description"]) == (400, "Bad Request: chat not found")
    fake.push(42, "block")
    assert call(fake, "sendMessage", chat_id=42, text="Dạ") == (
        403,
        {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
    )
