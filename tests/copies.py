"""A copy of a whole database, for tests that change what others read."""

import sqlite3
from contextlib import closing

from storage.database import Database
from storage.migrations import open_database
from storage.sqlite_file import SqliteFile
from storage.writer.moving import move


def copied(source: Database, url: str) -> Database:
    """The same at another address, which is a file as the source is, or a schema as the source is."""
    if not isinstance(source.place, SqliteFile):
        target = open_database(url)
        move(source, target, lambda table, done, total: None)
        return target
    with (
        closing(sqlite3.connect(source.place.path)) as whole,
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as copy,
    ):
        whole.backup(copy)
    return Database(url)
