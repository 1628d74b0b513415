"""``chihoi run`` as a process of its own, on a database of its own; and what any server says of itself."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from bot.cli.loading.province import EVENING
from storage.domain.problems import Finding, NotFound

#: Opens nothing: the platform it is for is on this machine.
TOKEN, SECRET = "730001:load0load0load0load0load0load0load0lo", "load-webhook"

#: More than the evening needs: the server is tried, not Telegram's own limit.
PER_SECOND = "1000"

READY_SECONDS, STOP_SECONDS = 60.0, 15.0

#: Metrics of a process, as Prometheus names them.
MEMORY, PROCESSOR = "process_resident_memory_bytes", "process_cpu_seconds_total"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One server. Its folder holds ``chihoi.db``, made before, and ``log.txt``; no file ``.env`` is read."""

    def __init__(self, folder: Path, plan: Path, api: str, **settings: str) -> None:
        """Start it. ``api``: where it finds the platform; ``settings`` further ones, without their prefix."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        given = {
            "DATABASE_URL": f"sqlite:///{folder / 'chihoi.db'}",
            "PHOTOS": str(folder / "photos"),
            "PLAN": str(plan.resolve()),
            "PORT": str(port),
            "REHEARSE_AT": EVENING.isoformat(),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API": api,
            "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "PUBLIC_URL": "https://load.invalid",
            **{name.upper(): value for name, value in settings.items()},
        }
        self._log = folder / "log.txt"
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=folder,
                env=_environment(given),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Wait until it serves; NotFound with the last line of its log if it does not."""
        for _ in range(int(READY_SECONDS * 100)):
            if self._process.poll() is not None or await answers(f"{self.url}/readyz"):
                break
            await asyncio.sleep(0.01)
        if self._process.poll() is not None or not await answers(f"{self.url}/readyz"):
            *_, last = ["", *self._log.read_text("utf-8").splitlines()]
            raise NotFound(Finding("chihoi run", f"không chạy được: {last}"))

    def stop(self) -> None:
        """SIGTERM, as systemd does it; SIGKILL to one that does not listen."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("CHIHOI_")}
    return {**kept, **{f"CHIHOI_{name}": value for name, value in given.items()}}


async def answers(page: str) -> bool:
    """Whether a page (``http://server:8080/readyz``) answers 200."""
    return await _asked(page) is not None


async def metric(url: str, name: str, token: str = "") -> float | None:
    """One metric of a server's ``/metrics`` (bytes, seconds); None if it does not tell us."""
    shown = await _asked(f"{url}/metrics", token)
    found = re.search(rf"^{name} (\S+)", shown or "", re.MULTILINE)
    return float(found[1]) if found else None


async def _asked(url: str, token: str = "") -> str | None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        timeout = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, headers=headers) as answer,
        ):
            return await answer.text() if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
