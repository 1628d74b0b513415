"""The expression language of plans and the filling of labels, after XLSForm.

``${name}`` (letters, digits, ``_ . -``), ``.`` for the value in hand, numbers, ``'...'`` and
``"..."`` texts, ``= != < <= > >=``, ``+ - * div mod``, ``and or``, and the functions of `FUNCTIONS`.
Blank and ratio rules: `storage.plan.operations`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NoReturn, TypeAlias

from lark import Lark, Token, Transformer, UnexpectedInput

from storage.domain.answers import Value
from storage.plan import operations as op

Lookup: TypeAlias = Callable[[str], Value]

#: Longest expression, in characters, and deepest nesting: far above what a plan needs, low enough
#: that no expression can exhaust the stack.
MAX_LENGTH = 1_000
MAX_DEPTH = 64

#: The functions there are, with the number of their arguments.
FUNCTIONS = {"coalesce": 2, "false": 0, "if": 3, "not": 1, "selected": 2, "true": 0}

MISSING = "chưa có"

_GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction | disjunction "or" conjunction -> either
?conjunction: equality | conjunction "and" equality -> both
?equality: relation | equality EQUALITY relation -> comparison
?relation: sum | relation RELATION sum -> comparison
?sum: product | sum SUM product -> calculation
?product: signed | product PRODUCT signed -> calculation
?signed: atom | "-" signed -> minus
?atom: NAME -> name | NUMBER -> number | STRING -> string | "." -> current
     | CALL ")" -> call | CALL arguments ")" -> call | "(" disjunction ")"
arguments: disjunction ("," disjunction)*

EQUALITY: "!=" | "="
RELATION: "<=" | ">=" | "<" | ">"
SUM: "+" | "-"
PRODUCT: "*" | /(div|mod)(?![\w-])/
NAME: /\$\{[\w.\-]+\}/
NUMBER: /\d+(\.\d+)?/
STRING: /'[^']*'|"[^"]*"/
CALL: /[^\W\d][\w-]*\s*\(/
%import common.WS
%ignore WS
"""


class ExpressionError(ValueError):
    """An expression that cannot be used. ``position`` counts characters from 1."""

    def __init__(self, what: str, position: int = 1) -> None:
        self.what = what
        self.position = position
        super().__init__(f"ký tự {position}: {what}")


class _Scope:
    """What an expression is evaluated in. Made for every evaluation, so as light as can be."""

    __slots__ = ("current", "lookup")

    def __init__(self, lookup: Lookup, current: Value) -> None:
        self.lookup, self.current = lookup, current


_Run: TypeAlias = Callable[[_Scope], Value]


@dataclass(frozen=True, slots=True)
class _Node:
    run: _Run
    depth: int = 1
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: its ``text`` and the ``names`` (without ``${}``) it looks up."""

    text: str
    names: frozenset[str]
    _run: _Run

    def evaluate(self, lookup: Lookup, current: Value = None) -> Value:
        """Its value: bool, int, float, text, list or None. ``lookup`` gives the value of a name (None:
        missing); ``current`` is what ``.`` stands for. Never raises of itself."""
        return op.stored(self._run(_Scope(lookup, current)))


def compile_expression(text: str) -> Expression:
    """Compile ``text``. Raises ExpressionError, naming the place and what is wrong there."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"biểu thức dài {len(text)} ký tự, nhiều nhất là {MAX_LENGTH}", MAX_LENGTH)
    try:
        node = _parser().parse(text)
    except UnexpectedInput as error:
        _refuse(text, error)
    assert isinstance(node, _Node)  # noqa: S101 - every rule of the grammar makes one
    return Expression(text, node.names, node.run)


def _refuse(text: str, error: UnexpectedInput) -> NoReturn:
    token = getattr(error, "token", None)
    at = error.pos_in_stream
    if at is None or (isinstance(token, Token) and token.type == "$END"):
        raise ExpressionError("biểu thức chưa hết câu", len(text) + 1) from None
    if isinstance(token, Token):
        raise ExpressionError(f"không chờ {str(token)!r} ở đây", at + 1) from None
    found = re.match(r"\$\{[^}]*\}?|\w+|.", text[at:], re.S)
    raise ExpressionError(f"không hiểu {found.group()!r}" if found else "không hiểu", at + 1) from None


