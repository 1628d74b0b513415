"""Text as it is searched and compared: without diacritics, case or doubled spaces."""

import unicodedata


def fold(text: str) -> str:
    """``"Nguyễn Thị  Đào"`` becomes ``"nguyen thi dao"``; for searching only, never for showing."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(plain.replace("đ", "d").split())
