"""Two days that hold a stretch of time: "từ 8/3 đến 30/4", "8-10/3"."""

import re
from datetime import date

from handlers.language.calendar_words import date_text
from handlers.language.dates import TIME_IN_DATE, Day, find_day, make_day
from handlers.language.normalise import Said
from handlers.language.reading import Expectation, Reading

_RANGE = re.compile(
    r"^(?:(?:tu|từ|trong|trong khoang|khoang tu|bat dau tu) )?(?:ngay )?(.+?) ?(?:den het|toi "
    r"het|tới het|den|toi|tới|-|→|>) ?(?:het )?(.+)$"
)
_TIGHT_RANGE = re.compile(
    r"^(?:tu |từ |ngay )*([0-9]{1,2}(?:/[0-9]{1,2}(?:/[0-9]{2,4})?)?)"
    r"-([0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{2,4})?)$"
)


def read_date_range(said: Said, expectation: Expectation, today: date) -> Reading:
    """``[first, last]`` day, in ISO."""
    text = TIME_IN_DATE.sub(" ", date_text(said)).strip()
    match = _TIGHT_RANGE.match(text) or _RANGE.match(text)
    if match is None:
        return _single_day(text, expectation, today)
    last = find_day(match[2], today, expectation.tense)
    if last is None or last.value is None:
        return Reading("ask", reason="no_date" if last is None else last.reason)
    first_text = match[1]
    bare_day = re.fullmatch(r"(?:ngay |mung |mong )*([0-9]{1,2})", first_text.strip())
    if bare_day:
        value = make_day(last.value.year, last.value.month, int(bare_day[1]))
        first = Day(value, 0, len(first_text), reason="" if value else "no_such_day")
    else:
        found = find_day(first_text, today, expectation.tense)
        if found is None:
            return Reading("ask", reason="no_date")
        first = found
    return _ordered(first, last, match, expectation)


def _ordered(first: Day, last: Day, match: re.Match[str], expectation: Expectation) -> Reading:
    if first.value is None or last.value is None:
        return Reading("ask", reason=first.reason or last.reason)
    for piece, day in ((match[1], first), (match[2], last)):
        if re.search(r"[0-9]", piece[: day.start] + piece[day.end :]):
            return Reading("ask", reason="several_dates")
    start, end, echo = first.value, last.value, first.echo or last.echo
    named_year = re.search(r"[0-9]{4}|/[0-9]+/[0-9]|nam", match.group())
    if start > end and not named_year:
        moved = make_day(end.year + 1, end.month, end.day) if expectation.tense != "past" else None
        end, echo = (moved, True) if moved and (moved - start).days < 200 else (end, True)
    if start > end or (end - start).days > 366:
        return Reading("ask", reason="range_backwards")
    return Reading(
        "answer",
        value=[start.isoformat(), end.isoformat()],
        echo=echo,
        reason="date_range",
    )


def _single_day(text: str, expectation: Expectation, today: date) -> Reading:
    found = find_day(text, today, expectation.tense)
    if found is None or found.value is None:
        return Reading("ask", reason="no_date" if found is None else found.reason)
    rest = text[: found.start] + text[found.end :]
    if re.search(r"[0-9]|\b(tu|từ|den|truoc|sau)\b", rest):
        return Reading("ask", reason="half_range")
    return Reading("answer", value=[found.value.isoformat()] * 2, echo=True, reason="date_range")
