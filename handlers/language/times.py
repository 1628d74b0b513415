"""Clock times and reporting periods: "8 rưỡi", "2 giờ chiều", "14h30"; "tháng trước", "quý I", "9 tháng"."""

import re
from datetime import date

from handlers.language.calendar_words import date_text
from handlers.language.normalise import Said
from handlers.language.reading import Expectation, Reading

_PART = r"(sang|trua|chieu|toi|tối|dem)"
_CLOCK = re.compile(
    rf"(?:\b{_PART} (?:nay |mai |luc )*)?(?:\b(?:luc|hoi|vao) )?(?<![0-9.,/])([0-9]{{1,2}})"
    rf"(?: ?(?:h|g|:|gio)(?![a-z]) ?(?:([0-9]{{1,2}})(?: ?(?:phut|p))?|(ruoi)|kem "
    rf"([0-9]{{1,2}})(?: ?(?:phut|p))?|(dung))?| (ruoi)| kem ([0-9]{{1,2}})|(?= {_PART}\b)|$)"
    rf"(?: ?(?:buoi )?{_PART})?"
)
_ABOUT = re.compile(r"\b(khoang|tam|chung|do|gan|hon)\b")


def find_time(text: str) -> tuple[str, bool, int, int] | str | None:
    """``(HH:MM, echo, start, end)`` in a text of `date_text`, an ask reason, or None."""
    match = _CLOCK.search(text)
    if match is None:
        return None
    before, hour, minute, half, less, _, half2, less2, _, after = match.groups()[:10]
    value = int(hour) * 60
    value += int(minute or 0) + (30 if half or half2 else 0) - int(less or less2 or 0)
    if int(hour) > 24 or int(minute or 0) > 59 or int(less or less2 or 0) > 59 or value < 0:
        return "no_such_time"
    part = after or before
    bare_hour = match.group().strip().isdigit()
    moved = _in_part(int(hour), value, part)
    if isinstance(moved, str):
        return moved
    echo = bare_hour or bool(less or less2) or (part in ("toi", "dem") and int(hour) >= 11)
    return f"{moved // 60:02d}:{moved % 60:02d}", echo, match.start(), match.end()


def _in_part(hour: int, value: int, part: str | None) -> int | str:
    """The minutes of the day, moved to the afternoon or evening when that was said."""
    if part is None:
        # "2h" may be at night or after lunch; meetings are at neither.
        return "which_half_of_day" if 1 <= hour <= 5 or hour == 24 else value
    if part == "sang":
        return value if hour <= 11 else "no_such_time"
    if part == "trua":
        return value + 720 if hour in (1, 2) else value if 10 <= hour <= 14 else "no_such_time"
    if part == "chieu":
        return value + 720 if 1 <= hour <= 7 else value if 12 <= hour <= 19 else "no_such_time"
    if 5 <= hour <= 11:
        return value + 720
    if hour == 12:
        return value - 720
    return value if 17 <= hour <= 23 else value if part == "dem" and hour < 5 else "no_such_time"


def read_time(said: Said) -> Reading:
    """``HH:MM``."""
    text = date_text(said)
    found = find_time(text)
    if found is None:
        return Reading("ask", reason="no_time")
    if isinstance(found, str):
        return Reading("ask", reason=found)
    value, echo, start, end = found
    rest = text[:start] + " " + text[end:]
    if re.search(r"[0-9]", rest) or re.search(
        r"\b(hoac|hay|den|khong|chua|tu|từ|truoc|sau|hon|gan)\b|-", rest
    ):
        return Reading("ask", reason="several_times")
    about = _ABOUT.search(rest) is not None
    strange = any(word not in _CALM for word in rest.split())
    return Reading("answer", value=value, echo=echo or about or strange, approximate=about, reason="time")


_CALM = frozenset(
    [
        "da",
        "a",
        "em",
        "chi",
        "co",
        "bac",
        "nhe",
        "nha",
        "luc",
        "vao",
        "hop",
        "bat",
        "dau",
        "la",
        "sang",
        "chieu",
        "trua",
        "thi",
        "oi",
        "ok",
        "u",
        "vang",
        "khoang",
        "thang",
        "t",
        "ky",
    ]
)

_MONTH = re.compile(
    r"\b(?:thang|t) ?([0-9]{1,2})(?:(?:[/.\-]| nam | )((?:19|20)[0-9]{2}|[0-9]{2}\b)| nam (nay"
    r"|ngoai|truoc))?\b"
)
_MONTH_YEAR = re.compile(r"(?<![0-9/])([0-9]{1,2})[/.\-]((?:19|20)[0-9]{2})(?![0-9/])")
_QUARTER = re.compile(
    r"\b(?:quy|q) ?([1-4]|nay|truoc|vua roi|sau|roi)\b(?:(?:[/.\-]| nam | )((?:19|20)[0-9]{2})| "
    r"nam (nay|ngoai|truoc))?"
)
_HALF = re.compile(
    r"\b(?:6 thang|6 ?t|sau thang|nua|nua nam)(?: (dau|cuoi))?(?: nam)?(?: (nay|ngoai|truoc"
    r"|(?:19|20)[0-9]{2}))?\b"
)
_MONTHS = re.compile(
    r"\b(9 thang|chin thang|9 ?t|3 thang|ba thang)(?: dau)?(?: nam)?(?: (nay|ngoai|truoc|(?:19"
    r"|20)[0-9]{2}))?\b"
)
_YEAR = re.compile(
    r"\b(?:ca )?nam (nay|ngoai|truoc|roi|(?:19|20)[0-9]{2})\b|^(?:ca |tron )?nam$|\bca nam\b"
    r"|^((?:19|20)[0-9]{2})$"
)


