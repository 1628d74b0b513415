"""Yes or no with the day beside it: "hôm qua có họp", "có, hôm 8/3", "tối qua sinh hoạt".

A day to come is no day of what was held, and with "không" or "chưa" no day is kept.
"""

import re
from dataclasses import replace
from datetime import date, datetime

from handlers.language import dates
from handlers.language.calendar_words import date_text
from handlers.language.normalise import Said, is_in, said, word_table
from handlers.language.reading import Expectation, Reading
from handlers.language.yes_no import hedged, read_yes_no, verdict

# Older than this, a day without its year is more likely one to come: "rồi, 20/3" on 13 March.
_REMEMBERED = 100
_DAY_WORDS = 7
_WHO = word_table(
    "chị em cô bác chúng tôi mình bọn bên thôn xóm tổ chi hội cả nhà phụ nữ thì là các bà hội viên tất vừa "
    "thưa dạ vâng"
)
_DONE = word_table(
    "họp sinh hoạt gặp mặt tổ chức làm triển khai thực hiện tập huấn tuyên truyền mít tinh giao lưu "
    "hoạt động liên hoan tọa đàm kỷ niệm tham gia dự mở hội nghị ra quân thăm tặng"
)
_ENDS = word_table("rồi xong đủ cả")
# When the parts of a day begin: at nine in the morning "tối nay họp" is still to come.
_PART_BEGINS = {"trua": 11, "chieu": 13, "toi": 18, "tối": 18, "dem": 19}
_TODAY_PART = re.compile(r"\b(trua|chieu|toi|tối|dem) nay\b")


def read_with_day(words: Said, expectation: Expectation, now: datetime) -> Reading:
    """Yes or no, with the ISO date caught in passing when it is yes. ``now`` is local."""
    read = read_yes_no(words, expectation)
    text = date_text(words)
    day = _day(words, expectation, now.date())
    if read.kind == "ask" and read.reason == "not_yes_no":
        read = _told_with_a_day(words, day, dates.find_day(text, now.date(), "any"))
    if read.kind != "answer" or read.value is not True:
        return read
    if _is_to_come(text, expectation, day, now):
        return Reading("ask", reason="unclear_yes_no")
    return replace(read, date=day.isoformat()) if day else read


def _day(words: Said, expectation: Expectation, today: date) -> date | None:
    day = dates.passing_day(words, expectation, today)
    if day is None or (expectation.tense != "future" and (today - day).days > _REMEMBERED):
        return None
    return day


def _is_to_come(text: str, expectation: Expectation, day: date | None, now: datetime) -> bool:
    """Whether the day named is still to come, where what was held is asked."""
    if expectation.tense == "future":
        return False
    part = _TODAY_PART.search(text)
    if part is not None and now.hour < _PART_BEGINS[part[1]]:
        return True
    found = None if day else dates.find_day(text, now.date(), "any")
    return found is not None and found.value is not None and found.value > now.date()


def _told_with_a_day(words: Said, day: date | None, named: dates.Day | None) -> Reading:
    """What is left of "hôm qua có họp" without its day and without who: "có họp"."""
    if named is None:
        return Reading("ask", reason="not_yes_no")
    left = _without_day(words)
    if left is None and day is not None and _is_only_a_day(words):
        # "8/3" alone: the day it was held.
        return Reading("answer", value=True, echo=True, reason="told_with_a_day")
    told = _without_who(words if left is None else left)
    judged = verdict(told) if told.words else None
    if judged is not None and judged[0] in ("yes", "no"):
        unsure = judged[0] == "yes" and not _is_of_a_meeting(told)
        return Reading("answer", value=judged[0] == "yes", echo=judged[1] or unsure, reason="yes_no_word")
    if judged is None and day is not None and told.core and is_in(told.core[0], _DONE) and not hedged(told):
        # "hôm qua họp": told as done, without "có" or "rồi".
        return Reading("answer", value=True, echo=True, reason="told_with_a_day")
    return Reading("ask", reason="not_yes_no")


def _is_of_a_meeting(told: Said) -> bool:
    """ "có họp", "có rồi"; "có khách" is something else."""
    return len(told.core) == 1 or is_in(told.core[1], _DONE) or is_in(told.core[-1], _ENDS)


def _without_day(words: Said) -> Said | None:
    """The message without the day at its head; None when no day stands there."""
    tokens = words.tokens
    for size in range(min(_DAY_WORDS, len(tokens) - 1), 0, -1):
        head = said(" ".join(token.raw for token in tokens[:size]))
        if _is_only_a_day(head):
            return said(" ".join(token.raw for token in tokens[size:]).lstrip(" ,.:;-"))
    return None


def _is_only_a_day(head: Said) -> bool:
    text = re.sub(r"^(?:vao|luc|hoi|cai|hom|hoi) (?!qua|kia|kìa|nay|[0-9])", "", date_text(head)).strip(" ,.")
    text = dates.TIME_IN_DATE.sub(" ", text).strip()
    found = dates.find_day(text, date(2024, 1, 1), "any")
    if found is None:
        return False
    rest = f"{text[: found.start]} {text[found.end :]}".split()
    return all(word in ("vao", "hom", "toi", "tối", "sang", "chieu", "trua", "dem", "ngay") for word in rest)


def _without_who(words: Said) -> Said:
    tokens = words.tokens
    start = 0
    while start < len(tokens) - 1 and tokens[start].raw.lower() != "co" and is_in(tokens[start], _WHO):
        start += 1
    return said(" ".join(token.raw for token in tokens[start:])) if start else words
