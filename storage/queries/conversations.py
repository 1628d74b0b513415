"""What an account is talking about and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, select

from storage.desk import exists, find
from storage.domain.messages import Address, Choice, Outbound
from storage.domain.rounds import Conversation
from storage.tables.conversations import conversations, inbox
from storage.tables.outbox import outbox


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a transcript. ``message_id`` is the channel's for what came in, ``out-ID`` for
    what went out; ``attachment`` is the kind ("photo") and ``path`` where it is kept; ``state`` of what
    went out: waiting, sent, failed; ``reading`` of what came in (`MessageReceived`). ``at`` is aware, UTC."""

    direction: Literal["in", "out"]
    at: datetime
    text: str
    message_id: str
    choices: tuple[Choice, ...] = ()
    choice: str | None = None
    attachment: str | None = None
    path: str = ""
    state: str = "sent"
    reading: str = ""


# What every turn asks is built once: building a statement costs more than running it.
_REPLIES = (
    select(outbox.c.outbound)
    .where(outbox.c.channel == bindparam("channel"), outbox.c.reply_to == bindparam("message_id"))
    .order_by(outbox.c.id)
)


def conversation(reader: Connection, address: Address) -> Conversation | None:
    """What the account is talking about now; None if it never wrote."""
    row = find(reader, conversations, channel=address.channel, account=address.account)
    return Conversation(row.seat_id, row.round_id) if row else None


def seen(reader: Connection, channel: str, message_id: str) -> bool:
    """Whether this message was taken before."""
    return exists(reader, inbox, channel=channel, message_id=message_id)


def replies_to(reader: Connection, channel: str, message_id: str) -> list[Outbound]:
    """What was said to this message, in order."""
    rows = reader.execute(_REPLIES, {"channel": channel, "message_id": message_id})
    return [Outbound.from_json(row.outbound) for row in rows]


def transcript(reader: Connection, address: Address, limit: int) -> list[Line]:
    """The last ``limit`` messages of the account in the order in which they were taken and said.

    A reply stands after the message it answers, whatever the clocks say (the demo's may jump).
    """
    came, went = (_latest(reader, table, address, limit) for table in (inbox, outbox))
    placed = [((place, 0, 0), _came(row)) for place, row in enumerate(came, 1)]
    placed += [((place, 1, row.id), _went(row)) for place, row in zip(_places(came, went), went, strict=True)]
    return [line for _, line in sorted(placed, key=lambda pair: pair[0])][-limit:]


def _latest(reader: Connection, table: Any, address: Address, limit: int) -> Sequence[Row[Any]]:
    statement = (
        select(table)
        .where(table.c.channel == address.channel, table.c.account == address.account)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return reader.execute(statement).all()[::-1]


def _places(came: Sequence[Row[Any]], went: Sequence[Row[Any]]) -> list[int]:
    """For each outgoing row, after which incoming one it stands (1 the first, 0 before all).

    A reply stands after its message. What was said unasked stands after what was said before it, and
    before the message that the next reply answers; between the two by time.
    """
    of_message = {row.message_id: place for place, row in enumerate(came, 1)}
    ceilings, ceiling = [], len(came)
    for row in reversed(went):
        ceilings.append(ceiling)
        ceiling = of_message.get(row.reply_to, ceiling + 1) - 1
    places: list[int] = []
    place = 0
    for row, highest in zip(went, reversed(ceilings), strict=True):
        if row.reply_to in of_message:
            place = max(place, of_message[row.reply_to])
        else:
            while place < highest and came[place].at <= row.queued_at:
                place += 1
        places.append(place)
    return places


def _came(row: Row[Any]) -> Line:
    attachment = row.attachment or {}
    return Line(
        "in", row.at, row.text, row.message_id,
        choice=row.choice, attachment=attachment.get("kind"), path=attachment.get("path", ""),
        reading=row.reading,
    )  # fmt: skip


def _went(row: Row[Any]) -> Line:
    outbound = Outbound.from_json(row.outbound)
    return Line("out", row.queued_at, outbound.text, f"out-{row.id}", outbound.choices, state=row.state)
