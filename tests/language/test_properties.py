"""What holds for every number and every string, whatever is asked."""

import unicodedata
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.language.later import ZONE
from handlers.language.reading import Context, Expectation, Reading
from handlers.language.understand import contains_personal_data, understand
from tests.language.rows import NOW, load
from tests.language.writer import styles

CONTEXT = Context(NOW)
EXPECTS = [
    "yes_no", "integer", "money", "percent", "ratio", "date", "time", "period", "date_range", "choice",
    "multi_choice",
    "confirm", "consent", "text", "link", "photo", "nothing",
]  # fmt: skip

numbers = st.one_of(
    st.integers(0, 1500),
    st.integers(0, 999_999_999),
    st.builds(lambda head, zeros: head * 10**zeros, st.integers(1, 999), st.integers(0, 6)),
    st.builds(lambda high, low: high * 1_000_000 + low, st.integers(1, 998), st.integers(0, 999)),
)
expectations = st.builds(
    Expectation,
    expects=st.sampled_from(EXPECTS),
    parts=st.sampled_from([(), ("added", "left"), ("held", "attended"), ("branches", "groups", "members")]),
    optional_date=st.booleans(),
    choices=st.sampled_from([(), ("Rồi", "Chưa"), ("Bắt đầu", "Để sau"), ("Chị", "Cô", "Bác")]),
    total=st.one_of(st.none(), st.integers(0, 500)),
    unit=st.sampled_from([None, "người", "vụ", "đồng", "hộ", "chưa có"]),
    flow=st.sampled_from([None, "flow", "stock"]),
    tense=st.sampled_from(["past", "future", "any"]),
    last=st.one_of(st.none(), st.integers(0, 500)),
    none_is_answer=st.booleans(),
)
_START, _END = NOW.replace(year=2023, tzinfo=None), NOW.replace(year=2031, tzinfo=None)
contexts = st.builds(
    Context,
    now=st.datetimes(_START, _END).map(lambda moment: moment.replace(tzinfo=ZONE)),
    after=st.sampled_from([None, "thanks"]),
    message=st.sampled_from([None, None, None, "text", "photo", "voice"]),
)
# Strings made of what people write and what machines send.
_FILES = ("phrases.jsonl", "phrases_more.jsonl")
_PIECES = sorted(
    {
        piece
        for name in ("phrases.jsonl", "phrases_more.jsonl")
        for row in load(name)
        for piece in row["text"].split()
    }
)
texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join),
    st.text(alphabet="0123456789.,/-–+%kđtr triệunghmoăâ", max_size=60),
    st.builds(
        lambda text, times: (text * times)[:4096], st.text(min_size=1, max_size=6), st.integers(1, 4096)
    ),
)


def bare(text: str) -> str:
    """Without diacritics, as much of the village writes."""
    letters = unicodedata.normalize("NFD", text)
    return (
        "".join(char for char in letters if not unicodedata.combining(char))
        .replace("đ", "d")
        .replace("Đ", "D")
    )


def never_another(reading: Reading, number: int) -> bool:
    return reading.kind != "answer" or reading.value == number


@settings(max_examples=400, deadline=None)
@given(numbers)
@example(0)
@example(1_000_005)
@example(2_000_500)
@example(15)
def test_a_number_reads_back_to_itself_or_asks(number: int) -> None:
    for way in styles(number):
        for text in (way, bare(way), way.upper(), unicodedata.normalize("NFD", way)):
            assert never_another(understand(text, Expectation("integer"), CONTEXT), number), text


@settings(max_examples=200, deadline=None)
@given(numbers)
def test_an_amount_is_never_another_plain_amount(number: int) -> None:
    for way in styles(number):
        for text in (way, bare(way)):
            reading = understand(text, Expectation("money", unit="đồng"), CONTEXT)
            assert reading.echo or never_another(reading, number), text


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 99_999))
def test_the_book_form_is_read_and_not_only_asked(number: int) -> None:
    reading = understand(styles(number)[0], Expectation("integer"), CONTEXT)
    assert (reading.kind, reading.value) == ("answer", number)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 62), st.integers(0, 62))
def test_a_ratio_reads_back_or_asks(part: int, whole: int) -> None:
    for text in (f"{part}/{whole}", f"{part} trên {whole}", f"{part} trong tổng số {whole}"):
        reading = understand(text, Expectation("ratio"), CONTEXT)
        assert reading.kind == "ask" or reading.value == [part, whole]
        assert (reading.kind == "answer") == (part <= whole)


@settings(max_examples=300, deadline=None)
@given(st.dates(date(2023, 6, 1), date(2024, 12, 31)))
def test_a_full_date_reads_back(day: date) -> None:
    for text in (
        f"{day.day}/{day.month}/{day.year}",
        f"ngày {day.day} tháng {day.month} năm {day.year}",
        f"{day.day}-{day.month}-{day.year}",
    ):
        assert understand(text, Expectation("date"), CONTEXT).value == f"{day:%Y-%m-%d}"


@settings(max_examples=200, deadline=None)
@given(st.integers(-40, 40), st.sampled_from(["past", "future"]))
def test_a_day_without_its_year_fits_the_tense(shift: int, tense: str) -> None:
    day = NOW.date() + timedelta(days=shift)
    reading = understand(f"{day.day}/{day.month}", Expectation("date", tense=tense), CONTEXT)  # type: ignore[arg-type]
    if reading.kind == "answer":
        assert (reading.value <= "2024-03-13") if tense == "past" else (reading.value >= "2024-03-13")


@settings(max_examples=1500, deadline=None)
@given(texts, expectations, contexts)
def test_no_string_raises(text: str, expectation: Expectation, context: Context) -> None:
    reading = understand(text, expectation, context)
    assert reading.kind == "answer" or reading.value is None
    contains_personal_data(text)


@settings(max_examples=600, deadline=None)
@given(texts, expectations)
def test_composed_and_decomposed_read_alike(text: str, expectation: Expectation) -> None:
    composed = understand(unicodedata.normalize("NFC", text), expectation, CONTEXT)
    assert understand(unicodedata.normalize("NFD", text), expectation, CONTEXT) == composed
