"""The fake Official Account platform seen from a test."""

import base64
from typing import Any

from tests.fakes.process import FakeProcess

APP_ID, APP_SECRET, OA_KEY = "1234567890", "app-secret-of-the-test", "oa-key-of-the-test"
FIRST_REFRESH = "refresh-first-secret"
SECRETS = (APP_SECRET, OA_KEY, FIRST_REFRESH)


class FakeZaloOa(FakeProcess):
    """A running fake. Zalo's tries, 30 s to 1 h apart, are 0.06 to 7 s apart."""

    module = "tests.fakes.zalo_oa_server"

    def __init__(self, scale: float = 0.002) -> None:
        super().__init__(
            "--app-id", APP_ID, "--app-secret", APP_SECRET, "--oa-key", OA_KEY, "--refresh", FIRST_REFRESH,
            "--scale", str(scale),
        )  # fmt: skip

    def push(self, user: str, event: str, **content: Any) -> str:
        """Somebody does something; the event's message id."""
        return str(self.control("push", {"user": user, "event": event, **content}))

    def says(self, user: str, text: str, **content: Any) -> str:
        """A text."""
        return self.push(user, "user_send_text", text=text, **content)

    def sends_photo(self, user: str, data: bytes, **content: Any) -> str:
        """A photo."""
        return self.push(user, "user_send_image", data=base64.b64encode(data).decode(), **content)

    def mode(self, **modes: Any) -> None:
        """``webhook`` (URL), ``stamp`` (body or header), ``noise``, ``clock`` (seconds)."""
        self.control("mode", modes)

    def user(self, user: str, **changes: Any) -> None:
        """``silent`` days, ``known``."""
        self.control("user", {"user": user, **changes})

    def texts(self, user: str) -> list[str]:
        """What a person saw."""
        return [sent["text"] for sent in self.ledger()["sent"] if sent["chat"] == user]
