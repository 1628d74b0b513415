"""``chihoi run`` as a process of its own, which can be killed at any moment."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.kh83 import PLAN_FOLDER, ROOT

#: The evening of the sample conversation's last message (domain guide 8.3).
EVENING = "2024-03-14T19:42:00+07:00"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """One run of the program in a folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """``settings`` without their prefix, as in ``phone_page="true"``."""
        self.port = free_port()
        self.settings = {
            "DATABASE_URL": f"sqlite:///{folder / 'chihoi.db'}",
            "PHOTOS": str(folder / "photos"),
            "PLAN": str(PLAN_FOLDER),
            "PORT": str(self.port),
            "REHEARSE_AT": EVENING,
            **{name.upper(): value for name, value in settings.items()},
        }
        environment = {f"CHIHOI_{name}": value for name, value in self.settings.items()}
        self.log = (folder / "log.txt").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self.log.close()

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
