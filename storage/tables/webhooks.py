"""Webhooks and what waits to be told to them: an outbox of its own, a row an event and receiver."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime, table_of


class WebhookRow(SQLModel, table=True):
    """A registered address. ``secret`` is sealed; ``failures`` in a row; nothing is sent before
    ``rest_until``."""

    __tablename__ = "webhooks"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    url: str
    secret: str
    unit_id: int = Field(foreign_key="units.id")
    allow_private: bool
    made_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_success_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_failure_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str
    failures: int
    rest_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookEventRow(SQLModel, table=True):
    """What happened, for one webhook. ``state``: waiting, delivered, given_up, or dropped (the webhook was
    revoked). No figure lies here: they are read when it is sent."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("webhook_id", "kind", "unit_id", "round_id", "at", "question"),
        Index(None, "webhook_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhooks.id")
    event_id: str
    kind: str
    unit_id: int = Field(foreign_key="units.id")
    round_id: int = Field(foreign_key="rounds.id")
    question: str
    sent: int | None = None
    expected: int | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    state: str
    attempts: int
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str


webhooks = table_of(WebhookRow)
webhook_events = table_of(WebhookEventRow)
