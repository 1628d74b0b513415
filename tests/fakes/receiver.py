"""A receiver of webhooks as a process of its own, seen from a test."""

import json
from typing import Any

from tests.fakes.process import FakeProcess


class Receiver(FakeProcess):
    """Several systems at once: each path is one."""

    module = "tests.fakes.receiver_server"

    def told(self, path: str = "hoi") -> list[dict[str, Any]]:
        """The events one of them took, in order."""
        return [json.loads(each["body"]) for each in self.ledger()["told"] if each["path"] == path]

    def types(self, path: str = "hoi") -> list[str]:
        """Their kinds."""
        return [each["type"] for each in self.told(path)]
