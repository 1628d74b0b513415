"""Phrases of the project's own: what the contract's list does not show, written apart from the rules."""

from typing import Any

import pytest

from tests.language.rows import is_right, load, read, wanted

ROWS = load("phrases_more.jsonl")


def test_there_are_many() -> None:
    assert len(ROWS) >= 250


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['id']}-{row['text'][:24]}")
def test_phrase(row: dict[str, Any]) -> None:
    reading = read(row)
    assert any(is_right(reading, expect) for expect in wanted(row)), reading


def test_no_wrong_value_is_taken_as_plain() -> None:
    for row in [*load("phrases.jsonl"), *ROWS]:
        reading = read(row)
        if reading.kind == "answer" and not reading.echo:
            assert any(
                expect["kind"] == "answer" and expect.get("value") == reading.value for expect in wanted(row)
            )
