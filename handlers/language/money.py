"""Amounts of money in đồng: 500k, 1tr2, triệu rưỡi, 2.350.000, "mỗi chị 20k, 50 chị".

A bare small number has no unit and is asked; market slang (củ, lít) is echoed (domain rules, traps 2, 7, 8).
"""

import re
from fractions import Fraction

from handlers.language.normalise import Said
from handlers.language.nothing import same_as_before, zero_or_none
from handlers.language.quantities import bounded
from handlers.language.reading import Expectation, Reading
from handlers.language.survey import Quantity, Survey, survey

_FOREIGN = re.compile(
    r"\b(do la|usd|dola|euro|eur|te|yen|yên|won|vang|chi vang|cay vang|luong vang|bang anh|nhan "
    r"dan te)\b|\$|€"
)
_GOODS = re.compile(
    r"\b(kg|can|ky|ta|tan|yen|lang|thung|bao|goi|qua|chai|con|cay|chiec|cai|bo|suat|met|gao|sua|mi)\b"
)
_TIMES = re.compile(r"[/*×]|(?<![a-zà-ỹ])(?:x|nhân|nhan)(?![a-zà-ỹ])")
# "15tr/ 3 suất": for the three, or for each of them.
_SHARED = re.compile(r"/ ?(?:[2-9]|[1-9][0-9]+) ?[^\W\d]", re.I)
_HEAD = re.compile(r"\b(?:moi|tung)\b")
_SMALLEST = 1_000


def read_money(said: Said, expectation: Expectation) -> Reading:
    """An amount in đồng, or a reason to ask."""
    same = same_as_before(said, expectation)
    if same is not None:
        return same
    none = zero_or_none(said)
    if none is not None:
        return none
    if _is_foreign(said):
        return Reading("ask", reason="foreign_money")
    laid = survey(said, "đồng")
    if not laid.quantities:
        return Reading("ask", reason=laid.reason or "no_number")
    product = _each(laid, said)
    if product is not None:
        return bounded(product, expectation)
    return bounded(_one_amount(laid, said), expectation)


def _is_foreign(said: Said) -> bool:
    if any(mark in said.marks for mark in "$€£¥"):
        return True
    return any(word.key == "đô" for word in said.words) or (
        _FOREIGN.search(said.bare) is not None and "đ" not in said.raw[-2:]
    )


def _one_amount(laid: Survey, said: Said) -> Reading:
    slang = _lit(laid, said)
    if slang is not None:
        return slang
    reason = laid.reason
    if reason == "market_tail":
        return _market_tail(laid, said)
    if reason:
        return Reading("ask", reason=reason)
    if laid.negated:
        return Reading("ask", reason="negated_number")
    amounts = [quantity for quantity in laid.quantities if not quantity.label and _may_be_money(quantity)]
    others = [quantity for quantity in laid.quantities if not quantity.label and not _may_be_money(quantity)]
    if not amounts:
        return Reading("ask", reason="other_unit")
    if len(amounts) > 1:
        total = _stated_total(amounts)
        if total is None:
            return Reading("ask", reason="several_numbers")
        return _amount(total, laid, said, True)
    return _amount(amounts[0], laid, said, bool(others) or len(laid.quantities) > 1)


def _may_be_money(quantity: Quantity) -> bool:
    if quantity.counter == "đồng" or quantity.number.scaled:
        return True
    return not quantity.counter and not quantity.measure and _GOODS.match(quantity.after) is None


def _stated_total(amounts: list[Quantity]) -> Quantity | None:
    totals = [
        quantity
        for quantity in amounts
        if re.search(r"\b(tong|tong cong|tat ca|cong)( la)?$", quantity.before)
    ]
    if len(totals) != 1:
        return None
    rest = sum(quantity.number.value for quantity in amounts if quantity is not totals[0])
    return totals[0] if rest == totals[0].number.value else None


