"""The words and digits that numbers are made of, one atom a token.

Knows what a word may be inside a number and how dots and commas are read; puts nothing together
(domain rules, traps 6 to 9).
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from handlers.language.normalise import Said, Word, fits, key_of

THOUSAND, MILLION, BILLION = 1_000, 1_000_000, 1_000_000_000

# word -> (atom, value). Atoms: U unit, F unit said only after tens (lăm, mốt, tư), T mười, X mươi, C chục,
# H trăm, S a scale, L linh, R rưỡi, A tá, Y hăm, P phẩy, N nửa.
_WORDS: dict[str, tuple[str, int]] = {
    "một": ("U", 1), "hai": ("U", 2), "ba": ("U", 3), "bốn": ("U", 4), "năm": ("U", 5), "sáu": ("U", 6),
    "bảy": ("U", 7), "bẩy": ("U", 7), "tám": ("U", 8), "chín": ("U", 9), "tư": ("F", 4), "lăm": ("F", 5),
    "nhăm": ("F", 5), "mốt": ("F", 1), "mười": ("T", 10), "mươi": ("X", 10), "chục": ("C", 10),
    "trăm": ("H", 100), "nghìn": ("S", THOUSAND), "ngàn": ("S", THOUSAND), "triệu": ("S", MILLION),
    "tỷ": ("S", BILLION), "linh": ("L", 0), "lẻ": ("L", 0), "rưỡi": ("R", 0), "rưởi": ("R", 0),
    "tá": ("A", 12),
    "hăm": ("Y", 20), "dăm": ("G", 5), "phẩy": ("P", 0), "phảy": ("P", 0), "nửa": ("N", 0), "không": ("Z", 0),
}  # fmt: skip
# Speech written down (domain rules, trap 16) and slips; always echoed.
_LOOSE: dict[str, tuple[str, int]] = {
    "chăm": ("H", 100), "ngìn": ("S", THOUSAND), "nghàn": ("S", THOUSAND),
    "chiệu": ("S", MILLION), "triêu": ("S", MILLION), "trín": ("U", 9), "xáu": ("U", 6),
    "mừi": ("T", 10), "mưòi": ("T", 10), "rười": ("R", 0), "ruỡi": ("R", 0), "nẻ": ("L", 0), "ninh": ("L", 0),
    "vạn": ("S", 10_000), "lẽ": ("L", 0), "bốm": ("U", 4), "nhâm": ("F", 5),
}  # fmt: skip
# Written without marks these are also quite other words (năm/nam, sáu/sau, bảy/bay, tám/tạm, tư/từ, tá/ta).
AMBIGUOUS_BARE = frozenset({"nam", "sau", "bay", "tam", "tu"})
AFTER_ONLY_BARE = frozenset(
    {"lam", "ta", "le", "ham", "ty", "chuc", "ruoi", "linh", "ngan", "phay", "nham", "nua"}
)
SCALE_AFTER_DIGIT = {"k": THOUSAND, "tr": MILLION, "t": BILLION}
# A range said in one breath: "hai ba chị", "năm bảy". "bốn lăm" and "hai nhăm" are not.
SAID_RANGE = frozenset({(n, n + 1) for n in range(1, 9)} | {(5, 7), (3, 5), (2, 4), (1, 3)})


# Things counted: "300k 1 suất" is a price and a count, not 301.000.
_COUNTED = frozenset(
    [
        "suat",
        "nguoi",
        "ho",
        "chau",
        "phan",
        "hoi",
        "chi",
        "to",
        "cai",
        "chiec",
        "buoi",
        "lan",
        "cap",
        "doi",
        "nhom",
        "vu",
        "con",
        "be",
        "tre",
        "mo",
    ]
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number found at ``tokens[start:end]``. ``unsure`` is an ask code when it may not be used;
    ``echo`` when it must be shown back; ``plain`` when it was typed in digits; ``digits`` as typed;
    ``scaled`` when nghìn, triệu or tỷ was said."""

    value: Fraction
    start: int
    end: int
    unsure: str = ""
    echo: bool = False
    approximate: bool = False
    plain: bool = False
    digits: str = ""
    scaled: bool = False
    slang: bool = False
    money_short: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    kind: str
    value: Fraction
    raw: str = ""
    doubt: bool = False
    unsure: str = ""
    bare: str = ""
    glued: bool = False
    counted: bool = False


@lru_cache(maxsize=4096)
def read_digits(raw: str) -> tuple[Fraction, str, bool]:
    """``(value, unsure, is whole)`` of a run of digits with dots or commas (domain rules, trap 7)."""
    if raw.isdigit():
        return (
            Fraction(int(raw)) if len(raw) < 19 else Fraction(0),
            "" if len(raw) < 19 else "too_large",
            True,
        )
    dots, commas = raw.count("."), raw.count(",")
    if commas == 0:
        return _dotted(raw.split("."))
    if commas == 1:
        whole, part = raw.split(",")
        return _comma(whole, part, dots)
    return Fraction(0), "unclear_separator", False


