"""Text as it is searched and compared: without diacritics, case or doubled spaces."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=64)  # a text is folded several times in a turn, and then never again
def fold(text: str) -> str:
    """``"Nguyễn Thị  Đào"`` becomes ``"nguyen thi dao"``; for searching only, never for showing."""
    if text.isascii():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(plain.replace("đ", "d").split())
