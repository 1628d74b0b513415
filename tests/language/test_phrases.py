"""The 343 phrases of the contract, each read as it says."""

import json
from typing import Any

import pytest

from handlers.language.context_json import read_context
from handlers.language.understand import ASK_REASONS, understand
from tests.language.rows import NOW, is_right, load, read, wanted

ROWS = load("phrases.jsonl")


def test_all_of_them_are_here() -> None:
    assert len(ROWS) == 343


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['id']}-{row['text'][:24]}")
def test_phrase(row: dict[str, Any]) -> None:
    reading = read(row)
    assert any(is_right(reading, expect) for expect in wanted(row)), reading


@pytest.mark.parametrize("name", ["phrases.jsonl", "phrases_more.jsonl"])
def test_every_reason_to_ask_is_explained(name: str) -> None:
    reasons = {reading.reason for row in load(name) if (reading := read(row)).kind == "ask"}
    assert reasons <= ASK_REASONS.keys()


def test_a_refusal_carries_nothing_of_the_text() -> None:
    for row in [*load("phrases.jsonl"), *load("phrases_more.jsonl")]:
        reading = read(row)
        if reading.kind == "refused":
            assert (reading.value, reading.target, reading.date, reading.at) == (None, None, None, None)
            assert reading.reason in ("personal_data", "id_number", "bank_account", "violence_case")


def test_a_reading_does_not_depend_on_how_marks_are_composed() -> None:
    import unicodedata

    for row in [*load("phrases.jsonl"), *load("phrases_more.jsonl")]:
        expectation, context = read_context(row["context"], NOW)
        composed = understand(unicodedata.normalize("NFC", row["text"]), expectation, context)
        assert understand(unicodedata.normalize("NFD", row["text"]), expectation, context) == composed


def test_a_context_is_read_from_json_with_unknown_keys() -> None:
    data = json.loads(
        '{"expects": "ratio", "total": 62, "now": "2024-03-13T09:00:00+07:00", "colour": "red"}'
    )
    expectation, context = read_context(data, NOW)
    assert (expectation.expects, expectation.total, context.now) == ("ratio", 62, NOW)


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        read_context({"expects": "colour"}, NOW)
