"""Webhooks registered and revoked, what waits to be told to them, and what became of it."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, literal, select, update

from storage.apply.audit import note
from storage.apply.rows import add, change, find
from storage.desk import recall
from storage.domain.webhook_effects import (
    WebhookDelivered,
    WebhookEventsGivenUp,
    WebhookFailed,
    WebhookRegistered,
    WebhookRevoked,
)
from storage.domain.webhooks import EventKind
from storage.plan.periods import VIETNAM
from storage.scope import units_above
from storage.tables.people import seats
from storage.tables.summaries import DEPUTY_ROLE
from storage.tables.webhooks import webhook_events, webhooks

_ANY = select(webhooks.c.id).where(webhooks.c.revoked_at.is_(None)).limit(1)
_SPEAKS_FOR = select(seats.c.unit_id).where(seats.c.id == bindparam("seat"), seats.c.role != DEPUTY_ROLE)

_this = webhook_events.c
#: One row for each webhook whose unit is this one or stands above it; once a report, kind and moment.
_TELL = insert(webhook_events).from_select(
    ["webhook_id", "event_id", "kind", "unit_id", "round_id", "question", "sent", "expected", "at", "state",
     "attempts", "error"],
    select(
        webhooks.c.id,
        bindparam("the_event_id", type_=_this.event_id.type),
        bindparam("the_kind", type_=_this.kind.type),
        bindparam("the_unit", type_=_this.unit_id.type),
        bindparam("the_round", type_=_this.round_id.type),
        bindparam("the_question", type_=_this.question.type),
        bindparam("the_sent", type_=_this.sent.type),
        bindparam("the_expected", type_=_this.expected.type),
        bindparam("the_at", type_=_this.at.type),
        literal("waiting"),
        literal(0),
        literal(""),
    ).where(
        webhooks.c.revoked_at.is_(None),
        webhooks.c.unit_id.in_(units_above(bindparam("the_unit"), bindparam("the_day"))),
        ~exists().where(
            _this.webhook_id == webhooks.c.id,
            _this.kind == bindparam("the_kind"),
            _this.unit_id == bindparam("the_unit"),
            _this.round_id == bindparam("the_round"),
            _this.at == bindparam("the_at"),
            _this.question == bindparam("the_question"),
        ),
    ),
)  # fmt: skip


def tell_of_report(
    connection: Connection, kind: EventKind, seat_id: int, round_id: int, at: datetime, question: str = ""
) -> None:
    """Something happened to the report of a seat: every webhook over its unit is to be told, each once for
    a moment however many answers it was. Costs one look at an empty table where there is no webhook."""
    if not _any(connection):
        return
    unit_id = connection.execute(_SPEAKS_FOR, {"seat": seat_id}).scalar()
    if unit_id is not None:
        _tell(connection, kind, unit_id, round_id, at, question=question)


def tell_of_reports(
    connection: Connection, kind: EventKind, unit_id: int, round_id: int, at: datetime, **counts: int
) -> None:
    """As `tell_of_report`, of all reports below a unit; ``counts``: ``sent`` of ``expected``."""
    if _any(connection):
        _tell(connection, kind, unit_id, round_id, at, **counts)


def _any(connection: Connection) -> bool:
    def found() -> bool:
        return connection.execute(_ANY).first() is not None

    return recall(connection, frozenset({"webhooks"}), "webhooks", found)


def _tell(
    connection: Connection, kind: EventKind, unit_id: int, round_id: int, at: datetime, **more: Any
) -> None:
    given = {"question": "", "sent": None, "expected": None, **more}
    values = {f"the_{name}": value for name, value in given.items()}
    connection.execute(
        _TELL,
        {
            "the_event_id": f"evt_{secrets.token_hex(16)}", "the_kind": kind, "the_unit": unit_id,
            "the_round": round_id, "the_at": at, "the_day": at.astimezone(VIETNAM).date(), **values,
        },
    )  # fmt: skip


# --- the addresses


def webhook_registered(connection: Connection, effect: WebhookRegistered) -> None:
    """Keep the address with its sealed secret."""
    add(
        connection, webhooks, name=effect.name, url=effect.url, secret=effect.secret, unit_id=effect.unit_id,
        allow_private=effect.allow_private, made_at=effect.at, revoked_at=None, last_success_at=None,
        last_failure_at=None, last_error="", failures=0, rest_until=None,
    )  # fmt: skip
    note(connection, "webhook_registered", effect.at, unit_id=effect.unit_id)


def webhook_revoked(connection: Connection, effect: WebhookRevoked) -> None:
    """It is told nothing more; its secret is forgotten."""
    row = find(connection, webhooks, name=effect.name)
    if row is None or row.revoked_at is not None:
        return
    change(connection, webhooks, {"id": row.id}, revoked_at=effect.at, secret="", rest_until=None)
    waiting = {"webhook_id": row.id, "state": "waiting"}
    change(connection, webhook_events, waiting, state="dropped", settled_at=effect.at)
    note(connection, "webhook_revoked", effect.at)


# --- what became of an event


def webhook_delivered(connection: Connection, effect: WebhookDelivered) -> None:
    """It was taken, and the receiver is well."""
    row = find(connection, webhook_events, id=effect.row_id)
    if row is not None:
        settled = {"state": "delivered", "settled_at": effect.at, "error": ""}
        change(connection, webhook_events, {"id": row.id}, attempts=row.attempts + 1, **settled)
    well = {"last_success_at": effect.at, "failures": 0, "last_error": "", "rest_until": None}
    change(connection, webhooks, {"id": effect.webhook_id}, **well)


def webhook_failed(connection: Connection, effect: WebhookFailed) -> None:
    """It waits; one that was revoked meanwhile stays dropped."""
    row = find(connection, webhook_events, id=effect.row_id)
    if row is None or row.state != "waiting":
        return
    tried = {"attempts": row.attempts + 1, "retry_at": effect.retry_at, "error": effect.error}
    change(connection, webhook_events, {"id": row.id}, **tried)
    hook = find(connection, webhooks, id=effect.webhook_id)
    failures = (hook.failures if hook is not None else 0) + 1
    change(
        connection, webhooks, {"id": effect.webhook_id}, last_failure_at=effect.at, last_error=effect.error,
        failures=failures, rest_until=effect.rest_until,
    )  # fmt: skip


_GIVE_UP = (
    update(webhook_events)
    .where(_this.state == "waiting", _this.at < bindparam("before"))
    .values(state="given_up", settled_at=bindparam("now"))
)


def webhook_events_given_up(connection: Connection, effect: WebhookEventsGivenUp) -> None:
    """They wait no longer; how many is a line of the audit."""
    gone = connection.execute(_GIVE_UP, {"before": effect.before, "now": effect.at}).rowcount
    if gone:
        note(connection, "webhook_events_given_up", effect.at, events=gone)
