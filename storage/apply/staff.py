"""What staff did: figures asked back, reports approved, broadcasts, packs made in chat."""

from sqlalchemy import Connection

from storage.apply.audit import note
from storage.apply.pushes import end_push
from storage.apply.rows import add, change, find
from storage.apply.webhooks import tell_of_report, tell_of_reports
from storage.domain.staff_effects import (
    ApprovalUndone,
    BroadcastMade,
    ChatPackMade,
    ReportReturned,
    ReportsApproved,
    ReturnSettled,
)
from storage.tables.staff import approvals, broadcasts, chat_packs, report_returns


def report_returned(connection: Connection, effect: ReportReturned) -> None:
    """Keep what is asked back and why; one that is asked back already stays as it is."""
    this = {"seat_id": effect.seat_id, "round_id": effect.round_id, "question": effect.question}
    if find(connection, report_returns, **this, state="open") is not None:
        return
    if find(connection, report_returns, key=effect.key) is not None:
        return
    add(
        connection, report_returns, key=effect.key, **this, reason=effect.reason, asked_by=effect.asked_by,
        at=effect.at, state="open", settled_at=None,
    )  # fmt: skip
    note(connection, "report_returned", effect.at, effect.seat_id, effect.round_id,
         question=effect.question, asked_by=effect.asked_by)  # fmt: skip
    tell_of_report(connection, "report.returned", effect.seat_id, effect.round_id, effect.at, effect.question)


def return_settled(connection: Connection, effect: ReturnSettled) -> None:
    """Settle it once; what still waits to ask her is not said any more."""
    row = find(connection, report_returns, id=effect.return_id)
    if row is None or row.state != "open":
        return
    settled = {"state": effect.outcome, "settled_at": effect.at}
    change(connection, report_returns, {"id": effect.return_id}, **settled)
    end_push(connection, row.key, "cleared", "settled", effect.at)
    note(connection, "return_settled", effect.at, row.seat_id, row.round_id,
         question=row.question, outcome=effect.outcome)  # fmt: skip


def reports_approved(connection: Connection, effect: ReportsApproved) -> None:
    """Keep the confirmation; while one holds, a second one changes nothing."""
    this = {"round_id": effect.round_id, "unit_id": effect.unit_id}
    if find(connection, approvals, **this, undone_at=None) is not None:
        return
    add(
        connection, approvals, **this, seat_id=effect.seat_id, at=effect.at, sent=effect.sent,
        expected=effect.expected, undone_at=None, undone_by=None,
    )  # fmt: skip
    note(connection, "reports_approved", effect.at, effect.seat_id, effect.round_id,
         unit_id=effect.unit_id, sent=effect.sent, expected=effect.expected)  # fmt: skip
    tell_of_reports(
        connection, "reports.approved", effect.unit_id, effect.round_id, effect.at, sent=effect.sent,
        expected=effect.expected,
    )  # fmt: skip


def approval_undone(connection: Connection, effect: ApprovalUndone) -> None:
    """Take it back, once."""
    row = find(connection, approvals, id=effect.approval_id)
    if row is None or row.undone_at is not None:
        return
    undone = {"undone_at": effect.at, "undone_by": effect.seat_id}
    change(connection, approvals, {"id": effect.approval_id}, **undone)
    note(connection, "approval_undone", effect.at, effect.seat_id, row.round_id, unit_id=row.unit_id)
    tell_of_reports(connection, "reports.unapproved", row.unit_id, row.round_id, effect.at)


def broadcast_made(connection: Connection, effect: BroadcastMade) -> None:
    """Keep it once; the audit line holds none of its words."""
    if find(connection, broadcasts, key=effect.key) is not None:
        return
    add(
        connection, broadcasts, key=effect.key, seat_id=effect.seat_id, unit_id=effect.unit_id,
        levels=list(effect.levels), said=effect.said, at=effect.at,
    )  # fmt: skip
    note(connection, "broadcast_made", effect.at, effect.seat_id, unit_id=effect.unit_id,
         levels=list(effect.levels))  # fmt: skip


def chat_pack_made(connection: Connection, effect: ChatPackMade) -> None:
    """Keep the pack once."""
    if find(connection, chat_packs, pack=effect.pack) is not None:
        return
    add(
        connection, chat_packs, pack=effect.pack, seat_id=effect.seat_id, unit_id=effect.unit_id,
        definition=effect.definition, at=effect.at,
    )  # fmt: skip
    note(connection, "chat_pack_made", effect.at, effect.seat_id, unit_id=effect.unit_id, pack=effect.pack)