def _grouped(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and groups[0][0] != "0" and all(len(group) == 3 for group in groups[1:])


def _dotted(groups: list[str]) -> tuple[Fraction, str, bool]:
    if len("".join(groups)) > 18:
        return Fraction(0), "too_large", False
    if _grouped(groups):
        return Fraction(int("".join(groups))), "", True
    if len(groups) == 2 and len(groups[1]) <= 2 and len(groups[0]) <= 6:
        return Fraction(int(groups[0])) + Fraction(int(groups[1]), 10 ** len(groups[1])), "", False
    return Fraction(0), "unclear_separator", False


def _comma(whole: str, part: str, dots: int) -> tuple[Fraction, str, bool]:
    groups = whole.split(".")
    if len(whole) + len(part) > 18 or len(part) >= 3 or (dots and not _grouped(groups)):
        return Fraction(0), "unclear_separator", False
    return Fraction(int("".join(groups))) + Fraction(int(part), 10 ** len(part)), "", False


@lru_cache(maxsize=8192)
def _word_atom(word: Word) -> Atom | None:
    """What a word is as part of a number, or None."""
    exact = _BY_KEY.get(word.key)
    if exact is not None:
        ambiguous = not word.marked and word.bare in AMBIGUOUS_BARE
        return Atom(exact[0], Fraction(exact[1]), word.raw, word.weak or ambiguous, bare=word.bare)
    loose = _LOOSE_BY_KEY.get(word.key)
    if loose is not None:
        return Atom(loose[0], Fraction(loose[1]), word.raw, True, bare=word.bare)
    for key, kind, value in _BY_BARE.get(word.bare, ()):
        if fits(word, key, word.bare):
            doubt = word.weak or word.marked or word.bare in AMBIGUOUS_BARE
            return Atom(kind, Fraction(value), word.raw, doubt, bare="" if word.marked else word.bare)
    return None


_BY_KEY = {key_of(word)[0]: atom for word, atom in _WORDS.items()}
_LOOSE_BY_KEY = {key_of(word)[0]: atom for word, atom in _LOOSE.items()}
_BY_BARE: dict[str, list[tuple[str, str, int]]] = {}
for _word, (_kind, _value) in _WORDS.items():
    if _word not in ("mốt", "mươi", "không", "dăm"):
        _BY_BARE.setdefault(key_of(_word)[1], []).append((key_of(_word)[0], _kind, _value))


def atoms_of(said: Said) -> list[Atom | None]:
    """One atom a token, None where the token is no part of a number."""
    atoms: list[Atom | None] = []
    for spot, token in enumerate(said.tokens):
        if token.kind == "n":
            value, unsure, whole = read_digits(token.raw)
            counted = spot + 1 < len(said.tokens) and said.tokens[spot + 1].bare in _COUNTED
            kind = "D" if whole else "d"
            atoms.append(Atom(kind, value, token.raw, False, unsure, "", said.glued[spot], counted))
        elif token.kind == "w":
            atoms.append(_letter_atom(token, atoms, said, spot))
        else:
            atoms.append(None)
    return atoms


def _letter_atom(token: Word, atoms: list[Atom | None], said: Said, spot: int) -> Atom | None:
    before = atoms[-1] if atoms else None
    raw = token.raw.lower()
    if raw in SCALE_AFTER_DIGIT and before is not None:
        digits = before.kind in "Dd"
        # "500k" only with a digit; "hai tr" is said too; "t" is a billion only when glued to its digit.
        if digits and (raw == "tr" or said.glued[spot] or (raw == "k" and len(said.tokens) <= 4)):
            loose = raw == "t" or not (raw == "tr" or said.glued[spot])
            return Atom("S", Fraction(SCALE_AFTER_DIGIT[raw]), raw, loose)
        if raw == "tr" and before.kind in "UFTXCH":
            return Atom("S", Fraction(MILLION), raw)
    if raw == "củ" and before is not None:
        return Atom("S", Fraction(MILLION), "củ", True)
    if token.bare == "nam" and _is_year(said, spot):
        return None
    return _word_atom(token)


_YEAR_BEFORE = frozenset(["dau", "ca", "trong", "moi", "hang", "cuoi", "giua", "tung"])
_SOUTH_BEFORE = frozenset(["vao", "mien", "viet", "trong", "di"])  # "chuyển vào Nam"
_YEAR_AFTER = frozenset(["nay", "ngoai", "truoc", "sau", "qua"])


def _is_year(said: Said, spot: int) -> bool:
    """ "từ đầu năm", "năm nay": năm is a year there."""
    before = said.tokens[spot - 1].bare if spot else ""
    after = said.tokens[spot + 1].bare if spot + 1 < len(said.tokens) else ""
    if before in _SOUTH_BEFORE and said.tokens[spot].raw == "Nam":
        return True
    return before in _YEAR_BEFORE or after in _YEAR_AFTER
