"""What a reply means. The only door of this room; the order in which the ways of speaking are asked.

First what must not be stored, then commands (any state), then a question back, then the type asked for.
Doubt becomes a question or an echo, never a plain value.
"""

from functools import lru_cache

from handlers.language import commands, date_ranges, dates, later, parts, passing, questions, refusals, times
from handlers.language.choices import read_choice
from handlers.language.normalise import Said, clean, said_clean
from handlers.language.nothing import says_nothing
from handlers.language.reading import Context, Expectation, Reading
from handlers.language.typed import read_as
from handlers.language.yes_no import verdict

ASK_REASONS: dict[str, str] = {
    "empty": "nothing was said",
    "too_long": "longer than a reply may be",
    "only_heard": "dạ alone means she heard, not yes",
    "not_yes_no": "neither yes nor no was found",
    "unclear_yes_no": "yes and no, or a doubt, in one message",
    "consent_unclear": "consent must be clear words, and these are not",
    "no_number": "no number was found",
    "unread_number": "digits or number words would be left unread",
    "unclear_separator": "a comma or dot that may be thousands or decimals (1,250)",
    "unclear_sign": "a sign beside the number that may change it (-3, 30+, 3x)",
    "unclear_tail": "what follows the last unit may be read two ways (1tr50)",
    "market_tail": "2.500.000 in the market, 2.000.500 in a book (hai triệu năm trăm)",
    "half_of_what": "rưỡi without the unit it halves",
    "bare_unit": "a unit without its number (triệu)",
    "range": "a range, not one number",
    "not_exact": "hơn, gần, vài, mấy: not one number",
    "not_whole": "a fraction where a whole number is asked",
    "negated_number": "a number beside không or chưa",
    "several_numbers": "several numbers and no way to choose",
    "only_labels": "the number names a place or a day (xóm 5), it counts nothing",
    "other_unit": "counted in another unit than asked",
    "running_total": "a running total where the number of the period is asked, or unclear which",
    "no_last_value": "the same as before, but nothing is known of before",
    "less_than_before": "less than before, where a number is asked",
    "change_or_number": "may be a change or the number itself",
    "out_of_range": "outside what is possible",
    "more_than_total": "more than the whole",
    "total_differs": "the whole she says is not the one known",
    "no_total": "the whole is not known",
    "percent_of_people": "a percentage that is no whole number of people",
    "too_large": "larger than any number here",
    "no_money_unit": "an amount without nghìn or triệu",
    "foreign_money": "not in đồng",
    "price_each": "a price for each, without how many",
    "no_date": "no day was found",
    "vague_date": "names no single day",
    "no_such_day": "that day does not exist",
    "several_dates": "several days, or digits left unread",
    "wrong_tense": "a coming day for what is past, or the reverse",
    "range_backwards": "the end is before the beginning",
    "half_range": "only one end of a range",
    "no_time": "no time was found",
    "no_such_time": "that time does not exist",
    "several_times": "several times, or digits left unread",
    "which_half_of_day": "morning or afternoon is not said",
    "no_period": "no period was found",
    "several_periods": "several periods",
    "no_such_choice": "none of the choices, or several",
    "no_link": "no link was found",
    "link_without_scheme": "a link without http",
    "short_link": "a shortened link hides where it leads",
    "several_links": "more than one link",
    "part_unclear": "not clear which number answers which part",
    "long_number": "a run of digits that may be a phone or an identity number",
    "stop_or_later": "thôi may be stop, later or never mind",
    "no_photo": "a photo is asked for",
    "nothing_asked": "no question is open",
}
"""Every code ``reason`` may carry for kind ``ask``, explained for people."""

# The longest message of any channel is 4,096 characters; decomposed marks may treble that.
_LOOKED_AT = 16_384
UNDERSTOOD_LENGTH = 400
# Longer replies are seldom said twice, and may tell of somebody: they are not kept.
_KEPT_LENGTH = 24
TEXT_LENGTH = 300
_NOTHING_OPEN = Reading("ask", reason="nothing_asked")


def understand(text: str, expectation: Expectation, context: Context) -> Reading:
    """Read one reply.

    In: the text as typed, what the open question waits for, the time (to the minute) and what was said
    before. Out: one `Reading`. Never raises; a reading of kind ``refused`` carries a reason and nothing of
    the text. Short replies ("0", "ko", "41") are said by thousands: how one is read is kept.
    """
    minute = context.now.replace(second=0, microsecond=0)
    context = Context(minute, context.after, context.message)
    if len(text) > _KEPT_LENGTH or isinstance(expectation.last, list):  # a list is no key
        return understand_anew(text, expectation, context)
    return _kept(text, expectation, context)


