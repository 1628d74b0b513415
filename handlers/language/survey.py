"""A message laid out: its numbers, what they count, and every reason not to trust them.

Knows counters, labels ("xóm 5"), words of doubt ("hơn", "vài"); chooses nothing (domain rules, traps 12, 13).
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from handlers.language.normalise import Said, Word, fits, fold, is_in, keys_of, word_table
from handlers.language.numeral_atoms import Number
from handlers.language.numerals import scan

# One line a kind of thing; words of one line count the same.
_COUNTER_LINES = """
người: chị em | chị | người | bà | cô | bác | hội viên | phụ nữ | mẹ | đại biểu | cán bộ | thành viên
        | đồng chí | chi hội trưởng | ông | cụ | khách | em | ng | đ/c | học viên | đảng viên
        | quần chúng | mẹ đỡ đầu | nữ | lao động | bạn | c | e | đoàn viên
trẻ: cháu | trẻ | trẻ em | bé | con | em | trẻ mồ côi | học sinh | cháu mồ côi | em nhỏ
hộ: hộ | hộ gia đình | gia đình | nhà | hộ nghèo | hộ dân | hộ cận nghèo
vụ: vụ | vụ việc | việc | ca | trường hợp
buổi: buổi | cuộc | lần | hội nghị | lớp | kỳ | hoạt động | phiên | đợt | buổi họp | cuộc họp
        | lớp tập huấn | buổi tuyên truyền | cuộc thi
lượt: lượt | lượt người
chi hội: chi hội | chi
tổ: tổ | tổ phụ nữ
nhóm: nhóm | câu lạc bộ | nhóm zalo | clb
cặp: cặp | đôi
mô hình: mô hình | mh
suất: suất | phần | phần quà | suất quà | suất học bổng | quà
cái: cái | chiếc | máy | máy tính | bộ
cây: cây
bài: bài | tin | tin bài | bài viết | bài đăng
văn bản: văn bản | ý kiến | kiến nghị | lượt ý kiến
công trình: công trình | tuyến đường | đoạn đường | đường | ngôi nhà | mái ấm | căn nhà
xã: xã | thôn | xóm | huyện | cơ sở
đồng: đồng | đ | vnđ | vnd | nghìn đồng | triệu đồng
doanh nghiệp: doanh nghiệp | hợp tác xã | tổ hợp tác | htx | tht
trang: trang | fanpage | trang fanpage | website
"""
_MEASURES = word_table(
    "kg cân ký tạ tấn yến lạng gam lít mét km cây ha sào mẫu giờ h phút p ngày tuần tháng năm "
    "tuổi đô usd đ vnd vnđ điểm % euro hôm bữa"
)
_LABELS = word_table(
    "xóm thôn tổ tdp kdc câu tháng ngày quý năm lớp đội khu xã phường phố ấp mục mùng mồng hôm thứ ý khóa số "
    "nhà"
)
_COUNT_LABELS = frozenset({"to", "lop", "thu", "nha", "so", "ngay", "thang", "nam", "hom", "quy", "y", "muc"})
_APPROXIMATE = word_table("khoảng tầm cỡ độ chừng áng ước quãng ~ ≈ xấp xỉ")
_PERHAPS = frozenset({"chac", "hinh", "nghe"})
DOUBT = re.compile(
    r"\b(hon|gan|ngot|duoi|vai|may|hoac|moi|tru|neu|bao nhieu|it nhat|toi da|toi thieu|qua|du"
    r"|nua|ruoi|gap|tro len|tro xuong"
    r"|chua den|khong den|suyt|ty le|phan tram|trong so|dam ba|doi ba|mot so|mot vai|le|hon nua"
    r"|may chuc|kem|khong duoi|khong qua|moi nguoi|non|la cung|la it|la nhieu)\b"
)
_DOUBT_BEFORE = re.compile(r"\b(tren|den|toi|tu|am|ngoai)$")
_HARMLESS_MARKS = frozenset(".,!;:()\"'…‹*•·[]🌸😊😂😁😄❤🙏👍✅👌💐🥰😅🌹💪🎉️☺️")
_FILLER = word_table(
    "dạ vâng ạ a à nhé nhe nha nhá em chị cô bác ơi có được là thôi thì tổng cộng số lượng dự "
    "tham gia đi họp sinh hoạt mới thêm tất cả "
    "này tháng nay chi hội mình bên tôi cháu của vừa rồi đã đủ luôn đấy đó ừ ok kết nạp ghi "
    "nhận hội viên trong ngày buổi hôm người "
    "phụ nữ cả chỉ mặt nhà cái nữa mà đúng báo cáo gồm đến về quý câu ngoài ra đang hiện tại "
    "con xóm thôn chốt gửi chẵn tròn hẳn tính"
)
NEGATIVE = word_table("không chưa chẳng chả đừng")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its surroundings: ``counter`` the kind of thing counted, ``label`` when it names
    something ("xóm 5") instead of counting, ``before``/``after`` the words around without marks."""

    number: Number
    counter: str = ""
    label: bool = False
    before: str = ""
    after: str = ""
    measure: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """A message laid out: its numbers, and what else was said."""

    quantities: tuple[Quantity, ...]
    reason: str
    approximate: bool
    perhaps: bool
    negated: bool
    strange: int
    bare: str


