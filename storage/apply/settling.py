"""What became of a message is what became of the pushes it carried."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from storage.domain.effects import MessageDelivered
from storage.tables.outbox import outbox
from storage.tables.pushes import pushes

# A message may be taken back (she submitted, a quiet time began) while it is under way; if it arrives all
# the same, that is what counts.
_SETTLE = (
    update(pushes)
    .where(
        pushes.c.outbox_id == bindparam("the_outbox"),
        pushes.c.state != "delivered",
        pushes.c.state != "failed",
    )
    .values(state=bindparam("how"), moved_at=bindparam("now"), reason=bindparam("why"))
)


def settle(connection: Connection, outbox_id: int, state: str, at: datetime, reason: str = "") -> None:
    """The pushes of this message are sent, delivered or failed."""
    connection.execute(_SETTLE, {"the_outbox": outbox_id, "how": state, "now": at, "why": reason})


def message_delivered(connection: Connection, effect: MessageDelivered) -> None:
    """It arrived."""
    settle(connection, effect.outbox_id, "delivered", effect.at)


_TAKE_BACK = (
    update(outbox)
    .where(outbox.c.id == bindparam("the_outbox"), outbox.c.state == "waiting", outbox.c.begun_at.is_(None))
    .values(state="cleared", settled_at=bindparam("now"), error=bindparam("why"), key=None)
)
_REPLAN = (
    update(pushes)
    .where(pushes.c.outbox_id == bindparam("the_outbox"), pushes.c.state == "queued")
    .values(
        state="scheduled",
        day="",
        due_at=bindparam("then"),
        moved_at=bindparam("now"),
        reason=bindparam("why"),
    )
)

#: How long what was to go in the same message waits before it is tried again.
_APART = timedelta(minutes=2)

_ENDED = select(pushes.c.id).where(
    pushes.c.outbox_id == bindparam("the_outbox"), pushes.c.state.in_(("cleared", "muted"))
)


def take_back(connection: Connection, outbox_id: int, at: datetime, why: str) -> None:
    """A message that still waits leaves the outbox; its pushes are planned as before. One whose sending
    began stays: it may arrive, and what is planned again would go twice."""
    if connection.execute(_TAKE_BACK, {"the_outbox": outbox_id, "now": at, "why": why}).rowcount:
        values = {"the_outbox": outbox_id, "then": at + _APART, "now": at, "why": why}
        connection.execute(_REPLAN, values)


def carries_ended(connection: Connection, outbox_id: int) -> bool:
    """Whether a push of this message was ended since it was queued."""
    return connection.execute(_ENDED, {"the_outbox": outbox_id}).first() is not None