def _node(run: _Run, *inner: _Node, name: str = "") -> _Node:
    depth = 1 + max((node.depth for node in inner), default=0)
    if depth > MAX_DEPTH:
        raise ExpressionError(f"biểu thức lồng quá {MAX_DEPTH} tầng")
    names = frozenset({name} if name else ()).union(*(node.names for node in inner))
    return _Node(run, depth, names)


def _if(condition: _Node, then: _Node, otherwise: _Node) -> _Run:
    return lambda s: then.run(s) if op.truth(condition.run(s)) else otherwise.run(s)


def _coalesce(first: _Node, second: _Node) -> _Run:
    def run(scope: _Scope) -> Value:
        value = first.run(scope)
        return second.run(scope) if op.blank(value) else value

    return run


_CALLS: dict[str, Callable[..., _Run]] = {
    "coalesce": _coalesce,
    "false": lambda: lambda s: False,
    "if": _if,
    "not": lambda a: lambda s: not op.truth(a.run(s)),
    "selected": lambda a, b: lambda s: op.selected(a.run(s), b.run(s)),
    "true": lambda: lambda s: True,
}


class _Build(Transformer[Token, _Node]):
    """Makes nodes while parsing, from the inside out, so nothing recurses."""

    def either(self, sides: list[_Node]) -> _Node:
        left, right = sides
        return _node(lambda s: op.truth(left.run(s)) or op.truth(right.run(s)), left, right)

    def both(self, sides: list[_Node]) -> _Node:
        left, right = sides
        return _node(lambda s: op.truth(left.run(s)) and op.truth(right.run(s)), left, right)

    def comparison(self, parts: list[Any]) -> _Node:
        left, sign, right = parts[0], str(parts[1]), parts[2]
        return _node(lambda s: op.compare(sign, left.run(s), right.run(s)), left, right)

    def calculation(self, parts: list[Any]) -> _Node:
        left, sign, right = parts[0], str(parts[1]), parts[2]
        return _node(lambda s: op.arithmetic(sign, left.run(s), right.run(s)), left, right)

    def minus(self, parts: list[Any]) -> _Node:
        inner = parts[-1]
        return _node(lambda s: op.negative(inner.run(s)), inner)

    def name(self, parts: list[Token]) -> _Node:
        name = str(parts[0])[2:-1]
        return _node(lambda s: s.lookup(name), name=name)

    def number(self, parts: list[Token]) -> _Node:
        value = op.stored(Fraction(str(parts[0])))
        return _node(lambda s: value)

    def string(self, parts: list[Token]) -> _Node:
        value = str(parts[0])[1:-1]
        return _node(lambda s: value)

    def current(self, parts: list[Token]) -> _Node:
        return _node(lambda s: s.current)

    def arguments(self, parts: list[_Node]) -> list[_Node]:
        return parts

    def call(self, parts: list[Any]) -> _Node:
        token, arguments = parts[0], parts[1] if len(parts) > 1 else []
        name, position = str(token)[:-1].strip(), (token.start_pos or 0) + 1
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise ExpressionError(f"không có hàm {name}(); dùng được: {known}", position)
        if len(arguments) != FUNCTIONS[name]:
            wanted = f"hàm {name}() cần {FUNCTIONS[name]} giá trị, đang có {len(arguments)}"
            raise ExpressionError(wanted, position)
        return _node(_CALLS[name](*arguments), *arguments)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Build())


# --- labels

