"""The writer that fits a database."""

from storage.database import Database
from storage.postgres import PostgresSchema
from storage.writer import Writer
from storage.writer.postgres import PostgresWriter
from storage.writer.sqlite import SqliteWriter


def writer_of(database: Database) -> Writer:
    """One thread and one commit for all who wait on SQLite, several transactions at once on PostgreSQL.
    Must be called in the event loop."""
    if isinstance(database.place, PostgresSchema):
        return PostgresWriter(database, database.place)
    return SqliteWriter(database)
