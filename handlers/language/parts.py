"""Several answers in one message: "1. rồi 2. 41 3. 0", "12 chi hội, 40 tổ", "có em, 1 buổi 32 chị"."""

import re
from dataclasses import replace
from typing import Any

from handlers.language.normalise import Said, said
from handlers.language.nothing import zero_or_none
from handlers.language.part_names import by_name, is_a_name, names_in, naming
from handlers.language.reading import Expectation, Expects, Reading
from handlers.language.survey import Quantity, kinds_of, survey
from handlers.language.typed import read_as
from handlers.language.yes_no import read_yes_no, verdict

_NUMBERED = re.compile(r"(?:(?<=\s)|^)(?:câu |cau |c|ý |y )?([1-9])\s?[.):/\-]\s*(?=[^\s\d]|\d)", re.I)
_CLAUSES = re.compile(r"[,;\n]| và | va |(?<=[a-zà-ỹ])\.\s", re.I)


def part_types(expectation: Expectation) -> tuple[Expects, ...]:
    """The type of every part: given, or the first as asked and whole numbers after it."""
    count = len(expectation.parts)
    if len(expectation.part_types) == count:
        return expectation.part_types
    first: tuple[Expects, ...] = (expectation.expects,)
    following: Expects = "integer"
    return first + (following,) * (count - 1)


def read_parts(message: Said, expectation: Expectation) -> Reading:
    """The list of values in the order of the parts, or a reason to ask."""
    types = part_types(expectation)
    listed = _by_list_numbers(message, expectation, types)
    if listed is not None:
        return listed
    if types[0] in ("yes_no", "confirm"):
        return _yes_then_numbers(message, expectation)
    return _numbers(message, expectation)


def _one(text: str, kind: Expects, expectation: Expectation) -> Reading:
    return read_as(said(text), replace(expectation, expects=kind, parts=(), part_types=(), unit=None))


def _by_list_numbers(message: Said, expectation: Expectation, types: tuple[Expects, ...]) -> Reading | None:
    marks = list(_NUMBERED.finditer(message.raw))
    heads = [int(mark[1]) for mark in marks]
    if len(heads) < 2 or heads != list(range(1, len(heads) + 1)) or len(heads) != len(types):
        return None
    values: list[Any] = []
    for spot, mark in enumerate(marks):
        end = marks[spot + 1].start() if spot + 1 < len(marks) else len(message.raw)
        one = _one(message.raw[mark.end() : end].strip(" ,;."), types[spot], expectation)
        if one.kind != "answer":
            return Reading("ask", reason="part_unclear")
        values.append(one.value)
    return Reading("answer", value=values, echo=True, reason="parts")


def _yes_then_numbers(message: Said, expectation: Expectation) -> Reading:
    """ "có em, sinh hoạt 1 buổi 32 chị": the head says yes or no, the rest the numbers."""
    pieces = [piece.strip() for piece in _CLAUSES.split(message.raw) if piece.strip()]
    if not pieces:
        return Reading("ask", reason="part_unclear")
    wanted = len(expectation.parts) - 1
    laid = survey(message, expectation.unit)
    if not laid.quantities:
        return _only_yes(message, expectation)
    head = verdict(said(pieces[0])) if not re.search(r"[0-9]", pieces[0]) else _verdict_of_head(pieces[0])
    if head is None or head[0] not in ("yes", "no") or laid.reason:
        return Reading("ask", reason=laid.reason or "part_unclear")
    if head[0] == "no":
        return Reading("ask", reason="part_unclear")
    if laid.negated:
        return Reading("ask", reason="negated_number")
    numbers = _assigned(message, list(laid.quantities), expectation, expectation.parts[1:])
    if numbers is None or len(numbers) != wanted:
        return Reading("ask", reason="part_unclear")
    return Reading("answer", value=[True, *numbers], echo=True, reason="parts")


def _verdict_of_head(piece: str) -> tuple[str, bool] | None:
    words = piece.split()
    for size in range(min(4, len(words)), 0, -1):
        text = " ".join(words[:size])
        if not re.search(r"[0-9]", text):
            judged = verdict(said(text))
            if judged is not None and judged[0] in ("yes", "no"):
                return judged
    return None


def _only_yes(message: Said, expectation: Expectation) -> Reading:
    one = read_yes_no(message, expectation)
    if one.kind != "answer":
        return one
    if one.value is False:
        # Nothing was held: what follows from it is nothing too, and is shown back.
        return Reading(
            "answer", value=[False] + [0] * (len(expectation.parts) - 1), echo=True, reason="parts"
        )
    return Reading("answer", value=[True] + [None] * (len(expectation.parts) - 1), echo=True, reason="parts")


