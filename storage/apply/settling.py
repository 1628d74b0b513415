"""What became of a message is what became of the pushes it carried."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from storage.domain.effects import MessageDelivered
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
