"""What the training page shows beside a phone and no conversation needs: when each answer came, how the
last message was read."""

from datetime import datetime

from sqlalchemy import Connection, select

from storage.domain.messages import Address
from storage.tables.answers import answers, submissions
from storage.tables.conversations import inbox


def answered_at(reader: Connection, seat_id: int, round_id: int) -> dict[str, datetime]:
    """By question, when the answer that counts was given (aware, UTC)."""
    statement = (
        select(answers.c.question, answers.c.at)
        .join(submissions, submissions.c.id == answers.c.submission_id)
        .where(submissions.c.seat_id == seat_id, submissions.c.round_id == round_id)
    )
    return {row.question: row.at for row in reader.execute(statement)}


def last_reading(reader: Connection, address: Address) -> str:
    """What the account's last message was read as ("answer", "back"); "" if it never wrote."""
    statement = (
        select(inbox.c.reading)
        .where(inbox.c.channel == address.channel, inbox.c.account == address.account)
        .order_by(inbox.c.id.desc())
        .limit(1)
    )
    return str(reader.execute(statement).scalar() or "").partition("=")[0]
