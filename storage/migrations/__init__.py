"""Bringing a database to the program's revision, with Alembic and without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.backup import before_migration
from storage.database import Database, check_revision, known_revisions, place_of
from storage.sqlite_file import SqliteFile


def upgrade(database_url: str) -> None:
    """Make the database if there is none, and bring it to the newest revision: whole or not at all.

    An older database is copied first (`storage.backup.before_migration`). DatabaseProblem if the file is
    not ours, is newer than the program, is locked, or cannot be copied. On PostgreSQL the copy is the
    administrator's (docs/postgresql.md).
    """
    place = place_of(database_url)
    place.prepare()
    engine = place.engine(writing=True)
    try:
        with engine.begin() as connection:
            place.alone(connection)
            revision = check_revision(connection, place.shown)
            if isinstance(place, SqliteFile) and revision not in (None, known_revisions()[-1]):
                before_migration(place.path, str(revision))
            command.upgrade(config_for(connection), "head")
    except DBAPIError as error:
        raise place.problem_of(error) or error from error
    finally:
        engine.dispose()


def config_for(connection: Connection) -> Config:
    """Alembic's configuration to work in the transaction of this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def open_database(database_url: str) -> Database:
    """`upgrade`, then open: what every command that may find no database yet calls."""
    upgrade(database_url)
    return Database(database_url)
