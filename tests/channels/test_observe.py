"""The log: readable, and without secrets or a person's words."""

import io
import json
import logging
from pathlib import Path

import pytest

from bot import observe
from bot.channels.telegram import Telegram
from storage.domain.messages import Address, Outbound
from storage.domain.problems import Finding, SettingsProblem
from tests.fakes.telegram import TOKEN, FakeTelegram

LOGGER = logging.getLogger("bot.test")


def test_a_line_names_what_happened_and_its_ids(log: io.StringIO) -> None:
    LOGGER.warning("send_failed", extra={"outbox_id": 7, "kind": "NotNow", "reason": "too many"})
    line = log.getvalue()
    assert " level=warning event=send_failed " in line
    assert 'outbox_id=7 kind=NotNow reason="too many"' in line


@pytest.mark.parametrize(
    ("template", "argument"),
    [
        ("HTTP Request: POST https://api.telegram.org/bot%s/getMe", TOKEN),
        ("token %s", TOKEN),
        ("another bot's: %s", "8123456:AAEanotheranotheranotheranother1234"),
    ],
)
def test_a_token_is_hidden_wherever_a_library_writes_it(
    log: io.StringIO, template: str, argument: str
) -> None:
    logging.getLogger("somelibrary").warning(template, argument)
    assert argument not in log.getvalue()
    assert observe.HIDDEN in log.getvalue()


def test_times_and_addresses_are_not_taken_for_tokens(log: io.StringIO) -> None:
    LOGGER.info("at 2024-03-12T08:00:00 on 127.0.0.1:8080, m:42:17, 113")
    assert "at 2024-03-12T08:00:00 on 127.0.0.1:8080, m:42:17, 113" in log.getvalue()


def test_an_exception_shows_where_and_what_but_no_words(log: io.StringIO) -> None:
    def inner() -> None:
        raise ValueError("chị Hoa, 0912345678")

    try:
        try:
            inner()
        except ValueError as error:
            raise SettingsProblem(Finding("CHIHOI_PORT", f"sai {TOKEN}")) from error
    except SettingsProblem:
        LOGGER.exception("turn_failed", extra={"message_id": "m:42:1"})
    line = log.getvalue()
    assert "in inner" in line
    assert "ValueError" in line
    assert "0912345678" not in line
    assert "SettingsProblem: CHIHOI_PORT: sai [hidden]" in line


def test_json_lines() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        observe.configure(("matkhau",), "json", stream=stream)
        LOGGER.info("đã gửi %s", "matkhau", extra={"outbox_id": 7})
        LOGGER.debug("not at INFO")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["outbox_id"], line["level"]) == ("đã gửi [hidden]", 7, "info")


async def test_no_line_at_debug_holds_token_or_words(
    telegram: Telegram, fake: FakeTelegram, log: io.StringIO, tmp_path: Path
) -> None:
    fake.says(42, "chị Hoa họp rồi")
    fake.sends_photo(42, b"picture")
    updates = await telegram.updates()
    await telegram.send(Outbound(Address("telegram", "42"), "Dạ, cảm ơn chị Hoa"))
    attachment = telegram.read(updates[1])[0].attachment
    assert attachment is not None
    await telegram.fetch(attachment)
    LOGGER.debug("at DEBUG")
    assert "at DEBUG" in log.getvalue()
    assert "Hoa" not in log.getvalue()
