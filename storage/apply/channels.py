"""Windows, counts, held messages, kept updates and tokens of metered channels."""

from sqlalchemy import Connection, delete, update

from storage.apply.audit import note
from storage.apply.rows import add, change, find, find_all
from storage.apply.tasks import task_raised
from storage.domain.effects import (
    ChannelLimitsSet,
    ChannelPreferred,
    ChatHeard,
    HeldReleased,
    MessageHeld,
    MessagesCounted,
    TaskRaised,
    TokensLeased,
    TokensStored,
    UpdateHandled,
    UpdateSpooled,
)
from storage.domain.messages import Address
from storage.tables.channels import (
    channel_counts,
    channel_limits,
    channel_tokens,
    chats,
    preferred_channels,
    spool,
)
from storage.tables.conversations import conversations
from storage.tables.outbox import outbox
from storage.tables.people import accounts, seat_holders
from storage.veiling import subject_of

#: What the commune is asked to do for somebody whom her platform lets nobody write to.
WINDOW_TASK = "call_unreachable"


def _this(connection: Connection, address: Address) -> dict[str, str]:
    """A chat's window is kept under the account's hash: strangers have windows too."""
    return {"channel": address.channel, "account": subject_of(connection, address)}


def chat_heard(connection: Connection, effect: ChatHeard) -> None:
    """Open the window anew; an event older than one known moves nothing back."""
    this = _this(connection, effect.address)
    row = find(connection, chats, **this)
    linked = find(connection, accounts, channel=effect.address.channel, account=effect.address.account)
    given = {"phone": effect.phone} if effect.phone and linked is not None else {}
    if row is None:
        add(connection, chats, **this, heard_at=effect.at, sent=0, **{"phone": "", **given})
    elif row.heard_at is None or effect.at > row.heard_at:
        change(connection, chats, this, heard_at=effect.at, sent=0, remaining=None, **given)
    elif given:
        change(connection, chats, this, **given)


def messages_counted(connection: Connection, effect: MessagesCounted) -> None:
    """Count for the chat and for the month."""
    this = _this(connection, effect.address)
    row = find(connection, chats, **this)
    if row is None:
        add(connection, chats, **this, sent=effect.messages, remaining=effect.remaining, phone="")
    else:
        left = effect.remaining if effect.remaining is not None else row.remaining
        change(connection, chats, this, sent=row.sent + effect.messages, remaining=left)
    month = {"channel": effect.address.channel, "month": effect.month}
    counted = find(connection, channel_counts, **month)
    if counted is None:
        add(connection, channel_counts, **month, messages=effect.messages)
    else:
        change(connection, channel_counts, month, messages=counted.messages + effect.messages)


def message_held(connection: Connection, effect: MessageHeld) -> None:
    """Take the message out of the queue without giving it up, and raise the task if asked."""
    row = find(connection, outbox, id=effect.outbox_id)
    if row is None:
        return
    change(connection, outbox, {"id": effect.outbox_id}, state="held", error=effect.reason)
    talk = find(connection, conversations, channel=row.channel, account=row.account)
    if effect.task and talk is not None and talk.seat_id is not None and talk.round_id is not None:
        task_raised(connection, TaskRaised(WINDOW_TASK, talk.seat_id, talk.round_id, "", effect.at))


def held_released(connection: Connection, effect: HeldReleased) -> None:
    """What is still of use waits to be sent again; the rest is given up."""
    held = (
        update(outbox)
        .where(outbox.c.channel == effect.address.channel, outbox.c.account == effect.address.account)
        .where(outbox.c.state == "held")
    )
    too_old = held.where(outbox.c.queued_at < effect.since)
    connection.execute(too_old.values(state="failed", settled_at=effect.at))
    connection.execute(held.values(state="waiting", retry_at=None))


def update_spooled(connection: Connection, effect: UpdateSpooled) -> None:
    """Keep it once."""
    if find(connection, spool, channel=effect.channel, key=effect.key) is None:
        add(connection, spool, channel=effect.channel, key=effect.key, payload=effect.payload, at=effect.at)


def update_handled(connection: Connection, effect: UpdateHandled) -> None:
    """Forget it."""
    connection.execute(delete(spool).where(spool.c.channel == effect.channel, spool.c.key == effect.key))


def tokens_leased(connection: Connection, effect: TokensLeased) -> None:
    """Take the lease; begin a chain with the first refresh token where ``first`` is given."""
    this = {"channel": effect.channel}
    lease = {"lease_by": effect.by, "lease_until": effect.until}
    if effect.first:
        connection.execute(delete(channel_tokens).where(channel_tokens.c.channel == effect.channel))
        add(
            connection, channel_tokens, **this, **lease, seed=effect.seed, access_token="",
            refresh_token=effect.first, previous_access="", previous_refresh="", stored_at=effect.at,
            access_until=effect.at, refresh_until=effect.at,
        )  # fmt: skip
    else:
        change(connection, channel_tokens, this, **lease)


def tokens_stored(connection: Connection, effect: TokensStored) -> None:
    """Keep the new pair, and the one before it."""
    this = {"channel": effect.channel}
    row = find(connection, channel_tokens, **this)
    if row is None:
        return
    change(
        connection, channel_tokens, this, access_token=effect.access, refresh_token=effect.refresh,
        previous_access=row.access_token, previous_refresh=row.refresh_token, stored_at=effect.at,
        access_until=effect.access_until, refresh_until=effect.refresh_until, lease_by="", lease_until=None,
    )  # fmt: skip
    note(connection, "tokens_renewed", effect.at, channel=effect.channel)


def channel_limits_set(connection: Connection, effect: ChannelLimitsSet) -> None:
    """Remember what the plan allows."""
    this = {"channel": effect.channel}
    limits = {"monthly": effect.monthly, "users": effect.users}
    if change(connection, channel_limits, this, **limits) == 0:
        add(connection, channel_limits, **this, **limits)


def channel_preferred(connection: Connection, effect: ChannelPreferred) -> None:
    """Remember it for the person who holds the seat now; an empty seat is nothing."""
    holders = find_all(connection, seat_holders, seat_id=effect.seat_id)
    holder = next((row for row in holders if row.until is None), None)
    if holder is None:
        return
    wish = {"channel": effect.channel, "at": effect.at}
    if change(connection, preferred_channels, {"person_id": holder.person_id}, **wish) == 0:
        add(connection, preferred_channels, person_id=holder.person_id, **wish)
    note(
        connection, "channel_preferred", effect.at, effect.seat_id, person_id=holder.person_id,
        channel=effect.channel,
    )  # fmt: skip
