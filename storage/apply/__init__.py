"""The table of contents: one function an effect. Only the writer calls `apply`."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from storage.apply import (
    answers,
    channels,
    clock,
    consent,
    conversations,
    erasing,
    outbox,
    people,
    pushes,
    retention,
    rounds,
    seats,
    settling,
    tasks,
    units,
)
from storage.domain import effects

#: Each function writes the rows of its effect; `MessageQueued`'s returns the outbox id.
APPLY: Mapping[type, Callable[[Connection, Any], int | None]] = {
    effects.MessageReceived: conversations.message_received,
    effects.ConversationMoved: conversations.conversation_moved,
    effects.MessageQueued: outbox.message_queued,
    effects.MessageSent: outbox.message_sent,
    effects.MessageFailed: outbox.message_failed,
    effects.SeatLinked: people.seat_linked,
    effects.AccountUnreachable: people.account_unreachable,
    effects.CodesIssued: people.codes_issued,
    effects.UnitsImported: units.units_imported,
    effects.RoundOpened: rounds.round_opened,
    effects.DraftMoved: answers.draft_moved,
    effects.AnswerRecorded: answers.answer_recorded,
    effects.ReportSubmitted: answers.report_submitted,
    effects.TaskRaised: tasks.task_raised,
    effects.ReminderRequested: tasks.reminder_requested,
    effects.ChatHeard: channels.chat_heard,
    effects.MessagesCounted: channels.messages_counted,
    effects.MessageHeld: channels.message_held,
    effects.HeldReleased: channels.held_released,
    effects.UpdateSpooled: channels.update_spooled,
    effects.UpdateHandled: channels.update_handled,
    effects.TokensLeased: channels.tokens_leased,
    effects.TokensStored: channels.tokens_stored,
    effects.ChannelLimitsSet: channels.channel_limits_set,
    effects.ChannelPreferred: channels.channel_preferred,
    effects.MatterOpened: consent.matter_opened,
    effects.MatterClosed: consent.matter_closed,
    effects.ConsentGiven: consent.consent_given,
    effects.ConsentWithdrawn: consent.consent_withdrawn,
    effects.SeatRequested: consent.seat_requested,
    effects.RequestDecided: consent.request_decided,
    effects.ReadRecorded: consent.read_recorded,
    effects.AccountUnlinked: seats.account_unlinked,
    effects.SeatHandedOver: seats.seat_handed_over,
    effects.HolderLeaving: seats.holder_leaving,
    effects.PersonChanged: seats.person_changed,
    effects.RemindersSilenced: seats.reminders_silenced,
    effects.PersonErased: erasing.person_erased,
    effects.FilesErased: erasing.files_erased,
    effects.RetentionReached: retention.retention_reached,
    effects.RoundClosed: rounds.round_closed,
    effects.StepPlanned: pushes.step_planned,
    effects.PushesPlanned: pushes.pushes_planned,
    effects.PushesQueued: pushes.pushes_queued,
    effects.PushesPutOff: pushes.pushes_put_off,
    effects.PushesEnded: pushes.pushes_ended,
    effects.PushesTakenBack: pushes.pushes_taken_back,
    effects.MessageDelivered: settling.message_delivered,
    effects.ReminderKept: tasks.reminder_kept,
    effects.PauseSet: clock.pause_set,
    effects.EventMoved: clock.event_moved,
    effects.AttendanceAsked: clock.attendance_asked,
    effects.AttendanceAnswered: clock.attendance_answered,
    effects.CorrectionRequested: clock.correction_requested,
    effects.CorrectionDecided: clock.correction_decided,
    effects.LeaseTaken: clock.lease_taken,
}


def apply(connection: Connection, effect: effects.Effect) -> int | None:
    """Write the rows of one effect in the open transaction; the id of the outbox row it made, if any."""
    return APPLY[type(effect)](connection, effect)
