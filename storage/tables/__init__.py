"""The table of contents: every table, and the metadata that holds them all."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from storage.tables import (
    answers,
    audit,
    channels,
    consent,
    conversations,
    keeping,
    outbox,
    people,
    pushes,
    rounds,
    sign_in,
    staff,
    summaries,
    tasks,
    webhooks,
)

MODULES = (
    people, rounds, conversations, answers, outbox, tasks, audit, consent, channels, pushes, keeping,
    summaries, staff, sign_in, webhooks,
)  # fmt: skip

metadata: MetaData = SQLModel.metadata
