"""From what the phone sent to words that can be compared.

Knows how Vietnamese is typed: NFC and NFD, where the tone mark stands, đ in its three code points, short
forms, Telex and VNI left in the text, stretched letters, full-width digits. Knows no question and no number.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from handlers.language.vocabulary import DIALECT, TEENCODE, known_words

_TONES = {"̀": "1", "́": "2", "̃": "3", "̉": "4", "̣": "5"}
_TONE_MARKS = {digit: mark for mark, digit in _TONES.items()}
_BARE = str.maketrans("ăâêôơưđ", "aaeooud")
_FLAT = str.maketrans({
    char: key for key, group in {
        "a": "àáãảạăằắẵẳặâầấẫẩậ", "e": "èéẽẻẹêềếễểệ", "i": "ìíĩỉị", "o": "òóõỏọôồốỗổộơờớỡởợ",
        "u": "ùúũủụưừứữửự", "y": "ỳýỹỷỵ",
    }.items() for char in group
})  # fmt: skip
# Full-width forms come from Japanese keyboards and copied tables; zero-width and joiners from web pages.
_CHARS: dict[int, str | None] = {
    **{0xFF01 + n: chr(0x21 + n) for n in range(94)},
    **{ord(c): None for c in "​‌‍⁠﻿­️"},
    **{ord(c): "-" for c in "–—−‐‑‒"},
    ord("Ð"): "Đ", ord("ð"): "đ", ord("Ɖ"): "Đ", ord("ɖ"): "đ",
    ord("’"): "'", ord("“"): '"', ord("”"): '"', ord(" "): " ",
}  # fmt: skip
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W_0-9]+|[^\s]")
_VNI = re.compile(r"(?<![^\W_])[a-zA-ZđĐ]+[1-9][a-zA-Z0-9]*(?![^\W_])")
_HAS_DIGIT = re.compile("[0-9]")
_TRAILING_I = re.compile(r"^(h|k|l|m|s|t|qu)i$")
_MIXED_NUMBER = re.compile(
    r"(?<![\w.,])(?:[0-9]+[oO][0-9oO]*|[lIoO][0-9]+"
    r"|[0-9]+[lI](?= (?:chị|chi|người|nguoi|hội|hoi|hv|hộ|ho|cháu|chau|buổi|buoi|bà|cô|em)\b))(?![\w.,])"
)
_POLITE_END = frozenset(
    [
        "ạ",
        "a",
        "á",
        "nhé",
        "nhe",
        "nha",
        "nhá",
        "nhế",
        "nhớ",
        "nghe",
        "nghen",
        "hen",
        "em",
        "ơi",
        "oi",
        "chị",
        "cô",
        "bác",
        "cháu",
        "con",
        "đó",
        "đấy",
        "nè",
        "hihi",
        "hì",
        "ah",
        "ak",
        "e",
        "c",
    ]
)
_POLITE_START = frozenset(["dạ", "da", "thưa", "ạ", "à", "ờ", "này", "ơi", "oi", "ơ"])
_ADDRESS = frozenset(["em", "chị", "cô", "bác", "cháu", "con"])
_SUBJECT = frozenset(
    ["em", "chị", "cô", "bác", "tôi", "mình", "tớ", "bà", "u", "cháu", "tao", "bên", "c", "e"]
)
# "co" and "ba" stand for có and three far more often than for cô and bà.
_BARE_SUBJECT = frozenset({"chi", "minh", "bac"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or mark. ``key`` compares letters and tone wherever the tone was put; ``bare``
    has no marks at all; ``weak`` says it was put right by a guess and must be echoed."""

    raw: str
    key: str
    bare: str
    marked: bool
    kind: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message in words. ``tokens`` holds the marks too, ``glued`` tells whether a token touches the one
    before it; ``words`` is without marks, ``core`` also without polite words at both ends; ``bares`` are the
    words without diacritics, ``bare``
    the same in one line, ``numeric`` whether digits were typed."""

    raw: str
    tokens: tuple[Word, ...]
    glued: tuple[bool, ...]
    words: tuple[Word, ...]
    core: tuple[Word, ...]
    marks: str
    acked: bool
    bares: frozenset[str]
    numeric: bool
    bare: str

    @property
    def ways(self) -> tuple[tuple[Word, ...], ...]:
        """The words whole, without polite words, and without "chị" at the head; each way once."""
        words, core = self.words, self.core
        told = without_subject(core)
        if len(told) == len(words):
            return (words,)
        if len(core) == len(words):
            return (words, told)
        return (words, core) if len(told) == len(core) else (words, core, told)


def _split_tone(word: str) -> tuple[str, str]:
    tone, letters = "", []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tone = _TONES[char]
        else:
            letters.append(char)
    return unicodedata.normalize("NFC", "".join(letters)), tone


@lru_cache(maxsize=16384)
def key_of(word: str) -> tuple[str, str]:
    """``(key, bare)`` of one lower-case word: hòa and hoà, tỉ and tỷ have the same key."""
    letters, tone = _split_tone(word)
    letters = _TRAILING_I.sub(r"\1y", letters)
    bare = letters.translate(_BARE)
    return letters + tone, bare


_KNOWN = frozenset(key_of(word)[0] for word in known_words())
_KNOWN_BARE = frozenset(key_of(word)[1] for word in known_words())
_TEENCODE = {unicodedata.normalize("NFC", short): long for short, long in TEENCODE.items()}

_BY_BARE: dict[str, tuple[str, ...]] = {}
for _key in sorted(_KNOWN):
    _BY_BARE.setdefault(_key.rstrip("12345").translate(_BARE), ())
    _BY_BARE[_key.rstrip("12345").translate(_BARE)] += (_key,)


def _known_or_part(candidate: str) -> str | None:
    """The key, if it is a word we know or one with some marks left out ("đông ý" for "đồng ý")."""
    if candidate in _KNOWN:
        return candidate
    bare = candidate.rstrip("12345").translate(_BARE)
    if candidate == bare:
        return None
    fitting = any(_less_marked(candidate, key) for key in _BY_BARE.get(bare, ()))
    return candidate if fitting else None


_TELEX = (
    ("dd", "đ"),
    ("aa", "â"),
    ("ee", "ê"),
    ("oo", "ô"),
    ("uow", "ươ"),
    ("aw", "ă"),
    ("ow", "ơ"),
    ("uw", "ư"),
)
_TELEX_TONES = {"f": "1", "s": "2", "x": "3", "r": "4", "j": "5"}
_VNI_TONES = {"2": "1", "1": "2", "4": "3", "3": "4", "5": "5"}
_VNI_SHAPES = {
    "6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}, "9": {"d": "đ"},
}  # fmt: skip
_VOWEL = re.compile("[aăâeêioôơuưy]")


def _telex(word: str) -> str | None:
    """The key a Telex keyboard meant, or None: ``khoong``, ``cos``, ``roofi``, ``dduowcj``."""
    tone, letters = "", word
    for position in range(len(word) - 1, 0, -1):
        if word[position] in _TELEX_TONES and _VOWEL.search(word[:position]):
            tone = _TELEX_TONES[word[position]]
            letters = word[:position] + word[position + 1 :]
            break
    for typed, meant in _TELEX:
        letters = letters.replace(typed, meant)
    if letters.endswith("w") and "u" in letters:
        letters = letters[:-1].replace("uo", "ươ").replace("u", "ư", 1)
    return _known_or_part(letters + tone)


def _vni(word: str) -> str | None:
    """The key a VNI keyboard meant, or None: ``co1``, ``kho6ng``, ``d9o6ng``."""
    tone = ""
    letters: list[str] = []
    for char in word:
        if char in _VNI_TONES:
            tone = _VNI_TONES[char]
        elif char in _VNI_SHAPES:
            shapes = _VNI_SHAPES[char]
            for position in range(len(letters) - 1, -1, -1):
                if letters[position] in shapes:
                    letters[position] = shapes[letters[position]]
                    break
            else:
                return None
        else:
            letters.append(char)
    joined = "".join(letters).replace("uơ", "ươ")
    return _known_or_part(joined + tone) if _VOWEL.search(joined) else None


_SLIP_KEYS = {key_of(typed)[0]: key_of(meant)[0] for typed, meant in DIALECT.items()}


def _plain_word(raw: str, key: str, bare: str, weak: bool = False) -> Word:
    return Word(raw, key, bare, key != bare, "w", weak)


def _from_key(raw: str, key: str, weak: bool) -> Word:
    bare = key.rstrip("12345").translate(_BARE)
    return _plain_word(raw, key, bare, weak)


def _repaired(raw: str, lower: str, key: str, bare: str) -> Word | None:
    """The word put right, when what was typed is no word we know."""
    if len(lower) > 12:
        return None
    if lower.isascii():
        meant = _telex(lower)
        if meant:
            return _from_key(raw, meant, False)
        single = re.sub(r"(\w)\1", r"\1", lower)
        meant = _telex(single) if single != lower else None
        return _from_key(raw, meant, True) if meant else None
    meant = _SLIP_KEYS.get(key)
    return _from_key(raw, meant, True) if meant else None


def _unstretched(word: str) -> str:
    """One letter for three or more of it: cóooo, okeee, khônggg; and for óo."""
    letters: list[str] = []
    start = 0
    while start < len(word):
        end = start + 1
        base = word[start].translate(_FLAT)
        while end < len(word) and word[end].translate(_FLAT) == base:
            end += 1
        first_marked = word[start] != base
        letters.append(word[start] if end - start >= 3 or first_marked else word[start:end])
        start = end
    return "".join(letters)


@lru_cache(maxsize=16384)
def word_of(raw: str) -> tuple[Word, ...]:
    """The word or words meant by one run of letters (short forms may stand for two)."""
    lower = _unstretched(raw.lower())
    long = _TEENCODE.get(lower)
    if long is not None:
        return tuple(_plain_word(raw, *key_of(part)) for part in long.split())
    key, bare = key_of(lower)
    if key not in _KNOWN and not (key == bare and bare in _KNOWN_BARE):
        repaired = _repaired(raw, lower, key, bare)
        if repaired is not None:
            return (repaired,)
    return (_plain_word(raw, key, bare),)


@lru_cache(maxsize=4096)
def _number_word(raw: str) -> Word:
    return Word(raw, raw, raw, False, "n")


@lru_cache(maxsize=1024)
def _mark_word(raw: str) -> Word:
    return Word(raw, raw, raw, False, "s")


def _fix_vni(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        meant = _vni(match.group().lower())
        if meant is None:
            return match.group()
        tone = meant[-1] if meant[-1] in _TONE_MARKS else ""
        letters = meant.rstrip("12345")
        return _put_tone(letters, tone)

    return _VNI.sub(replace, text)


def _put_tone(letters: str, tone: str) -> str:
    if not tone:
        return letters
    spots = [match.start() for match in re.finditer("[ăâêôơư]", letters)] or [
        match.start() for match in _VOWEL.finditer(letters)
    ]
    spot = spots[-1]
    return unicodedata.normalize("NFC", letters[: spot + 1] + _TONE_MARKS[tone] + letters[spot + 1 :])


def clean(text: str) -> str:
    """NFC, without zero-width characters, one code point for đ, ASCII digits; the case is kept."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text.translate(_CHARS)).strip()


