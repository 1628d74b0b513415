"""What is hidden, judged and found odd, on numbers small enough to check by eye."""

from datetime import date
from fractions import Fraction
from typing import get_args

import pytest

from handlers.reports.outliers import reason
from storage.database import Database
from storage.domain.figures import Area, Counts, Figure, Number, Outlier, OutlierCode, Verdict, rounded
from storage.domain.people import Unit
from storage.domain.tree import Tree
from storage.plan.rollups.asked import before, year_before
from storage.plan.rollups.hiding import hidden_cells
from storage.plan.rollups.outliers import far, flow_equals_stock, part_over_whole, stock_fell
from storage.plan.rollups.verdicts import verdict
from storage.queries.figures import figure_table, outliers, reporting_table
from tests.kh83 import kh83
from tests.rollups.generated import plan

DAY = date(2024, 3, 31)


def _tree() -> Tree:
    """1 the province; 2 and 3 communes; 4, 5, 6 branches of 2; 7 the only branch of 3."""
    above = {1: None, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3}
    kinds = {1: "TI", 2: "XA", 3: "XA"}
    units = [
        Unit(n, str(n), f"Đơn vị {n}", kinds.get(n, "CH"), "", parent, DAY, None)  # type: ignore[arg-type]
        for n, parent in above.items()
    ]
    return Tree.on(DAY, units, {}, {})


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        ({1: 20, 2: 10, 3: 10, 4: 1, 5: 4, 6: 5, 7: 10}, {4: True, 5: False}),  # 5 would tell 4
        ({1: 13, 2: 3, 3: 10, 4: 1, 5: 2, 6: 0, 7: 10}, {4: True, 5: True}),  # two hide each other
        # the total is small; what would tell it is withheld, and what would tell that
        ({1: 12, 2: 2, 3: 10, 4: 2, 5: 0, 6: 0, 7: 10}, {2: True, 3: False, 4: True, 7: False}),
        ({1: 20, 2: 18, 3: 2, 4: 9, 5: 9, 6: 0, 7: 2}, {2: False, 3: True, 4: False, 7: True}),
        # of twice 1 the sum is 2: one of them is no longer called small
        ({1: 20, 2: 10, 3: 10, 4: 1, 5: 1, 6: 8, 7: 10}, {4: True, 5: True, 6: False}),
        ({1: 13, 2: 3, 3: 10, 4: 1, 5: 1, 6: 1, 7: 10}, {4: False, 5: True, 6: True}),
        ({1: 12, 2: 2, 3: 10, 4: 1, 5: 1, 6: 0, 7: 10}, {2: False, 3: False, 4: True, 5: True, 7: False}),
        ({1: 20, 2: 10, 3: 10, 4: 10, 5: 0, 6: None, 7: 10}, {}),  # 0 and silence are no secret
    ],
)
def test_no_small_cell_can_be_worked_out(values: dict[int, Number | None], hidden: dict[int, bool]) -> None:
    assert hidden_cells(values, _tree()) == hidden


@pytest.mark.parametrize(
    ("indicator", "counts", "said"),
    [
        ("CT23", Counts(5, 0, 0), "reached"),
        ("CT23", Counts(4, 0, 1), "not_reported"),  # the last one could still make it 100%
        ("CT23", Counts(4, 1, 5), "not_reached"),
        ("CT23", Counts(0, 0, 5), "not_reported"),
        ("NV24c", Counts(9, 1, 0), "reached"),
        ("NV24c", Counts(19, 1, 0), "exceeded"),
        ("NV26c", Counts(0, 1, 0), "not_reached"),
        ("NV26c", Counts(1, 0, 0), "reached"),
        ("NV12a", None, "no_target"),
    ],
)
def test_an_area_is_judged_by_every_active_unit(indicator: str, counts: Counts | None, said: Verdict) -> None:
    of = next(each for each in kh83().indicators if each.id == indicator)
    assert verdict(of, Figure(indicator, "reported", 3, counts=counts)) == said


def test_odd_values_have_a_reason() -> None:
    assert [one.code for one in part_over_whole(98, 60)] == ["part_over_whole"]
    assert list(part_over_whole(60, 60)) == []
    assert [one.code for one in stock_fell(61, 62)] == ["stock_fell"]
    assert list(stock_fell(62, None)) == []
    assert [one.code for one in flow_equals_stock(12, [12, 62])] == ["flow_equals_stock"]
    assert [one.params["median"] for one in far("far_from_own", 90, [10, 12, 11, 9, 10])] == [10]
    assert list(far("far_from_own", 13, [10, 12, 11, 9, 10])) == []
    assert list(far("far_from_own", 90, [10, 12, 11, 9])) == []  # too few to say
    assert [one.code for one in far("far_from_siblings", 40, [4, 4, 4, 4, 4])] == ["far_from_siblings"]


