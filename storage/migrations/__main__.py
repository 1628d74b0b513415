"""``python -m storage.migrations "what changes"`` drafts the next revision from the tables.

Read the draft before it is committed: a renamed column looks like one dropped and one added.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from storage.database import known_revisions
from storage.migrations import config_for, upgrade
from storage.sqlite_file import SqliteFile


def draft(message: str) -> None:
    """Write the file of the next revision: what the tables have and a fresh database has not."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fresh.db"
        upgrade(f"sqlite:///{path}")
        engine = SqliteFile(path).engine(writing=True)
        with engine.begin() as connection:
            following = f"v{int(known_revisions()[-1][1:]) + 1:04}"
            command.revision(config_for(connection), message, autogenerate=True, rev_id=following)
        engine.dispose()


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]) or "next")
