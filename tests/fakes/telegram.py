"""The fake Bot API seen from a test: starts its process, plays the people, reads the ledger."""

import base64
from typing import Any

from tests.fakes.process import FakeProcess

#: The token the fake takes. Its shape is a real one's; no log line or error may ever hold it.
TOKEN = "730001:AAHfakefakefakefakefakefakefakefake12"


class FakeTelegram(FakeProcess):
    """A running fake. Waits between webhook tries are a fiftieth of the real ones."""

    module = "tests.fakes.telegram_server"

    def __init__(self, scale: float = 0.02) -> None:
        super().__init__("--token", TOKEN, "--scale", str(scale), "--any-webhook")

    def __enter__(self) -> "FakeTelegram":
        return self

    # --- people

    def push(self, chat: int, kind: str, **content: Any) -> int:
        """Somebody does something; the update's id, 0 if the bot did not ask for its kind."""
        made = self.control("push", {"chat": chat, "kind": kind, **content})
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

    def script(self, method: str, action: str = "error", **details: Any) -> None:
        """The next call (``times``) of ``method`` (in ``chat``) fails: ``error`` with ``code``,
        ``description``, ``parameters``; ``drop_before`` or ``drop_after`` it is done; ``delay_after``."""
        self.control("script", {"method": method, "action": action, **details})

    def wait(self, seconds: float = 10.0, **counts: int) -> dict[str, Any]:
        """The ledger, once ``sent=2`` messages, ``confirmed``, ``answered``, ``attempts`` or
        ``calls_getUpdates=3`` calls are in it; AssertionError if that takes over ``seconds``."""
        wanted = {name.replace("calls_", "calls:"): count for name, count in counts.items()}
        return dict(self.control("wait", {**wanted, "seconds": seconds}))

    def texts(self, chat: int) -> list[str]:
        """What a chat saw."""
        return [sent["text"] for sent in self.ledger()["sent"] if sent["chat"] == chat]

    def files(self, chat: int) -> list[dict[str, Any]]:
        """What a chat was sent that holds a file: ``text`` its caption, ``kind``, ``name`` and ``data``."""
        return [
            {**sent, **sent["file"], "data": base64.b64decode(sent["file"]["data"])}
            for sent in self.ledger()["sent"]
            if sent["chat"] == chat and "file" in sent
        ]

    def faults(self) -> list[str]:
        """Calls that were not as the API's description wants them."""
        return [f"{call['method']}: {fault}" for call in self.ledger()["calls"] for fault in call["faults"]]
