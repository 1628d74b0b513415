"""A fake platform as a process of its own, seen from a test: start it, drive it, read its ledger."""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parent.parent.parent


class FakeProcess:
    """A running fake. Its first line on stdout is its port; it ends when its stdin closes."""

    module = ""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", self.module, *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    @property
    def api(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "FakeProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def ledger(self) -> dict[str, Any]:
        """What happened so far."""
        return dict(self._request("GET", "/control/ledger", None))

    def wait(self, seconds: float = 10.0, **counts: int) -> dict[str, Any]:
        """The ledger, once its lists are so long (``sent=2``); AssertionError if that takes longer."""
        return dict(self.control("wait", {**counts, "seconds": seconds}))

    def script(self, method: str, **answer: Any) -> None:
        """The next (``times``) call of ``method`` gets this ``answer`` (``status``), after ``seconds``,
        or is cut: ``action="drop"`` before or ``"drop_after"`` it is done."""
        self.control("script", {"method": method, **answer})

    def faults(self) -> list[str]:
        """Calls that were not as the platform wants them."""
        return list(self.ledger()["faults"])

    def reset(self) -> None:
        """Forget everything."""
        self.control("reset", {})

    def control(self, what: str, body: Any) -> Any:
        """One command to the fake."""
        return self._request("POST", f"/control/{what}", json.dumps(body))

    def _request(self, method: str, path: str, body: str | None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, f"{path}: {response.status}, {answer}"
        return answer
