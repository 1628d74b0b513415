"""Phrases written against the rules by hand, each decided before it was run: what branch heads type."""

from typing import Any

import pytest

from tests.language.rows import is_right, load, read, wanted

ROWS = load("phrases_red.jsonl")


def test_all_of_them_are_here() -> None:
    assert len(ROWS) == 390


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['id']}-{row['text'][:24]}")
def test_phrase(row: dict[str, Any]) -> None:
    reading = read(row)
    assert any(is_right(reading, expect) for expect in wanted(row)), reading


def test_no_wrong_value_is_taken_as_plain() -> None:
    for row in ROWS:
        reading = read(row)
        if reading.kind == "answer" and not reading.echo:
            assert any(
                expect["kind"] == "answer" and expect.get("value") == reading.value for expect in wanted(row)
            ), row
