"""A PostgreSQL server of our own, in a temporary folder, for as long as tests run.

A server does not run as root, so under root it runs as somebody without rights.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

#: Where Debian puts the server's programs.
_PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"))


def program(name: str) -> str | None:
    """One of the server's programs; None if it is not installed (Debian: the package ``postgresql``)."""
    found = next((str(place / name) for place in _PLACES if (place / name).exists()), None)
    return found or shutil.which(name)


def _run(command: Sequence[str], user: str | None) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def running_server(durable: bool = False) -> Iterator[Path]:
    """The folder of the server's socket. ``durable`` waits for the disk, as a real one does."""
    initdb, control = program("initdb"), program("pg_ctl")
    assert initdb is not None and control is not None, "PostgreSQL is not installed"  # noqa: PT018
    user = "nobody" if os.getuid() == 0 else None
    with TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        home = Path(folder)
        if user:
            shutil.chown(home, user)
        data = home / "data"
        _run([initdb, "-D", str(data), "-U", "chihoi", "-E", "UTF8", "--locale=C", "-A", "trust"], user)
        options = f"-k {home} -c listen_addresses='' -c fsync={'on' if durable else 'off'}"
        log = str(home / "log")
        _run([control, "-D", str(data), "-w", "-o", options, "-l", log, "start"], user)
        try:
            yield home
        finally:
            _run([control, "-D", str(data), "-m", "immediate", "stop"], user)
