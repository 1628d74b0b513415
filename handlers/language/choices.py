"""One of the labels shown, or several: by number, by word, by place."""

import re
from functools import lru_cache

from handlers.language.normalise import Said, Word, clean, fits, fold, keys_of, said
from handlers.language.phrasebook import Phrasebook
from handlers.language.reading import Reading
from handlers.language.yes_no import verdict

_NUMBERED = re.compile(
    r"^(?:(?:chi|em|toi|minh|co|bac) )?(?:(?:chon|lay|bam|la|nhan) )*(?:(?:so|cai|cai so|cai thu"
    r"|thu|lua chon|phuong an|y|muc|cau|o|dap an|cai o|dong|dong thu|y thu|y so|muc so|phuong an "
    r"so|lua chon so) ?)?([0-9]{1,2}|mot|hai|ba|bon|nam|sau|bay|tam|chin)$"
)
_DIGITS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_PLACES = Phrasebook[str]({
    "first":
        "cái đầu; cái đầu tiên; đầu tiên; thứ nhất; cái thứ nhất; ý đầu; ý đầu tiên; dòng đầu; số "
        "đầu; cái trên cùng; trên cùng; đầu; dòng trên; cái trên; lựa chọn đầu; lựa chọn đầu tiên; "
        "phương án đầu",
    "last":
        "cái cuối; cái cuối cùng; cuối cùng; ý cuối; ý cuối cùng; dòng cuối; cái dưới cùng; dưới "
        "cùng; cuối; dòng dưới; cái dưới; lựa chọn cuối; lựa chọn cuối cùng; phương án cuối",
    "middle": "cái giữa; ở giữa; giữa; cái ở giữa; ý giữa; dòng giữa",
})  # fmt: skip
_YES_LABEL = re.compile(r"^(có|rồi|đã|đồng ý|đúng|xong|được|đủ)\b")
_NO_LABEL = re.compile(r"^(không|chưa|sai)\b")
_STARTS = Phrasebook[str]({"yes": """ok; ừ; vâng; có; rồi; được; bắt đầu; bắt đầu đi; bắt đầu luôn;
        em hỏi đi; hỏi đi; ừ em hỏi đi; làm luôn; làm đi; ok em; ừ em;
    vâng em; sẵn sàng; được em; đồng ý; ok hỏi đi; ok em hỏi đi; ừ hỏi đi; vâng hỏi đi; ừ bắt đầu;
        ok bắt đầu; tiếp; tiếp đi; nhất trí; ừ làm luôn; làm thôi;
    hỏi luôn đi; em cứ hỏi; cứ hỏi đi; em cứ hỏi đi; vâng em hỏi đi; được em hỏi đi; xong; rảnh rồi;
        dạ vâng; ok luôn; bây giờ luôn; làm luôn đi; giờ làm luôn;
    chị rảnh; chị đang rảnh; rảnh; đang rảnh; hỏi luôn; ok làm luôn; ừ được; ừ được em; ừ ok""",
    "no": "không; chưa; chưa làm; không làm; thôi; bận; lúc khác; khi khác"})  # fmt: skip


@lru_cache(maxsize=512)
def _label_keys(label: str) -> tuple[tuple[str, str], ...]:
    return keys_of(" ".join(re.findall(r"\w+", label)))


def _same(words: tuple[Word, ...], label: str) -> bool:
    keys = _label_keys(label)
    return len(words) == len(keys) and all(fits(word, *key) for word, key in zip(words, keys, strict=True))


def _contains(words: tuple[Word, ...], label: str) -> bool:
    keys = _label_keys(label)
    if not keys or len(keys) > len(words):
        return False
    return any(
        all(fits(word, *key) for word, key in zip(words[start : start + len(keys)], keys, strict=True))
        for start in range(len(words) - len(keys) + 1)
    )


def read_choice(message: Said, choices: tuple[str, ...]) -> Reading:
    """The 1-based option meant."""
    if not message.words:
        return _by_verdict(message, choices) or Reading("ask", reason="no_such_choice")
    for words in (message.words, message.core):
        same = [spot for spot, label in enumerate(choices, 1) if _same(words, label)]
        if len(same) == 1:
            weak = any(word.weak for word in words) or (len(words) == 1 and words[0].key == "co")
            return Reading("answer", value=same[0], echo=weak, reason="label")
    return (
        _by_number(message, choices)
        or _by_place(message, choices)
        or _start_or_later(message, choices)
        or _by_words(message, choices)
        or _by_verdict(message, choices)
        or Reading("ask", reason="no_such_choice")
    )


