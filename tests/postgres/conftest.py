"""A PostgreSQL server of our own, in a temporary folder, for as long as these tests run.

Skipped only where the server is not installed (Debian: the package ``postgresql``; ``make test`` installs
it). A server does not run as root, so under root it runs as somebody without rights.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

#: Where Debian puts the server's programs.
_PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"))

_numbers = count(1)


def _program(name: str) -> str | None:
    found = next((str(place / name) for place in _PLACES if (place / name).exists()), None)
    return found or shutil.which(name)


def _run(command: Sequence[str], user: str | None) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The folder of the server's socket."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    user = "nobody" if os.getuid() == 0 else None
    with TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        home = Path(folder)
        if user:
            shutil.chown(home, user)
        data = home / "data"
        _run([initdb, "-D", str(data), "-U", "chihoi", "-E", "UTF8", "--locale=C", "-A", "trust"], user)
        options = f"-k {home} -c listen_addresses='' -c fsync=off"
        log = str(home / "log")
        _run([control, "-D", str(data), "-w", "-o", options, "-l", log, "start"], user)
        try:
            yield home
        finally:
            _run([control, "-D", str(data), "-m", "immediate", "stop"], user)


@pytest.fixture
def url(server: Path) -> str:
    """An empty province."""
    return f"postgresql://chihoi@/postgres?host={server}&schema=province_{next(_numbers)}"
