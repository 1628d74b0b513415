"""The expression language and the filling of labels."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.plan.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    Expression,
    ExpressionError,
    broken_placeholder,
    compile_expression,
    format_value,
    render,
    template_names,
)

VALUES: dict[str, Any] = {
    "a": 5,
    "zero": 0,
    "half": 0.5,
    "yes": True,
    "no": False,
    "ratio": [41, 62],
    "text": "nước sạch",
    "empty": "",
    "number": "12",
    "day": "2024-03-08",
    "many": ["x", "y"],
    "none_chosen": [],
    "last.NEN.1": 100,
    "with-dash_1": 7,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # arithmetic: exact, whole where it can be
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 div 2", 3.5),
        ("6 div 2", 3),
        ("7 mod 3", 1),
        ("-7 mod 3", -1),
        ("7 mod -3", 1),
        ("--3", 3),
        ("2 - -1", 3),
        ("10 - 2 - 3", 5),
        ("8 div 2 div 2", 2),
        ("0.1 + 0.2", 0.3),
        ("100 * 1.1", 110),
        ("1 div 0", None),
        ("1 mod 0", None),
        ("${half} * 2", 1),
        ("${number} + 1", 13),
        ("${text} + 1", None),
        ("${yes} + 1", 2),
        # a ratio counts as its part
        ("${ratio} + 0", 41),
        ("${ratio} > 40", True),
        ("${ratio} = 41", True),
        # comparison
        ("${a} = 5", True),
        ("${a} = 5.0", True),
        ("${a} != 5", False),
        ("${a} >= 5 and ${a} <= 5", True),
        ("${number} = 12", True),
        ("${number} > 9", True),
        ("${text} = 'nước sạch'", True),
        ('${text} = "nước sạch"', True),
        ("${text} > 3", False),
        ("${text} = 3", False),
        ("${text} != 3", True),
        ("${day} >= '2024-01-01'", True),
        ("${yes} = true()", True),
        ("${no} = false()", True),
        ("${yes} = 1", True),
        ("1 < 2 = true()", True),
        # blank, as in XLSForm
        ("${missing} = ''", True),
        ("${empty} = ''", True),
        ("${none_chosen} = ''", True),
        ("${missing} = ${empty}", True),
        ("${a} = ''", False),
        ("${a} != ''", True),
        ("${zero} != ''", True),
        ("${missing} != ''", False),
        ("${missing} != 5", True),
        ("${missing} = 0", False),
        ("${missing} = false()", False),
        ("${missing} < 5", False),
        ("${missing} >= 0", False),
        ("${missing} + 1", None),
        ("-${missing}", None),
        ("not(${missing})", True),
        ("not(${missing} > 5)", True),
        ("${missing} or ${a}", True),
        ("${missing} and true()", False),
        # logic
        ("not(${zero})", True),
        ("not(${text})", False),
        ("true() or false() and false()", True),
        ("(true() or false()) and false()", False),
        # functions
        ("if(${a} > 3, 'nhiều', 'ít')", "nhiều"),
        ("if(${missing}, 1, 2)", 2),
        ("coalesce(${missing}, 9)", 9),
        ("coalesce(${empty}, 9)", 9),
        ("coalesce(${zero}, 9)", 0),
        ("selected(${many}, 'x')", True),
        ("selected(${many}, 'z')", False),
        ("selected('x y', 'y')", True),
        ("selected('xy', 'y')", False),
        ("selected(${missing}, 'x')", False),
        # names and spacing
        ("${last.NEN.1}*2", 200),
        ("${with-dash_1}", 7),
        (" ${ratio} ", [41, 62]),
        ("selected ( ${many} , 'x' )", True),
        (". > 3", True),
        (". * . - .", 12),
    ],
)
def test_language(text: str, value: Any) -> None:
    result = compile_expression(text).evaluate(VALUES.get, current=4)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("regex(1)", "ký tự 1: không có hàm regex(); dùng được: coalesce, false, if, not, selected, true"),
        ("1 + today()", "ký tự 5: không có hàm today()"),
        ("if(1, 2)", "ký tự 1: hàm if() cần 3 giá trị, đang có 2"),
        ("true(1)", "ký tự 1: hàm true() cần 0 giá trị, đang có 1"),
        ("1 +", "ký tự 4: biểu thức chưa hết câu"),
        ("(1", "ký tự 3: biểu thức chưa hết câu"),
        ("", "ký tự 1: biểu thức chưa hết câu"),
        ("1 2", "ký tự 3: không chờ '2' ở đây"),
        ("a = 1", "ký tự 1: không hiểu 'a'"),
        ("${a b}", "ký tự 1: không hiểu '${a b}'"),
        ("'abc", 'ký tự 1: không hiểu "\'"'),
        ("1; 2", "ký tự 2: không hiểu ';'"),
        ("1 == 1", "ký tự 4: không chờ '=' ở đây"),
    ],
)
def test_what_is_not_the_language_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text)

    assert str(refused.value).startswith(said)


def test_length_and_depth_have_limits() -> None:
    compile_expression("-" * (MAX_DEPTH - 1) + "1")
    with pytest.raises(ExpressionError, match="tầng"):
        compile_expression("-" * MAX_DEPTH + "1")
    compile_expression("1".ljust(MAX_LENGTH))
    with pytest.raises(ExpressionError, match="nhiều nhất"):
        compile_expression("1".ljust(MAX_LENGTH + 1))


def test_names_are_those_looked_up() -> None:
    assert compile_expression("${a} + if(${b.c}, ., ${a})").names == {"a", "b.c"}


_WORDS = st.sampled_from(
    [
        "${a}",
        "${ratio}",
        "${missing}",
        "${text}",
        ".",
        "'x'",
        "1",
        "2.5",
        "(",
        ")",
        "+",
        "-",
        "*",
        "div",
        "mod",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "not(",
        "if(",
        "coalesce(",
        "selected(",
        "true()",
        ",",
        " ",
    ]
)
_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
)


def compiled(text: str) -> Expression | ExpressionError:
    try:
        return compile_expression(text)
    except ExpressionError as refused:
        return refused


@given(st.text(max_size=60) | st.lists(_WORDS, max_size=25).map(" ".join), _ANYTHING)
def test_any_text_is_an_expression_or_refused_and_any_value_has_an_answer(text: str, value: Any) -> None:
    expression = compiled(text)
    if isinstance(expression, ExpressionError):
        assert 1 <= expression.position <= len(text) + 1
        return

    result = expression.evaluate(lambda name: value, current=value)

    assert result is None or isinstance(result, bool | int | float | str | list)
    assert repr(result) == repr(expression.evaluate(lambda name: value, current=value))


_SIGNS = st.sampled_from(["+", "-", "*", "div", "mod", "=", "!=", "<", ">=", "and", "or"])
_COMPLETE = st.recursive(
    st.sampled_from(["${a}", "${b}", ".", "'x'", "''", "3", "2.5", "true()"]),
    lambda inner: st.one_of(
        st.tuples(inner, _SIGNS, inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"if({', '.join(parts)})"),
        inner.map(lambda one: f"not({one})"),
        inner.map(lambda one: f"-{one}"),
    ),
    max_leaves=8,
)


@given(_COMPLETE, _ANYTHING, _ANYTHING)
def test_a_whole_expression_has_a_value_for_any_answers(text: str, one: Any, other: Any) -> None:
    result = compile_expression(text).evaluate({"a": one, "b": other}.get, current=one)

    assert result is None or isinstance(result, bool | int | float | str | list)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "chưa có"),
        ("", "chưa có"),
        (True, "có"),
        (False, "chưa"),
        (0, "0"),
        (1250000, "1.250.000"),
        (-1500, "-1.500"),
        (96.15, "96,2"),
        (96.04, "96"),
        (1234.5, "1.234,5"),
        (float("nan"), "chưa có"),
        ([41, 62], "41/62"),
        ([1850, 1920], "1.850/1.920"),
        (["a", "b"], "a, b"),
        ("2024-03-08", "08/3"),
        ("2024-01-05", "05/01"),
        ("2024-10-20", "20/10"),
        ("2024-13-40", "2024-13-40"),
        ("đường xóm", "đường xóm"),
    ],
)
def test_values_are_said_the_vietnamese_way(value: Any, said: str) -> None:
    assert format_value(value) == said


@given(_ANYTHING)
def test_any_value_can_be_said(value: Any) -> None:
    assert format_value(value) != ""


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Có ${a} chị ạ", "Có 5 chị ạ"),
        ("{Chị} xem giúp {em}: ${ratio}", "{Chị} xem giúp {em}: 41/62"),
        ("Mấy chị ạ?[ (Quý trước ${last.NEN.1})]", "Mấy chị ạ? (Quý trước 100)"),
        ("Mấy chị ạ?[ (Quý trước ${last.X})]", "Mấy chị ạ?"),
        ("thêm ${a}[, bớt ${missing}][, còn ${zero}]", "thêm 5, còn 0"),
        ("buổi ${day|short}, ngày ${day}", "buổi 8/3, ngày 08/3"),
        ("[không có số] ${missing}", "[không có số] chưa có"),
        ("${", "${"),
    ],
)
def test_labels_are_filled(template: str, said: str) -> None:
    assert render(template, VALUES.get) == said


def test_what_was_filled_in_is_not_filled_again() -> None:
    typed = {"text": "[${a}] ${a} {chị}", "a": 5}

    assert render("Ghi: ${text}[ (${text})]", typed.get) == "Ghi: [${a}] ${a} {chị} ([${a}] ${a} {chị})"


def test_names_and_faults_of_a_label() -> None:
    assert template_names("${a}[ ${b.c|short}] ${a}") == ("a", "b.c", "a")
    assert broken_placeholder("${a} [${b|short}]") is None
    assert broken_placeholder("Có ${a b} chị") == "${a b} chị"
