"""Days, solar and lunar: hôm qua, mùng 8/3, thứ 6 vừa rồi, rằm tháng giêng, 28 tết; ranges of days.

Always day before month; past questions take the latest past day, future ones the next (domain rules, traps 6,
10 and 11). What names no single day ("đầu tháng", "hôm nọ") asks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from handlers.language import lunar
from handlers.language.calendar_words import date_text
from handlers.language.normalise import Said
from handlers.language.reading import Expectation, Reading

Tense = Literal["past", "future", "any"]


@dataclass(frozen=True, slots=True)
class Day:
    """A day found in a text at ``start:end``, or the reason there is none."""

    value: date | None
    start: int
    end: int
    reason: str = ""
    echo: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    today: date
    tense: Tense


_VAGUE = re.compile(
    r"\b(hom truoc|hom no|bua truoc|bua no|hom ay|hom do|hom bua|cuoi tuan|dau tuan|giua tuan"
    r"|dau thang|giua thang|cuoi thang|ra gieng|ra tet"
    r"|(?:truoc|sau|gan|hoi|dip|trong) tet|mai kia|mai mốt|mai mot|nay mai|lan thu|dau nam|cuoi "
    r"nam|giua nam|thang nao|hom nao|ngay nao|khi nao|bao gio"
    r"|may hom|vai hom|may ngay|vai ngay|may bua|hom gi|lau roi|moi hom|gan day|moi day|dao nay"
    r"|ngay nao do|sang tuan|truoc ram|sau ram|truoc hom|sau hom)\b"
)
_LUNAR_MARK = re.compile(r"\b(am|am lich|al)\b")
_ISO = re.compile(r"(?<![0-9])([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])")
_DMY = re.compile(r"(?<![0-9/.\-])([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4}|[0-9]{2})(?![0-9/])")
_DM = re.compile(
    r"(?<![0-9/.,\-])([0-9]{1,2})[/.\-]([0-9]{1,2})(?![0-9/.,]|-[0-9])(?: nam (ngoai|nay|truoc"
    r"|sau|toi|[0-9]{4}))?(?: (vua roi|vua qua|tới|toi|roi|sap toi))?"
)
_D_MONTH = re.compile(
    r"(?<![0-9/.,\-])([0-9]{1,2}) (?:thang|t|th) ?([0-9]{1,2}|gieng|chap|truoc|sau|nay|nay|roi"
    r"|vua roi|tới|toi)\b(?: (?:nam )?(ngoai|nay|truoc|sau|[0-9]{4}))?"
)
_LONG_D_MONTH = re.compile(r"(?<![0-9/.,\-])([0-9]{1,2}) thang ([0-9]{1,2}) nam ([0-9]{4}|[0-9]{2})\b")
_DAY_ONLY = re.compile(
    r"\b(?:ngay|mung|mong|hom|hom mung|hom ngay)(?: mung| mong| ngay)? ([0-9]{1,2})\b(?!/)"
)
_TET = re.compile(
    r"(?:\b(?:mung|mong|ngay|hom) )*(?<![0-9/])([0-9]{1,2}) (?:am )?tet\b(?: nam (nay|ngoai|truoc|sau))?"
)
_EVE = re.compile(r"\b(giao thua|dem giao thua)\b")
_RAM = re.compile(
    r"\bram(?: (?:thang )?(gieng|chap|nay|truoc|sau|vua roi|vua qua|roi|tới|toi|[0-9]{1,2}))?\b"
)
_WEEKDAY = re.compile(
    r"\b(?:(?:thu|t) ?([2-8])|(chu nhat))\b(?: (?:cua )?(tuan truoc|tuan qua|tuan roi|tuan vua "
    r"roi|tuan nay|tuan sau|tuan tới|tuan toi|vua roi|vua qua|truoc|roi|qua|nay|tới|toi|sap tới"
    r"|sap toi|sau))?"
)
_RELATIVE: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern), shift)
    for pattern, shift in (
        (
            r"\b(?:hom|sang|trua|chieu|toi|tối|dem|ngay|bua) nay\b|^nay\b|\bvua (?:xong|nay|moi)\b"
            r"|\bhom nay\b|^luc nay\b", 0),
        (r"\b(?:hom|sang|trua|chieu|toi|tối|dem|bua|ngay)(?: hom)? qua\b", -1),
        (r"\b(?:hom|bua|toi|tối|chieu|sang) (?:kia)\b", -2),
        (r"\b(?:hom|bua) kìa\b", -3),
        (r"\bngay kia\b", 2), (r"\bngay kìa\b", 3), (r"\bmốt\b|\bngay mốt\b|^mot$", 2),
        (r"\b(?:(?:ngay|sang|trua|chieu|toi|tối|bua|hom) )?mai\b", 1),
    )
)  # fmt: skip
_COUNTED = re.compile(
    r"\b(?:cach day |truoc day )?([0-9]{1,2}) (?:hom|ngay|bua)(?: (truoc|nua|sau|toi|tới))?\b"
)
TIME_IN_DATE = re.compile(
    r"\b(?:luc |vao |hoi )*(?:[0-9]{1,2}(?:h|g)(?:[0-9]{2})?|[0-9]{1,2}:[0-9]{2}|[0-9]{1,2} "
    r"gio(?: [0-9]{1,2}(?: phut)?| ruoi)?)(?= |$)(?: (?:sang|trua|chieu|toi|tối|dem))?"
)
_WEEKDAY_NOUN = re.compile(r"\blan thu\b|\bcai thu\b|\bcau thu\b")


def read_date(said: Said, expectation: Expectation, today: date) -> Reading:
    """One day, as an ISO date."""
    text = TIME_IN_DATE.sub(" ", date_text(said)).strip()
    found = find_day(text, today, expectation.tense)
    if found is None:
        return Reading("ask", reason="no_date")
    if found.value is None:
        return Reading("ask", reason=found.reason)
    return _checked(found, found.value, text, expectation, today)


def _checked(found: Day, day: date, text: str, expectation: Expectation, today: date) -> Reading:
    rest = (text[: found.start] + " " + text[found.end :]).strip()
    rest = _without_the_same_day(rest, day, today, expectation.tense)
    if re.search(r"[0-9]", rest) or (find_day(rest, today, "any") if rest else None):
        return Reading("ask", reason="several_dates")
    if re.search(r"\b(hoac|hay|den|khong|chua|truoc|sau|tu|từ)\b", rest):
        return Reading("ask", reason="not_exact")
    if _against_tense(day, expectation.tense, today):
        return Reading("ask", reason="wrong_tense")
    about = re.search(r"\b(khoang|tam|chung|do|chac|hinh nhu|dau|co)\b", rest) is not None
    strange = len([word for word in rest.split() if word not in _CALM]) > 0
    return Reading(
        "answer",
        value=day.isoformat(),
        echo=found.echo or about or strange,
        approximate=bool(re.search(r"\b(khoang|tam|chung)\b", rest)),
        reason="date",
    )


def _without_the_same_day(rest: str, day: date, today: date, tense: Tense) -> str:
    """ "thứ 6, mùng 8/3" names one day twice."""
    again = find_day(rest, today, tense) if rest else None
    if again is None or again.value != day:
        return rest
    return (rest[: again.start] + " " + rest[again.end :]).strip()


_CALM = frozenset(
    [
        "da",
        "vang",
        "a",
        "em",
        "chi",
        "co",
        "bac",
        "oi",
        "nhe",
        "nha",
        "vao",
        "luc",
        "hom",
        "ngay",
        "la",
        "hop",
        "sinh",
        "hoat",
        "lam",
        "to",
        "chuc",
        "roi",
        "r",
        "thoi",
        "day",
        "sang",
        "chieu",
        "toi",
        "tối",
        "trua",
        "dem",
        "mung",
        "duong",
        "lich",
        "chinh",
        "bua",
        "chi",
        "hoi",
        "u",
        "ok",
        "dung",
    ]
)


def _against_tense(day: date, tense: Tense, today: date) -> bool:
    return (tense == "past" and day > today) or (tense == "future" and day < today)


def find_day(text: str, today: date, tense: Tense) -> Day | None:
    """The first day named in a text of `date_text`; None when none is."""
    vague = _VAGUE.search(text)
    asked = _Asked(text, today, tense)
    for finder in _FINDERS:
        found = finder(asked)
        if found is not None:
            break
    else:
        return Day(None, *vague.span(), reason="vague_date") if vague else _only_week(text)
    if vague and not (found.start <= vague.start() and vague.end() <= found.end) and found.value is not None:
        return Day(None, *vague.span(), reason="vague_date")
    return found


def _only_week(text: str) -> Day | None:
    match = re.search(
        r"\b(tuan|thang|quy|nam) (truoc|nay|sau|toi|tới|qua|roi|ngoai)\b|\bthang [0-9]{1,2}\b"
        r"|\btet\b|\bthang (gieng|chap)\b",
        text,
    )
    return Day(None, *match.span(), reason="vague_date") if match else None


def make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year_of(text: str | None, today: date) -> int | None:
    if text is None:
        return None
    if text.isdigit():
        return int(text) if len(text) == 4 else 2000 + int(text)
    return {"ngoai": today.year - 1, "truoc": today.year - 1, "nay": today.year}.get(text, today.year + 1)


def _exact(match: re.Match[str], year: int, month: int, day: int) -> Day:
    value = make_day(year, month, day) if 1990 <= year <= 2100 else None
    return Day(value, *match.span(), reason="" if value else "no_such_day")


def _iso(asked: _Asked) -> Day | None:
    match = _ISO.search(asked.text)
    return _exact(match, int(match[1]), int(match[2]), int(match[3])) if match else None


def _full(asked: _Asked) -> Day | None:
    match = _LONG_D_MONTH.search(asked.text) or _DMY.search(asked.text)
    if match is None:
        return None
    if _LUNAR_MARK.search(asked.text):
        value = lunar.solar(int(match[1]), int(match[2]), _year_of(match[3], asked.today) or 0)
        return Day(value, match.start(), len(asked.text), reason="" if value else "no_such_day", echo=True)
    return _exact(match, _year_of(match[3], asked.today) or 0, int(match[2]), int(match[1]))


def choose_day(days: list[date], today: date, tense: Tense) -> tuple[date | None, bool]:
    """Of the same day in several years, the one the tense points to, and whether to show it back."""
    if tense == "past":
        past = [day for day in days if day <= today]
        return (past[-1], (today - past[-1]).days > 180) if past else (None, False)
    if tense == "future":
        coming = [day for day in days if day >= today]
        return (coming[0], (coming[0] - today).days > 300) if coming else (None, False)
    nearest = min(days, key=lambda day: abs((day - today).days), default=None)
    return nearest, nearest is not None and abs((nearest - today).days) > 60


def _day_month(asked: _Asked) -> Day | None:
    match = _DM.search(asked.text)
    if match is None:
        return None
    day, month = int(match[1]), int(match[2])
    if _LUNAR_MARK.search(asked.text):
        return _lunar_day(match, day, month, asked)
    return _solar_day(match, day, month, _year_of(match[3], asked.today), match[4], asked)


def _solar_day(
    match: re.Match[str], day: int, month: int, year: int | None, side: str | None, asked: _Asked
) -> Day:
    if year is not None:
        return _exact(match, year, month, day)
    days = [found for shift in range(-4, 5) if (found := make_day(asked.today.year + shift, month, day))]
    if not days:
        return Day(None, *match.span(), reason="no_such_day")
    tense = asked.tense
    if side:
        tense = "past" if side in ("vua roi", "vua qua", "roi") else "future"
    value, echo = choose_day(days, asked.today, tense)
    return Day(value, *match.span(), reason="" if value else "no_such_day", echo=echo)


def _lunar_day(match: re.Match[str], day: int, month: int, asked: _Asked) -> Day:
    days = lunar.each_year(day, month, asked.today)
    value, echo = choose_day(days, asked.today, asked.tense)
    mark = _LUNAR_MARK.search(asked.text)
    end = max(match.end(), mark.end() if mark else 0)
    return Day(value, match.start(), end, reason="" if value else "no_such_day", echo=echo)


def _day_of_month(asked: _Asked) -> Day | None:
    """ "8 tháng 3", "23 tháng chạp", "ngày 5 tháng trước"."""
    match = _D_MONTH.search(asked.text)
    if match is None:
        return None
    day, month = int(match[1]), match[2]
    relative = not month.isdigit() and month not in ("gieng", "chap")
    if (
        relative
        and int(match[1]) <= 12
        and not re.search(r"\b(ngay|mung|mong|hom) $", asked.text[: match.start()])
        and month != "nay"
    ):
        return Day(None, *match.span(), reason="vague_date")  # "một tháng trước" is a month ago
    if month in ("gieng", "chap"):
        return _lunar_day(match, day, 1 if month == "gieng" else 12, asked)
    if month.isdigit():
        if _LUNAR_MARK.search(asked.text):
            return _lunar_day(match, day, int(month), asked)
        return _solar_day(match, day, int(month), _year_of(match[3], asked.today), None, asked)
    shift = {"truoc": -1, "roi": -1, "vua roi": -1, "nay": 0}.get(month, 1)
    total = asked.today.year * 12 + asked.today.month - 1 + shift
    value = make_day(total // 12, total % 12 + 1, day)
    return Day(value, *match.span(), reason="" if value else "no_such_day", echo=month in ("sau", "toi"))


def _tet(asked: _Asked) -> Day | None:
    match = _TET.search(asked.text)
    if match is None:
        return None
    day = int(match[1])
    if 11 <= day <= 22 or not 1 <= day <= 30:
        return Day(None, *match.span(), reason="no_such_day")
    days = lunar.each_year(day, 1 if day <= 10 else 12, asked.today)
    if match[2]:
        days = [found for found in days if found.year == (_year_of(match[2], asked.today) or 0)]
    value, echo = choose_day(days, asked.today, asked.tense) if days else (None, False)
    return Day(value, *match.span(), reason="" if value else "no_such_day", echo=echo)


def _eve(asked: _Asked) -> Day | None:
    match = _EVE.search(asked.text)
    if match is None:
        return None
    value, echo = choose_day(lunar.each_year(30, 12, asked.today), asked.today, asked.tense)
    return Day(value, *match.span(), reason="" if value else "no_such_day", echo=echo)


def _ram(asked: _Asked) -> Day | None:
    match = _RAM.search(asked.text)
    if match is None:
        return None
    said = match[1]
    if said in ("gieng", "chap") or (said or "").isdigit():
        month = {"gieng": 1, "chap": 12}.get(said or "") or int(said or 0)
        value, echo = choose_day(lunar.each_year(15, month, asked.today), asked.today, asked.tense)
        return Day(value, *match.span(), reason="" if value else "no_such_day", echo=echo)
    return _ram_of_month(match, said, asked)


def _ram_of_month(match: re.Match[str], said: str | None, asked: _Asked) -> Day:
    days = [day for shift in (-1, 0, 1) if (day := lunar.of_month(15, asked.today, shift))]
    by_month = {"truoc": -1, "nay": 0, "sau": 1}
    if said in by_month:
        value = lunar.of_month(15, asked.today, by_month[said])
        return Day(value, *match.span(), reason="" if value else "no_such_day", echo=said != "nay")
    tense: Tense = asked.tense
    if said:
        tense = "future" if said in ("toi", "tới") else "past"
    value, _ = choose_day(days, asked.today, tense)
    return Day(value, *match.span(), reason="" if value else "no_such_day", echo=tense == "any")


def _day_only(asked: _Asked) -> Day | None:
    match = _DAY_ONLY.search(asked.text)
    if match is None:
        return None
    day = int(match[1])
    if _LUNAR_MARK.search(asked.text):
        value = lunar.of_month(day, asked.today, 0)
        return Day(value, match.start(), len(asked.text), reason="" if value else "no_such_day", echo=True)
    months = [asked.today.year * 12 + asked.today.month - 1 + shift for shift in range(-2, 3)]
    days = [found for total in months if (found := make_day(total // 12, total % 12 + 1, day))]
    if not days:
        return Day(None, *match.span(), reason="no_such_day")
    if asked.tense == "any":
        here = make_day(asked.today.year, asked.today.month, day)
        value, echo = here or choose_day(days, asked.today, "past")[0], here is None or here > asked.today
        return Day(value, *match.span(), echo=echo)
    value, _ = choose_day(days, asked.today, asked.tense)
    return Day(
        value,
        *match.span(),
        echo=value is None or abs((value - asked.today).days) > 31,
        reason="" if value else "no_such_day",
    )


def _weekday(asked: _Asked) -> Day | None:
    match = _WEEKDAY.search(asked.text)
    if match is None or _WEEKDAY_NOUN.search(asked.text):
        return None
    number = 8 if match[2] else int(match[1])
    if number == 8 and not match[2]:
        return Day(None, *match.span(), reason="no_such_day")
    value, echo = _which_week(number - 2, match[3] or "", asked)
    return Day(value, *match.span(), echo=echo)


def _which_week(index: int, side: str, asked: _Asked) -> tuple[date, bool]:
    today = asked.today
    here = today - timedelta(days=today.weekday() - index)
    if side in ("tuan truoc", "tuan qua", "tuan roi", "tuan vua roi"):
        return here - timedelta(days=7), False
    if side in ("tuan nay", "nay"):
        return here, side == "nay"
    if side in ("tuan sau", "tuan toi", "tuan tới"):
        return here + timedelta(days=7), False
    if side in ("vua roi", "vua qua", "truoc", "roi", "qua"):
        return (here if here < today else here - timedelta(days=7)), side in ("truoc", "roi", "qua")
    if side in ("tới", "toi", "sap tới", "sap toi", "sau"):
        return (here if here > today else here + timedelta(days=7)), side != "tới"
    return _plain_weekday(here, asked)


def _plain_weekday(here: date, asked: _Asked) -> tuple[date, bool]:
    if here == asked.today:
        return here, True
    if asked.tense == "past":
        return (here if here < asked.today else here - timedelta(days=7)), False
    if asked.tense == "future":
        return (here if here > asked.today else here + timedelta(days=7)), False
    return here, True


def _relative(asked: _Asked) -> Day | None:
    for pattern, shift in _RELATIVE:
        match = pattern.search(asked.text)
        if match is not None:
            unclear = match.group() == "mot"
            return Day(asked.today + timedelta(days=shift), *match.span(), echo=unclear)
    return None


def _counted(asked: _Asked) -> Day | None:
    match = _COUNTED.search(asked.text)
    if match is None or not (match[2] or match.group().startswith("cach day")):
        return None
    sign = 1 if match[2] in ("nua", "sau", "toi", "tới") else -1
    return Day(asked.today + timedelta(days=sign * int(match[1])), *match.span(), echo=True)


_FINDERS: tuple[Callable[[_Asked], Day | None], ...] = (
    _iso, _full, _tet, _eve, _ram, _day_of_month, _day_month, _counted, _day_only, _weekday, _relative,
)  # fmt: skip


def passing_day(said: Said, expectation: Expectation, today: date) -> date | None:
    """The day named somewhere in a longer reply, when it is one clear day that fits the tense."""
    text = TIME_IN_DATE.sub(" ", date_text(said)).strip()
    tense: Tense = "past" if expectation.tense == "any" else expectation.tense
    found = find_day(text, today, tense)
    if found is None or found.value is None or _against_tense(found.value, tense, today):
        return None
    rest = text[: found.start] + " | " + text[found.end :]
    another = find_day(rest, today, tense)
    return (
        found.value
        if another is None or (another.reason == "vague_date" and not re.search(r"[0-9]", rest))
        else None
    )
