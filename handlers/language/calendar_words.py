"""A message as date words: no marks, numbers in digits, so that one pattern reads "mùng tám tháng ba"
        and "8/3".

Words that lose their meaning without marks keep a form of their own: kìa, mốt, tối, tới, sáu after tháng.
"""

import re

from handlers.language.normalise import Said, Word

_UNITS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6, "bay": 7,
    "tam": 8,
    "chin": 9,
}  # fmt: skip
_BEFORE = frozenset(["ngay", "mung", "mong", "thang", "thu", "quy", "hom", "ram", "luc", "gio"])
_AFTER = frozenset(["thang", "gio", "h", "ruoi", "tet", "am"])
_KEPT = {
    "kia1": "kìa",
    "môt2": "mốt",
    "tôi2": "tối",
    "tơi2": "tới",
    "tôi": "tôi",
    "sau": "sau",
    "tư1": "từ",
    "muôn5": "muộn",
}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def date_text(said: Said) -> str:
    """The message in the form the date patterns are written in."""
    tokens = said.tokens
    out: list[str] = []
    spot = 0
    while spot < len(tokens):
        token = tokens[spot]
        number, used = _small_number(tokens, spot) if token.kind == "w" else (0, 0)
        if used and _is_number_here(out, tokens, spot, used):
            out.append(str(number))
            spot += used
            continue
        out.append(_form(token, out))
        spot += 1
    return _joined(out)


# "tuần sau thứ 3" is "thứ 3 tuần sau".
_WEEK_FIRST = re.compile(
    r"\b(tuan (?:truoc|qua|roi|vua roi|nay|sau|toi|tới)),? ((?:thu|t) ?[2-7]|chu nhat)\b(?! tuan)"
)


def _joined(out: list[str]) -> str:
    text = " ".join(out)
    text = re.sub(r"(?<=[0-9]) ?([/\-:]) ?(?=[0-9])", r"\1", text)
    text = re.sub(r"(?<=[0-9]) (?=(?:h|g)\b)", "", text)
    if "tuan" in text:
        text = _WEEK_FIRST.sub(r"\2 \1", text)
    return re.sub(r"[!?,;()\"'…🌸‹]+|(?<![0-9])\.|\.(?![0-9])", " ", text).replace("  ", " ").strip()


def _form(token: Word, out: list[str]) -> str:
    if token.kind == "s":
        return token.raw
    if token.kind == "w" and out and out[-1] == "quy" and token.bare in _ROMAN:
        return _ROMAN[token.bare]
    if token.marked and token.key in _KEPT:
        return _KEPT[token.key]
    return "chu nhat" if token.bare == "cn" else token.bare


def _unit(tokens: tuple[Word, ...], spot: int) -> int:
    if spot >= len(tokens) or tokens[spot].kind != "w":
        return 0
    token = tokens[spot]
    if token.marked and token.key not in _UNIT_KEYS:
        return 0
    return _UNITS.get(token.bare, 0)


_UNIT_KEYS = frozenset(
    ["môt5", "môt2", "bôn2", "tư", "năm", "lăm", "nhăm", "sau2", "bay4", "bây4", "tam2", "chin2"]
)


def _small_number(tokens: tuple[Word, ...], spot: int) -> tuple[int, int]:
    """``(number, how many words)`` of 1 to 99 said in words at ``spot``."""
    word = tokens[spot]
    first = _unit(tokens, spot)
    if word.bare == "muoi" and word.key in ("mươi1", "muoi", "mươi"):
        unit = _unit(tokens, spot + 1)
        return (10 + unit, 2) if unit and not _starts_month(tokens, spot + 1) else (10, 1)
    if word.bare == "ham" and word.key in ("hăm", "ham") and _unit(tokens, spot + 1):
        return 20 + _unit(tokens, spot + 1), 2
    if not first:
        return 0, 0
    following = tokens[spot + 1] if spot + 1 < len(tokens) else None
    if (
        first in (2, 3)
        and _unit(tokens, spot + 1)
        and spot + 2 < len(tokens)
        and tokens[spot + 2].bare in ("thang", "tet")
    ):
        return first * 10 + _unit(tokens, spot + 1), 2  # "hai ba tháng chạp"
    if following is not None and following.bare == "muoi":
        unit = _unit(tokens, spot + 2)
        return (first * 10 + unit, 3) if unit and not _starts_month(tokens, spot + 2) else (first * 10, 2)
    if following is not None and following.key in ("môt2", "lăm", "nhăm", "lam", "nham") and first <= 3:
        return first * 10 + _unit(tokens, spot + 1), 2
    return first, 1


def _starts_month(tokens: tuple[Word, ...], spot: int) -> bool:
    # "mười năm 2024": the year begins here.
    return tokens[spot].bare == "nam" and spot + 1 < len(tokens) and (
        tokens[spot + 1].kind == "n" or tokens[spot + 1].bare in ("nay", "ngoai", "truoc", "sau")
    )  # fmt: skip


def _is_number_here(out: list[str], tokens: tuple[Word, ...], spot: int, used: int) -> bool:
    before = out[-1] if out else ""
    following = tokens[spot + used].bare if spot + used < len(tokens) else ""
    word = tokens[spot]
    if word.bare == "nam" and used == 1 and (_starts_month(tokens, spot) or following in ("ngoai", "truoc")):
        return False
    if word.bare == "sau" and used == 1 and before == "thang" and not word.marked:
        return False  # "thang sau" is next month; June without marks is asked
    if (
        before not in _BEFORE
        and used == 1
        and not word.marked
        and word.bare in ("sau", "tu", "bay", "nam", "lam")
    ):
        return False  # sau tết, từ tháng, bây giờ
    if word.bare in ("mot", "ba") and used == 1 and before == "ngay" and word.key == "môt2":
        return False
    if before in _BEFORE or (following in _AFTER and before not in ("tuan",)):
        return not (before == "hom" and used == 1 and word.bare in ("sau", "nam"))
    return used > 1 and len(tokens) <= 4