@pytest.mark.parametrize(
    ("period", "earlier", "year"),
    [
        ("2024-01", "2023-12", "2023-01"),
        ("2024-Q1", "2023-Q4", "2023-Q1"),
        ("2024-H2", "2024-H1", "2023-H2"),
        ("2024", "2023", "2023"),
        ("2024-03-08", None, None),
    ],
)
def test_periods_are_compared_with_their_like(period: str, earlier: str | None, year: str | None) -> None:
    assert (before(period), year_before(period)) == (earlier, year)


def test_shown_numbers_are_rounded_half_up() -> None:
    assert [str(rounded(each)) for each in (Fraction(8466, 100), Fraction(1, 20), 100, Fraction(100))] == [
        "84.7", "0.1", "100", "100",
    ]  # fmt: skip


def test_rows_stand_in_administrative_order(province: Database) -> None:
    with province.reading() as reader:
        table = figure_table(reader, plan(), "2024-06", 1, "all", ["NEN.5"], compare=False)
    codes = [row.area.code for row in table.rows if row.area.kind == "XA"]
    assert codes == sorted(codes)
    above = {row.area.id: place for place, row in enumerate(table.rows)}
    assert all(above.get(row.area.parent_id or 0, -1) < above[row.area.id] for row in table.rows)


def test_small_cells_are_hidden_from_above_and_shown_to_their_commune(province: Database) -> None:
    hers: list[Figure] = []
    for month in ("01", "02", "06", "07", "12"):
        period = f"2024-{month}"
        with province.reading() as reader:
            table = figure_table(reader, plan(), period, 1, "all", ["NV26f"], viewer=1)
            for commune in (row.area.id for row in table.rows if row.area.kind == "XA"):
                own = figure_table(reader, plan(), period, commune, "all", ["NV26f"], viewer=commune)
                hers += [row.figures["NV26f"].main for row in (*own.rows, own.total)]
        shown = [row.figures["NV26f"] for row in table.rows]
        assert all(one.main.value not in (1, 2) for one in shown)
        assert all(part.value not in (1, 2) for one in shown for part in one.fields)
    assert any(figure.value in (1, 2) for figure in hers)
    assert not any(figure.hidden for figure in hers)


def test_reporting_adds_up(province: Database) -> None:
    with province.reading() as reader:
        table = reporting_table(reader, plan(), "2024", 1)
        odd = outliers(reader, plan(), "2024-12", 1)
        fast = outliers(reader, plan(), "2024-12", 1, ["MH33.2.du", "NV24a"], ["part_over_whole"])
    total = table.total.progress
    assert total.expected > total.actual > total.on_time > 0
    assert sum(row.progress.expected for row in table.rows) == total.expected
    assert total.reporting_rate == Fraction(100 * total.actual, total.expected)
    assert {unit.kind for unit in table.missing} == {"CH"}
    assert not {one.field for one in odd} & {"NV26f", "NV26f.xa.biet"}
    ratios = [one for one in odd if one.code == "part_over_whole" and one.field in ("MH33.2.du", "NV24a")]
    assert [(one.area.code, one.params) for one in fast if one in ratios] == [
        (one.area.code, one.params) for one in fast
    ]


def test_every_reason_has_words() -> None:
    area = Area(1, "1", "Chi hội xóm 1", "CH", "", None)
    numbers: dict[str, Number] = {"value": 1200, "whole": 60, "before": 62, "median": Fraction(21, 2)}
    said = [reason(Outlier(area, "f", "2024-03", code, numbers), "chị") for code in get_args(OutlierCode)]
    assert said[0] == "1.200 nhiều hơn tổng số 60"
    assert said[3] == "1.200, trong khi các kỳ trước thường khoảng 10,5"
    assert len(set(said)) == len(said)


def test_what_is_added_over_time_may_fall(province: Database) -> None:
    """NV25d.moi counts since the last report though its question is beside a stock; HD44 is of one day."""
    with province.reading() as reader:
        fell = {one.field for one in outliers(reader, plan(), "2024", 1, codes=["stock_fell"])}
    assert "NV25d.tong" in fell
    assert not fell & {"NV25d.moi", "HD42", "HD44.nguoi", "HD46b.suat"}
