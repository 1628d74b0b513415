"""Bringing a database to the program's revision, with Alembic and without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.backup import before_migration
from storage.database import (
    Database,
    check_revision,
    engine_for,
    known_revisions,
    problem_of,
    sqlite_path,
)
from storage.domain.problems import DatabaseProblem, Finding


def upgrade(database_url: str) -> None:
    """Make the database if there is none, and bring it to the newest revision: whole or not at all.

    An older database is copied first (`storage.backup.before_migration`). DatabaseProblem if the file is
    not ours, is newer than the program, is locked, or cannot be copied.
    """
    path = sqlite_path(database_url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"không tạo được thư mục {path.parent} ({error.strerror})"
        raise DatabaseProblem(Finding(str(path), what)) from None
    engine = engine_for(path, writing=True)
    try:
        with engine.begin() as connection:
            revision = check_revision(connection, path)
            if revision not in (None, known_revisions()[-1]):
                before_migration(path, str(revision))
            command.upgrade(config_for(connection), "head")
    except DBAPIError as error:
        raise problem_of(error, path) or error from error
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
