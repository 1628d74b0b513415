"""On which database a test runs: SQLite, or PostgreSQL, or both.

Tests name SQLite files. On PostgreSQL every file they name is a schema of its own instead, on a server of
ours: ``pytest --postgres`` runs all that is chosen there, the mark ``on_postgres`` runs a test on both in
one run. Not for tests that start processes or handle the file itself.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import database, migrations
from storage.database import Place
from storage.postgres import PostgresSchema
from storage.sqlite_file import SqliteFile
from tests.postgres_server import program, running_server


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--postgres``."""
    parser.addoption("--postgres", action="store_true", help="run on PostgreSQL what would run on SQLite")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked ``on_postgres`` runs twice."""
    marked = metafunc.definition.get_closest_marker("on_postgres")
    if marked and not metafunc.config.getoption("postgres"):
        metafunc.parametrize("kept_in", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The folder of the server's socket. Skipped only where the server is not installed; ``make test``
    installs it."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with running_server() as home:
        yield home


@pytest.fixture(autouse=True)
def kept_in(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where this test's databases are."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    with _in_schemas(request.getfixturevalue("server")):
        yield


@pytest.fixture(scope="session", autouse=True)
def all_kept_in(request: pytest.FixtureRequest) -> Iterator[None]:
    """The same for all tests at once."""
    if not request.config.getoption("postgres"):
        yield
        return
    with _in_schemas(request.getfixturevalue("server")):
        yield


@contextmanager
def _in_schemas(server: Path) -> Iterator[None]:
    there = _schemas(database.place_of, server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "place_of", there)
        patch.setattr(migrations, "place_of", there)
        yield


def _schemas(place_of: Callable[..., Place], server: Path) -> Callable[..., Place]:
    """`storage.database.place_of` where a file is a schema, named after its path."""

    def there(url: str, *given: float, **more: float) -> Place:
        place = place_of(url, *given, **more)
        if not isinstance(place, SqliteFile):
            return place
        name = hashlib.sha256(str(place.path.resolve()).encode()).hexdigest()[:24]
        schema = place_of(f"postgresql://chihoi@/postgres?host={server}&schema=file_{name}")
        assert isinstance(schema, PostgresSchema)
        return schema

    return there