def _numbers(message: Said, expectation: Expectation) -> Reading:
    listed = _only_digits(message, expectation)
    if listed is not None:
        return listed
    laid = survey(message, expectation.unit, expectation.parts)
    real = _counting(message, laid.quantities, expectation.parts)
    if laid.reason == "range" and _all_named(message, real, expectation):
        laid = replace(laid, reason="", perhaps=True)  # "3 buổi/120 lượt": a sign between two that are named
    if laid.reason and not (laid.reason == "not_exact" and len(real) == len(expectation.parts)):
        return Reading("ask", reason=laid.reason)
    if laid.reason or any(
        quantity.number.value.denominator != 1 or quantity.number.unsure for quantity in real
    ):
        return Reading("ask", reason=laid.reason or "part_unclear")
    if not real or _only_zero(real, message):
        return _all_none(message, expectation)
    if laid.negated:
        return _clause_by_clause(message, expectation)
    values = _assigned(message, real, expectation, expectation.parts)
    if values is None:
        return Reading("ask", reason="part_unclear")
    echo = (
        not _settled(message, real, expectation)
        or laid.perhaps
        or (laid.strange > 2 and not _all_named(message, real, expectation))
        or any(quantity.number.echo for quantity in real)
    )
    return Reading("answer", value=values, echo=echo, approximate=laid.approximate, reason="parts")


def _only_digits(message: Said, expectation: Expectation) -> Reading | None:
    """ "3 120" to two parts is no 3.120."""
    words = message.words
    if len(words) != len(expectation.parts) or len(words) != len(message.tokens):
        return None
    if not all(word.raw.isdigit() and len(word.raw) < 7 for word in words):
        return None
    return Reading("answer", value=[int(word.raw) for word in words], echo=True, reason="parts")


def _only_zero(real: list[Quantity], message: Said) -> bool:
    """ "0" alone, as the question asks for it where there is nothing of anything."""
    return len(real) == 1 and real[0].number.value == 0 and len(message.core) == 1


def _all_none(message: Said, expectation: Expectation) -> Reading:
    none = zero_or_none(message)
    if none is None and [word.bare for word in message.core] != ["0"]:
        return Reading("ask", reason="no_number")
    echo = expectation.optional_parts == 0  # "Không có thì nhắn 0" is asked of the first part only
    return Reading("answer", value=[0] * len(expectation.parts), echo=echo, reason="said_none")


def _clause_by_clause(message: Said, expectation: Expectation) -> Reading:
    """ "2 chị mới, không ai chuyển đi": a number or a nothing in each clause."""
    pieces = [piece.strip() for piece in _CLAUSES.split(message.raw) if piece.strip()]
    if len(pieces) != len(expectation.parts):
        return Reading("ask", reason="part_unclear")
    values: list[Any] = []
    for piece, name in zip(pieces, expectation.parts, strict=True):
        words = said(piece)
        laid = survey(words, expectation.unit)
        named = naming(" ".join(word.bare for word in words.words), expectation.parts)
        if named not in (None, name):
            return Reading("ask", reason="part_unclear")
        if (
            len(laid.quantities) == 1
            and not laid.reason
            and not laid.negated
            and laid.quantities[0].number.value.denominator == 1
        ):
            values.append(int(laid.quantities[0].number.value))
        elif not laid.quantities and laid.negated:
            values.append(0)
        else:
            return Reading("ask", reason="part_unclear")
    return Reading("answer", value=values, echo=True, reason="parts")


def _counting(message: Said, quantities: tuple[Quantity, ...], parts: tuple[str, ...]) -> list[Quantity]:
    """The numbers that count: not "xóm 5", but "tổ 4" where the groups are asked for."""
    return [
        quantity
        for quantity in quantities
        if not quantity.label or is_a_name(message.tokens[quantity.number.start - 1], parts)
    ]


def _all_named(message: Said, quantities: list[Quantity], expectation: Expectation) -> bool:
    given = by_name(message, quantities, expectation.parts)
    return given is not None and len(given) == len(quantities) == len(expectation.parts)


def _settled(message: Said, quantities: list[Quantity], expectation: Expectation) -> bool:
    """Whether it is plain which number is which: all but one are named ("2 chị, 1 chị chuyển đi"), or
    there is one number and the rest may be left unsaid."""
    given, parts = by_name(message, quantities, expectation.parts), expectation.parts
    if given is None:
        return False
    if len(quantities) == 1:
        return len(parts) - expectation.optional_parts == 1 and set(given) <= {parts[0]}
    return len(quantities) == len(parts) and len(given) >= len(parts) - 1 > 0


def _assigned(
    message: Said, quantities: list[Quantity], expectation: Expectation, parts: tuple[str, ...]
) -> list[Any] | None:
    """The values in the order of the parts: by name first, else in the order said."""
    real = _counting(message, tuple(quantities), parts)
    if any(quantity.number.value.denominator != 1 or quantity.number.unsure for quantity in real):
        return None
    given = by_name(message, real, parts)
    if given is None:
        return None
    if len(given) == len(parts):
        return [given[name] for name in parts]
    if len(real) == len(parts):
        values = [int(quantity.number.value) for quantity in real]
        agrees = all(values[parts.index(name)] == value for name, value in given.items())
        return values if agrees else None
    wanted = kinds_of(expectation.unit)
    counted = [quantity for quantity in real if wanted and quantity.counter in wanted]
    if len(counted) == len(parts) < len(real):
        return [int(quantity.number.value) for quantity in counted]
    if not given and len(real) == 1 and names_in(message, parts):
        return None  # "2 chị mới chuyển đi": named twice
    if len(real) == 1 and len(parts) - expectation.optional_parts == 1 and set(given) <= {parts[0]}:
        return [int(real[0].number.value), *[None] * (len(parts) - 1)]
    if len(real) == 1 == len(given) and len(parts) > 1:
        return [given.get(name) for name in parts]
    return None
