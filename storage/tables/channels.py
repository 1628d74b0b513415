"""What a metered platform makes the house remember: tokens, windows, counts, updates not yet handled."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class ChannelTokensRow(SQLModel, table=True):
    """A channel's pair of tokens, the pair before it, and who is renewing them until when. ``seed`` is
    the SHA-256 of the first refresh token of the settings: another one there begins a new chain."""

    __tablename__ = "channel_tokens"

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(unique=True)
    seed: str
    access_token: str
    refresh_token: str
    previous_access: str = ""
    previous_refresh: str = ""
    stored_at: datetime = Field(sa_type=UtcDateTime)
    access_until: datetime = Field(sa_type=UtcDateTime)
    refresh_until: datetime = Field(sa_type=UtcDateTime)
    lease_by: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ChatRow(SQLModel, table=True):
    """A chat of a metered channel, under its account's hash: when she was last heard (which opens the
    platform's window), how many messages went since, what the platform said is left. ``phone`` only where
    somebody we know gave it herself."""

    __tablename__ = "chats"
    __table_args__ = (UniqueConstraint("channel", "account"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    account: str
    heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent: int
    remaining: int | None = None
    phone: str


class ChannelCountRow(SQLModel, table=True):
    """How many messages a channel sent in a month of Vietnam ("2026-11")."""

    __tablename__ = "channel_counts"
    __table_args__ = (UniqueConstraint("channel", "month"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    month: str
    messages: int


class ChannelLimitRow(SQLModel, table=True):
    """What a channel's plan allows, as the settings say; None: no limit known."""

    __tablename__ = "channel_limits"

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(unique=True)
    monthly: int | None = None
    users: int | None = None


class PreferredChannelRow(SQLModel, table=True):
    """The channel a person wants pushes on, where she writes from several."""

    __tablename__ = "preferred_channels"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="persons.id", unique=True)
    channel: str
    at: datetime = Field(sa_type=UtcDateTime)


class SpoolRow(SQLModel, table=True):
    """An update acknowledged and not yet handled; gone as soon as it is."""

    __tablename__ = "spool"
    __table_args__ = (UniqueConstraint("channel", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    key: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


channel_tokens = table_of(ChannelTokensRow)
chats = table_of(ChatRow)
channel_counts = table_of(ChannelCountRow)
channel_limits = table_of(ChannelLimitRow)
preferred_channels = table_of(PreferredChannelRow)
spool = table_of(SpoolRow)
