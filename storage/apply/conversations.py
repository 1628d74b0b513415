"""Messages taken, and what an account talks about."""

from sqlalchemy import Connection

from storage.apply.rows import add, change
from storage.domain.effects import ConversationMoved, MessageReceived
from storage.domain.messages import Attachment
from storage.tables.conversations import conversations, inbox
from storage.tables.people import accounts
from storage.veiling import subject_of, veiled


def message_received(connection: Connection, effect: MessageReceived) -> None:
    """Keep the message, and that its account is reachable again. A second one with the same id fails
    the turn (IntegrityError), so that nothing happens twice."""
    inbound, address = effect.inbound, effect.inbound.address
    if effect.veiled:
        _received_veiled(connection, effect)
        return
    add(
        connection,
        inbox,
        channel=address.channel,
        message_id=inbound.message_id,
        account=address.account,
        at=inbound.at,
        text=effect.text,
        choice=inbound.choice,
        attachment=_kept(inbound.attachment),
        reading=effect.reading,
    )
    this = {"channel": address.channel, "account": address.account}
    change(connection, accounts, this, wrote_at=inbound.at, reachable=True)


def _received_veiled(connection: Connection, effect: MessageReceived) -> None:
    """That somebody who has not agreed to be kept wrote: hashes, no words, no button, no attachment."""
    inbound, channel = effect.inbound, effect.inbound.address.channel
    add(
        connection, inbox, channel=channel, message_id=veiled(connection, channel, inbound.message_id),
        account=subject_of(connection, inbound.address), at=inbound.at, text="", reading=effect.reading,
    )  # fmt: skip


def _kept(attachment: Attachment | None) -> dict[str, str] | None:
    """Kind and place; the platform's reference is not kept, it can open the file there."""
    return {"kind": attachment.kind, "path": attachment.path} if attachment else None


def conversation_moved(connection: Connection, effect: ConversationMoved) -> None:
    """Remember the seat and round the account talks about."""
    this = {"channel": effect.address.channel, "account": effect.address.account}
    moved = {"seat_id": effect.seat_id, "round_id": effect.round_id, "moved_at": effect.at}
    if change(connection, conversations, this, **moved) == 0:
        add(connection, conversations, **this, **moved)
