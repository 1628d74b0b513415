"""A period at the end of what staff write: "CT25 quý 1", "NV24 tháng 3/2024", "máy tính cả năm"."""

import re
from datetime import date

from storage.domain.folding import fold

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_YEAR = r"(?:[ /.-]*(?:nam )?(?P<year>20\d\d))?"
_PERIOD = re.compile(
    r"[ ,]+(?:cua |trong |ky )?(?:"
    rf"thang (?P<month>1[0-2]|0?[1-9]){_YEAR}"
    rf"|quy (?P<quarter>[1-4]|iii|iv|ii|i){_YEAR.replace('year', 'year_q')}"
    rf"|6 thang (?P<half>dau|cuoi)(?: nam)?{_YEAR.replace('year', 'year_h')}"
    r"|(?:ca )?nam(?: nay| (?P<whole>20\d\d))?"
    r")[ .!?]*$"
)


def period_named(text: str, today: date) -> tuple[str, str]:
    """The words before the period, and the period ("2024-03", "2024-Q1", "2024-H1", "2024"); the words as
    they are and "" where none is named. Without a year it is the latest one that has begun by ``today``."""
    folded = fold(text)
    found = _PERIOD.search(folded)
    if found is None or not folded[: found.start()].strip():
        return text, ""
    words = folded[: found.start()].strip(" ,")
    if found["month"]:
        month = int(found["month"])
        return words, f"{found['year'] or _year(month, today)}-{month:02}"
    if found["quarter"]:
        quarter = _ROMAN.get(found["quarter"]) or int(found["quarter"])
        return words, f"{found['year_q'] or _year(quarter * 3 - 2, today)}-Q{quarter}"
    if found["half"]:
        half = 1 if found["half"] == "dau" else 2
        return words, f"{found['year_h'] or _year(half * 6 - 5, today)}-H{half}"
    return words, found["whole"] or str(today.year)


def _year(first_month: int, today: date) -> int:
    return today.year if first_month <= today.month else today.year - 1
