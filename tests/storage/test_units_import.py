"""A units file taken in: the tree, seats, people and figures; again and changed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from storage.domain.effects import SeatLinked, UnitsImported
from storage.plan.remembered import Remembered
from storage.queries import answers, people
from storage.scope import units_below, units_on
from tests.storage.conftest import DAY, HANH, NOW, TREE, House, count, rows, unit

LATER = NOW + timedelta(days=30)


async def test_the_same_file_again_changes_nothing(house: House) -> None:
    tables = ("units", "seats", "persons", "seat_holders")
    before = [house.ask(rows, f"SELECT * FROM {table}") for table in tables]  # noqa: S608
    await house.write(SeatLinked(HANH, house.seat("13999-01").id, NOW, ""), UnitsImported(TREE, LATER))
    assert [house.ask(rows, f"SELECT * FROM {table}") for table in tables] == before  # noqa: S608
    assert house.ask(count, "base_figures") == 2
    assert [seat.code for seat in house.ask(people.seats_of, HANH)] == ["13999-01"]


async def test_names_validity_parents_and_figures_follow_the_file(house: House) -> None:
    seat = house.seat("13999-01")
    changed = replace(
        TREE[2], name="Chi hội thôn Đông", parent="36", valid_to=date(2024, 8, 31), figures={"members": 170},
        address_form="bác",
    )  # fmt: skip
    await house.write(UnitsImported((changed,), LATER))
    now = house.seat("13999-01")
    assert (now.id, now.unit.id) == (seat.id, seat.unit.id)
    assert (now.unit.name, now.unit.valid_to, now.parent_name) == (
        "Chi hội thôn Đông", date(2024, 8, 31), "Tỉnh Nam Định",
    )  # fmt: skip
    assert now.person is not None
    assert seat.person is not None
    assert (now.person.id, now.person.address_form) == (seat.person.id, "bác")
    baselines = {"members": "NEN.1", "households": "NEN.3"}
    everything = Remembered(frozenset(baselines.values()), ())
    known = house.ask(answers.known_values, seat.id, LATER, baselines, {}, everything)
    assert known == {"NEN.1": 170, "NEN.3": 177}
    assert [each.code for each in house.ask(people.find_seats, "thon dong", (), 9)] == ["13999-01"]


async def test_a_changed_head_ends_the_old_one_and_her_account_writes_for_the_seat_no_more(
    house: House,
) -> None:
    seat = house.seat("13999-01")
    await house.write(SeatLinked(HANH, seat.id, NOW, ""))
    await house.write(UnitsImported((replace(TREE[2], head="Lê Thị Mười"),), LATER))
    now = house.seat("13999-01")
    assert now.person is not None
    assert (now.id, now.person.name) == (3, "Lê Thị Mười")
    assert house.ask(people.seats_of, HANH) == []
    held = house.ask(rows, "SELECT since, until FROM seat_holders WHERE seat_id = 3 ORDER BY id")
    assert held == [
        ("2024-03-12 01:00:00.000000", "2024-04-11 01:00:00.000000"),
        ("2024-04-11 01:00:00.000000", None),
    ]
    assert house.ask(rows, "SELECT seat_id FROM audit WHERE what = 'head_changed'") == [(3,)]


async def test_a_head_who_left_leaves_the_seat_empty(house: House) -> None:
    await house.write(UnitsImported((replace(TREE[2], head=""),), LATER))
    assert house.seat("13999-01").person is None


async def test_an_unknown_parent_is_refused_whole(house: House) -> None:
    with pytest.raises(KeyError):
        await house.write(UnitsImported((unit("1", "TI", None), unit("2", "CH", "nowhere")), NOW))
    assert house.ask(people.unit_by_code, "1") is None


async def test_no_records_are_no_change(house: House) -> None:
    await house.write(UnitsImported((), NOW))
    assert house.ask(count, "units") == len(TREE)


async def test_five_thousand_units_twice(empty_house: House) -> None:
    communes = [unit(f"{c:05}", "XA", "36", head=f"Phạm Thị {c}") for c in range(100)]
    branches = [
        unit(f"{b % 100:05}-{b // 100:02}", "CH", f"{b % 100:05}", head=f"Vũ Thị {b}", figures={"members": b})
        for b in range(4900)
    ]
    records = (TREE[0], *communes, *branches)
    await empty_house.write(UnitsImported(records, NOW))
    await empty_house.write(UnitsImported(records, LATER))
    assert empty_house.ask(count, "seat_holders") == len(records) == 5001


async def test_below_a_unit_on_a_day(house: House) -> None:
    ended = unit("13999-03", "CH", "13999", valid_to=date(2024, 3, 11))
    fresh = unit("13999-04", "CH", "13999", valid_from=date(2024, 3, 13))
    await house.write(UnitsImported((ended, fresh), NOW))
    province, commune = house.seat("36").unit, house.seat("13999").unit

    def codes(unit_id: int, day: date) -> list[str]:
        return [each.code for each in house.ask(people.all_units, units_below(unit_id, day))]

    assert codes(province.id, DAY) == ["13999", "13999-01", "13999-02", "36"]
    assert codes(commune.id, date(2024, 3, 11)) == ["13999", "13999-01", "13999-02", "13999-03"]
    assert codes(commune.id, date(2020, 1, 1)) == []
    assert len(house.ask(people.all_units)) == 6
    assert len(house.ask(people.all_units, units_on(DAY))) == 4
    assert house.ask(answers.count_below, province.id, DAY) == 2
    assert house.ask(answers.count_below, commune.id, date(2024, 3, 13)) == 3
    below = house.ask(answers.children, commune.id, DAY)
    assert [each.code for each in below] == ["13999-01", "13999-02"]


async def test_a_circle_in_the_data_hangs_nothing(house: House) -> None:
    await house.write(UnitsImported((replace(TREE[0], parent="13999"),), NOW))
    assert house.ask(answers.count_below, house.seat("36").unit.id, DAY) == 2
