"""What the operators and functions of expressions do to values: total, exact, deterministic.

The blank rules are those of XLSForm, whose blank is the empty string:

- a missing value (None) and ``''`` are the same thing, *blank*;
- ``=`` is true if both sides are blank, false if one is; ``!=`` is its opposite, so
  ``${x} != ''`` means "x was answered";
- ``< <= > >=`` with a blank are false;
- arithmetic with a blank, with a text that is no number, or a division by zero is missing;
- ``and``, ``or``, ``not()`` and ``if()`` take a blank for false.

A ratio ``[a, b]`` counts as a. A yes/no counts as 1 or 0 beside a number. Texts compare with a
number if they are one, else with each other letter by letter (so ISO dates compare as dates).
Numbers are exact fractions inside: ``100 * 1.1 = 110``.
"""

import math
import re
from fractions import Fraction
from typing import TypeAlias

from storage.domain.answers import Value

#: An operand in comparable form.
_Plain: TypeAlias = Fraction | str

_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?")


def blank(value: Value) -> bool:
    """Whether a value is missing: None, an empty text, an empty list."""
    return value is None or (isinstance(value, str | list | tuple) and not value)


def truth(value: Value) -> bool:
    """A value as a condition: blank, 0 and no are false."""
    number = _number(value)
    return not blank(value) and number != 0


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_ratio(value: Value) -> bool:
    """Whether a value is ``[a, b]`` (a list of two numbers)."""
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))


def _number(value: Value) -> Fraction | None:
    """A value as an exact number, None if it is none."""
    if type(value) is Fraction:  # asked by type: isinstance on an abstract class is slow
        return value
    if isinstance(value, bool | int):
        return Fraction(int(value))
    if isinstance(value, float):
        return Fraction(repr(value)) if math.isfinite(value) else None
    if isinstance(value, str):
        return Fraction(value) if _NUMBER.fullmatch(value) and value.isascii() else None
    return _number(value[0]) if is_ratio(value) else None


def _plain(value: Value) -> _Plain:
    number = _number(value)
    if number is not None:
        return number
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return str(value)


def stored(value: Value) -> Value:
    """A result as it is stored: whole numbers as int, others as float, too large ones missing."""
    if type(value) is not Fraction:
        return value
    if value.denominator == 1:
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return None


def equal(left: Value, right: Value) -> bool:
    """``=``."""
    if blank(left) or blank(right):
        return blank(left) and blank(right)
    return _plain(left) == _plain(right)


def compare(sign: str, left: Value, right: Value) -> bool:
    """``= != < <= > >=``; a number and a text that is none cannot be ordered: false."""
    if type(left) is int and type(right) is int:  # what most conditions compare
        return _ordered(sign, left < right, left == right)
    if sign in ("=", "!="):
        return equal(left, right) == (sign == "=")
    if blank(left) or blank(right):
        return False
    one, other = _plain(left), _plain(right)
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return _ordered(sign, one < other, one == other)
    if isinstance(one, str) and isinstance(other, str):
        return _ordered(sign, one < other, one == other)
    return False


def _ordered(sign: str, less: bool, same: bool) -> bool:
    if sign in ("=", "!="):
        return same == (sign == "=")
    return {"<": less, "<=": less or same, ">": not less and not same, ">=": not less}[sign]


def arithmetic(sign: str, left: Value, right: Value) -> Fraction | None:
    """``+ - * div mod``; ``mod`` has the sign of what is divided, as in XPath."""
    if sign in "+-" and type(left) is int and type(right) is int:
        return Fraction(left + right if sign == "+" else left - right)
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return None
    if sign in ("div", "mod"):
        return _divided(sign, one, other)
    return {"+": one + other, "-": one - other, "*": one * other}[sign]


def _divided(sign: str, one: Fraction, other: Fraction) -> Fraction | None:
    if other == 0:
        return None
    return one / other if sign == "div" else one - other * math.trunc(one / other)


def negative(value: Value) -> Fraction | None:
    """Unary minus."""
    number = _number(value)
    return None if number is None else -number


def selected(value: Value, choice: Value) -> bool:
    """``selected(x, 'v')``: whether v is among the choices of x (a list, or names parted by spaces)."""
    if blank(value) or blank(choice):
        return False
    chosen = [str(one) for one in value] if isinstance(value, list | tuple) else str(value).split()
    return str(choice) in chosen
