"""``chihoi run`` as a process of its own, which can be killed at any moment."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.kh83 import PLAN_FOLDER, ROOT

#: The evening of the sample conversation's last message (domain guide 8.3).
EVENING = "2024-03-14T19:42:00+07:00"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something to happen in another process; AssertionError if that takes longer."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)  # another process works; there is nothing to wait on


class Program:
    """One run of the program in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        wrapper: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        /,
        **settings: str,
    ) -> None:
        """``settings`` without their prefix, as in ``phone_page="true"``; ``wrapper`` is a command that
        runs it (strace)."""
        self.port = free_port()
        self.settings = {
            "DATABASE_URL": f"sqlite:///{folder / 'chihoi.db'}",
            "PHOTOS": str(folder / "photos"),
            "PLAN": str(PLAN_FOLDER),
            "PORT": str(self.port),
            "REHEARSE_AT": EVENING,
            **{name.upper(): value for name, value in settings.items()},
        }
        given = {f"CHIHOI_{name}": value for name, value in self.settings.items() if value}
        self.log = (folder / "log.txt").open("a")
        self._process = subprocess.Popen(
            [*wrapper, sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env={**os.environ, **given, **(environment or {})},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self._signal(signal.SIGKILL)
        self._process.wait(10)
        self.log.close()

    def stop(self, seconds: float = 10.0) -> int:
        """SIGTERM, as systemd does it; the exit code. TimeoutExpired if it takes longer."""
        self._signal(signal.SIGTERM)
        try:
            return self._process.wait(seconds)
        finally:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        """To the program and, where there is one, to what runs it: its own group, nobody else."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def ready(self) -> bool:
        """Whether the web server answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            assert self._process.poll() is None, "the program ended; see log.txt"
            return False
        finally:
            connection.close()