def _fix_letters_in_numbers(text: str) -> str:
    # Domain rules, trap 18: 1O, 2o, l0. The caller must echo; the mark ‹ carries that.
    def replace(match: re.Match[str]) -> str:
        return re.sub("[lI]", "1", re.sub("[oO]", "0", match.group())) + " ‹"

    return _MIXED_NUMBER.sub(replace, text)


def _tokens(text: str) -> tuple[list[Word], list[bool]]:
    tokens: list[Word] = []
    glued: list[bool] = []
    end = -1
    for match in _TOKEN.finditer(text):
        piece = match.group()
        touching = match.start() == end
        end = match.end()
        if piece[0].isalpha():
            found = word_of(piece) if not (touching and tokens[-1].kind == "n") else _unit_after_digit(piece)
            tokens.extend(found)
            glued.extend([touching] + [False] * (len(found) - 1))
            continue
        tokens.append(_number_word(piece) if piece[0] in "0123456789" else _mark_word(piece))
        glued.append(touching)
    return tokens, glued


@lru_cache(maxsize=2048)
def _unit_after_digit(piece: str) -> tuple[Word, ...]:
    # "k" is "không" alone and "nghìn" after a digit (domain rules, trap 2); "c", "h", "e" likewise.
    lower = piece.lower()
    if lower in ("k", "h", "c", "e", "g", "r", "đ", "d", "tr", "t", "p", "b", "a", "o", "l"):
        return (Word(piece, lower, key_of(lower)[1], False, "w"),)
    return word_of(piece)


