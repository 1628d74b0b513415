"""Reports: their dialogue state, answers with their history, and their submission."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from storage.apply.audit import note
from storage.apply.pushes import end_waiting
from storage.apply.rows import add, change, find
from storage.apply.summaries import answer_changed, report_counts
from storage.apply.webhooks import tell_of_report
from storage.desk import recall
from storage.domain.effects import AnswerRecorded, DraftMoved, ReportSubmitted
from storage.domain.facts import facts_of
from storage.tables.answers import answer_history, answers, submissions
from storage.tables.people import accounts, seat_holders


def draft_moved(connection: Connection, effect: DraftMoved) -> None:
    """Keep the dialogue's state; a submitted report stays submitted while it is corrected."""
    this = {"seat_id": effect.seat_id, "round_id": effect.round_id}
    moved = {"state": effect.state, "moved_at": effect.at}
    if change(connection, submissions, this, **moved) == 0:
        add(connection, submissions, **this, status="draft", **moved)


def report_submitted(connection: Connection, effect: ReportSubmitted) -> None:
    """Mark the report submitted; the time of the first submission stays (terms.md: on time is judged
    by it)."""
    report_id, submitted_at, counted = _report(connection, effect)
    submitted = {"status": "submitted", "moved_at": effect.at, "submitted_at": submitted_at or effect.at}
    change(connection, submissions, {"id": report_id}, **submitted)
    if not counted:
        report_counts(connection, report_id)
        tell_of_report(connection, "report.submitted", effect.seat_id, effect.round_id, effect.at)
    note(connection, "report_submitted", effect.at, effect.seat_id, effect.round_id)
    if submitted_at is None:
        end_waiting(connection, "cleared", "submitted", effect.at, effect.seat_id, effect.round_id)


def answer_recorded(connection: Connection, effect: AnswerRecorded) -> None:
    """Keep the answer; the one before goes to the history whole."""
    report_id, _, counted = _report(connection, effect)
    this = {"submission_id": report_id, "question": effect.answer.question}
    # Who writes from the account gave the answer, even when the seat changes hands later.
    account = find(connection, accounts, channel=effect.address.channel, account=effect.address.account)
    person_id = account.person_id if account else None
    proxy = _in_the_place_of(connection, effect.seat_id, person_id)
    earlier = find(connection, answers, **this)
    if earlier is None:
        add(connection, answers, **this, **_version(effect, person_id), proxy=proxy)
    else:
        kept = {name: value for name, value in earlier._mapping.items() if name != "id"}
        add(connection, answer_history, **kept, replaced_at=effect.at)
        change(connection, answers, {"id": earlier.id}, **_version(effect, person_id), proxy=proxy)
    if counted:
        before = facts_of(earlier.state, earlier.field_values) if earlier else {}
        answer_changed(connection, report_id, before, facts_of(effect.answer.state, effect.answer.values))
        tell_of_report(connection, "report.corrected", effect.seat_id, effect.round_id, effect.at)
    note(
        connection, "answer_recorded", effect.at, effect.seat_id, effect.round_id, person_id,
        effect.address.channel, question=effect.answer.question, state=effect.answer.state,
        corrected=earlier is not None, proxy=proxy,
    )  # fmt: skip


def _in_the_place_of(connection: Connection, seat_id: int, person_id: int | None) -> bool:
    """Whether somebody who is not the seat's holder answers for it (NHẬP HỘ)."""
    if person_id is None:
        return False

    def held() -> bool:
        return find(connection, seat_holders, seat_id=seat_id, person_id=person_id, until=None) is not None

    return not recall(connection, frozenset({"seat_holders"}), ("held", seat_id, person_id), held)


def _report(
    connection: Connection, effect: AnswerRecorded | ReportSubmitted
) -> tuple[int, datetime | None, bool]:
    """The seat's report in the round, begun if there is none: its id, its first submission, and whether
    it counts already."""
    this = {"seat_id": effect.seat_id, "round_id": effect.round_id}
    found = find(connection, submissions, **this)
    if found is not None:
        return found.id, found.submitted_at, found.status == "submitted"
    report_id = add(connection, submissions, **this, status="draft", state={}, moved_at=effect.at)
    return report_id, None, False


def _version(effect: AnswerRecorded, person_id: int | None) -> dict[str, Any]:
    answer = effect.answer
    return {
        "state": answer.state,
        "field_values": answer.values,
        "raw": answer.raw,
        "approximate": answer.approximate,
        "at": effect.at,
        "channel": effect.address.channel,
        "message_id": effect.message_id,
        "person_id": person_id,
    }
