"""Numbers with what stands around them: counters, labels ("xóm 5"), doubts ("hơn", "vài"), running totals.

``survey`` lays a message out; ``read_integer`` chooses the one number that answers, or asks. The rule above
all: no number is taken while digits or number words stay unread (domain rules, traps 12 and 13).
"""

import re

from handlers.language.normalise import Said
from handlers.language.nothing import same_as_before, zero_or_none
from handlers.language.numeral_atoms import read_digits
from handlers.language.reading import Expectation, Reading
from handlers.language.survey import DOUBT, Quantity, Survey, kinds_of, survey

# Right before the first number: "trên 30", "đến 30", "từ 30", "âm 3".
# "do 30" is độ or đó; "còn 60" may be what is left.
_MOVED = re.compile(r"\b(mat|chuyen|chuyen di|roi|ra|nghi|len|xuong|chet|ket nap|moi)$")
# "vắng 3" where those who came are counted.
_ABSENT = re.compile(r"\b(vang|vang mat|thieu|hut|khong di|nghi om)( co)?$")
_UNSURE_BEFORE = re.compile(r"\b(do|con)$")
_CUMULATIVE = re.compile(
    r"\b(luy ke|cong don|luy tien|tu dau nam|tinh tu dau|dau nam den|ca nam|dau nhiem ky|tong luy|lk)\b"
)


def read_integer(said: Said, expectation: Expectation) -> Reading:
    """A whole number, or a reason to ask again."""
    same = same_as_before(said, expectation)
    if same is not None:
        return same
    none = zero_or_none(said)
    if none is not None:
        return bounded(none, expectation)
    laid = survey(said, expectation.unit)
    if not laid.quantities:
        return Reading("ask", reason=laid.reason or _no_number_reason(laid, said))
    changed = _change(laid, expectation)
    if changed is not None:
        return bounded(changed, expectation)
    chosen, reason, sure = choose(laid, expectation)
    if chosen is None:
        return Reading("ask", reason=reason)
    return bounded(_answer(chosen, laid, expectation, sure, said), expectation)


def _no_number_reason(laid: Survey, said: Said) -> str:
    return "not_exact" if DOUBT.search(said.bare) else "no_number"


def choose(laid: Survey, expectation: Expectation) -> tuple[Quantity | None, str, bool]:
    """The number that answers, a reason when there is none, and whether it is surely the one."""
    if laid.reason:
        return None, laid.reason, False
    if laid.negated and laid.quantities:
        return None, "negated_number", False
    real = [quantity for quantity in laid.quantities if not quantity.label]
    running = _by_running_total(real, laid, expectation)
    if running is not None:
        return running
    if not real:
        return None, "only_labels", False
    if len(real) == 1:
        return _single(real[0], laid, expectation)
    return _among(real, laid, expectation)


def _by_running_total(
    real: list[Quantity], laid: Survey, expectation: Expectation
) -> tuple[Quantity | None, str, bool] | None:
    """Flow against stock: "tháng này 3, lũy kế 12"; "12 (lũy kế)" to a question for the month asks."""
    if _CUMULATIVE.search(laid.bare) is None:
        return None
    totals = [real[spot] for spot in range(len(real)) if _is_running_total(real, spot)]
    others = [q for q in real if q not in totals]
    if len(totals) != 1 or len(others) > 1:
        return None, "running_total", False
    if expectation.flow == "stock":
        return totals[0], "", not others
    if expectation.flow is None or not others:
        return None, "running_total", False
    if others[0].number.value > totals[0].number.value:
        return None, "running_total", False
    return others[0], "", True


def _is_running_total(real: list[Quantity], spot: int) -> bool:
    """Whether lũy kế is said of this number: before it, or after it when it is not said of the next one."""
    if len(real) == 1 or _CUMULATIVE.search(real[spot].before[-20:]):
        return True
    if _CUMULATIVE.match(real[spot].after) is None:
        return False
    return spot + 1 == len(real) or _CUMULATIVE.search(real[spot + 1].before[-20:]) is None


def _single(quantity: Quantity, laid: Survey, expectation: Expectation) -> tuple[Quantity | None, str, bool]:
    wanted = kinds_of(expectation.unit)
    if "người" in wanted and _ABSENT.search(quantity.before):
        return None, "change_or_number", False
    if quantity.measure and not (expectation.unit and quantity.counter in wanted):
        return None, "other_unit", False
    if quantity.counter and wanted and quantity.counter not in wanted:
        pair = quantity.counter == "cặp"
        return (quantity, "", False) if pair else (None, "other_unit", False)
    if quantity.counter == "đồng" and "đồng" not in wanted:
        return None, "other_unit", False
    return quantity, "", True


def _among(real: list[Quantity], laid: Survey, expectation: Expectation) -> tuple[Quantity | None, str, bool]:
    wanted = kinds_of(expectation.unit)
    right = [quantity for quantity in real if wanted and quantity.counter in wanted]
    others = [quantity for quantity in real if quantity not in right]
    if len(right) == 1 and all(quantity.counter or quantity.measure for quantity in others):
        return right[0], "", False
    totals = [
        quantity
        for quantity in real
        if re.search(r"\b(tong|tong cong|tong so|tat ca|ca thay)( la)?$", quantity.before)
    ]
    if len(totals) == 1 and sum(q.number.value for q in real if q is not totals[0]) == totals[0].number.value:
        return totals[0], "", False
    return None, "several_numbers", False