@lru_cache(maxsize=8192)
def _kept(text: str, expectation: Expectation, context: Context) -> Reading:
    return understand_anew(text, expectation, context)


def understand_anew(text: str, expectation: Expectation, context: Context) -> Reading:
    """The same, nothing kept."""
    if context.message not in (None, "text"):
        return _not_text(context.message or "")
    body = clean(text[:_LOOKED_AT])
    if expectation.expects == "text":
        return _read_text(body, expectation, context)
    if len(body) > UNDERSTOOD_LENGTH:
        return _long(body)
    words = said_clean(body)
    if not words.tokens:
        return Reading("ask", reason="empty")
    refused = refusals.digits_reason(words.raw) or refusals.story_reason(words)
    if refused is not None:
        return Reading("refused", reason=refused)
    return _read_words(words, expectation, context)


def contains_personal_data(text: str) -> str | None:
    """The reason code when ``text`` holds personal data that must not be stored, else None."""
    return refusals.contains_personal_data(text)


def _not_text(message: str) -> Reading:
    if message == "photo":
        return Reading("evidence", reason="photo")
    return Reading("unsupported", reason=message[:20])


def _long(text: str) -> Reading:
    refused = refusals.contains_personal_data(text)
    return Reading("refused", reason=refused) if refused else Reading("ask", reason="too_long")


def _read_words(words: Said, expectation: Expectation, context: Context) -> Reading:
    if context.after == "thanks" and _is_politeness(words):
        return Reading("ack", reason="after_thanks")
    return (
        _command(words, expectation, context)
        or _question(words, expectation)
        or _read_open(words, expectation, context)
    )


def _is_politeness(words: Said) -> bool:
    bare = " ".join(word.bare for word in words.core)
    return bare in _POLITE_ANSWERS


_POLITE_ANSWERS = frozenset(
    [
        "khong co gi",
        "khong co chi",
        "khong sao",
        "ko co gi",
        "co gi dau",
        "khong co gi dau",
        "ok",
        "u",
        "vang",
        "da",
        "uh",
        "vang a",
        "da vang",
        "ok em",
        "khong can cam on",
        "khach sao qua",
        "duoc",
        "u em",
    ]
)

# Words that answer a yes/no, a choice or a number before they are commands.
_ANSWERS_FIRST = {
    "confirm": frozenset({"back", "start", "stop", "cancel", "next", "status", "ack"}),
    "yes_no": frozenset({"start", "ack"}),
    "consent": frozenset({"start", "ack", "show"}),
    "choice": frozenset({"start", "next", "back", "status", "show", "help", "later"}),
    "multi_choice": frozenset({"next", "back", "status", "show"}),
}


def _command(words: Said, expectation: Expectation, context: Context) -> Reading | None:
    if len(words.words) == 1 and words.numeric:
        return None
    expects = expectation.expects
    found = commands.whole_command(words)
    if found is not None and not _yields(found.payload, words, expectation):
        return Reading(found.payload, echo=found.weak, reason="command")
    if words.core and words.core[0].key == "thôi" and len(words.core) == 1 and expects != "confirm":
        return Reading("ask", reason="stop_or_later")
    if expects in ("choice", "multi_choice") and _is_label(words, expectation):
        return None
    edit = commands.read_edit(words)
    if edit is not None:
        return edit
    if expects not in ("date", "period", "date_range"):
        put_off = later.read_later(words, context, asked_for_time=expects == "time")
        if put_off is not None and not (found is not None) and not _is_answer_first(words, expectation):
            return put_off
    elif _puts_off_by_verb(words, context):
        return later.read_later(words, context, asked_for_time=True)
    return commands.read_unknown(words)


def _puts_off_by_verb(words: Said, context: Context) -> bool:
    return later.read_later(words, context, asked_for_time=True) is not None


def _is_label(words: Said, expectation: Expectation) -> bool:
    read = read_choice(words, expectation.choices)
    return read.kind == "answer" and read.reason == "label" and not read.echo


def _is_answer_first(words: Said, expectation: Expectation) -> bool:
    if expectation.expects in ("yes_no", "confirm", "consent"):
        judged = verdict(words, confirming=expectation.expects == "confirm")
        return judged is not None and judged[0] in ("yes", "no") and not judged[1]
    return False