def _amount(quantity: Quantity, laid: Survey, said: Said, echo: bool) -> Reading:
    number = quantity.number
    if number.value.denominator != 1:
        return Reading("ask", reason="not_whole")
    value = int(number.value)
    if value and value < _SMALLEST:
        return Reading("ask", reason="no_money_unit")
    if _GOODS.match(quantity.after) and quantity.counter != "đồng":
        return Reading("ask", reason="other_unit")
    bare_digits = number.plain and "." not in number.digits and quantity.counter != "đồng"
    echo = echo or number.echo or laid.strange > 0 or laid.perhaps or "‹" in said.marks
    echo = echo or (value > 0 and number.plain and quantity.counter != "đồng" and value < 10_000)
    echo = echo or (value > 0 and bare_digits and (value % 500 != 0 or value >= 100_000_000))
    echo = echo or (bool(quantity.counter) and quantity.counter != "đồng") or value >= 10_000_000_000
    return Reading(
        "answer", value=value, echo=echo, approximate=number.approximate or laid.approximate, reason="money"
    )


def _market_tail(laid: Survey, said: Said) -> Reading:
    """ "hai triệu năm trăm" is 2.500.000 in the market: taken, and shown back."""
    real = [quantity for quantity in laid.quantities if not quantity.label]
    if len(real) != 1 or laid.negated or real[0].number.value % 100_000 != 0:
        return Reading("ask", reason="unclear_tail")
    return Reading(
        "answer", value=int(real[0].number.value), echo=True, approximate=laid.approximate, reason="money"
    )


def _lit(laid: Survey, said: Said) -> Reading | None:
    """ "3 lít" is 300.000 in slang, and only alone."""
    words = said.core
    if len(laid.quantities) != 1 or laid.reason not in ("", "unread_number"):
        return None
    quantity = laid.quantities[0]
    after = [word for word in said.tokens[quantity.number.end :] if word.kind == "w"]
    if (
        not after
        or after[0].bare != "lit"
        or after[0].raw.lower() not in ("lít", "lit")
        or len(words) > quantity.number.end + 1
    ):
        return None
    value = quantity.number.value * 100_000
    if value.denominator != 1 or not 0 < quantity.number.value < 10:
        return Reading("ask", reason="other_unit")
    return Reading("answer", value=int(value), echo=True, reason="money_slang")


def _each(laid: Survey, said: Said) -> Reading | None:
    """ "mỗi chị 20k, 50 chị": the product, shown back; one part alone is asked."""
    each = (
        _HEAD.search(said.bare)
        or re.search(r"(/|\bmot\b|\b1\b) ?(nguoi|chi|ho|chau|suat|hoi vien)\b", said.bare)
        or _TIMES.search(said.raw.lower())
    )
    if each and _SHARED.search(said.raw):
        return Reading("ask", reason="price_each")
    if not each or _is_only_date_like(said):
        return None
    numbers = [quantity for quantity in laid.quantities if not quantity.label]
    numbers = [quantity for quantity in numbers if not (quantity.number.value == 1 and quantity.counter)]
    money = [
        quantity for quantity in numbers if _may_be_money(quantity) and quantity.number.value >= _SMALLEST
    ]
    people = [quantity for quantity in numbers if quantity not in money and quantity.counter]
    if any(quantity.number.unsure for quantity in numbers) or laid.negated:
        return Reading("ask", reason="price_each")
    if len(money) != 1 or len(people) != 1 or len(numbers) != 2:
        return Reading("ask", reason="price_each")
    if re.search(r"\b(hon|gan|vai|may|duoi|khoang|tam)\b", laid.bare):
        return Reading("ask", reason="not_exact")
    value: Fraction = money[0].number.value * people[0].number.value
    if value.denominator != 1:
        return Reading("ask", reason="not_whole")
    return Reading("answer", value=int(value), echo=True, reason="price_times_count")


def _is_only_date_like(said: Said) -> bool:
    return (
        "/" in said.marks and re.search(r"[0-9] ?/ ?[0-9]", said.raw) is not None and "moi" not in said.bare
    )