def _by_number(message: Said, choices: tuple[str, ...]) -> Reading | None:
    bare = " ".join(word.bare for word in message.core)
    match = _NUMBERED.match(bare)
    if match is None or any(mark in message.marks for mark in "-/+%"):
        return None
    said_number = match.group(1)
    number = int(said_number) if said_number.isdigit() else _DIGITS[said_number]
    if not 1 <= number <= len(choices):
        return Reading("ask", reason="no_such_choice")
    loose = not said_number.isdigit() and said_number in ("nam", "sau", "bay", "tam", "ba")
    digits_in_labels = any(re.search(rf"(?<!\d){number}(?!\d)", label) for label in choices)
    return Reading(
        "answer",
        value=number,
        echo=loose or digits_in_labels or "‹" in message.marks,
        reason="number_of_choice",
    )


def _by_place(message: Said, choices: tuple[str, ...]) -> Reading | None:
    place = _PLACES.find(message.core)
    if place is None:
        return None
    if place.payload == "middle":
        return (
            Reading("answer", value=2, reason="place")
            if len(choices) == 3
            else Reading("ask", reason="no_such_choice")
        )
    return Reading("answer", value=1 if place.payload == "first" else len(choices), reason="place")


def _start_or_later(message: Said, choices: tuple[str, ...]) -> Reading | None:
    """The greeting offers "Bắt đầu" first: any willing word takes it."""
    if not choices or fold(choices[0]) != "bat dau":
        return None
    found = _STARTS.find(message.words) or _STARTS.find(message.core)
    if found is not None:
        if found.payload == "yes":
            return Reading("answer", value=1, echo=found.weak, reason="willing")
        return Reading("answer", value=2, echo=True, reason="unwilling") if len(choices) > 1 else None
    judged = verdict(message)
    if judged is not None and judged[0] == "yes":
        return Reading("answer", value=1, echo=judged[1], reason="willing")
    return None


def _by_words(message: Said, choices: tuple[str, ...]) -> Reading | None:
    words = message.words
    held = [spot for spot, label in enumerate(choices, 1) if _contains(words, label)]
    held = [
        spot
        for spot in held
        if not any(_inside(choices[spot - 1], choices[other - 1]) for other in held if other != spot)
    ]
    negated = any(word.key in ("không", "chưa", "chăng3", "cha4") for word in words)
    if len(held) == 1 and (not negated or _NO_LABEL.match(clean(choices[held[0] - 1]).lower())):
        return Reading(
            "answer",
            value=held[0],
            echo=len(message.core) > len(_label_keys(choices[held[0] - 1])),
            reason="label",
        )
    if len(held) > 1 or negated:
        return None
    core = tuple(word for word in message.core if word.kind == "w")
    parts = [spot for spot, label in enumerate(choices, 1) if _part_of(core, label)]
    if len(parts) == 1:
        return Reading("answer", value=parts[0], echo=True, reason="part_of_label")
    return _slipped(core, choices)


def _inside(short: str, long: str) -> bool:
    return fold(short) != fold(long) and f" {fold(short)} " in f" {fold(long)} "


def _part_of(words: tuple[Word, ...], label: str) -> bool:
    """Every word she said stands in the label in her order ("chuẩn bị"), or the head agrees ("đang làm")."""
    keys = list(_label_keys(label))
    if not words or len(words) > len(keys):
        return (
            bool(words) and len(keys) > 1 and len(words) <= 3 and fits(words[0], *keys[0]) and words[0].marked
        )
    spot = 0
    for word in words:
        while spot < len(keys) and not fits(word, *keys[spot]):
            spot += 1
        if spot == len(keys):
            return len(keys) > 1 and len(words) <= 3 and fits(words[0], *keys[0]) and words[0].marked
        spot += 1
    return True


def _slipped(core: tuple[Word, ...], choices: tuple[str, ...]) -> Reading | None:
    near = [spot for spot, label in enumerate(choices, 1) if _label_book(label).near(core)]
    return Reading("answer", value=near[0], echo=True, reason="slip") if len(near) == 1 else None


@lru_cache(maxsize=512)
def _label_book(label: str) -> Phrasebook[str]:
    return Phrasebook({"label": (" ".join(re.findall(r"\w+", label)),)})


