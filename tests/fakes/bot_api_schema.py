"""Checks what goes to and comes from the Bot API against its published description.

``tests/data/telegram-bot-api.json`` (Bot API 10.3, MIT, credit in its ``license`` key) names every
method, type, field, whether it is required, and in the descriptions the length limits. What a
description does not say is added here: exactly one kind of action a button, buttons in a keyboard.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parent.parent / "data" / "telegram-bot-api.json"

#: PTB constants, InlineKeyboardMarkupLimit and Telegram's clients.
MOST_BUTTONS, MOST_IN_A_ROW = 100, 8

_LIMIT = re.compile(r"\b(\d+)-(\d+) (bytes|characters)")
_LOOKS = ("text", "icon_custom_emoji_id", "style")

Fields = Sequence[Mapping[str, Any]]


@cache
def schema() -> Mapping[str, Any]:
    """The description, read once."""
    return dict(json.loads(SCHEMA.read_text("utf-8")))


def request_faults(method: str, params: Mapping[str, Any], wire: bool = True) -> list[str]:
    """What is wrong with a call. ``wire``: values are strings as in a form (objects as JSON text)."""
    described = schema()["methods"].get(method)
    if described is None:
        return [f"unknown method {method}"]
    return _fields(described.get("fields", ()), params, "", wire)


def object_faults(type_name: str, value: Any) -> list[str]:
    """What is wrong with an object of the API, such as an ``Update``."""
    return _of_type(type_name, value, "", "", False)


def _fields(fields: Fields, given: Mapping[str, Any], where: str, wire: bool) -> list[str]:
    known = {field["name"]: field for field in fields}
    faults = [f"{where}{name}: unknown" for name in given if name not in known]
    faults += [
        f"{where}{name}: required, missing"
        for name, field in known.items()
        if field["required"] and name not in given
    ]
    for name, value in given.items():
        if name in known:
            field = known[name]
            faults += _one_of(field["types"], value, where + name, field["description"], wire)
    return faults


def _one_of(types: Sequence[str], value: Any, where: str, description: str, wire: bool) -> list[str]:
    """No fault if one of the types fits, else the faults of the nearest."""
    return min((_of_type(name, value, where, description, wire) for name in types), key=len)


def _of_type(name: str, value: Any, where: str, description: str, wire: bool) -> list[str]:
    if name in _SCALARS:
        return _SCALARS[name](value, where, description, wire)
    if wire:
        try:
            value = json.loads(value)
        except (TypeError, ValueError):
            return [f"{where}: not JSON for {name}"]
    if name.startswith("Array of "):
        return _array(name.removeprefix("Array of "), value, where, description)
    return _object(name, value, where)


def _array(name: str, value: Any, where: str, description: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where}: Array wanted, got {value!r}"]
    return [
        fault
        for at, item in enumerate(value)
        for fault in _of_type(name, item, f"{where}[{at}]", description, False)
    ]


def _object(name: str, value: Any, where: str) -> list[str]:
    described = schema()["types"][name]
    if described.get("subtypes"):
        return _one_of(described["subtypes"], value, where, "", False)
    if not isinstance(value, dict):
        return [f"{where}: {name} wanted, got {value!r}"]
    inside = f"{where}." if where else ""
    faults = _fields(described.get("fields", ()), value, inside, False)
    return faults + (_RULES[name](value, where) if name in _RULES else [])


# --- scalars


def _integer(value: Any, where: str, description: str, wire: bool) -> list[str]:
    fits = isinstance(value, str) and re.fullmatch(r"-?\d+", value) if wire else type(value) is int
    return [] if fits else [f"{where}: Integer wanted, got {value!r}"]


def _float(value: Any, where: str, description: str, wire: bool) -> list[str]:
    fits = re.fullmatch(r"-?\d+(\.\d+)?", value) if wire else type(value) in (int, float)
    return [] if fits else [f"{where}: Float wanted, got {value!r}"]


def _boolean(value: Any, where: str, description: str, wire: bool) -> list[str]:
    fits = value in ("true", "false") if wire else isinstance(value, bool)
    return [] if fits else [f"{where}: Boolean wanted, got {value!r}"]


def _true(value: Any, where: str, description: str, wire: bool) -> list[str]:
    return [] if value is True or (wire and value == "true") else [f"{where}: True wanted, got {value!r}"]


def _string(value: Any, where: str, description: str, wire: bool) -> list[str]:
    if not isinstance(value, str):
        return [f"{where}: String wanted, got {value!r}"]
    limit = _LIMIT.search(description)
    if limit is None:
        return []
    low, high, unit = int(limit[1]), int(limit[2]), limit[3]
    length = len(value.encode()) if unit == "bytes" else len(value)
    return [] if low <= length <= high else [f"{where}: {length} {unit}, allowed {low}-{high}"]


def _file(value: Any, where: str, description: str, wire: bool) -> list[str]:
    return [] if isinstance(value, bytes) else [f"{where}: InputFile wanted"]


_SCALARS: Mapping[str, Callable[[Any, str, str, bool], list[str]]] = {
    "Integer": _integer,
    "Float": _float,
    "Boolean": _boolean,
    "True": _true,
    "String": _string,
    "InputFile": _file,
}

# --- what the description says in words only


def _button(button: Mapping[str, Any], where: str) -> list[str]:
    actions = [name for name in button if name not in _LOOKS]
    return [] if len(actions) == 1 else [f"{where}: exactly one action wanted, got {actions}"]


def _keyboard(markup: Mapping[str, Any], where: str) -> list[str]:
    rows = [row for row in markup.get("inline_keyboard", ()) if isinstance(row, list)]
    faults = [
        f"{where}: row {at} has {len(row)} buttons, allowed {MOST_IN_A_ROW}"
        for at, row in enumerate(rows)
        if len(row) > MOST_IN_A_ROW
    ]
    total = sum(map(len, rows))
    return faults + ([f"{where}: {total} buttons, allowed {MOST_BUTTONS}"] if total > MOST_BUTTONS else [])


_RULES: Mapping[str, Callable[[Mapping[str, Any], str], list[str]]] = {
    "InlineKeyboardButton": _button,
    "InlineKeyboardMarkup": _keyboard,
}
