"""Which number answers which part: by the words beside it ("thêm 2, chuyển đi 1"; "120 lượt, 3 buổi").

Knows what the parts of the plan's questions are called and by what other words; decides nothing else.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from handlers.language.normalise import Said, Word, said
from handlers.language.survey import Quantity

# By the name of a part in English, or by any of these words as its Vietnamese label.
_NAMES: dict[str, tuple[str, ...]] = {
    "added": ("moi", "them", "ket nap", "vao", "tang", "ket nap moi", "gia nhap", "chuyen den"),
    "new": ("moi", "them", "ket nap", "tang"), "joined": ("moi", "them", "ket nap", "vao"),
    "left": ("chuyen", "chuyen di", "ra", "roi", "mat", "giam", "bot", "ra khoi", "nghi", "bo", "chet",
    "xin ra", "vao nam", "chuyen vao nam", "di nam", "vao trong nam", "vao mien nam", "theo chong"),
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
# Labels of the plan whose other names are not those of the list above.
_LABELS: dict[str, tuple[str, ...]] = {
    "luot": ("luot", "luot nguoi", "luot chi", "nguoi", "chi", "chi em", "hoi vien"),
    "chi du": ("chi du", "chi", "chi em", "nguoi", "nguoi du", "hoi vien", "luot"),
    "nguoi": ("nguoi", "chi", "chi em", "hoi vien", "nguoi du", "luot"),
    "tham gia": ("tham gia",), "biet": ("biet",), "ket nap": ("ket nap",), "nhom": ("nhom",),
    "to": ("to", "to phu nu"), "tong": ("tong", "tong so", "tong cong", "tat ca", "ca thay", "luy ke"),
    "htx": ("htx", "hop tac xa"), "to hop tac": ("to hop tac", "tht"),
    "viec lam": ("viec lam", "chi", "nguoi", "lao dong"),
    "gian hang": ("gian hang", "gian", "san pham"), "kem": ("kem", "kha kem", "cap kem"),
    "dai bieu": ("dai bieu", "nguoi", "chi"), "cau tra loi": ("cau tra loi", "tra loi", "dap"),
    "cau hoi": ("cau hoi", "hoi"), "hoat dong": ("hoat dong", "buoi", "cuoc", "hd"),
    "chi hoi truong": ("chi hoi truong",),
}  # fmt: skip
# "chị có 2 buổi": how she speaks of herself; a name only right behind a number.
_ADDRESS = frozenset({"chi", "em", "chi em"})


@lru_cache(maxsize=512)
def called(name: str) -> tuple[str, ...]:
    """The words for a part: those of its English name, else those beside its own label ("thêm")."""
    if name in _NAMES:
        return _NAMES[name]
    label = " ".join(word.bare for word in said(name).words)
    if label in _LABELS:
        return _LABELS[label]
    alike = (words for words in _NAMES.values() if label in words)
    return next(alike, (label,)) if label else ()


@lru_cache(maxsize=256)
def _by_word(parts: tuple[str, ...]) -> tuple[dict[str, str], int]:
    """Every name of every part to its part, and how many words the longest has. The own label wins."""
    table: dict[str, str] = {}
    for own in (False, True):
        for name in parts:
            for words in called(name)[:1] if own else called(name):
                table[words] = name
    for name in parts:
        table[" ".join(word.bare for word in said(name).words)] = name
    return table, max((len(words.split()) for words in table), default=1)


def is_a_name(word: Word, parts: tuple[str, ...]) -> bool:
    """Whether one word alone names a part."""
    return word.bare in _by_word(parts)[0]


def names_in(message: Said, parts: tuple[str, ...]) -> bool:
    """Whether any part is named somewhere in the message."""
    return any(isinstance(event, str) for event in _events(message, [], parts))


def naming(text: str, parts: tuple[str, ...]) -> str | None:
    """The one part whose words stand in the text, if only one does."""
    hits = [name for name in parts if any(_word(word).search(text) for word in called(name))]
    return hits[0] if len(hits) == 1 else None


@lru_cache(maxsize=512)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{word}\b")


def by_name(message: Said, quantities: list[Quantity], parts: tuple[str, ...]) -> dict[str, int] | None:
    """Each number to the part named beside it; None when two claim one part."""
    paired = _in_turn(message, quantities, parts)
    return paired if paired is not None else _by_neighbours(quantities, parts)


def _in_turn(message: Said, quantities: list[Quantity], parts: tuple[str, ...]) -> dict[str, int] | None:
    """Name, number, name, number; or number, name, number, name: then nothing is unclear."""
    events = _events(message, quantities, parts)
    if len(events) < 2 or len(events) % 2:
        return None
    names = [event for event in events if isinstance(event, str)]
    named_first = isinstance(events[0], str)
    if len(names) * 2 != len(events) or len(set(names)) != len(names):
        return None
    if any(isinstance(event, str) != (named_first == (spot % 2 == 0)) for spot, event in enumerate(events)):
        return None
    values = [event for event in events if isinstance(event, int)]
    return dict(zip(names, values, strict=True))


def _events(message: Said, quantities: list[Quantity], parts: tuple[str, ...]) -> list[str | int]:
    tokens = message.tokens
    starts = {quantity.number.start: quantity.number for quantity in quantities}
    events: list[str | int] = []
    spot = 0
    after_number = False
    while spot < len(tokens):
        number = starts.get(spot)
        if number is not None:
            events.append(int(number.value))
            spot, after_number = max(number.end, spot + 1), True
            continue
        name, size = _name_at(tokens, spot, parts, after_number)
        if name is not None and (not events or events[-1] != name):
            events.append(name)
        spot, after_number = spot + size, False
    return events


def _name_at(
    tokens: Sequence[Word], spot: int, parts: tuple[str, ...], after_number: bool
) -> tuple[str | None, int]:
    table, longest = _by_word(parts)
    for size in range(min(longest, len(tokens) - spot), 0, -1):
        words = " ".join(token.bare for token in tokens[spot : spot + size])
        name = table.get(words)
        if name is not None and (after_number or words not in _ADDRESS):
            return name, size
    return None, 1


def _hint(quantity: Quantity) -> tuple[str, str]:
    after = re.split(r"\b[0-9]+\b|,|;|\.", quantity.after)[0]
    before = re.split(r",|;|\.|\b[0-9]+\b", quantity.before)[-1]
    return before.strip(), after.strip()


def _by_neighbours(quantities: list[Quantity], parts: tuple[str, ...]) -> dict[str, int] | None:
    given: dict[str, int] = {}
    named_first = bool(quantities) and naming(quantities[0].before, parts) is not None
    for quantity in quantities:
        before, after = _hint(quantity)
        sides = (before, after) if named_first else (after, before)
        name = naming(sides[0], parts) or naming(sides[1], parts)
        if name is None:
            continue
        if name in given:
            return None
        given[name] = int(quantity.number.value)
    return given
