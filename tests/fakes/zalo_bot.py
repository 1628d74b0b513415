"""The fake Zalo Bot platform seen from a test."""

import base64
from typing import Any

from tests.fakes.process import FakeProcess

#: The token the fake takes; no log line or error may ever hold it.
TOKEN = "12345689:abc-xyz-Secret_fakefake"


class FakeZaloBot(FakeProcess):
    """A running fake. A poll that would wait 30 s waits 0.6."""

    module = "tests.fakes.zalo_bot_server"

    def __init__(self, scale: float = 0.02) -> None:
        super().__init__("--token", TOKEN, "--scale", str(scale))

    def push(self, chat: str, event: str = "text", **content: Any) -> str:
        """Somebody sends something; its message id."""
        return str(self.control("push", {"chat": chat, "event": event, **content}))

    def says(self, chat: str, text: str, **content: Any) -> str:
        """A text."""
        return self.push(chat, "text", text=text, **content)

    def sends_photo(self, chat: str, data: bytes, caption: str = "", **content: Any) -> str:
        """A photo."""
        return self.push(chat, "image", data=base64.b64encode(data).decode(), caption=caption, **content)

    def mode(self, **modes: Any) -> None:
        """``replaying``, ``flat`` (webhook bodies), ``monthly`` (messages that may go)."""
        self.control("mode", modes)

    def texts(self, chat: str) -> list[str]:
        """What a chat saw."""
        return [sent["text"] for sent in self.ledger()["sent"] if sent["chat"] == chat and "text" in sent]
