"""Which indicators of the plan the words of staff name: "CT25", "nv 24", "máy tính", "3 sạch"."""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from storage.domain.folding import fold
from storage.plan.model import Indicator

#: What people say before and after the name; it tells no indicator from another.
_AROUND = re.compile(
    r"^(?:(?:da|em oi|em)[ ,]+)?(?:cho (?:chi|co|bac) )?(?:xem )?(?:chi tieu )?|(?: (?:a|nhe|em|di))*[ .!?]*$"
)

#: A single word names an indicator only if it is this long: "fanpage", not "hội".
_LONG = 5

#: Words scattered over many names are no name.
_MOST = 9

_Test: TypeAlias = Callable[[Indicator], bool]


def by_name(text: str, indicators: Iterable[Indicator]) -> tuple[tuple[Indicator, ...], bool]:
    """Those meant, in the plan's order, and whether that is sure: a code, or words that stand together in
    what an indicator is called. Words that are merely all there, in whatever order, may be a unit's name."""
    known, said = tuple(indicators), _AROUND.sub("", fold(text[:400]))
    words = _words(said)
    if found := _by_code("".join(words), known):
        return found, True
    if not words or (len(words) == 1 and len(words[0]) < _LONG):
        return (), False
    phrase = f" {' '.join(words)} "
    sure: tuple[_Test, ...] = (
        lambda each: phrase == _spaced(each.short),
        lambda each: phrase in _spaced(each.short),
        lambda each: len(words) > 2 and phrase in _spaced(each.name),
    )
    for test in sure:
        if found := tuple(filter(test, known)):
            return found, True
    return _scattered(words, known), False


def _by_code(key: str, known: tuple[Indicator, ...]) -> tuple[Indicator, ...]:
    """The one with this code, else all whose code it begins ("nv24" for NV24a to NV24f)."""
    codes = {each.id: "".join(_words(fold(each.id))) for each in known}
    exact = tuple(each for each in known if codes[each.id] == key)
    if exact or not re.fullmatch(r"[a-z]+\d+", key):
        return exact
    return tuple(each for each in known if codes[each.id].startswith(key))


def _scattered(words: list[str], known: tuple[Indicator, ...]) -> tuple[Indicator, ...]:
    if len(words) < 2:
        return ()
    for texts in ((lambda each: each.short), (lambda each: f"{each.short} {each.name}")):
        found = tuple(each for each in known if set(words) <= set(_words(fold(texts(each)))))
        if 0 < len(found) <= _MOST:
            return found
    return ()


def _words(folded: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", folded)


def _spaced(name: str) -> str:
    return f" {' '.join(_words(fold(name)))} "
