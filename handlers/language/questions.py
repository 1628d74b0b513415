"""A question back is not data: "mấy chị hả em", "có phải nộp không" (domain rules, trap 14)."""

import re

from handlers.language.normalise import Said

_TAIL = re.compile(
    r"\b(ha|hả|hở|ho em|phai khong|dung khong|duoc khong|duoc chua|the nao|nhu the nao|the nhi"
    r"|la sao|la gi|lam sao|o dau|khi nao|bao gio|bao nhieu|ai the|cai gi|nhi|chang|cơ a|ntn"
    r"|gi the|gi vay|gi nhi|sao the|sao vay|nao|gi|sao|khong a|chua a|a the|day a|the a|vay a"
    r"|thoi a|co phai khong|co duoc khong|may nguoi|may chi)$"
)
_HEAD = re.compile(
    r"^(co phai|tai sao|vi sao|sao lai|lam the nao|lam sao|the nao|nhu the nao|khi nao|bao gio"
    r"|co can|co duoc|co nen|the co|hay la|bao nhieu|sao phai|co bat buoc|la may|la bao nhieu|y "
    r"la|tinh ca|tinh ca|co tinh|tinh tu|la ai|la tinh)\b"
)
_HA_KEYS = frozenset({"ha4", "hơ4", "ha3"})
_YES_NO_FRAME = re.compile(
    r"\b(co|da|duoc|phai|dung|can|biet|nen|con) .*\b(khong|chua)$|\b(phai|duoc|dung|can|nhi) (khong|chua)$"
)
# Without one of these (or the sign) nothing is asked.
_ASKING = frozenset(
    [
        "ha",
        "ho",
        "khong",
        "chua",
        "nao",
        "sao",
        "gi",
        "dau",
        "bao",
        "may",
        "ai",
        "nhi",
        "chang",
        "a",
        "ntn",
        "phai",
        "la",
        "tinh",
        "can",
        "duoc",
        "nen",
        "co",
        "the",
        "hay",
        "y",
    ]
)
_TWO_WORDS = frozenset(
    [
        "co khong",
        "co chua",
        "roi chua",
        "duoc chua",
        "duoc khong",
        "du chua",
        "dung chua",
        "dung khong",
        "phai khong",
        "lam chua",
        "hop chua",
    ]
)
# "15 hay 16 gì đó": she does not ask, she is not sure.
_OR_SO = (" gi do", " gi day", " nao do", " dau do")
_A_PARTICLE = frozenset({"a1"})


def is_question(said: Said) -> bool:
    """Whether the message asks instead of answering."""
    if "?" in said.marks:
        return True
    if said.bares.isdisjoint(_ASKING):
        return False
    words = said.core
    if not words or said.bare.endswith(_OR_SO):
        return False
    bare = " ".join(word.bare for word in words)
    if bare in _TWO_WORDS and words[-1].key != "chưa2":
        return True
    if _HEAD.match(bare) and len(words) > 2:
        return True
    last = words[-1]
    if last.key in _HA_KEYS or any(word.key in _HA_KEYS for word in said.words[-3:]):
        return True
    if said.words[-1].key in _A_PARTICLE or (
        len(said.words) > 1 and said.words[-2].key in _A_PARTICLE and said.words[-1].bare in ("em", "chau")
    ):
        return True
    if (
        _negative_sentence(bare)
        or bare.startswith(("co khi ", "co le "))
        or bare.endswith(("la chua", "la khong"))
    ):
        return False
    return (bool(_TAIL.search(bare)) and not _answers_with_nothing(bare)) or (
        bool(_YES_NO_FRAME.search(bare)) and len(words) > 2 and "," not in said.marks
    )


def _answers_with_nothing(bare: str) -> bool:
    return re.search(r"\b(khong|chua|chang|cha)\b.*\b(nao|gi|sao)$", bare) is not None


def _negative_sentence(bare: str) -> bool:
    return re.match(r"^(khong|chua|chang|cha|lam gi|dau co)\b", bare) is not None and not re.search(
        r"\b(ha|phai khong|duoc khong|bao nhieu|the nao)$", bare
    )


_META = re.compile(
    r"^(?:(?:em|chi|co|bac) )?(?:(?:ghi|viet|nhan|noi|tra loi|dien|bao) (?:gi|cai gi|sao|the nao"
    r"|nhu the nao|vao dau|nhu nao)|(?:la |y )?(?:gi|sao|the nao)|cau nay la (?:gi|sao)|hoi gi"
    r"|kien nghi (?:gi|la gi)|vi du)"
    r"(?: (?:ha|the|vay|nhi|em|a|day|co|bay gio|duoc))*$"
)


def asks_about_the_question(said: Said) -> bool:
    """In a text question only a short question about it counts; "bao giờ có nước sạch?" is a wish."""
    if not said.words:
        return "?" in said.marks
    bare = " ".join(word.bare for word in said.core)
    if _META.match(bare):
        return True
    return (
        len(said.core) <= 7
        and re.match(r"^(co (bat buoc|can|phai) (viet|ghi|tra loi|dien|bao|nop)|co duoc (viet|ghi))\b", bare)
        is not None
    )
