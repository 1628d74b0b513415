"""Windows, counts, limits, kept updates and tokens of metered channels."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from storage.desk import find
from storage.domain.messages import Address
from storage.domain.people import AddressForm
from storage.tables.channels import channel_counts, channel_limits, channel_tokens, chats, spool
from storage.tables.people import accounts, persons
from storage.veiling import subject_of


@dataclass(frozen=True, slots=True)
class Chat:
    """What is known of a chat: last heard (aware, UTC), messages since, what the platform says is left,
    the telephone number she gave ("" if none)."""

    heard_at: datetime | None = None
    sent: int = 0
    remaining: int | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """How far a channel has come this month, and what its plan allows (None: no limit known)."""

    channel: str
    messages: int
    users: int
    monthly: int | None = None
    most_users: int | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """A channel's tokens as kept. Times are aware, UTC."""

    seed: str
    stored_at: datetime
    access_until: datetime
    refresh_until: datetime
    lease_by: str
    lease_until: datetime | None
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    previous_access: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """An update acknowledged and not yet handled."""

    key: str
    payload: dict[str, Any]


_COUNT = select(channel_counts.c.messages).where(
    channel_counts.c.channel == bindparam("channel"), channel_counts.c.month == bindparam("month")
)


def chat(reader: Connection, address: Address) -> Chat:
    """What is known of a chat; nothing, if it was never heard nor written to."""
    row = find(reader, chats, channel=address.channel, account=subject_of(reader, address))
    return Chat(row.heard_at, row.sent, row.remaining, row.phone) if row else Chat()


def sent_in(reader: Connection, channel: str, month: str) -> int:
    """Messages the channel sent in a month ("2026-11")."""
    return int(reader.execute(_COUNT, {"channel": channel, "month": month}).scalar() or 0)


def usage(reader: Connection, channel: str, month: str) -> Usage:
    """How far the channel has come in a month."""
    limits = reader.execute(select(channel_limits).where(channel_limits.c.channel == channel)).first()
    users = reader.execute(select(func.count()).select_from(chats).where(chats.c.channel == channel))
    return Usage(
        channel,
        sent_in(reader, channel, month),
        int(users.scalar_one()),
        limits.monthly if limits else None,
        limits.users if limits else None,
    )


def usages(reader: Connection, month: str) -> list[Usage]:
    """`usage` of every channel whose limits are known, by name: for the staff's digest."""
    names = reader.execute(select(channel_limits.c.channel).order_by(channel_limits.c.channel)).scalars()
    return [usage(reader, name, month) for name in names.all()]


def without_phone(reader: Connection, channel: str) -> list[tuple[Address, AddressForm]]:
    """The linked accounts of a channel whose person gave no telephone number there, and how each is
    spoken to."""
    given = select(chats.c.account).where(chats.c.channel == channel, chats.c.phone != "")
    known = set(reader.execute(given).scalars())
    statement = (
        select(accounts.c.account, persons.c.address_form)
        .join(persons, persons.c.id == accounts.c.person_id)
        .where(accounts.c.channel == channel, accounts.c.reachable)
        .order_by(accounts.c.id)
    )
    reached = ((Address(channel, row.account), row.address_form) for row in reader.execute(statement))
    return [(address, form) for address, form in reached if subject_of(reader, address) not in known]


def tokens(reader: Connection, channel: str) -> Tokens | None:
    """The channel's tokens; None if there are none yet."""
    row = reader.execute(select(channel_tokens).where(channel_tokens.c.channel == channel)).first()
    if row is None:
        return None
    return Tokens(
        row.seed, row.stored_at, row.access_until, row.refresh_until, row.lease_by, row.lease_until,
        row.access_token, row.refresh_token, row.previous_access,
    )  # fmt: skip


def kept_updates(reader: Connection, channel: str, limit: int) -> list[Kept]:
    """The updates not yet handled, the first kept first."""
    statement = select(spool).where(spool.c.channel == channel).order_by(spool.c.id).limit(limit)
    return [Kept(row.key, row.payload) for row in reader.execute(statement)]