def _by_verdict(message: Said, choices: tuple[str, ...]) -> Reading | None:
    """Yes and no to labels that mean them: "có em" to Rồi · Đang chuẩn bị · Chưa."""
    judged = verdict(message)
    if judged is None or judged[0] not in ("yes", "no"):
        return None
    pattern = _YES_LABEL if judged[0] == "yes" else _NO_LABEL
    fitting = [spot for spot, label in enumerate(choices, 1) if pattern.match(clean(label).lower())]
    if len(fitting) != 1:
        return None
    return Reading("answer", value=fitting[0], echo=judged[1] or len(choices) > 2, reason="yes_no_word")


_ALL = Phrasebook[str]({
    "all":
        "tất cả; cả; hết; tất; tất cả luôn; toàn bộ; đủ cả; có hết; có cả; chọn hết; chọn tất cả; "
        "cả hết; tất cả các ý; đủ; tất tần tật; đủ hết",
    "two":
        "cả hai; cả 2; hai cái; cả hai cái; cả hai ý; cả 2 cái; cả 2 ý",
        "three": "cả ba; cả 3; cả ba cái; cả 3 cái; cả ba ý; cả 3 ý",
        "four": "cả bốn; cả 4; cả bốn cái; cả 4 cái",
    "none":
        "không; không có; không cái nào; không có cái nào; không có gì; chưa; chưa có; không chọn; "
        "chẳng cái nào; không ý nào; chưa có cái nào; không có ý nào; 0",
})  # fmt: skip
_SIZES = {"two": 2, "three": 3, "four": 4}
_BESIDE_NUMBERS = frozenset(
    ["chi", "em", "chon", "so", "cai", "y", "lay", "gom", "cau", "va", "voi", "nhe", "a", "thoi", "luon",
     "ca", ",", ".", ";", "&", "+"]
)  # fmt: skip


def _is_list(pieces: list[str]) -> bool:
    """Numbers of one or two digits, and nothing else but words that stand beside them."""
    numbers = [piece for piece in pieces if piece not in _BESIDE_NUMBERS]
    return bool(numbers) and all(piece.isdecimal() and len(piece) <= 2 for piece in numbers)


def read_multi_choice(message: Said, choices: tuple[str, ...]) -> Reading:
    """The list of the 1-based options meant, in order."""
    if message.words and sum(_same(message.core, label) for label in choices) == 1:
        return _label_list(message, choices)
    all_of = _ALL.find(message.core) or _ALL.find(message.words)
    if all_of is not None:
        return _all_or_none(all_of.payload, choices)
    tokens = " ".join(token.bare for token in message.tokens)
    pieces = re.findall(r"[0-9]+|[^\s0-9.,]+|[.,]", tokens)
    if _is_list(pieces):
        return _number_list([piece for piece in pieces if piece.isdecimal()], len(choices))
    return _label_list(message, choices)


def _all_or_none(which: str, choices: tuple[str, ...]) -> Reading:
    count = len(choices)
    if which == "all":
        odd = any(_NO_LABEL.match(clean(label).lower()) for label in choices)
        return Reading("answer", value=list(range(1, count + 1)), echo=odd, reason="all_choices")
    if which == "none":
        return Reading("answer", value=[], echo=True, reason="no_choice")
    if _SIZES[which] != count:
        return Reading("ask", reason="no_such_choice")
    return Reading("answer", value=list(range(1, count + 1)), reason="all_choices")


def _number_list(numbers: list[str], count: int) -> Reading:
    chosen = sorted({int(number) for number in numbers})
    if not chosen or chosen[0] < 1 or chosen[-1] > count:
        return Reading("ask", reason="no_such_choice")
    return Reading("answer", value=chosen, reason="number_of_choice")


def _label_list(message: Said, choices: tuple[str, ...]) -> Reading:
    if not any(_same(message.core, label) for label in choices) and any(
        word.bare in ("khong", "chua", "tru", "chang", "cha", "hoac", "hay") for word in message.words
    ):
        return Reading("ask", reason="no_such_choice")
    chosen: set[int] = set()
    echo = False
    pieces = [
        piece for piece in re.split(r"[,;+&\n]|\bvà\b|\bva\b|\bvới\b|\bcùng\b", message.raw) if piece.strip()
    ]
    for piece in pieces:
        held = [spot for spot, label in enumerate(choices, 1) if _contains(said(piece).words, label)]
        one = (
            Reading("answer", value=held[0], echo=len(held) != 1)
            if len(held) == 1
            else read_choice(said(piece), choices)
        )
        if one.kind != "answer" or one.value in chosen:
            return Reading("ask", reason="no_such_choice")
        chosen.add(one.value)
        echo = echo or one.echo
    if not chosen:
        return Reading("ask", reason="no_such_choice")
    return Reading("answer", value=sorted(chosen), echo=echo, reason="label")
