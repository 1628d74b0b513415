"""Several answers in one message: "1. rồi 2. 41 3. 0", "12 chi hội, 40 tổ", "có em, 1 buổi 32 chị"."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from handlers.language.normalise import Said, said
from handlers.language.nothing import zero_or_none
from handlers.language.reading import Expectation, Expects, Reading
from handlers.language.survey import Quantity, kinds_of, survey
from handlers.language.typed import read_as
from handlers.language.yes_no import read_yes_no, verdict

_NUMBERED = re.compile(r"(?:(?<=\s)|^)(?:câu |cau |c|ý |y )?([1-9])\s?[.):/\-]\s*(?=[^\s\d]|\d)", re.I)
_CLAUSES = re.compile(r"[,;\n]| và | va |(?<=[a-zà-ỹ])\.\s", re.I)

# What a part may be called in the message, by its name in English or any of these words as its label.
_NAMES: dict[str, tuple[str, ...]] = {
    "added": ("moi", "them", "ket nap", "vao", "tang", "ket nap moi", "gia nhap", "chuyen den"),
    "new": ("moi", "them", "ket nap", "tang"), "joined": ("moi", "them", "ket nap", "vao"),
    "left": ("chuyen", "chuyen di", "ra", "roi", "mat", "giam", "bot", "ra khoi", "nghi", "bo", "chet",
    "xin ra"),
    "removed": ("chuyen", "ra", "roi", "mat", "giam", "bot"),
    "branches": ("chi hoi",), "groups": ("to", "nhom"),
    "attended": ("chi", "nguoi", "hoi vien", "du", "tham gia", "di"),
    "participants": ("chi", "nguoi", "hoi vien", "du", "tham gia"),
    "attendees": ("chi", "nguoi", "hoi vien", "du"),
    "people": ("chi", "nguoi", "hoi vien"), "members": ("hoi vien", "chi", "nguoi"),
    "households": ("ho", "gia dinh", "nha"),
    "children": ("chau", "tre", "be", "em"), "meetings": ("buoi", "cuoc", "lan", "hop", "sinh hoat"),
    "sessions": ("buoi", "cuoc", "lan", "lop"), "activities": ("hoat dong", "buoi", "cuoc"),
    "cases": ("vu", "viec", "ca"),
    "models": ("mo hinh",), "pairs": ("cap", "doi"), "events": ("hoat dong", "buoi", "cuoc", "su kien"),
    "men": ("nam", "ong"), "women": ("nu", "chi", "ba", "phu nu"), "total": ("tong", "tat ca"),
}  # fmt: skip


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
    numbers = _assigned(list(laid.quantities), expectation, expectation.parts[1:])
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
    laid = survey(message, expectation.unit)
    real = [quantity for quantity in laid.quantities if not quantity.label]
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
    values = _assigned(real, expectation, expectation.parts)
    if values is None:
        return Reading("ask", reason="part_unclear")
    named = _all_named(real, expectation)
    echo = not named or laid.strange > 2 or any(quantity.number.echo for quantity in real) or None in values
    return Reading("answer", value=values, echo=echo, approximate=laid.approximate, reason="parts")


def _only_zero(real: list[Quantity], message: Said) -> bool:
    """ "0" alone, as the question asks for it where there is nothing of anything."""
    return len(real) == 1 and real[0].number.value == 0 and len(message.words) == 1


def _all_none(message: Said, expectation: Expectation) -> Reading:
    none = zero_or_none(message)
    if none is None and [word.bare for word in message.words] != ["0"]:
        return Reading("ask", reason="no_number")
    return Reading("answer", value=[0] * len(expectation.parts), echo=True, reason="said_none")


def _clause_by_clause(message: Said, expectation: Expectation) -> Reading:
    """ "2 chị mới, không ai chuyển đi": a number or a nothing in each clause."""
    pieces = [piece.strip() for piece in _CLAUSES.split(message.raw) if piece.strip()]
    if len(pieces) != len(expectation.parts):
        return Reading("ask", reason="part_unclear")
    values: list[Any] = []
    for piece, name in zip(pieces, expectation.parts, strict=True):
        words = said(piece)
        laid = survey(words, expectation.unit)
        named = _naming(" ".join(word.bare for word in words.words), expectation.parts)
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


def _naming(text: str, parts: tuple[str, ...]) -> str | None:
    """The one part whose words stand in the text, if only one does."""
    hits = [name for name in parts if any(_word(word).search(text) for word in _called(name))]
    return hits[0] if len(hits) == 1 else None


@lru_cache(maxsize=512)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{word}\b")


@lru_cache(maxsize=512)
def _called(name: str) -> tuple[str, ...]:
    """The words for a part: those of its English name, else those beside its own label ("thêm")."""
    if name in _NAMES:
        return _NAMES[name]
    label = " ".join(word.bare for word in said(name).words)
    alike = (words for words in _NAMES.values() if label in words)
    return next(alike, (label,)) if label else ()


def _hint(quantity: Quantity) -> str:
    after = re.split(r"\b[0-9]+\b|,|;|\.", quantity.after)[0]
    before = re.split(r",|;|\.|\b[0-9]+\b", quantity.before)[-1]
    return f"{before.strip()} | {after.strip()}"


def _by_name(quantities: list[Quantity], parts: tuple[str, ...]) -> dict[str, int] | None:
    """Each number to the part named beside it; None when two claim one part."""
    given: dict[str, int] = {}
    named_first = bool(quantities) and _naming(quantities[0].before, parts) is not None
    for quantity in quantities:
        before, after = _hint(quantity).split(" | ", 1) if " | " in _hint(quantity) else ("", _hint(quantity))
        sides = (before, after) if named_first else (after, before)
        name = _naming(sides[0], parts) or _naming(sides[1], parts)
        if name is None:
            continue
        if name in given:
            return None
        given[name] = int(quantity.number.value)
    return given


def _all_named(quantities: list[Quantity], expectation: Expectation) -> bool:
    given = _by_name(quantities, expectation.parts)
    return given is not None and len(given) == len(quantities) == len(expectation.parts)


def _assigned(
    quantities: list[Quantity], expectation: Expectation, parts: tuple[str, ...]
) -> list[Any] | None:
    """The values in the order of the parts: by name first, else in the order said."""
    real = [quantity for quantity in quantities if not quantity.label]
    if any(quantity.number.value.denominator != 1 or quantity.number.unsure for quantity in real):
        return None
    given = _by_name(real, parts)
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
    if len(real) == 1 and len(parts) - expectation.optional_parts == 1 and set(given) <= {parts[0]}:
        return [int(real[0].number.value), *[None] * (len(parts) - 1)]
    if len(real) == 1 == len(given) and len(parts) > 1:
        return [given.get(name) for name in parts]
    return None
