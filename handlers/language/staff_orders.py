"""What staff order in chat: TIẾN ĐỘ, HỎI XÓM 2, DUYỆT SỐ, THÔNG BÁO, PHIẾU HỎI ...

Whole messages, matched without diacritics so that they work from any keyboard; the rest of an order
names a unit in her words.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from storage.domain.folding import fold

StaffOrderKind = Literal[
    "progress", "return", "requests", "approve_reports", "unapprove", "broadcast", "broadcasts", "sheet",
    "results", "pause", "resume", "menu",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """What to do, and the words that follow ("" for none)."""

    kind: StaffOrderKind
    target: str = ""


_PATTERNS: tuple[tuple[StaffOrderKind, "re.Pattern[str]"], ...] = (
    ("progress", re.compile(r"(?:xem )?tien do(?: (?P<target>.+))?")),
    ("return", re.compile(r"hoi(?: lai)?(?: (?P<target>.+))?")),
    ("requests", re.compile(r"(?:xem )?(?:cac )?de nghi(?: sua)?(?: so)?")),
    ("unapprove", re.compile(r"(?:huy|bo) duyet(?: (?P<target>.+))?")),
    ("approve_reports", re.compile(r"duyet (?:so|bao cao)(?: (?P<target>.+))?")),
    ("broadcasts", re.compile(r"(?:ket qua|xem) thong bao|thong bao da gui")),
    ("broadcast", re.compile(r"(?:gui )?thong bao")),
    ("sheet", re.compile(r"(?:tao |lam )?phieu(?: hoi)?")),
    ("results", re.compile(r"ket qua(?: phieu)?(?: hoi)?(?: (?P<target>.+))?")),
    ("pause", re.compile(r"tam dung(?: nhac)? (?P<target>.+)")),
    ("resume", re.compile(r"nhac lai(?: (?P<target>.+))?")),
    ("menu", re.compile(r"menu|danh muc|lam duoc gi")),
)


def read_staff_order(text: str) -> StaffOrder | None:
    """The order that the whole message is, if it is one."""
    said = fold(text[:160]).strip(" .!")
    association = unicodedata.normalize("NFC", text).strip().lower().startswith("hội")
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(said)
        if found and not (kind == "return" and association):  # "hội viên" asks nothing back
            return StaffOrder(kind, (found.groupdict().get("target") or "").strip())
    return None


@dataclass(frozen=True, slots=True)
class PauseWords:
    """What TẠM DỪNG names: the unit ("" for all below hers), from when, until when, as she said it."""

    unit: str
    start: str
    end: str


_PAUSE = re.compile(
    r"(?P<unit>.*?)\s*(?:\btu (?:ngay )?(?P<start>.+?)\s+)?\b(?:den|toi)(?: het)?(?: ngay)? (?P<end>.+)"
)


def read_pause(target: str) -> PauseWords:
    """ "xom 2 tu 18/9 den 20/9"; without a day it all names a unit."""
    found = _PAUSE.fullmatch(target)
    if found is None:
        return PauseWords(target.strip(), "", "")
    return PauseWords(found["unit"].strip(), found["start"] or "", found["end"])
