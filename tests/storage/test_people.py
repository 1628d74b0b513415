"""Seats, holders, accounts and codes, through the writer and the queries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.domain.codes import code_sha256, plain_code
from storage.domain.effects import AccountUnreachable, CodesIssued, MessageReceived, SeatLinked, UnitsImported
from storage.domain.folding import fold
from storage.domain.messages import Address, Inbound
from storage.domain.people import Seat
from storage.queries import people
from storage.scope import units_below
from tests.storage.conftest import DAY, HANH, NOW, TREE, House, count, rows, unit

LATER = NOW + timedelta(days=1)
PHONE = Address("telegram", "42")


def name(seat: Seat | None) -> str:
    assert seat is not None
    assert seat.person is not None
    return seat.person.name


async def test_a_seat_has_its_unit_the_unit_above_and_the_person_above(house: House) -> None:
    seat = house.seat("13999-01")
    assert (seat.code, seat.role, seat.parent_name) == ("13999-01", "branch_head", "Xã Hải Đông")
    assert (seat.unit.name, seat.unit.kind, seat.unit.valid_from) == (
        "Chi hội xóm 1",
        "CH",
        TREE[0].valid_from,
    )
    assert seat.person is not None
    assert (seat.person.given_name, seat.person.address_form) == ("Hạnh", "cô")
    assert seat.superior is not None
    assert seat.superior.name == "Phạm Thị Lan"
    assert house.ask(people.seat, seat.id) == seat
    assert house.ask(people.seat, 99) is None


async def test_roles_by_kind_and_no_seat_for_a_group(house: House) -> None:
    extra = (unit("356", "HU", "36"), unit("13999-01-1", "TO", "13999-01"))
    await house.write(UnitsImported(extra, NOW))
    roles = {each.code: each.role for each in house.ask(people.find_seats, "", (), 10)}
    assert roles == {
        "36": "province_staff", "356": "district_officer", "13999": "commune_president",
        "13999-01": "branch_head", "13999-02": "branch_head",
    }  # fmt: skip
    assert house.seat("356").person is None


async def test_the_superior_seat(house: House) -> None:
    above = house.ask(people.superior_seat, house.seat("13999-01").id)
    assert name(above) == "Phạm Thị Lan"
    assert house.ask(people.superior_seat, house.seat("36").id) is None


async def test_linking_by_a_code_that_works_once(house: House) -> None:
    seat = house.seat("13999-01")
    hashed = code_sha256("CH-7K4M2Q")
    await house.write(CodesIssued(((seat.id, hashed),), NOW))
    assert house.ask(people.seat_for_enrolment, hashed) == seat
    assert house.ask(people.seats_of, HANH) == []
    assert not house.ask(people.linked, HANH)

    await house.write(SeatLinked(HANH, seat.id, NOW, "ch 7k4m2q"))
    assert house.ask(people.seats_of, HANH) == [seat]
    assert house.ask(people.linked, HANH)
    assert house.ask(people.address_of, seat.id) == HANH
    assert house.ask(people.seat_for_enrolment, hashed) is None


async def test_the_effect_may_carry_the_hash_of_the_code(house: House) -> None:
    seat = house.seat("13999-01")
    hashed = code_sha256("CH-7K4M2Q")
    await house.write(CodesIssued(((seat.id, hashed),), NOW), SeatLinked(HANH, seat.id, NOW, hashed))
    assert house.ask(people.seat_for_enrolment, hashed) is None


async def test_a_new_code_ends_the_one_before(house: House) -> None:
    seat = house.seat("13999-01")
    await house.write(CodesIssued(((seat.id, code_sha256("CH-AAAAAA")),), NOW))
    await house.write(CodesIssued(((seat.id, code_sha256("CH-CCCCCC")),), LATER))
    assert house.ask(people.seat_for_enrolment, code_sha256("CH-AAAAAA")) is None
    assert house.ask(people.seat_for_enrolment, code_sha256("CH-CCCCCC")) == seat


async def test_one_person_two_channels_and_the_one_last_used(house: House) -> None:
    seat = house.seat("13999-01")
    await house.write(SeatLinked(HANH, seat.id, NOW, ""), SeatLinked(PHONE, seat.id, LATER, ""))
    assert house.ask(people.seats_of, HANH) == house.ask(people.seats_of, PHONE) == [seat]
    assert house.ask(people.address_of, seat.id) == PHONE

    wrote = Inbound(HANH, "m1", LATER + timedelta(hours=1), "có")
    await house.write(MessageReceived(wrote, "có"))
    assert house.ask(people.address_of, seat.id) == HANH

    await house.write(AccountUnreachable(HANH, LATER))
    assert house.ask(people.address_of, seat.id) == PHONE
    await house.write(AccountUnreachable(PHONE, LATER))
    assert house.ask(people.address_of, seat.id) is None
    await house.write(MessageReceived(replace(wrote, message_id="m2"), "có"))
    assert house.ask(people.address_of, seat.id) == HANH


async def test_one_person_two_seats(house: House) -> None:
    both = replace(TREE[3], head="Vũ Thị Hạnh")
    await house.write(UnitsImported((both,), NOW))
    first, second = house.seat("13999-01"), house.seat("13999-02")
    await house.write(SeatLinked(HANH, first.id, NOW, ""), SeatLinked(HANH, second.id, LATER, ""))
    held = house.ask(people.seats_of, HANH)
    assert [seat.code for seat in held] == ["13999-01", "13999-02"]
    assert held[0].person == held[1].person


async def test_an_account_handed_on_writes_for_the_new_person_only(house: House) -> None:
    first, second = house.seat("13999-01"), house.seat("13999-02")
    await house.write(SeatLinked(HANH, first.id, NOW, ""), SeatLinked(HANH, second.id, LATER, ""))
    assert house.ask(people.seats_of, HANH) == [second]
    assert name(house.seat("13999-01")) == "Vũ Thị Hạnh"


async def test_an_empty_seat_is_taken_by_whoever_links(house: House) -> None:
    await house.write(UnitsImported((unit("13999-03", "CH", "13999"),), NOW))
    await house.write(SeatLinked(HANH, house.seat("13999-03").id, NOW, ""))
    seat = house.seat("13999-03")
    assert name(seat) == ""
    assert house.ask(people.seats_of, HANH) == [seat]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("đào", ["13999-02"]),
        ("DAO", ["13999-02"]),
        ("hải đông xóm", ["13999-01", "13999-02"]),
        ("xom 1 hanh", ["13999-01"]),
        ("13999-02", ["13999-02"]),
        ("%", []),
        ("không có ai", []),
    ],
)
async def test_finding_seats_by_words_without_diacritics(house: House, text: str, codes: list[str]) -> None:
    assert [seat.code for seat in house.ask(people.find_seats, text, ["CH"], 10)] == codes


async def test_finding_is_limited_by_kind_number_and_scope(house: House) -> None:
    assert [seat.code for seat in house.ask(people.find_seats, "", ["XA", "TI"], 10)] == ["13999", "36"]
    assert len(house.ask(people.find_seats, "", (), 2)) == 2
    scope = units_below(house.seat("13999-02").unit.id, DAY)
    assert [seat.code for seat in house.ask(people.find_seats, "", (), 10, scope)] == ["13999-02"]


async def test_seats_not_linked_leaves_out_linked_and_empty_ones(house: House) -> None:
    await house.write(UnitsImported((unit("13999-03", "CH", "13999"),), NOW))
    await house.write(SeatLinked(HANH, house.seat("13999-01").id, NOW, ""))
    assert [seat.code for seat in house.ask(people.seats_not_linked)] == ["13999", "13999-02", "36"]


async def test_the_audit_names_no_person(house: House) -> None:
    await house.write(SeatLinked(HANH, house.seat("13999-01").id, NOW, "CH-7K4M2Q"))
    written = house.ask(rows, "SELECT what, channel, details FROM audit ORDER BY id")
    assert [line[0] for line in written] == ["units_imported", "seat_linked"]
    assert not any(word in str(written) for word in ("Hạnh", "hanh", "7K4M2Q"))


async def test_an_account_nobody_knows_is_nothing(house: House) -> None:
    await house.write(AccountUnreachable(PHONE, NOW))
    assert house.ask(count, "accounts") == 0


def test_folding_and_codes() -> None:
    assert fold("  Nguyễn Thị  ĐÀO ") == "nguyen thi dao"
    assert plain_code(" ch-7k4 m2q") == plain_code("CH-7K4M2Q") == "CH7K4M2Q"
    assert len(code_sha256("CH-7K4M2Q")) == 64
