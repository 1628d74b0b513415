"""A list of whole phrases, found with and without diacritics, and with one slip of the fingers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from rapidfuzz.distance import OSA

from handlers.language.normalise import Word, fits, is_known, keys_of

Payload = TypeVar("Payload")
_Entry = tuple[tuple[tuple[str, str], ...], Payload]


@dataclass(frozen=True, slots=True)
class Found(Generic[Payload]):
    """What a phrase means; ``weak`` when a word had to be put right first."""

    payload: Payload
    weak: bool


class Phrasebook(Generic[Payload]):
    """Phrases in full marks, each with what it means; several phrases may mean the same."""

    def __init__(self, lists: Mapping[Payload, str | Iterable[str]]) -> None:
        self._entries: dict[str, list[_Entry[Payload]]] = {}
        self._by_length: dict[int, list[str]] = {}
        words: set[str] = set()
        for payload, phrases in lists.items():
            for phrase in _lines(phrases):
                keys = keys_of(phrase)
                bare = " ".join(bare for _, bare in keys)
                self._entries.setdefault(bare, []).append((keys, payload))
                words.update(bare for _, bare in keys)
        self._words = frozenset(words)
        self._long_words = tuple(sorted(word for word in words if len(word) >= 4))
        self.longest = max(
            (len(keys) for entries in self._entries.values() for keys, _ in entries), default=0
        )

    def find(self, words: tuple[Word, ...]) -> Found[Payload] | None:
        """The meaning of exactly these words, or None. Full marks win over fewer."""
        if not words or len(words) > self.longest:
            return None
        entries = self._entries.get(" ".join([word.bare for word in words]))
        if not entries:
            return None
        weak = any(word.weak for word in words)
        partial: Found[Payload] | None = None
        for keys, payload in entries:
            if all(word.key == key for word, (key, _) in zip(words, keys, strict=True)):
                return Found(payload, weak)
            if partial is None and all(
                fits(word, key, bare) for word, (key, bare) in zip(words, keys, strict=True)
            ):
                partial = Found(payload, weak)
        return partial

    def first(self, ways: Iterable[tuple[Word, ...]]) -> Found[Payload] | None:
        """The meaning of the first of several ways to cut a message."""
        for words in ways:
            found = self.find(words)
            if found is not None:
                return found
        return None

    def near(self, words: tuple[Word, ...]) -> Found[Payload] | None:
        """Like `find`, allowing one slip (a letter more, less, other, or swapped) in one word of four
        letters or more that is no word of this book."""
        if not words or len(words) > min(self.longest, 5):
            return None
        bares = [word.bare for word in words]
        strange = [spot for spot, bare in enumerate(bares) if bare not in self._words]
        if (
            len(strange) != 1
            or len(bares[strange[0]]) < 4
            or len(bares[strange[0]]) > 12
            or is_known(words[strange[0]])
        ):
            return None
        spot = strange[0]
        for candidate in self._long_words:
            if OSA.distance(bares[spot], candidate, score_cutoff=1) <= 1:
                bares[spot] = candidate
                entries = self._entries.get(" ".join(bares))
                if entries:
                    return Found(entries[0][1], True)
                bares[spot] = words[spot].bare
        return None


def _lines(phrases: str | Iterable[str]) -> list[str]:
    parts = phrases.split(";") if isinstance(phrases, str) else list(phrases)
    return [" ".join(part.split()) for part in parts if part.strip()]