def _core(words: list[Word]) -> tuple[tuple[Word, ...], bool]:
    start, end = 0, len(words)
    while end > 1 and words[end - 1].raw.lower() in _POLITE_END:
        end -= 1
    acked = False
    while start < end - 1:
        key = words[start].key
        bare = words[start].bare
        if bare in ("da", "vang", "u", "ok") and key in ("da5", "da", "vâng", "u1", "ừ"):
            acked, start = True, start + 1
        elif words[start].raw.lower() in _POLITE_START or key in _SHORT_ACK:
            acked, start = acked or key in _SHORT_ACK, start + 1
        elif words[start].raw.lower() in _ADDRESS and words[start + 1].bare == "oi":
            start += 2
        else:
            break
    return tuple(words[start:end] or words), acked


_SHORT_ACK = frozenset(key_of(word)[0] for word in ("ừ", "vâng", "dạ"))


def said(text: str) -> Said:
    """Text in, its words out. Never raises, linear in the length."""
    return said_clean(clean(text))


def said_clean(raw: str) -> Said:
    """Like `said`, for a text that went through `clean`."""
    body = raw
    if _HAS_DIGIT.search(body) and not body.isdigit():
        if _VNI.search(body):
            body = _fix_vni(body)
        if _MIXED_NUMBER.search(body):
            body = _fix_letters_in_numbers(body)
    tokens, glued = _tokens(body)
    words = [token for token in tokens if token.kind != "s"]
    marks = "".join([token.raw for token in tokens if token.kind == "s"]) if len(words) < len(tokens) else ""
    core, acked = _core(words) if words else ((), False)
    bare_words = [word.bare for word in words]
    numeric = any(word.kind == "n" for word in words)
    return Said(
        raw,
        tuple(tokens),
        tuple(glued),
        tuple(words),
        core,
        marks,
        acked,
        frozenset(bare_words),
        numeric,
        " ".join(bare_words),
    )


