"""An answer's values as they are counted: small, without a person's words.

A summary row knows nothing of the plan, so that it can be kept in the turn's transaction and made anew
from answers at any time. What a value is (a yes, a stock, a choice) the plan says when it is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from storage.domain.answers import Value

#: What the name of a choice, or an ISO date, looks like; anything else somebody wrote is not kept here.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_PICTURE = re.compile(r".*\.(jpg|jpeg|png|webp)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fact:
    """``number``: the number, 1 or 0 for yes and no, a ratio's part, 1 for what was written or chosen, 0
    for "không". ``whole``: a ratio's whole. ``word``: the choice (several with spaces between), a date."""

    number: float
    whole: float | None = None
    word: str | None = None


def facts_of(state: str, values: Mapping[str, Value] | None) -> dict[str, Fact]:
    """By field, what an answer counts for; nothing unless it is ``given``. Pictures are no figures."""
    if state != "given":
        return {}
    found = {field: _fact(value) for field, value in (values or {}).items()}
    return {field: fact for field, fact in found.items() if fact is not None}


def _fact(value: Value) -> Fact | None:
    if isinstance(value, bool | int | float):
        return Fact(float(value))
    if isinstance(value, str):
        return Fact(1.0 if value else 0.0, word=_word(value))
    if isinstance(value, list | tuple) and value:
        return _listed(list(value))
    return None


def _listed(value: list[Value]) -> Fact | None:
    if all(isinstance(one, str) for one in value):
        named = all(_word(one) for one in value)
        return Fact(1.0, word=" ".join(value)) if named else None
    part, whole = value[0], value[1] if len(value) > 1 else None
    return None if part is None else Fact(float(part), None if whole is None else float(whole))


def _word(text: str) -> str | None:
    return text if _WORD.fullmatch(text) and not _PICTURE.fullmatch(text) else None
