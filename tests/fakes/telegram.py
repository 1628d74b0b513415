"""The fake Bot API seen from a test: starts its process, plays the people, reads the ledger."""

import base64
import http.client
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

#: The token the fake takes. Its shape is a real one's; no log line or error may ever hold it.
TOKEN = "730001:AAHfakefakefakefakefakefakefakefake12"

ROOT = Path(__file__).parent.parent.parent


class FakeTelegram:
    """A running fake. Waits between webhook tries are a fiftieth of the real ones."""

    def __init__(self, scale: float = 0.02) -> None:
        command = [sys.executable, "-m", "tests.fakes.telegram_server", "--token", TOKEN]
        self._process = subprocess.Popen(
            [*command, "--scale", str(scale), "--any-webhook"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    @property
    def api(self) -> str:
        """For ``CHIHOI_TELEGRAM_API``."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "FakeTelegram":
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

    # --- people

    def push(self, chat: int, kind: str, **content: Any) -> int:
        """Somebody does something; the update's id, 0 if the bot did not ask for its kind."""
        made = self._control("push", {"chat": chat, "kind": kind, **content})
        return int(made[0]) if made else 0

    def says(self, chat: int, text: str, **content: Any) -> int:
        """A text."""
        return self.push(chat, "text", text=text, **content)

    def sends_photo(self, chat: int, data: bytes, caption: str = "", **content: Any) -> int:
        """A photo."""
        return self.push(chat, "photo", data=base64.b64encode(data).decode(), caption=caption, **content)

    def presses(self, chat: int, token: str, message: int | None = None) -> int:
        """A button, of the newest message unless said otherwise."""
        return self.push(chat, "press", data=token, message=message)

    # --- the platform

    def script(self, method: str, action: str, **details: Any) -> None:
        """The next call (``times``) of ``method`` (in ``chat``) fails: ``error`` with ``code``,
        ``description``, ``parameters``; ``drop_before`` or ``drop_after`` it is done; ``delay_after``."""
        self._control("script", {"method": method, "action": action, **details})

    def ledger(self) -> dict[str, Any]:
        """What happened so far."""
        return dict(self._request("GET", "/control/ledger", None))

    def wait(self, seconds: float = 10.0, **counts: int) -> dict[str, Any]:
        """The ledger, once ``sent=2`` messages, ``confirmed``, ``answered``, ``attempts`` or
        ``calls_getUpdates=3`` calls are in it; AssertionError if that takes over ``seconds``."""
        wanted = {name.replace("calls_", "calls:"): count for name, count in counts.items()}
        return dict(self._control("wait", {**wanted, "seconds": seconds}))

    def texts(self, chat: int) -> list[str]:
        """What a chat saw."""
        return [sent["text"] for sent in self.ledger()["sent"] if sent["chat"] == chat]

    def faults(self) -> list[str]:
        """Calls that were not as the API's description wants them."""
        return [f"{call['method']}: {fault}" for call in self.ledger()["calls"] for fault in call["faults"]]

    def reset(self) -> None:
        """Forget everything."""
        self._control("reset", {})

    def _control(self, what: str, body: Any) -> Any:
        return self._request("POST", f"/control/{what}", json.dumps(body))

    def _request(self, method: str, path: str, body: str | None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, f"{path}: {response.status}, the ledger is {answer}"
        return answer
