"""So many of so many, and percent: "45/62", "45 trên 62", "vắng 5", "cả 62", "95%"."""

import re
from fractions import Fraction

from handlers.language.normalise import Said
from handlers.language.normalise import said as said_words
from handlers.language.nothing import same_as_before, zero_or_none
from handlers.language.phrasebook import Phrasebook
from handlers.language.quantities import choose
from handlers.language.reading import Expectation, Reading
from handlers.language.survey import Quantity, Survey, survey

_SHARES = Phrasebook[str]({
    "all": """đủ cả; tất cả; đủ; cả; đông đủ; đủ hết; đầy đủ; có mặt đủ; đủ mặt; có mặt tất cả;
        toàn bộ; hết; đi hết; đi đủ; cả chi hội; 100 phần trăm;
        trăm phần trăm; một trăm phần trăm; tất; đi cả; có mặt đầy đủ; đủ cả chi hội; không vắng ai;
        không thiếu ai; không ai vắng; không vắng;
        có mặt đông đủ; không thiếu chị nào; không vắng chị nào; dự đủ; dự đủ cả; đủ rồi; tất cả luôn;
        đi đủ cả; đủ tất; đủ tất cả;
        tất cả chị em; cả làng; đi hết cả; tất cả đều đi; tất cả đều dự; đủ chị em; tất cả hội viên;
        cả hội; đủ không thiếu ai""",
    "half":
        "một nửa; nửa; phân nửa; được một nửa; được nửa; khoảng một nửa; tầm một nửa; 50 phần trăm; "
        "khoảng nửa; độ một nửa; năm mươi phần trăm",
})  # fmt: skip
_OVER = re.compile(
    r"^\s*(?:chị em|chị|người|hội viên|hv|hộ|cháu|chi em|chi|nguoi|hoi vien|ho|chau)?\s*"
    r"(?:đi họp|đi|dự|tham gia|có mặt|đến|di hop|di|du|tham gia|co mat|den)?\s*(?:/"
    r"|\\|trên|tren|trong|tren tong|của|cua)\s*(?:tổng số|tong so|tổng|tong|số|so)?\s*$",
    re.I,
)
_ABSENT = re.compile(
    r"\b(vang|vang mat|thieu|nghi|bao nghi|khong di|khong du|khong di duoc|vang co|chua di|di "
    r"vang|khong tham gia|khong den)( co| mat| mat co)?$"
)
_ABSENT_AFTER = re.compile(
    r"^(?:\S+ ){0,2}(vang|vang mat|nghi|bao nghi|khong di|khong du|khong di duoc|di vang|thieu"
    r"|khong tham gia|khong den)\b(?! (?:\S+ )?[0-9])"
)
_PARTLY = re.compile(r"\b(nua|phan nua)\b")


def read_ratio(said: Said, expectation: Expectation) -> Reading:
    """``[part, whole]``; the whole is the known total, or the one she says when none is known."""
    same = same_as_before(said, expectation)
    if same is not None:
        return same
    total = expectation.total
    share = _SHARES.find(said.core) or _SHARES.find(said.words)
    if share is not None:
        loose = said.core[-1].bare in ("het", "ca", "tat") and len(said.core) == 1
        return _share(share.payload, total, share.weak or loose or "khong" in said.bare)
    none = zero_or_none(said)
    if none is not None:
        return _pair(0, total, True) if none.reason == "said_none" else Reading("ask", reason="no_number")
    if "%" in said.marks or "phan tram" in said.bare:
        return _percent_of(said, total)
    return _numbers(said, expectation)


def _pair(part: int, total: int | None, echo: bool, approximate: bool = False) -> Reading:
    if total is None:
        return Reading("ask", reason="no_total")
    if part > total:
        return Reading("ask", reason="more_than_total", read=[part, total])
    if part < 0:
        return Reading("ask", reason="out_of_range")
    return Reading("answer", value=[part, total], echo=echo, approximate=approximate, reason="ratio")