def _counters() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in _COUNTER_LINES.strip().replace("\n        ", " ").splitlines():
        kind, words = line.split(":")
        for word in words.split("|"):
            bare = fold(word)
            table[bare] = (*table.get(bare, ()), kind)
    return table


def _counter_keys() -> dict[str, tuple[tuple[tuple[tuple[str, str], ...], str], ...]]:
    """By the bare words: the keys of each counter written so, and its kind."""
    table: dict[str, tuple[tuple[tuple[tuple[str, str], ...], str], ...]] = {}
    for line in _COUNTER_LINES.strip().replace("\n        ", " ").splitlines():
        kind, words = line.split(":")
        for word in words.split("|"):
            table[fold(word)] = (*table.get(fold(word), ()), (keys_of(word), kind))
    return table


_COUNTERS = _counters()
_COUNTER_KEYS = _counter_keys()
# Without marks these are có, bộ or bỏ far more often than cô and bộ.
_NO_BARE_COUNTERS = frozenset({"co"})
_LONGEST_COUNTER = max(len(words.split()) for words in _COUNTERS)


def kinds_of(unit: str | None) -> tuple[str, ...]:
    """The kinds of thing a unit names, empty when it is none we know."""
    return _COUNTERS.get(fold(unit), ()) if unit else ()


def _counter_after(tokens: tuple[Word, ...], end: int) -> tuple[str, ...]:
    for size in range(min(_LONGEST_COUNTER, len(tokens) - end), 0, -1):
        words = tokens[end : end + size]
        entries = _COUNTER_KEYS.get(" ".join(token.bare for token in words))
        if entries is None or (words[0].key in _NO_BARE_COUNTERS):
            continue
        kinds = tuple(
            kind
            for keys, kind in entries
            if all(fits(word, *key) for word, key in zip(words, keys, strict=True))
        )
        if kinds:
            return kinds
    return ()


def survey(said: Said, unit: str | None = None, labels: tuple[str, ...] = ()) -> Survey:
    """The numbers of a message, their counters, and every reason not to trust them.

    ``labels`` are the parts asked for: beside a number they are no words of doubt ("kèm 2"), and so is
    the ``unit`` behind one ("2 may").
    """
    tokens = said.tokens
    numbers, must_read = scan(said)
    covered = [False] * len(tokens)
    for number in numbers:
        covered[number.start : number.end] = [True] * (number.end - number.start)
    days = (
        _days(said, numbers) if len(numbers) > 2 and ("/" in said.marks or "-" in said.marks) else frozenset()
    )
    quantities = [_surrounded(said, number, unit, number.start in days) for number in numbers]
    for spot in days:
        covered[spot] = True
    rest = [token for token, used in zip(tokens, covered, strict=True) if not used]
    bare = " ".join(token.bare for token in rest if token.kind != "s")
    return Survey(
        tuple(quantities),
        _reason(said, must_read, covered, rest, bare, quantities, (unit, labels)),
        any(is_in(token, _APPROXIMATE) and _is_about(token, quantities) for token in rest),
        any(token.bare in _PERHAPS or token.key == "du" for token in rest),
        any(is_in(token, NEGATIVE) and not _is_use(token, said) for token in rest),
        sum(1 for token in rest if token.kind == "w" and not _expected(token)),
        bare,
    )


