"""The units and the parts of the plan's own questions, with every number and in every order."""

import itertools

import pytest

from handlers.language.reading import Expectation
from handlers.language.understand import understand
from tests.language.plan_words import Asked, units, with_parts
from tests.language.rows import CONTEXT
from tests.language.test_properties import bare
from tests.language.writer import book

# "sau nha" is later ("sau nhé") at least as often as six houses: put off, and never another number.
PUT_OFF = {"sau nha"}
ASKED = with_parts()
NUMBERS = (12, 4, 2)
TO_DO = pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)


@pytest.mark.parametrize("unit", units())
def test_a_number_before_its_unit_is_read(unit: str) -> None:
    expectation = Expectation("integer", unit=unit)
    for number, marks in itertools.product(range(201), (True, False)):
        for said in {f"{number} {unit}", f"{book(number)} {unit}"} if number else {f"0 {unit}"}:
            text = said if marks else bare(said)
            reading = understand(text, expectation, CONTEXT)
            if text in PUT_OFF:
                assert reading.kind == "later"
            else:
                assert (reading.kind, reading.value, reading.approximate) == ("answer", number, False), text


@pytest.mark.parametrize("unit", units())
def test_how_many_of_them_is_no_number(unit: str) -> None:
    for text in (f"mấy {unit}", f"vài {unit}", f"hơn 20 {unit}", f"gần 20 {unit}", f"20 mấy {unit}"):
        assert understand(text, Expectation("integer", unit=unit), CONTEXT).kind in ("ask", "help"), text


def test_the_plan_has_units_and_parts() -> None:
    assert "máy" in units()
    assert {"thêm", "chuyển đi", "trực tiếp", "lượt", "tổ"} <= {
        part for asked in ASKED for part in asked.expectation.parts
    }


def _ways(asked: Asked) -> list[str]:
    pairs = list(zip(NUMBERS, asked.expectation.parts, strict=False))
    ways = []
    for order, between in itertools.product(
        (pairs, pairs[::-1]), (", ", " ", " và ", "; ", "\n", ". ", " - ")
    ):
        ways += [
            between.join(f"{number} {part}" for number, part in order),
            between.join(f"{part} {number}" for number, part in order),
            between.join(f"{part}: {number}" for number, part in order),
            between.join(f"{part} là {number}" for number, part in order),
            between.join(f"{book(number)} {part}" for number, part in order),
        ]
    return ways


@TO_DO
def test_numbers_with_their_labels_go_to_the_right_part(asked: Asked) -> None:
    right = list(NUMBERS[: len(asked.expectation.parts)])
    for way in _ways(asked):
        for text in (way, bare(way), way.upper()):
            reading = understand(text, asked.expectation, CONTEXT)
            assert (reading.kind, reading.value) == ("answer", right), text


@TO_DO
def test_every_number_in_every_order_is_right_or_asked(asked: Asked) -> None:
    parts = asked.expectation.parts
    for values in itertools.product((0, 1, 5, 23), repeat=len(parts)):
        for order in itertools.permutations(range(len(parts))):
            text = ", ".join(f"{values[spot]} {parts[spot]}" for spot in order)
            reading = understand(text, asked.expectation, CONTEXT)
            assert reading.kind == "ask" or reading.value == list(values), text


@TO_DO
def test_bare_numbers_are_shown_back_in_the_order_asked(asked: Asked) -> None:
    right = list(NUMBERS[: len(asked.expectation.parts)])
    for between in (" ", ", ", ",", " và ", "; "):
        reading = understand(between.join(str(number) for number in right), asked.expectation, CONTEXT)
        assert reading.kind == "ask" or (reading.value == right and reading.echo), between


@TO_DO
def test_nothing_is_nothing_of_every_part(asked: Asked) -> None:
    for text in ("không có", "0", "ko co", "không", "k", "0 ạ", "không có gì"):
        reading = understand(text, asked.expectation, CONTEXT)
        assert (reading.kind, reading.value) == ("answer", [0] * len(asked.expectation.parts)), text


@TO_DO
def test_the_example_of_the_question_is_understood(asked: Asked) -> None:
    reading = understand(asked.example, asked.expectation, CONTEXT)
    assert reading.kind == "answer"
    assert None not in reading.value
    assert understand(bare(asked.example), asked.expectation, CONTEXT).value == reading.value
