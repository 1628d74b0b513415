"""The table of contents: every table, and the metadata that holds them all."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from storage.tables import (
    answers,
    audit,
    channels,
    consent,
    conversations,
    outbox,
    people,
    pushes,
    rounds,
    tasks,
)

MODULES = (people, rounds, conversations, answers, outbox, tasks, audit, consent, channels, pushes)

metadata: MetaData = SQLModel.metadata
