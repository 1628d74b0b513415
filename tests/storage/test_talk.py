"""Conversations, rounds, the outbox, tasks and reminders; and that every effect has its function."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import get_args

from storage.apply import APPLY
from storage.domain.effects import (
    ConversationMoved,
    Effect,
    MessageFailed,
    MessageQueued,
    MessageReceived,
    MessageSent,
    Priority,
    ReminderRequested,
    RoundOpened,
    TaskRaised,
)
from storage.domain.messages import Address, Attachment, Choice, Inbound, Outbound
from storage.domain.rounds import Conversation
from storage.queries import conversations, outbox, rounds
from tests.storage.conftest import HANH, NOW, House, count, rows

LATER = NOW + timedelta(hours=1)
LAN = Address("web", "lan")
MAI = Address("web", "mai")


def test_every_effect_has_its_function() -> None:
    assert set(APPLY) == set(get_args(Effect))


async def test_the_conversation_of_an_account(house: House) -> None:
    assert house.ask(conversations.conversation, HANH) is None
    seat, asked = house.seat("13999-01"), await house.round()
    await house.write(ConversationMoved(HANH, NOW, seat.id, asked.id))
    assert house.ask(conversations.conversation, HANH) == Conversation(seat.id, asked.id)
    await house.write(ConversationMoved(HANH, NOW, None, None))
    assert house.ask(conversations.conversation, HANH) == Conversation(None, None)
    assert house.ask(conversations.conversation, LAN) is None


async def test_the_same_id_on_another_channel_is_another_message(house: House) -> None:
    for address in (HANH, Address("telegram", "hanh")):
        await house.write(MessageReceived(Inbound(address, "1", NOW, "có"), "có"))
    assert house.ask(conversations.seen, "telegram", "1")
    assert not house.ask(conversations.seen, "zalo", "1")


async def test_a_transcript_keeps_the_order_whatever_the_clock_says(house: House) -> None:
    choices = (Choice(1, "Có", "a:1"), Choice(2, "Không", "a:2"))

    def turn(message_id: str, at: datetime, *said: str, **inbound: object) -> Sequence[Effect]:
        message = Inbound(HANH, message_id, at, message_id, **inbound)  # type: ignore[arg-type]
        replies = [MessageQueued(Outbound(HANH, text, choices), at, reply_to=message_id) for text in said]
        return [MessageReceived(message, message.text), *replies]

    await house.write(*turn("một", NOW, "Dạ một", "và một"), *turn("hai", NOW, "Dạ hai"))
    await house.write(MessageQueued(Outbound(HANH, "Nhắc"), LATER, "push"))
    await house.write(*turn("ba", NOW - timedelta(days=1), "Dạ ba", choice="a:1"))
    await house.write(*turn("ảnh", LATER, attachment=Attachment("photo", "file-id", "2024/a.jpg")))
    await house.write(MessageQueued(Outbound(LAN, "Chào chị"), NOW))

    lines = house.ask(conversations.transcript, HANH, 20)
    assert [line.text for line in lines] == [
        "một", "Dạ một", "và một", "hai", "Dạ hai", "Nhắc", "ba", "Dạ ba", "ảnh",
    ]  # fmt: skip
    assert [line.direction for line in lines[:3]] == ["in", "out", "out"]
    assert lines[1].choices == choices
    assert (lines[1].state, lines[6].choice) == ("waiting", "a:1")
    assert (lines[8].attachment, lines[8].path) == ("photo", "2024/a.jpg")
    assert lines[0].at == NOW
    assert house.ask(conversations.transcript, HANH, 2) == lines[-2:]
    assert house.ask(conversations.transcript, MAI, 2) == []
    assert "file-id" not in str(house.ask(rows, "SELECT * FROM inbox"))


async def test_rounds_open_close_to_no_clock_but_now(house: House) -> None:
    await house.write(
        RoundOpened("CH-T", "2024-03", NOW, LATER), RoundOpened("XA-T", "2024-03", LATER, LATER)
    )
    assert house.ask(rounds.rounds_open, NOW - timedelta(seconds=1)) == []
    assert [each.pack for each in house.ask(rounds.rounds_open, NOW)] == ["CH-T"]
    assert [each.pack for each in house.ask(rounds.rounds_open, LATER + timedelta(days=9))] == [
        "CH-T",
        "XA-T",
    ]
    first = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert first is not None
    assert (first.opens_at, first.due_at, first.closed_at) == (NOW, LATER, None)
    assert house.ask(rounds.round_by_id, first.id) == first
    assert house.ask(rounds.round_of, "CH-T", "2024-04") is None


async def test_a_round_opened_twice_stays_as_it_was(house: House) -> None:
    first = await house.round()
    assert await house.round(opens=LATER) == first
    assert house.ask(rounds.all_rounds) == [first]


def queued(to: Address, text: str, priority: Priority = "reply", key: str | None = None) -> MessageQueued:
    return MessageQueued(Outbound(to, text), NOW, priority, key=key)


def due(house: House, now: datetime = NOW, limit: int = 10) -> list[str]:
    return [each.outbound.text for each in house.ask(outbox.waiting, "web", now, limit)]


async def test_one_message_a_chat_replies_first_then_the_oldest(house: House) -> None:
    await house.write(
        queued(LAN, "đẩy Lan", "push"), queued(MAI, "xác nhận Mai", "confirmation"),
        queued(HANH, "đẩy Hạnh", "push"), queued(HANH, "trả lời Hạnh"),
    )  # fmt: skip
    assert due(house) == ["đẩy Hạnh", "xác nhận Mai", "đẩy Lan"]
    assert due(house, limit=1) == ["đẩy Hạnh"]
    await house.write(MessageSent(3, NOW, "p1"))
    assert due(house) == ["trả lời Hạnh", "xác nhận Mai", "đẩy Lan"]
    assert house.ask(outbox.pending_count) == 3
    assert house.ask(outbox.pending_count, "telegram") == 0


async def test_a_failed_message_waits_for_its_time_and_its_chat_with_it(house: House) -> None:
    await house.write(queued(HANH, "một"), queued(HANH, "hai"))
    await house.write(MessageFailed(1, NOW, "429", LATER))
    assert due(house) == []
    (again,) = house.ask(outbox.waiting, "web", LATER, 9)
    assert (again.id, again.attempts, again.priority, again.queued_at) == (1, 1, "reply", NOW)
    await house.write(MessageFailed(1, LATER, "403", None))
    assert due(house, LATER) == ["hai"]
    settled = house.ask(rows, "SELECT state, error, attempts FROM outbox WHERE id = 1")
    assert settled == [("failed", "403", 2)]


async def test_a_push_with_a_key_is_queued_once(house: House) -> None:
    first = await house.write(queued(HANH, "nhắc", "push", "nudge:1:2024-03"))
    again = await house.write(queued(HANH, "nhắc", "push", "nudge:1:2024-03"))
    assert (len(first.outbox_ids), again.outbox_ids) == (1, ())
    assert house.ask(count, "outbox") == 1


async def test_a_task_is_raised_once_while_open_and_a_reminder_is_the_latest_wish(house: House) -> None:
    seat, asked = house.seat("13999-01"), await house.round()
    task = TaskRaised("call_branch_head", seat.id, asked.id, "NV26f", NOW)
    await house.write(task, task)
    assert house.ask(count, "tasks") == 1
    for hours in (3, 5):
        due_at = NOW + timedelta(hours=hours)
        await house.write(ReminderRequested(seat.id, asked.id, NOW, due_at))
    assert house.ask(rows, "SELECT due_at FROM reminders") == [("2024-03-12 06:00:00.000000",)]