def _is_use(token: Word, said: Said) -> bool:
    # "2 máy dùng chung", "2 may dung chung"; "đừng ghi 5" and "dung ghi 5" forbid.
    return token.bare == "dung" and token.key != "đưng1" and (token.marked or said.words[0] is not token)


def _is_about(token: Word, quantities: list[Quantity]) -> bool:
    if token.key == "chung":  # "dùng chung" shares; "chung 25" is chừng
        return any(quantity.before.endswith("chung") for quantity in quantities)
    # "độ" and "cỡ" without marks are too often đó, đo, có.
    return token.marked or token.bare not in ("do", "co", "tam", "ang") or token.key in ("đô5", "cơ4")


def _expected(token: Word) -> bool:
    return is_in(token, _FILLER) or is_in(token, _APPROXIMATE) or token.bare in _COUNTERS


_BEFORE_DAY = word_table("hôm ngày mùng mồng dịp lễ nhân sáng trưa chiều tối thứ nhật vào rồi qua bữa")


def _days(said: Said, numbers: list[Number]) -> frozenset[int]:
    """The tokens of "8/3" in "hôm 8/3 có 41 chị": a day named at the head or behind a word for one."""
    found: set[int] = set()
    for first, second in pairwise(numbers):
        start, slash, end = first.start, first.start + 1, first.start + 2
        if second.start != end or not (first.plain and second.plain):
            continue
        named = start > 0 and is_in(said.tokens[start - 1], _BEFORE_DAY)
        sign = said.tokens[slash].raw
        head = sign in ("/", "-") and (named or (start == 0 and sign == "/"))
        if (
            head
            and 1 <= first.value <= 31
            and 1 <= second.value <= 12
            and said.glued[slash]
            and said.glued[end]
        ):
            found.update((start, slash, end))
            found.update(_year_after(said, end))
    return frozenset(found)


def _year_after(said: Said, month: int) -> tuple[int, ...]:
    tokens = said.tokens
    if month + 2 >= len(tokens) or tokens[month + 1].raw != "/" or not said.glued[month + 2]:
        return ()
    return (
        (month + 1, month + 2)
        if tokens[month + 2].kind == "n" and len(tokens[month + 2].raw) in (2, 4)
        else ()
    )


def _surrounded(said: Said, number: Number, unit: str | None, day: bool) -> Quantity:
    tokens = said.tokens
    kinds = _counter_after(tokens, number.end)
    wanted = kinds_of(unit)
    counter = next((kind for kind in kinds if kind in wanted), kinds[0] if kinds else "")
    following = tokens[number.end] if number.end < len(tokens) else None
    measure = following is not None and (is_in(following, _MEASURES) or following.raw == "%") and not kinds
    before = [token for token in tokens[max(0, number.start - 4) : number.start] if token.kind == "w"]
    label = day or (bool(before) and _labels(before, kinds, number, said))
    before_text = " ".join(token.bare for token in before)
    after_text = " ".join(token.bare for token in tokens[number.end : number.end + 5])
    return Quantity(number, counter, label, before_text, after_text, measure)


def _labels(before: list[Word], kinds: tuple[str, ...], number: Number, said: Said) -> bool:
    """ "xóm 5", "tháng 3", "câu 2" name; "số 3 chị", "tổ 12 người" count when a counter follows."""
    word = before[-1]
    if number.scaled or not is_in(word, _LABELS) or said.tokens[number.start - 1] is not word:
        return False
    if word.bare in ("so", "to", "nha", "xa"):
        return not kinds and word.bare != "so" and len(said.words) > 2
    if word.bare == "nam":
        return number.value >= 1990
    return not (kinds and word.bare in _COUNT_LABELS and len(said.words) <= 4)


