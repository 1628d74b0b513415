"""A mark of what figures are made of: while it stays the same, so do they."""

from collections.abc import Hashable

from sqlalchemy import Connection, func, select

from storage.tables.audit import audit
from storage.tables.rounds import rounds

#: Lines of the audit that change no figure: looks, links, tokens. Any other line, known here or not, may.
_NO_CHANGE = (
    "unit_history_read", "figures_exported", "answers_exported", "report_exported", "report_opened_for",
    "report_shown", "figure_shown", "person_exported", "consents_printed", "staff_link_made",
    "staff_signed_in", "api_token_issued", "api_token_revoked", "codes_issued", "seat_linked",
    "webhook_registered", "webhook_revoked", "webhook_events_given_up",
)  # fmt: skip

_CHANGED = select(audit.c.id).where(audit.c.what.not_in(_NO_CHANGE)).order_by(audit.c.id.desc()).limit(1)
_OPENED = select(func.max(rounds.c.id))


def figures_mark(reader: Connection) -> Hashable:
    """Every change to people and answers leaves a line in the audit, every new round an id: the newest of
    both. Two reads of a few rows."""
    return reader.execute(_CHANGED).scalar(), reader.execute(_OPENED).scalar()