def without_subject(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without "chị", "em", "tôi" at the head, if something is left."""
    if len(words) > 1 and (words[0].raw.lower() in _SUBJECT or words[0].key in _BARE_SUBJECT):
        return words[1:]
    return words


def fits(word: Word, key: str, bare: str) -> bool:
    """Whether ``word`` may stand for the word of that key: same marks, or fewer marks typed."""
    if word.key == key:
        return True
    return word.bare == bare and (not word.marked or _less_marked(word.key, key))


def _less_marked(typed_key: str, target_key: str) -> bool:
    typed, tone = _letters_and_tone(typed_key)
    target, target_tone = _letters_and_tone(target_key)
    if (tone and tone != target_tone) or len(typed) != len(target):
        return False
    return all(a == b or a == b.translate(_BARE) for a, b in zip(typed, target, strict=True))


def _letters_and_tone(key: str) -> tuple[str, str]:
    return (key[:-1], key[-1]) if key and key[-1] in "12345" else (key, "")


def is_known(word: Word) -> bool:
    """Whether a word stands in the vocabulary as it was typed: then it is no slip of another."""
    return word.key in _KNOWN or (not word.marked and word.bare in _KNOWN_BARE)


def keys_of(phrase: str) -> tuple[tuple[str, str], ...]:
    """The keys of a phrase of the word lists, which are written with full marks."""
    return tuple(key_of(part) for part in phrase.lower().split())


def fold(text: str) -> str:
    """Lower case, no diacritics, single spaces: the form two names are compared in."""
    return " ".join(key_of(part)[1] for part in clean(text).lower().split())


def is_in(word: Word, table: dict[str, tuple[str, ...]]) -> bool:
    """Whether ``word`` stands for one of the words of a table made by `word_table`."""
    keys = table.get(word.bare)
    return keys is not None and any(fits(word, key, word.bare) for key in keys)


def word_table(text: str | Iterable[str]) -> dict[str, tuple[str, ...]]:
    """A table of single words for `is_in`, from a list in full marks."""
    table: dict[str, tuple[str, ...]] = {}
    for word in text.split() if isinstance(text, str) else text:
        key, bare = key_of(word)
        table[bare] = (*table.get(bare, ()), key)
    return table
