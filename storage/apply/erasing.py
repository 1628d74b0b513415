"""What goes: an account, a person, what is older than its purpose. The figures of the unit stay.

Pages freed in the file are overwritten (``secure_delete``, `storage.database`), so what was erased is
not in the file either.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update

from storage.apply.audit import note
from storage.apply.rows import add, change
from storage.apply.summaries import answer_changed
from storage.domain.effects import FilesErased, PersonErased
from storage.domain.facts import facts_of
from storage.domain.messages import Address, Outbound
from storage.tables.answers import answer_history, answers, submissions
from storage.tables.channels import chats, preferred_channels
from storage.tables.consent import consents, doomed_files, matters, seat_requests
from storage.tables.conversations import conversations, inbox
from storage.tables.keeping import dead_letters
from storage.tables.outbox import outbox
from storage.tables.people import accounts, persons, seat_holders
from storage.veiling import subject_of, veiled


def forget_account(connection: Connection, address: Address) -> None:
    """The account leaves every table; messages of it stay as lines without words, under its hash."""
    this = {"channel": address.channel, "account": address.account}
    subject = subject_of(connection, address)
    connection.execute(delete(matters).where(matters.c.subject == subject))
    for table in (conversations, accounts):
        connection.execute(delete(table).where(_of(table, address)))
    connection.execute(delete(chats).where(_of(chats, Address(address.channel, subject))))
    for name in (address.account, subject):
        connection.execute(delete(dead_letters).where(_of(dead_letters, Address(address.channel, name))))
    _veil_inbox(connection, address, subject)
    _veil_outbox(connection, address, subject)
    withdrawn = {"channel": "", "account": "", "name": "", "outcome": "withdrawn"}
    change(connection, seat_requests, {**this, "outcome": ""}, **withdrawn)
    change(connection, seat_requests, this, channel="", account="", name="")


def _of(table: Table, address: Address) -> Any:
    return (table.c.channel == address.channel) & (table.c.account == address.account)


def _veil_inbox(connection: Connection, address: Address, subject: str) -> None:
    for row in connection.execute(select(inbox).where(_of(inbox, address))).all():
        _doom(connection, (row.attachment or {}).get("path"), row.at)
        hidden = veiled(connection, row.channel, row.message_id)
        change(
            connection, inbox, {"id": row.id},
            account=subject, message_id=hidden, text="", choice=None, attachment=None,
            reading=row.reading.partition("=")[0],
        )  # fmt: skip
        for table in (answers, answer_history):
            this = {"channel": row.channel, "message_id": row.message_id}
            change(connection, table, this, message_id=hidden)


def _doom(connection: Connection, path: str | None, at: datetime) -> None:
    if path:
        add(connection, doomed_files, path=path, doomed_at=at)


def _veil_outbox(connection: Connection, address: Address, subject: str) -> None:
    """Messages still to be sent that answer her go out, and are veiled then; unasked ones do not."""
    before = _of(outbox, Address(address.channel, subject))  # said while she was a stranger
    for row in connection.execute(select(outbox).where(before)).all():
        veil_row(connection, row, subject)
    for row in connection.execute(select(outbox).where(_of(outbox, address))).all():
        if row.state == "waiting" and row.priority != "push":
            change(connection, outbox, {"id": row.id}, veiled=True)
        else:
            veil_row(connection, row, subject)


def veil_row(connection: Connection, row: Row[Any], subject: str) -> None:
    """A settled message without address and words."""
    blank = Outbound(Address(row.channel, subject), "").to_json()
    reply_to = veiled(connection, row.channel, row.reply_to) if _plain(row.reply_to) else row.reply_to
    change(
        connection, outbox, {"id": row.id},
        account=subject, outbound=blank, blank=True, reply_to=reply_to, platform_id=None, key=None,
        veiled=False,
        state="failed" if row.state == "waiting" else row.state,
    )  # fmt: skip


def _plain(reply_to: str | None) -> bool:
    return bool(reply_to) and not str(reply_to).startswith("#")


def person_erased(connection: Connection, effect: PersonErased) -> None:
    """Everything that names her goes; her seats are empty, what she reported stays with them."""
    person_id, at = effect.person_id, effect.at
    _blank_answers(connection, effect)
    for row in connection.execute(select(accounts).where(accounts.c.person_id == person_id)).all():
        address = Address(row.channel, row.account)
        subject = subject_of(connection, address)
        add(
            connection, consents,
            subject=subject, channel=row.channel, version="", said="erased", at=at,
        )  # fmt: skip
        forget_account(connection, address)
    _blank_messages_about(connection, person_id)
    connection.execute(delete(preferred_channels).where(preferred_channels.c.person_id == person_id))
    connection.execute(update(consents).where(consents.c.person_id == person_id).values(person_id=None))
    held = (seat_holders.c.person_id == person_id) & seat_holders.c.until.is_(None)
    connection.execute(update(seat_holders).where(held).values(until=at))
    change(connection, persons, {"id": person_id}, name="", folded="", muted_at=at)
    note(connection, "person_erased", at, person_id=person_id)


def _blank_messages_about(connection: Connection, person_id: int) -> None:
    for row in connection.execute(select(outbox).where(outbox.c.about == person_id)).all():
        blank = Outbound(Address(row.channel, row.account), "").to_json()
        state = "failed" if row.state == "waiting" else row.state
        change(connection, outbox, {"id": row.id}, outbound=blank, blank=True, about=None, state=state)


def _blank_answers(connection: Connection, effect: PersonErased) -> None:
    """What she typed and her photos go from her answers, and from drafts in the making."""
    reports = set()
    for table in (answers, answer_history):
        statement = select(table).where(table.c.person_id == effect.person_id)
        for row in connection.execute(statement).all():
            reports.add(row.submission_id)
            values = _blanked(connection, row, effect.text_fields, effect.photo_fields, effect.at)
            change(
                connection, table, {"id": row.id},
                raw="", channel="", message_id="", person_id=None, field_values=values,
            )  # fmt: skip
            if table is answers:
                before, after = (facts_of(row.state, given) for given in (row.field_values, values))
                answer_changed(connection, row.submission_id, before, after)
    _drop_pending(connection, reports)


def _blanked(
    connection: Connection, row: Row[Any], texts: frozenset[str], photos: frozenset[str], at: datetime
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in (row.field_values or {}).items():
        if root_of(name, photos):
            for path in value if isinstance(value, list) else ():
                _doom(connection, path, at)
            values[name] = []
        else:
            values[name] = "" if root_of(name, texts) else value
    return values


def root_of(name: str, fields: Iterable[str]) -> bool:
    """Whether a field is one of these, or one of them asked for an entry of a list (``NV13a.01``)."""
    return any(name == field or name.startswith(f"{field}.") for field in fields)


def _drop_pending(connection: Connection, reports: Iterable[int]) -> None:
    """A value that waits for her "đúng" holds her words."""
    for report_id in reports:
        row = connection.execute(select(submissions).where(submissions.c.id == report_id)).first()
        if row is not None and (row.state or {}).get("pending"):
            state = {**row.state, "pending": None, "stage": "asking"}
            change(connection, submissions, {"id": report_id}, state=state)


def doom_photos(connection: Connection, rows: Sequence[Row[Any]], photos: frozenset[str], table: Table,
                at: datetime) -> None:  # fmt: skip
    """Photos of these answers leave the disk; the answers keep that there were some."""
    for row in rows:
        values: Mapping[str, Any] = row.field_values or {}
        if any(value for name, value in values.items() if root_of(name, photos)):
            kept = _blanked(connection, row, frozenset(), photos, at)
            change(connection, table, {"id": row.id}, field_values=kept)


def files_erased(connection: Connection, effect: FilesErased) -> None:
    """These files are gone; their names go too."""
    gone = doomed_files.c.id.in_(effect.ids)
    connection.execute(update(doomed_files).where(gone).values(path="", gone_at=effect.at))
    note(connection, "files_erased", effect.at, count=len(effect.ids))
