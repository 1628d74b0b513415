"""What an officer, or somebody with two seats, tells the bot to do: NHẬP HỘ XÓM 5, BÀN GIAO XÓM 5, DUYỆT.

These are whole messages that begin with the order; the rest names a unit in her words. Matched without
diacritics, so that they work from any keyboard.
"""

import re
from dataclasses import dataclass
from typing import Literal

from storage.domain.folding import fold

OrderKind = Literal["enter_for", "enter_end", "hand_over", "approve", "seat", "rights", "my_data", "my_edit"]


@dataclass(frozen=True, slots=True)
class Order:
    """What to do, and the words that name the unit ("" for none)."""

    kind: OrderKind
    target: str = ""


_PATTERNS: tuple[tuple[OrderKind, "re.Pattern[str]"], ...] = (
    ("enter_end", re.compile(r"(?:thoi|dung|het|xong|ngung) nhap ho")),
    ("enter_for", re.compile(r"nhap (?:ho|giup|thay)(?: cho)? (.+)")),
    ("hand_over", re.compile(r"(?:ban giao|(?:thay|doi) (?:chi hoi truong|cht))(?: cho)? (.+)")),
    ("approve", re.compile(r"(?:duyet|xem nguoi xin|cho duyet)")),
    ("seat", re.compile(r"(?:doi chi hoi|chon chi hoi|bao cho chi hoi khac|chi hoi khac)")),
    ("rights", re.compile(r"quyen(?: cua (?:chi|co|bac|toi|minh))?")),
    ("my_data", re.compile(r"xem (?:thong tin|tai khoan|du lieu)(?: cua)?(?: (?:chi|co|bac|toi|minh))?")),
    ("my_edit", re.compile(r"sua (?:(?:ho )?ten|xung ho|thong tin)(?: cua)?(?: (?:chi|co|bac|toi|minh))?")),
)

_POLITE = re.compile(r"^(?:da|em oi|em|e oi)[ ,]+|(?:[ ,]+(?:nhe|em nhe|a|voi|giup chi|em))?[ .!]*$")

#: "Nguyễn Thị Hoa", with what people say before it: "chị tên là Hoa", "em là ...", "tôi là ...".
_BEFORE_NAME = re.compile(
    r"^(?:(?:dạ|thưa)\s+)?(?:(?:chị|cô|bác|tôi|mình|em|cháu)\s+)?(?:(?:họ\s+)?tên(?:\s+là)?|là)?\s*:?\s*",
    re.I,
)


def read_order(text: str) -> Order | None:
    """The order that the whole message is, if it is one."""
    said = _POLITE.sub("", fold(text[:120]))
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(said)
        if found:
            return Order(kind, found.group(1).strip() if pattern.groups else "")
    return None


def read_name(text: str) -> str:
    """The full name in a message that gives one, written as names are; "" where there is none.

    Two to six words of letters: ``"chị tên là nguyễn thị hoa"`` gives ``"Nguyễn Thị Hoa"``.
    """
    words = _BEFORE_NAME.sub("", " ".join(text.split()).strip(" .,!")).split()
    words = [word for word in words if fold(word) not in ("a", "nhe", "em")] if len(words) > 2 else words
    if not 2 <= len(words) <= 6 or not all(word.isalpha() and len(word) <= 8 for word in words):
        return ""
    return " ".join(word.capitalize() for word in words)