def _answer(quantity: Quantity, laid: Survey, expectation: Expectation, sure: bool, said: Said) -> Reading:
    value = quantity.number.value
    digits = quantity.number.digits
    if digits.isdigit() and len(digits) >= 9 and quantity.number.end - quantity.number.start == 1:
        return Reading("ask", reason="long_number")
    if value.denominator != 1 or (digits and not quantity.number.scaled and not read_digits(digits)[2]):
        return Reading("ask", reason="not_whole")
    whole = int(value)
    echo = quantity.number.echo or not sure or laid.strange > 0 or laid.perhaps or "‹" in said.marks
    echo = (
        echo
        or (digits.startswith("0") and len(digits) > 2)
        or _UNSURE_BEFORE.search(quantity.before) is not None
    )
    echo = echo or (len(laid.quantities) > 1 and not (expectation.flow and sure)) or quantity.number.slang
    wanted = kinds_of(expectation.unit)
    echo = echo or _touches_a_mark(quantity, said)
    if quantity.counter == "cặp" and "cặp" not in wanted:
        if wanted and not {"người", "trẻ"} & set(wanted):
            return Reading("ask", reason="other_unit")
        if not expectation.unit:
            return Reading("ask", reason="other_unit")
        whole, echo = whole * 2, True
    approximate = (
        quantity.number.approximate
        or laid.approximate
        or (quantity.before.endswith("do") and echo)
        or "~" in said.marks
        or "≈" in said.marks
    )
    if quantity.number.money_short and wanted and "đồng" not in wanted:
        return Reading("ask", reason="other_unit")
    if quantity.number.scaled and wanted and "đồng" not in wanted and whole >= 1_000_000:
        echo = True
    return Reading("answer", value=whole, echo=echo, approximate=approximate, reason="number")


def _touches_a_mark(quantity: Quantity, said: Said) -> bool:
    """ ".42": the dot may be the rest of a number."""
    start = quantity.number.start
    return start == 1 and said.glued[start] and said.tokens[0].raw in (".", ",")


def _change(laid: Survey, expectation: Expectation) -> Reading | None:
    """ "thêm 2" on a stock is the last value and two more (echo); on a flow it is two."""
    if len(laid.quantities) != 1 or laid.reason:
        return None
    quantity = laid.quantities[0]
    if expectation.flow == "stock" and _MOVED.search(quantity.before):
        return Reading("ask", reason="change_or_number")
    match = re.search(
        r"(?:^|\b)(tang them|co them|giam di|bot di|giam bot|them|tang|bot|giam)$", quantity.before
    )
    after = re.match(r"(?:\S+ )?(nua|chuyen di|roi di|ra khoi)\b", quantity.after) if not match else None
    if (
        match is None
        and after is None
        and not (quantity.number.start == 1 and laid.bare == "" and laid.quantities)
    ):
        return None
    if quantity.number.value.denominator != 1:
        return Reading("ask", reason="not_whole")
    amount = int(quantity.number.value)
    less = bool(match and match.group(1).startswith(("bot", "giam")))
    if match is None and after is None:
        return None
    if after is not None and after.group(1) != "nua":
        return None
    return _changed_value(amount, less, quantity, laid, expectation)


def _changed_value(
    amount: int, less: bool, quantity: Quantity, laid: Survey, expectation: Expectation
) -> Reading | None:
    wanted = kinds_of(expectation.unit)
    if laid.negated or (quantity.counter and wanted and quantity.counter not in wanted):
        return Reading("ask", reason="other_unit")
    if expectation.flow == "stock":
        if not isinstance(expectation.last, int):
            return Reading("ask", reason="no_last_value")
        value = expectation.last + (-amount if less else amount)
        return Reading(
            "answer", value=value, echo=True, approximate=laid.approximate, reason="change_of_last"
        )
    if less:
        return Reading("ask", reason="less_than_before")
    if expectation.flow == "flow":
        return Reading(
            "answer",
            value=amount,
            echo=laid.strange > 0 or quantity.number.echo,
            approximate=laid.approximate,
            reason="number",
        )
    if expectation.last is not None:
        return Reading("ask", reason="change_or_number")
    return Reading("answer", value=amount, echo=True, approximate=laid.approximate, reason="number")


def bounded(reading: Reading, expectation: Expectation) -> Reading:
    """The reading, or a question when the value is outside the hard bounds."""
    value = reading.value
    if reading.kind != "answer" or not isinstance(value, (int, float)) or isinstance(value, bool):
        return reading
    if value < (expectation.minimum if expectation.minimum is not None else 0):
        return Reading("ask", reason="out_of_range")
    if expectation.maximum is not None and value > expectation.maximum:
        return Reading("ask", reason="out_of_range")
    if expectation.total is not None and expectation.expects == "integer" and value > expectation.total:
        return Reading("ask", reason="more_than_total")
    return reading if abs(value) < 10**15 else Reading("ask", reason="too_large")