def _yields(kind: str, words: Said, expectation: Expectation) -> bool:
    """Whether what is asked may take these words before the command does."""
    expects = expectation.expects
    if kind not in _ANSWERS_FIRST.get(expects, ()):
        return False
    if expects == "confirm":
        judged = verdict(words, confirming=True)
        return judged is not None and judged[0] in ("yes", "no")
    if expects in ("choice", "multi_choice"):
        return read_choice(words, expectation.choices).kind == "answer"
    judged = verdict(words)
    return judged is not None and judged[0] in ("yes", "no")


def _question(words: Said, expectation: Expectation) -> Reading | None:
    if not questions.is_question(words):
        return None
    if expectation.expects in ("choice", "multi_choice") and _is_label(words, expectation):
        return None
    if expectation.expects == "link" and "://" in words.raw:
        return None
    return Reading("help", reason="question_back")


def _read_open(words: Said, expectation: Expectation, context: Context) -> Reading:
    """The reading by the type asked for; a slip of a command when that fails; cases of violence last."""
    read = _typed(words, expectation, context)
    if read.kind != "ask":
        return read
    slipped = commands.near_command(words)
    if slipped is not None:
        return Reading(slipped.payload, echo=True, reason="command_slip")
    violence = refusals.violence_reason(words.raw)
    return Reading("refused", reason=violence) if violence else read


def _typed(words: Said, expectation: Expectation, context: Context) -> Reading:
    expects = expectation.expects
    if expects == "nothing":
        return _nothing_open(words)
    if expectation.parts and len(expectation.parts) > 1:
        return parts.read_parts(words, expectation)
    if expects == "photo":
        return _photo(words)
    now = later.local_now(context)
    today = now.date()
    if expects == "date":
        return dates.read_date(words, expectation, today)
    if expects == "date_range":
        return date_ranges.read_date_range(words, expectation, today)
    if expects == "period":
        return times.read_period(words, expectation, today)
    if expects == "yes_no" and expectation.optional_date:
        return passing.read_with_day(words, expectation, now)
    return read_as(words, expectation)


def _nothing_open(words: Said) -> Reading:
    judged = verdict(words)
    if judged is not None and judged[0] in ("yes", "acked"):
        return Reading("ack", reason="nothing_asked")
    if not words.words:
        return Reading("ack", reason="nothing_asked")
    return _NOTHING_OPEN


def _photo(words: Said) -> Reading:
    judged = verdict(words)
    if judged is not None and judged[0] == "no":
        return Reading("skip", reason="no_photo")
    return Reading("ask", reason="no_photo")


def _read_text(text: str, expectation: Expectation, context: Context) -> Reading:
    """Her own words, trimmed; commands only when the whole message is one."""
    refused = refusals.contains_personal_data(text)
    if refused is not None:
        return Reading("refused", reason=refused)
    words = said_clean(text[:UNDERSTOOD_LENGTH])
    if not words.tokens:
        return Reading("ask", reason="empty")
    if len(words.words) <= 16:
        command = _text_command(words, expectation, context)
        if command is not None:
            return command
    if len(text) > TEXT_LENGTH:
        return Reading("ask", reason="too_long")
    return Reading("answer", value=words.raw, echo="?" in words.marks, reason="text")


def _text_command(words: Said, expectation: Expectation, context: Context) -> Reading | None:
    judged = verdict(words)
    if expectation.none_is_answer and judged is not None and judged[0] == "no" and says_nothing(words):
        return Reading("answer", value="", echo=judged[1], reason="said_none")
    found = commands.whole_command(words)
    if found is not None:
        return Reading(found.payload, echo=found.weak, reason="command")
    if questions.asks_about_the_question(words):
        return Reading("help", reason="question_back")
    edit = commands.read_edit(words)
    if edit is not None and isinstance(edit.target, int):
        return edit
    put_off = later.read_later(words, context, asked_for_time=True) if len(words.words) <= 8 else None
    return put_off or _empty_words(words)


def _empty_words(words: Said) -> Reading | None:
    """ "có", "ok", "dạ", a number or an emoji is no text."""
    if not words.words:
        return Reading("ack", reason="nothing_asked")
    judged = verdict(words)
    if judged is not None and len(words.core) <= 2 and judged[0] in ("yes", "acked", "no", "ask"):
        return Reading("ask", reason="empty")
    if len(words.raw) < 2:
        return Reading("ask", reason="empty")
    return None