def _reason(
    said: Said,
    must_read: list[bool],
    covered: list[bool],
    rest: list[Word],
    bare: str,
    quantities: list[Quantity],
    things: tuple[str | None, tuple[str, ...]],
) -> str:
    if any(surely and not used for surely, used in zip(must_read, covered, strict=True)):
        return "unread_number"
    for quantity in quantities:
        if quantity.number.unsure and not quantity.label:
            return quantity.number.unsure
    if _marks_spoil(said, covered):
        return "range" if len(quantities) > 1 else "unclear_sign"
    if quantities and (
        _DOUBT_BEFORE.search(quantities[0].before) or any(_strange_unit(said, q) for q in quantities)
    ):
        return "not_exact"
    match = DOUBT.search(bare)
    if match and quantities:
        rest = _without_things(said, covered, things)
        match = DOUBT.search(" ".join(token.bare for token in rest if token.kind != "s"))
    return "not_exact" if match and not _harmless_doubt(match.group(), rest, said) else ""


_LINKS = word_table("là được có")


def _without_things(
    said: Said, covered: list[bool], things: tuple[str | None, tuple[str, ...]]
) -> list[Word]:
    """The words that are no number and no thing counted: those of the unit behind a number, and those of
    a label beside one."""
    used = list(covered)
    unit, labels = things
    names = [(unit, False)] if unit else []
    for name, either_side in [*names, *((label, True) for label in labels)]:
        keys = keys_of(name)
        for start in range(len(said.tokens) - len(keys) + 1):
            end = start + len(keys)
            if all(
                fits(token, *key) for token, key in zip(said.tokens[start:end], keys, strict=True)
            ) and _beside_number(said, covered, start, end if either_side else len(said.tokens)):
                used[start:end] = [True] * len(keys)
    return [token for token, taken in zip(said.tokens, used, strict=True) if not taken]


def _beside_number(said: Said, covered: list[bool], start: int, end: int) -> bool:
    if start > 0 and covered[start - 1]:
        return True
    tokens = said.tokens
    while end < len(tokens) and not covered[end] and (tokens[end].kind == "s" or is_in(tokens[end], _LINKS)):
        end += 1
    return end < len(tokens) and covered[end]


def _strange_unit(said: Said, quantity: Quantity) -> bool:
    """A letter that touches the number and is no counter: "3x", "32z"."""
    end = quantity.number.end
    if end >= len(said.tokens) or not said.glued[end] or said.tokens[end].kind != "w":
        return False
    return not quantity.counter and not quantity.measure


# "co 41 chi du", "du 41": dự or đủ, shown back; "41 du" may be dư.
_DU_IS_ATTEND = re.compile(
    r"^du |\b(?:chi|chi em|nguoi|hoi vien|ba con|co|phu nu) du\b|\bdu (?:hop|sinh hoat|le|hoi nghi)\b"
)


def _harmless_doubt(word: str, rest: list[Word], said: Said) -> bool:
    """ "chia" and "lại" and "đủ" without marks look like words of doubt."""
    if word == "du":
        return all(
            token.key in ("đu4", "dư5") or (token.key == "du" and _DU_IS_ATTEND.search(said.bare) is not None)
            for token in rest
            if token.bare == "du"
        )
    if word == "le":
        return any(token.key == "lê4" or token.key == "lê" for token in rest if token.bare == "le")
    if word in ("moi", "qua", "nua"):
        return any(token.bare == word and _other_word(word, token) for token in rest)
    return False


def _other_word(word: str, token: Word) -> bool:
    harmless = {
        "moi": ("mơi2", "moi"),
        "qua": ("qua",),
        "nua": ("nưa3", "nua"),
    }
    return token.key in harmless[word]


def _marks_spoil(said: Said, covered: list[bool]) -> bool:
    """A minus, a slash, a percent or any sign we do not know beside a number."""
    for spot, token in enumerate(said.tokens):
        if token.kind != "s" or covered[spot] or token.raw in _HARMLESS_MARKS:
            continue
        if token.raw in ("~", "≈") and spot + 1 < len(covered) and covered[spot + 1] and spot == 0:
            continue
        if (
            token.raw == "-"
            and spot > 0
            and not covered[spot - 1]
            and not (spot + 1 < len(covered) and said.glued[spot + 1])
        ):
            continue
        if ord(token.raw[0]) > 0x2190:
            continue
        return True
    return False