def _share(share: str, total: int | None, echo: bool) -> Reading:
    if total is None:
        return Reading("ask", reason="no_total")
    if share == "all":
        return _pair(total, total, echo)
    return _pair(total // 2, total, True, approximate=True)


def _percent_of(said: Said, total: int | None) -> Reading:
    percent = read_percent(said, Expectation("percent"))
    if percent.kind != "answer" or total is None:
        return Reading("ask", reason="percent_of_people")
    part = Fraction(str(percent.value)) * total / 100
    if part.denominator != 1:
        return Reading("ask", reason="percent_of_people")
    return _pair(int(part), total, percent.echo or percent.value not in (0, 100), percent.approximate)


def _numbers(said: Said, expectation: Expectation) -> Reading:
    laid = survey(said, expectation.unit or "người")
    real = [quantity for quantity in laid.quantities if not quantity.label]
    if _PARTLY.search(laid.bare):
        return Reading("ask", reason="not_exact")
    if len(real) == 2:
        return _two(said, laid, real, expectation.total)
    if len(real) != 1:
        return Reading("ask", reason=laid.reason or ("several_numbers" if real else "no_number"))
    return _one(said, laid, real[0], expectation)


def _one(said: Said, laid: Survey, quantity: Quantity, expectation: Expectation) -> Reading:
    if laid.reason or quantity.number.value.denominator != 1:
        return Reading("ask", reason=laid.reason or "not_whole")
    value = int(quantity.number.value)
    if _is_absent(quantity):
        if expectation.total is None:
            return Reading("ask", reason="no_total")
        return _pair(expectation.total - value, expectation.total, True, laid.approximate)
    if re.search(r"\b(vang|thieu|nghi|tru)\b", laid.bare):
        return Reading("ask", reason="not_exact")
    chosen, reason, sure = choose(laid, Expectation("integer", unit=expectation.unit or "người"))
    if chosen is None:
        return Reading("ask", reason=reason)
    if re.search(r"\bca$", quantity.before) and value != expectation.total:
        return Reading("ask", reason="total_differs")
    echo = chosen.number.echo or not sure or laid.strange > 0 or laid.perhaps or "‹" in said.marks
    return _pair(value, expectation.total, echo, laid.approximate or chosen.number.approximate)


def _two(said: Said, laid: Survey, real: list[Quantity], total: int | None) -> Reading:
    first, second = (quantity.number for quantity in real)
    if first.unsure or second.unsure or laid.reason in ("unread_number", "not_whole"):
        return Reading("ask", reason=first.unsure or second.unsure or laid.reason)
    if first.value.denominator != 1 or second.value.denominator != 1:
        return Reading("ask", reason="not_whole")
    between = " ".join(token.raw for token in said.tokens[first.end : second.start])
    a, b = int(first.value), int(second.value)
    echo = first.echo or second.echo or laid.strange > 2 or laid.perhaps
    if _OVER.match(between.replace("trong so", "trong").replace("trong tổng số", "trong")):
        return _over(a, b, total, echo, laid)
    return _present_and_absent(real, a, b, total)


def _is_absent(quantity: Quantity) -> bool:
    after = re.split(r"[,;.]| [0-9]", quantity.after)[0]
    return bool(_ABSENT.search(quantity.before) or _ABSENT_AFTER.match(after))


def _over(a: int, b: int, total: int | None, echo: bool, laid: Survey) -> Reading:
    if re.search(r"\b(hon|gan|vai|may|duoi|vang|thieu|khong|chua)\b", laid.bare):
        return Reading("ask", reason="not_exact")
    if total is not None and b != total:
        return Reading("ask", reason="total_differs")
    return _pair(a, b, echo, laid.approximate)


def _present_and_absent(real: list[Quantity], a: int, b: int, total: int | None) -> Reading:
    """ "45 chị, vắng 17": both must make the whole."""
    absent = [_is_absent(quantity) for quantity in real]
    if total is None or absent.count(True) != 1 or a + b != total:
        return Reading("ask", reason="several_numbers")
    return _pair(b if absent[0] else a, total, True)


_ALL_PERCENT = Phrasebook[str](
    {
        "all": "tất cả; toàn bộ; đủ cả; trăm phần trăm; một trăm phần trăm; hết",
        "half": "một nửa; nửa; khoảng một nửa",
    }
)


def read_percent(said: Said, expectation: Expectation) -> Reading:
    """A percentage from 0 to 100; here both dot and comma are decimal marks (domain rules, trap 7)."""
    same = same_as_before(said, expectation)
    if same is not None:
        return same
    share = _ALL_PERCENT.find(said.core)
    if share is not None:
        half = share.payload == "half"
        return Reading("answer", value=50 if half else 100, echo=True, approximate=half, reason="percent")
    none = zero_or_none(said)
    if none is not None:
        return Reading("answer", value=0, echo=True, reason="said_none")
    return _percent_number(said, expectation)


def _percent_number(said: Said, expectation: Expectation) -> Reading:
    text = re.sub(r"\s*(%|phần trăm|phan tram|phần chăm|pt)", " ", said.raw, flags=re.I)
    bare = said_words(text)
    laid = survey(bare)
    if len(laid.quantities) != 1 or laid.reason or laid.negated:
        return Reading("ask", reason=laid.reason or ("several_numbers" if laid.quantities else "no_number"))
    quantity = laid.quantities[0]
    if quantity.counter or quantity.measure or quantity.label or quantity.number.scaled:
        return Reading("ask", reason="other_unit")
    value = quantity.number.value
    digits = quantity.number.digits
    if value > 100 or re.search(r"\b(vang|thieu|tang|giam|bot|them)\b", laid.bare):
        return Reading("ask", reason="out_of_range")
    echo = quantity.number.echo or laid.strange > 0 or laid.perhaps or (0 < value < 1) or "‹" in said.marks
    number: int | float = int(value) if value.denominator == 1 else float(value)
    approximate = laid.approximate or quantity.number.approximate
    if digits.count(".") + digits.count(",") > 1:
        return Reading("ask", reason="unclear_separator")
    low = expectation.minimum if expectation.minimum is not None else 0
    high = expectation.maximum if expectation.maximum is not None else 100
    if not low <= number <= high:
        return Reading("ask", reason="out_of_range")
    return Reading("answer", value=number, echo=echo, approximate=approximate, reason="percent")