#: ``${name}``, or ``${name|short}`` for a date as it is said in passing ("8/3" for "08/3").
_PLACEHOLDER = re.compile(r"\$\{([\w.\-]+)(\|short)?\}")
#: A piece that is left out where a value in it is missing.
_OPTIONAL = re.compile(r"\[([^\[\]]*\$\{[^\[\]]*)\]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class _Blank:
    """A place of a label to be filled, or an optional piece with such places."""

    name: str = ""
    short: bool = False
    piece: tuple["str | _Blank", ...] = ()


def render(template: str, lookup: Lookup) -> str:
    """Fill a label: each ``${name}`` becomes its value in Vietnamese form (`format_value`).

    A piece in square brackets that holds a placeholder is left out whole where one of its values is
    missing: ``"Mấy hội viên ạ?[ (Quý trước ${last.NEN.1} người)]"``. ``{chị} {em}`` stay as they are.
    What was filled in is never read again, so nothing a person typed acts as a placeholder.
    """
    if "${" not in template:
        return template
    return _filled(_pieces(template), lookup)


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[str | _Blank, ...]:
    """A label taken apart, once: a plan has some hundred of them and each is said often."""
    pieces: list[str | _Blank] = []
    at = 0
    for found in _OPTIONAL.finditer(template):
        pieces += _blanks(template[at : found.start()])
        inner = _blanks(found.group(1))
        whole = any(isinstance(piece, _Blank) for piece in inner)
        pieces += [_Blank(piece=tuple(inner))] if whole else inner
        at = found.end()
    return (*pieces, *_blanks(template[at:]))


def _blanks(text: str) -> list[str | _Blank]:
    parts: list[str | _Blank] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        parts += [text[at : found.start()], _Blank(found.group(1), bool(found.group(2)))]
        at = found.end()
    return [*parts, text[at:]]


def _filled(pieces: Iterable[str | _Blank], lookup: Lookup) -> str:
    return "".join([piece if isinstance(piece, str) else _one(piece, lookup) for piece in pieces])


def _one(blank: _Blank, lookup: Lookup) -> str:
    if blank.piece:
        names = (piece.name for piece in blank.piece if isinstance(piece, _Blank))
        known = all(not op.blank(lookup(name)) for name in names)
        return _filled(blank.piece, lookup) if known else ""
    said = format_value(lookup(blank.name))
    return re.sub(r"\b0(\d)", r"\1", said) if blank.short else said


def template_names(template: str) -> tuple[str, ...]:
    """The names a label fills in, in order."""
    return tuple(found.group(1) for found in _PLACEHOLDER.finditer(template))


def required_names(template: str) -> tuple[str, ...]:
    """The names a label cannot do without: those outside its square brackets."""
    return template_names(_OPTIONAL.sub("", template))


def broken_placeholder(template: str) -> str | None:
    """The first ``${`` of a label that is no placeholder, as it stands there; None if all are right."""
    rest = _PLACEHOLDER.sub("", template)
    at = rest.find("${")
    return rest[at : at + 20] if at >= 0 else None


def format_value(value: Value) -> str:
    """A value as a person writes it: 1.250.000; 96,2 (one decimal); 08/3 for a date (day and, in
    January and February, month with a zero: Nghị định 30/2020); có/chưa; 41/62; "chưa có" if missing."""
    if op.blank(value):
        return MISSING
    if isinstance(value, bool):
        return "có" if value else "chưa"
    if isinstance(value, int | float):
        return _number(value)
    if op.is_ratio(value):
        return "/".join(map(_number, value))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or MISSING
    return _day_or_text(value)


#: Thousands and decimals as they are written here.
_SWAPPED = str.maketrans(",.", ".,")


def _number(value: float) -> str:
    if isinstance(value, int) and -1000 < value < 1000:
        return str(int(value))
    if not isinstance(value, int):
        rounded = Decimal(repr(value))
        if not rounded.is_finite():
            return MISSING
        tenths = rounded.quantize(Decimal("0.1"), ROUND_HALF_UP) if abs(rounded) < 10**15 else rounded
        text = f"{tenths:,f}".removesuffix(".0")
    else:
        text = f"{value:,}"
    return text.translate(_SWAPPED)


def _day_or_text(value: Value) -> str:
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, date):
        month = f"{value.month:02}" if value.month < 3 else str(value.month)
        return f"{value.day:02}/{month}"
    return str(value)