def read_period(said: Said, expectation: Expectation, today: date) -> Reading:
    """``2024-02``, ``2024-Q1``, ``2024-H1``, ``2024-M1-9`` or ``2024``."""
    text = date_text(said)
    if re.search(r"\b(den|tới|hoac|hay|khong|chua|tu|từ|va)\b|,", text):
        return Reading("ask", reason="several_periods")
    for finder in (_relative_month, _half, _first_months, _quarter, _month, _year):
        found = finder(text, expectation, today)
        if found is not None:
            value, echo, start, end = found
            rest = text[:start] + " " + text[end:]
            if not value or re.search(r"[0-9]", rest):
                return Reading("ask", reason="no_period")
            strange = any(word not in _CALM for word in rest.split())
            return Reading("answer", value=value, echo=echo or strange, reason="period")
    return Reading("ask", reason="no_period")


_Found = tuple[str, bool, int, int]


def _relative_month(text: str, expectation: Expectation, today: date) -> _Found | None:
    match = re.search(r"\bthang (truoc|nay|sau|vua roi|vua qua|roi|qua|toi|tới)\b|\bthang (hien tai)\b", text)
    if match is None:
        return None
    word = match[1] or "nay"
    shift = {"nay": 0, "sau": 1, "toi": 1, "tới": 1}.get(word, -1)
    total = today.year * 12 + today.month - 1 + shift
    return f"{total // 12}-{total % 12 + 1:02d}", word in ("sau", "toi", "tới"), *match.span()


def _named_year(word: str | None, today: date) -> int | None:
    if word is None:
        return None
    if word.isdigit():
        return int(word) if len(word) == 4 else 2000 + int(word)
    return today.year if word == "nay" else today.year - 1


def _month(text: str, expectation: Expectation, today: date) -> _Found | None:
    match = _MONTH_YEAR.search(text) or _MONTH.search(text)
    bare = re.fullmatch(r"(?:da |vang )?([0-9]{1,2})(?: a| em| nhe)*", text) if match is None else None
    found = match or bare
    if found is None:
        return None
    month = int(found[1])
    if not 1 <= month <= 12:
        return "", False, *found.span()
    word = (found[2] or (found[3] if found.re is _MONTH else None)) if match is not None else None
    year = _named_year(word, today)
    echo = bare is not None
    if year is None:
        year, far = _year_of_month(month, expectation, today)
        echo = echo or far
    return f"{year}-{month:02d}", echo, *found.span()


def _year_of_month(month: int, expectation: Expectation, today: date) -> tuple[int, bool]:
    if expectation.tense == "past":
        return (today.year, False) if month <= today.month else (today.year - 1, True)
    if expectation.tense == "future":
        return (today.year, False) if month >= today.month else (today.year + 1, True)
    if month - today.month > 6:
        return today.year - 1, True
    return today.year, month > today.month + 1


def _quarter(text: str, expectation: Expectation, today: date) -> _Found | None:
    match = _QUARTER.search(text)
    if match is None:
        return None
    year = _named_year(match[2] or match[3], today)
    here = (today.month - 1) // 3
    if match[1].isdigit():
        quarter = int(match[1])
        far = year is None and quarter - 1 - here > 1
        return f"{year or today.year}-Q{quarter}", far, *match.span()
    total = today.year * 4 + here + {"nay": 0, "sau": 1}.get(match[1], -1)
    return f"{total // 4}-Q{total % 4 + 1}", match[1] == "sau", *match.span()


def _half(text: str, expectation: Expectation, today: date) -> _Found | None:
    match = _HALF.search(text)
    if match is None:
        return None
    year = _named_year(match[2], today) or today.year
    if match[1] is None and match.group().startswith("nua"):
        return "", False, *match.span()
    return (
        f"{year}-H{2 if match[1] == 'cuoi' else 1}",
        match.group().startswith(("nua", "sau")),
        *match.span(),
    )


def _first_months(text: str, expectation: Expectation, today: date) -> _Found | None:
    match = _MONTHS.search(text)
    if match is None:
        return None
    year = _named_year(match[2], today) or today.year
    if match[1].startswith(("3", "ba")):
        return f"{year}-Q1", True, *match.span()
    return f"{year}-M1-9", False, *match.span()


def _year(text: str, expectation: Expectation, today: date) -> _Found | None:
    match = _YEAR.search(text)
    if match is None or match.group() == "nam":
        return None
    word = match[1] or match[2]
    year = today.year - 1 if word == "roi" else _named_year(word, today) or today.year
    return str(year), False, *match.span()
