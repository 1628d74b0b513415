"""The example phrases, and what it means that a reading is as expected."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from handlers.language.context_json import read_context
from handlers.language.later import ZONE
from handlers.language.reading import Context, Reading
from handlers.language.understand import understand

NOW = datetime(2024, 3, 13, 9, 0, tzinfo=ZONE)
CONTEXT = Context(NOW)
HERE = Path(__file__).resolve().parent


def load(name: str) -> list[dict[str, Any]]:
    """The rows of a file of phrases."""
    return [
        json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def read(row: dict[str, Any]) -> Reading:
    """The reading of a row."""
    expectation, context = read_context(row["context"], NOW)
    return understand(row["text"], expectation, context)


def wanted(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The readings that are right for a row."""
    found: list[dict[str, Any]] = row["expect_any"] if "expect_any" in row else [row["expect"]]
    return found


def is_right(reading: Reading, expect: dict[str, Any]) -> bool:
    """Kind and every value given; echo where wanted; approximate exactly as said."""
    if reading.kind != expect["kind"]:
        return False
    for key in ("value", "at", "target", "reason", "date"):
        if key in expect and not _same(getattr(reading, key), expect[key]):
            return False
    if expect.get("echo") and not reading.echo:
        return False
    return reading.kind != "answer" or reading.approximate == bool(expect.get("approximate"))


def _same(got: Any, want: Any) -> bool:
    # True is not 1 and 0 is not False here.
    return bool(got == want) and isinstance(got, bool) == isinstance(want, bool)
