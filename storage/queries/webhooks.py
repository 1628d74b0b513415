"""Webhooks, and what is to be told to them now."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, or_, select

from storage.domain.webhooks import Event, Webhook
from storage.tables.people import units
from storage.tables.rounds import rounds
from storage.tables.webhooks import webhook_events, webhooks

_event = webhook_events.c


def _with_unit() -> Select[Any]:
    unit = (units.c.code.label("unit_code"), units.c.kind.label("unit_kind"))
    return select(webhooks, *unit).join(units, units.c.id == webhooks.c.unit_id)


def _counts() -> Any:
    """By webhook what waits and what was given up."""
    return (
        select(
            _event.webhook_id,
            func.sum(case((_event.state == "waiting", 1), else_=0)).label("waiting"),
            func.sum(case((_event.state == "given_up", 1), else_=0)).label("given_up"),
        )
        .group_by(_event.webhook_id)
        .subquery()
    )


def all_webhooks(reader: Connection) -> list[Webhook]:
    """Every webhook ever registered, by name."""
    counts = _counts()
    statement = (
        _with_unit()
        .add_columns(
            func.coalesce(counts.c.waiting, 0).label("waiting"),
            func.coalesce(counts.c.given_up, 0).label("given_up"),
        )
        .outerjoin(counts, counts.c.webhook_id == webhooks.c.id)
        .order_by(webhooks.c.name)
    )
    return [_webhook(row, row.waiting, row.given_up) for row in reader.execute(statement)]


_NEXT = (
    select(
        webhook_events, units.c.code.label("unit_code"), rounds.c.pack.label("pack"),
        rounds.c.period.label("period"),
    )
    .join(units, units.c.id == _event.unit_id)
    .join(rounds, rounds.c.id == _event.round_id)
    .where(
        _event.webhook_id == bindparam("webhook"),
        _event.state == "waiting",
        or_(_event.retry_at.is_(None), _event.retry_at <= bindparam("now")),
    )
    # What was never tried goes before what failed: one bad event holds nothing up.
    .order_by(_event.attempts, _event.id)
    .limit(1)
)  # fmt: skip
_READY = (
    _with_unit()
    .where(
        webhooks.c.revoked_at.is_(None),
        or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= bindparam("now")),
        select(_event.id)
        .where(
            _event.webhook_id == webhooks.c.id,
            _event.state == "waiting",
            or_(_event.retry_at.is_(None), _event.retry_at <= bindparam("now")),
        )
        .exists(),
    )
    .order_by(webhooks.c.id)
)
_STILL = _with_unit().where(webhooks.c.id == bindparam("webhook"), webhooks.c.revoked_at.is_(None))


def ready_webhooks(reader: Connection, now: datetime) -> list[Webhook]:
    """The webhooks that have something to be told at ``now`` (aware) and do not rest."""
    return [_webhook(row) for row in reader.execute(_READY, {"now": now})]


def next_event(reader: Connection, webhook_id: int, now: datetime) -> tuple[Webhook, Event] | None:
    """What a webhook is told next at ``now`` (aware), with the webhook as it is now; None if it was revoked
    or nothing is due."""
    hook = reader.execute(_STILL, {"webhook": webhook_id}).first()
    row = reader.execute(_NEXT, {"webhook": webhook_id, "now": now}).first() if hook else None
    if hook is None or row is None:
        return None
    return _webhook(hook), Event(
        row.id, row.webhook_id, row.event_id, row.kind, row.unit_id, row.unit_code, row.pack, row.period,
        row.at, row.attempts, row.question, row.sent, row.expected,
    )  # fmt: skip


_OLDEST = select(func.min(_event.at)).where(_event.state == "waiting")


def oldest_waiting(reader: Connection) -> datetime | None:
    """When the oldest event happened that waits (aware, UTC); None if none does."""
    moment: datetime | None = reader.execute(_OLDEST).scalar_one()
    return moment


def _webhook(row: Row[Any], waiting: int = 0, given_up: int = 0) -> Webhook:
    return Webhook(
        row.id, row.name, row.url, row.secret, row.unit_id, row.unit_code, row.unit_kind, row.allow_private,
        row.made_at, row.revoked_at, row.last_success_at, row.last_failure_at, row.last_error, row.failures,
        waiting, given_up,
    )  # fmt: skip
